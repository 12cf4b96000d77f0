// Shows the notice, once this browser's own memory allows it, and does what its buttons say.
// The memory stays here: this tab's for the count of page views, the browser's only after the
// reader has acted. It is served behind a line that declares `rules`.
import { FOREVER, dayIn, drawn, reasonsAgainst } from "./asking.js";
import { opened } from "./checking.js";
import { stand } from "./placing.js";

const KEY = "reader-support";
const LOOK = 200; // ms in which a filter list may hide the notice: that is its right, and counted
/** Whether arms are compared. */
const compared = rules.arms.length > 1;
let here = ""; // the page view that drew an arm, as far as this document goes

/** What was remembered; what can't be read was nothing.
 * @param {Storage} storage @returns {Memory} */
const recall = (storage) => {
  try {
    return JSON.parse(storage.getItem(KEY) ?? "{}") ?? {};
  } catch {
    return {};
  }
};

/** Remembers something besides what was remembered.
 * @param {Storage} storage @param {Memory} more */
const keep = (storage, more) => storage.setItem(KEY, JSON.stringify({ ...recall(storage), ...more }));

/** Every reason of this browser's against asking. Counts the page view on the way.
 * @returns {{ reasons: NoReason[], checking?: boolean }} */
const judged = () => {
  try {
    const tab = recall(sessionStorage);
    const views = (tab.views ?? 0) + 1;
    keep(sessionStorage, { views, checking: undefined });
    const memory = { ...tab, views };
    const { until, times } = recall(localStorage);
    return { reasons: reasonsAgainst(rules, { ...memory, until, times }, new Date()), checking: tab.checking };
  } catch {
    return { reasons: ["no_storage"] };
  }
};

/** The answer to a request, its content as a parsed document (no innerHTML: it throws under
 * Trusted Types).
 * @param {string} url @returns {Promise<XMLHttpRequest>} */
const fetched = (url) =>
  new Promise((done) => {
    const request = new XMLHttpRequest();
    request.responseType = "document";
    request.onloadend = () => done(request);
    request.open("GET", url);
    request.send();
  });

/** A style sheet that a page's `style-src` can't refuse.
 * @param {string} url */
const sheet = async (url) => {
  const styles = new CSSStyleSheet();
  styles.replaceSync(await (await fetch(url)).text());
  return styles;
};

/** Tells the page, for its own code.
 * @param {object} detail */
const announce = (detail) => {
  document.dispatchEvent(new CustomEvent("reader-support:notice", { detail }));
};

/** The arm that this tab has drawn, if it is one of the present experiment's. */
const drawnBefore = () => {
  const { arm } = recall(sessionStorage);
  return rules.arms.find(([variant]) => variant === arm);
};

/** The arm of this tab: drawn once. Without an experiment nothing is kept. */
const armOfTab = () => {
  const before = drawnBefore();
  if (before) return before;
  const arm = drawn(rules.arms, Math.random());
  if (compared) keep(sessionStorage, { arm: arm[0], told: [] });
  return arm;
};

/** Counts events of the notice, and tells the page. Where arms are compared each counts once for
 * each tab: sessions are what is compared, and one that chose three ways chose one.
 * @param {Asking} page @param {Arm} arm @returns {(event: NoticeEvent) => void} */
const teller = ({ verdict, report }, [variant]) => (event) => {
  announce({ event, variant });
  if (compared) {
    const { told = [] } = recall(sessionStorage);
    if (told.includes(event)) return;
    try {
      keep(sessionStorage, { told: [...told, event] });
    } catch {
      // A full storage: then it may count once more.
    }
  }
  report({ kind: "notice", verdict, event, variant });
};

/** Hears of ads that load in a tab that was to be asked, on a later page view than that one. All
 * arms are heard of in this one way, the hold-out too.
 * @param {Asking} page */
const hear = (page) => {
  const arm = drawnBefore();
  if (!arm || here === location.pathname || !recall(sessionStorage).told?.includes("assigned")) return;
  teller(page, arm)("allowed");
};

/** Asks for support if the policy allows it. Answers with the way to take the notice back.
 * @param {Asking} page */
export const ask = async (page) => {
  const { base, build, verdict, signals } = page;
  if (verdict === "loaded") return hear(page);
  const { reasons, checking } = judged();
  if (reasons.length) return announce({ event: "withheld", reasons });
  const arm = armOfTab();
  const query = new URLSearchParams({
    v: "1",
    verdict,
    variant: arm[0],
    signs: signals.join(","),
    lang: document.documentElement.lang,
    path: location.pathname,
  });
  const [answer, styles] = await Promise.all([
    fetched(`${base}notice?${query}`),
    sheet(build + "notice.css"),
  ]);
  const found = answer.status === 200 ? answer.responseXML?.querySelector("section") : null;
  const reason = answer.getResponseHeader("x-reader-support") ?? "no_answer";
  const held = reason === "hold_out";
  const tell = teller(page, arm);
  if (found || held) {
    keep(sessionStorage, held ? { held } : { asked: true });
    // Now that no other reason speaks against asking, with all that an arm needs at hand: so the
    // arms, and those who are left unasked, are alike in all but the notice.
    if (compared) tell("assigned");
    here = location.pathname;
  }
  if (!found) return announce({ event: "withheld", reasons: [reason] });
  return show(document.importNode(found, true), styles, page, arm, tell, !!checking);
};

/** Places the notice and makes it work.
 * @param {HTMLElement} section @param {CSSStyleSheet} styles @param {Asking} page
 * @param {Arm} arm @param {(event: NoticeEvent) => void} tell
 * @param {boolean} checking whether the reader had this page loaded again, to see */
const show = (section, styles, { base, signals }, [variant, , placement], tell, checking) => {
  const host = document.createElement("reader-support-notice");
  const shadow = host.attachShadow({ mode: "open" });
  shadow.adoptedStyleSheets = [styles];
  shadow.append(section);
  const leave = stand(host, section, placement, rules.slots);

  /** Whether it was told that the notice is there, or hidden. */
  let told = false;
  const tellOnce = () => {
    if (told) return;
    told = true;
    const { width, height } = section.getBoundingClientRect();
    const isShown = width * height > 0 && section.checkVisibility?.({ visibilityProperty: true }) !== false;
    tell(isShown ? "shown" : "hidden");
    if (!isShown) remove(); // nothing is left behind, and nothing tried instead
  };
  setTimeout(tellOnce, LOOK);
  addEventListener("pagehide", tellOnce, { once: true });

  /** @type {EventTarget | null} */
  let focused = null; // where the reader was before they came to us
  const remove = () => {
    const inside = !!shadow.activeElement;
    leave();
    host.remove();
    if (inside && focused instanceof HTMLElement) focused.focus();
  };
  /** @param {NoticeEvent} event */
  const close = (event) => {
    tellOnce();
    if (host.isConnected) remove();
    if (!allowed) tell(event);
  };

  let allowed = false;
  let answered = false;
  /** Leaves the reader alone from now on, whether the notice stays open or not.
   * @param {string} until */
  const rest = (until) => {
    try {
      const times = (recall(localStorage).times ?? 0) + (answered ? 0 : 1);
      keep(localStorage, { until, times });
    } catch {
      // A full storage: then only this tab remembers.
    }
    answered = true;
  };
  // A filter in the network isn't the reader's to change: once is enough.
  const untilNext = () => ("network" in section.dataset ? FOREVER : dayIn(new Date(), rules.days));
  const dismiss = () => {
    close("dismissed");
    rest(untilNext());
  };

  /** @param {string} selector @returns {HTMLElement | null} */
  const part = (selector) => shadow.querySelector(selector);
  /** @param {string} word */
  const say = (word) => {
    const status = part("[role=status]");
    if (status) status.textContent = status.dataset[word] ?? "";
    part("[data-act=reload]")?.toggleAttribute("hidden", word === "checking");
  };
  const reload = () => {
    keep(sessionStorage, { checking: true });
    location.reload();
  };
  const check = async () => {
    say("checking");
    const open = await opened(base, rules.pairs, signals);
    if (open === undefined) return reload();
    if (open && !allowed) {
      // Where arms are compared this is counted on the next page view: see `hear`.
      if (compared) announce({ event: "allowed", variant });
      else tell("allowed");
      allowed = true;
      rest(untilNext());
    }
    say(open ? "thanks" : "still");
  };

  /** @type {Record<string, (control: Element) => unknown>} */
  const acts = {
    close: dismiss,
    silence: () => {
      close("silenced");
      rest(FOREVER);
    },
    reload,
    check,
    way: () => {
      tell("way");
      rest(untilNext());
    },
    more: (control) => {
      const open = section.toggleAttribute("data-open");
      control.setAttribute("aria-expanded", String(open));
    },
  };
  shadow.addEventListener("click", (event) => {
    const control = /** @type {Element} */ (event.target).closest("[data-act]");
    if (control) acts[control.getAttribute("data-act") ?? ""]?.(control);
  });
  shadow.addEventListener("change", (event) => {
    const { value } = /** @type {HTMLSelectElement} */ (event.target);
    for (const guide of /** @type {NodeListOf<HTMLElement>} */ (shadow.querySelectorAll("[data-guide]"))) {
      guide.hidden = guide.dataset.guide !== value;
      if (!guide.hidden) section.toggleAttribute("data-network", "network" in guide.dataset);
    }
  });
  shadow.addEventListener("keydown", (event) => {
    if (/** @type {KeyboardEvent} */ (event).key === "Escape") dismiss();
  });
  shadow.addEventListener("focusin", (event) => {
    const from = /** @type {FocusEvent} */ (event).relatedTarget;
    if (from && !shadow.contains(/** @type {Node} */ (from))) focused = from;
  });
  const steps = /** @type {HTMLDetailsElement | null} */ (part("details"));
  // Who comes back to check has opened them before, and was counted then.
  if (!checking) steps?.addEventListener("toggle", () => tell("steps"), { once: true });
  if (checking && steps) {
    steps.open = true;
    setTimeout(() => say("still"), LOOK); // a status is read out only when it changes
  }
  return () => host.isConnected && close("withdrawn");
};
