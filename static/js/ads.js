// Evidence from the page's own ads. Fetched only where a page has slots or known ad tags.
//
// Nothing is requested here: what the tags came to is read from what they left behind. A blocker's
// stand-in for a tag runs without a request; a blocked tag leaves a request that came to nothing.

const page = /** @type {any} */ (window);
const isFirefox = "mozInnerScreenX" in window;
const TAGS = /adsbygoogle|apstag|carbonads|outbrain|prebid|taboola|\/gpt\.js/;

/** Requests that were made since we look; the browser's own list may be full, or cleared.
 * @type {PerformanceEntry[]} */
const lately = [];
new PerformanceObserver((list) => lately.push(...list.getEntries())).observe({ type: "resource" });

/** All requests that are remembered.
 * @returns {PerformanceResourceTiming[]} */
const requests = () => /** @type {any} */ ([...performance.getEntriesByType("resource"), ...lately]);

/** Whether a queue was taken over by the library that it waits for.
 * @param {unknown} queue */
const drained = (queue) => !!queue && (!Array.isArray(queue) || Object.hasOwn(queue, "push"));

/** How known tags tell that their code ran; and whether it is real, where that can be told.
 * @type {{ name: RegExp, ran: () => boolean, real?: () => boolean | undefined }[]} */
const VENDORS = [
  {
    name: /\/gpt\.js/,
    ran: () => drained(page.googletag?.cmd),
    real: () => !!page.googletag.getVersion?.(), // empty in every stand-in
  },
  {
    name: /adsbygoogle/,
    ran: () => drained(page.adsbygoogle),
    real: () => (/{\s*}$/.test(page.adsbygoogle.push) ? false : undefined), // pushes into nothing
  },
  { name: /apstag/, ran: () => !!page.apstag && (!page.apstag._Q || drained(page.apstag._Q)) },
  {
    name: /prebid/,
    ran: () => !!page.pbjs?.requestBids,
    real: () => !!page.pbjs.version && !!page.pbjs.installedModules?.length,
  },
  { name: /carbonads/, ran: () => !!page._carbonads },
  { name: /taboola/, ran: () => drained(page._taboola) },
  { name: /outbrain/, ran: () => !!page.OBR },
];

/** Of "unknown" nothing is said: a tag of no make that we know, which may have come or not.
 * @typedef {"loaded" | "standin" | "cut" | "failed" | "fault" | "refused" | "pending" | "unsure" | "unknown"} Tag */

/** What became of one ad tag.
 * @param {HTMLScriptElement} script @param {Seen} seen @returns {Tag} */
const stateOf = (script, seen) => {
  const { src } = script;
  // The publisher's own word: they may know before we do.
  const told = script.dataset.readerSupportAd;
  if (told === "loaded" || told === "failed") return told;
  if (seen.refused.has(src) || seen.refused.has(new URL(src).origin)) return "refused";
  const vendor = VENDORS.find(({ name }) => name.test(src));
  const entries = requests().filter(({ name }) => name === src);
  if (vendor?.ran()) {
    const isReal = vendor.real?.();
    if (entries.length) return isReal === false ? "unsure" : "loaded";
    // Code that no request fetched; unless the browser has forgotten the request.
    return isReal || !remembers() ? "unsure" : "standin";
  }
  const failed = seen.errors.has(script);
  // `load` waits for the scripts that were there before it: by now they have run, or never will.
  const isOver = document.readyState === "complete" && seen.early.includes(script);
  if (entries.length) {
    const status = Math.max(...entries.map(({ responseStatus }) => responseStatus));
    if (status >= 400) return "fault";
    // Of a make that we don't know there is no asking whether it ran: that it was answered must do.
    const isAnswered = status || entries.some(({ transferSize }) => transferSize);
    if (!vendor && !failed && isAnswered) return "loaded";
    const isInstant = entries.every(({ duration }) => !duration);
    // Firefox: no time at all has passed for what never got onto the network. Behind a service
    // worker that is so for what loaded, too.
    const isCut = isInstant && !navigator.serviceWorker?.controller;
    if (!isFirefox) {
      if (isInstant) return "refused"; // by a policy: nothing else in Chromium takes no time
      return failed || (vendor && isOver) ? "failed" : vendor ? "unsure" : "unknown";
    }
    if (status) return "unsure";
    return isCut ? "cut" : failed || vendor ? "fault" : "unknown";
  }
  return failed || isOver ? "unsure" : "pending";
};

/** Whether no request was forgotten: the list had room for both ends of ours. */
const remembers = () =>
  [/\/probe\.js$/, /\/ads\.js$/].every((end) => requests().some(({ name }) => end.test(name)));

/** Whether an address is neither the publisher's nor an ad tag's.
 * @param {string} url */
const isForeign = (url) => {
  /** @param {string} host */
  const owner = (host) => host.split(".").slice(-2).join();
  return !TAGS.test(url) && owner(new URL(url, location.href).hostname) !== owner(location.hostname);
};

/** Whether an image shows that is foreign and no ad; it may come from a cache. */
const foreignImageShows = () =>
  [...document.images].some(
    (image) => image.naturalWidth > 0 && isForeign(image.currentSrc),
  );

/** Whether something foreign, that is no ad, came over the network for this very page. In Firefox an
 * image will do: there a dead host shows by time. */
const foreignCameThrough = () =>
  requests().some(({ name, transferSize }) => transferSize > 0 && isForeign(name)) ||
  (isFirefox && foreignImageShows());

/** What the page's ad tags tell.
 * @param {Seen} seen @returns {Signal[]} */
const tagSignals = (seen) => {
  /** @type {Map<Tag, Set<string>>} */
  const hosts = new Map();
  for (const script of document.scripts) {
    if (!script.src || !(TAGS.test(script.src) || "readerSupportAd" in script.dataset)) continue;
    const { host } = new URL(script.src);
    if (host === location.host) continue; // through the publisher's server: blockers don't know it
    const state = stateOf(script, seen);
    hosts.set(state, (hosts.get(state) ?? new Set()).add(host));
  }
  /** @param {...Tag} states */
  const count = (...states) => states.reduce((sum, state) => sum + (hosts.get(state)?.size ?? 0), 0);
  const failed = count("failed", "cut");
  // One failure alone may be that company's; failures of all may be the network's.
  const isBlock =
    (failed > 1 || count("cut") > 0) &&
    failed >= count("loaded", "fault") &&
    (count("loaded") > 0 || foreignCameThrough());
  /** @type {[Signal, unknown][]} */
  const signals = [
    ["ad_tag_loaded", count("loaded")],
    ["ad_tag_standin", count("standin")],
    ["ad_tags_failed", isBlock && !count("standin")],
    ["ad_tag_failed", !isBlock && count("failed", "cut", "fault", "unsure")],
    ["ad_tag_refused", count("refused")],
    ["ad_pending", count("pending")],
  ];
  return signals.filter(([, holds]) => holds).map(([signal]) => signal);
};

/** Whether an element takes up visible space: what a list hides has no box.
 * @param {Element} element */
const isVisible = (element) => {
  const box = element.getBoundingClientRect();
  return box.width > 1 && box.height > 1 && getComputedStyle(element).visibility !== "hidden";
};

/** Whether a frame shows somebody's page. A stand-in's frame is an empty page of our own origin,
 * so that its document can be read, or one that no request fetched.
 * @param {HTMLIFrameElement} frame */
const arrived = ({ contentDocument, src }) =>
  contentDocument
    ? !!contentDocument.body?.childElementCount
    : requests().some(({ name, initiatorType }) => name === src && initiatorType === "iframe");

/** Whether a creative really rendered in a slot.
 * @param {Element} slot */
const rendered = (slot) => {
  if (slot.getAttribute("data-reader-support-ad") === "filled") return isVisible(slot);
  const frames = [...slot.querySelectorAll("iframe")].filter(arrived);
  const images = [...slot.querySelectorAll("img")].filter((image) => image.naturalWidth > 1);
  return [...frames, ...images].some(isVisible);
};

/** Whether no ad was due in a slot: it lies in a hidden part, or far below what was seen.
 * @param {Element} slot */
const isUnseen = (slot) =>
  !slot.parentElement?.getClientRects().length || slot.getBoundingClientRect().top > 2 * innerHeight;

/** The page's slots: the declared ones, and those that the ad systems know.
 * @param {string[]} declared @returns {Element[]} */
const slotsOf = (declared) => {
  const known = page.googletag?.pubads?.().getSlots?.() ?? [];
  const ids = known.map((/** @type {any} */ slot) => document.getElementById(slot.getSlotElementId()));
  const selectors = [...declared, "ins.adsbygoogle", "[data-reader-support-ad]:not(script)"];
  return [...new Set([...document.querySelectorAll(selectors.join()), ...ids])].filter(Boolean);
};

/** Whether a slot's own library says that there is no ad for it.
 * @param {Element} slot */
const isUnfilled = (slot) => {
  const status = slot.getAttribute("data-reader-support-ad") ?? slot.getAttribute("data-ad-status");
  // Google Publisher Tag marks a slot that was answered.
  return !!status?.startsWith("unfill") || slot.hasAttribute("data-google-query-id");
};

/** Whether Prebid held an auction to which nobody came. */
const hadNoBids = () => {
  const ends = (page.pbjs?.getEvents?.() ?? []).filter(
    (/** @type {any} */ { eventType }) => eventType === "auctionEnd",
  );
  return ends.length > 0 && !ends.some((/** @type {any} */ { args }) => args?.bidsReceived?.length);
};

/** What consent tools last said. They answer at once or later, to the next look.
 * @type {{ tcf?: any, gpp?: any }} */
const told = {};

/** What stands between the page's ads and the reader's consent.
 * @returns {Signal[]} */
const consentSignals = () => {
  const hook = document.documentElement.dataset.readerSupportConsent;
  if (hook) return hook === "refused" ? ["consent_refused"] : hook === "pending" ? ["consent_pending"] : [];
  try {
    page.__tcfapi?.("getTCData", 2, (/** @type {any} */ data) => (told.tcf = data));
    page.__gpp?.("ping", (/** @type {any} */ data) => (told.gpp = data));
  } catch {
    // A tool's fault is not the page's.
  }
  const { tcf, gpp } = told;
  if (page.__tcfapi && !tcf) return ["consent_tool_failed"]; // a stub, whose tool never came
  if (tcf?.eventStatus === "cmpuishown") return ["consent_pending"];
  if (tcf && tcf.gdprApplies !== false && !tcf.purpose?.consents?.[1]) return ["consent_refused"];
  if (page.__gpp && !page.__tcfapi && (!gpp || gpp.cmpStatus === "stub")) return ["consent_tool_failed"];
  if (gpp?.cmpDisplayStatus === "visible") return ["consent_pending"];
  const european = gpp?.parsedSections?.tcfeuv2;
  const purposes = (Array.isArray(european) ? european[0] : european)?.PurposeConsent;
  return purposes && !purposes[0] ? ["consent_refused"] : [];
};

/** @param {string[]} declared @param {Seen} seen @returns {Signal[]} */
const evidence = (declared, seen) => {
  const slots = slotsOf(declared);
  if (slots.some(rendered)) return ["ad_rendered"];
  const tags = tagSignals(seen);
  const signals = [...tags, ...consentSignals()];
  if (!slots.length) return declared.length ? ["no_slots", ...signals] : signals;
  // A stand-in may say "unfilled" as well.
  const isHonest = !tags.some((name) => /standin|failed/.test(name));
  if (isHonest && (slots.some(isUnfilled) || hadNoBids())) signals.push("ad_unfilled");
  if (slots.every(isUnseen)) signals.push("slots_unseen");
  return [...signals, "slots_empty"];
};

/** Looks at the page's ads as they are now. Where the page's own libraries fail, it has seen nothing.
 * @param {string[]} declared selectors of slots @param {Seen} seen @returns {Signal[]} */
export const look = (declared, seen) => {
  try {
    return evidence(declared, seen);
  } catch {
    return [];
  }
};
