// Gathers the signals of one page view, has them judged, and reports the verdict.
// A classic deferred script: a module ahead of a page's import map would break that page in
// Firefox. It is served behind a line that declares `settings`, inside one block: no globals.
(() => {
  "use strict";
  const tag = /** @type {HTMLScriptElement | null} */ (document.currentScript);
  // Two layers may have inserted two tags: the first one works.
  if (!tag || document.querySelector("script[data-evenhand]") !== tag) return;
  const root = document.documentElement;
  const base = new URL("../", tag.src).href;
  const build = base + settings.hash + "/"; // ours, whatever build the page was made with
  const DEADLINE = 5000; // ms from the start until everything is judged
  const PATIENCE = 1500; // ms in which an ad may still disprove a block
  const WATCH = 30000; // ms in which a late ad still withdraws a notice

  /** @param {number} ms */
  const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

  /** Waits for an event, unless its condition holds already.
   * @param {EventTarget} target @param {string} event @param {() => boolean} holds */
  const until = (target, event, holds) =>
    new Promise((done) => {
      const look = () => {
        if (!holds()) return;
        target.removeEventListener(event, look);
        done(undefined);
      };
      target.addEventListener(event, look);
      look();
    });

  /** URLs that the page's own policy refused: no sign of a blocker.
   * @type {Set<string>} */
  const refused = new Set();
  document.addEventListener("securitypolicyviolation", (event) => refused.add(event.blockedURI));

  /** Requests one bait or control as an element of its type; says how that ended.
   * @param {Pair["type"]} type @param {string} url
   * @returns {Promise<"loaded" | "failed" | "answered" | "csp">} */
  const request = (type, url) =>
    new Promise((settle) => {
      const node = document.createElement(
        type === "image" ? "img" : type === "script" ? "script" : "link",
      );
      node.referrerPolicy = "no-referrer";
      node.nonce = tag.nonce;
      node.onload = () => {
        node.remove();
        settle("loaded");
      };
      node.onerror = async () => {
        node.remove();
        await sleep(50); // a violation event may come after the error event
        const entry = /** @type {PerformanceResourceTiming | undefined} */ (
          performance.getEntriesByName(url).pop()
        );
        // A status means that a server answered: trouble there is an outage, not a block.
        const answered = (entry?.responseStatus ?? 0) >= 100;
        settle(refused.has(url) ? "csp" : answered ? "answered" : "failed");
      };
      try {
        if (node instanceof HTMLLinkElement) {
          node.rel = "stylesheet";
          node.href = url;
        } else {
          node.src = url; // throws under require-trusted-types-for 'script'
        }
      } catch {
        settle("csp");
        return;
      }
      if (type !== "image") document.head.append(node);
    });

  /** @type {Set<Signal>} */
  const found = new Set();

  /** One pair: the bait first, its neutral twin after the bait has settled.
   * @param {Pair} pair */
  const compare = async ({ type, bait, control }) => {
    const tried = await request(type, base + "pair/" + bait);
    const twin = await request(type, base + "pair/" + control);
    if (tried === "csp" || twin === "csp") found.add("csp");
    else if (twin !== "loaded") found.add("control_failed");
    else if (tried === "answered") found.add("bait_answered");
    else found.add(`${type}_bait_${tried}`);
  };

  /** Sends one report: a beacon, else a request that outlives the page, else nothing.
   * @param {Partial<SupportReport>} fields */
  const report = (fields) => {
    if (settings.mode !== "full") return;
    const section = document.querySelector('meta[name="reader-support-section"]');
    const body = JSON.stringify({
      v: 1,
      kind: "verdict",
      site: settings.sites ? (settings.sites[location.hostname] ?? "other") : settings.site,
      section: section?.getAttribute("content") ?? "",
      verdict: "unknown",
      from: "",
      signals: [...found],
      variant: "",
      event: "",
      ...fields,
    });
    const url = base + "outcome";
    if (!navigator.sendBeacon(url, body)) {
      fetch(url, { method: "POST", body, keepalive: true }).catch(() => {});
    }
  };

  /** Whether anything of the declared slots is on the page; a wrong selector declares nothing. */
  const declared = () => {
    try {
      return settings.slots.length > 0 && !!document.querySelector(settings.slots.join(","));
    } catch {
      settings.slots = [];
      return false;
    }
  };

  /** Looks whether an ad has rendered, at growing intervals, until it has or time is up.
   * @param {number} from @param {number} to ms since the look-out began */
  const adRendered = async (from, to) => {
    const { rendered } = await import(build + "ads.js");
    for (let at = from; at <= to; at += Math.max(100, at / 2)) {
      if (rendered(settings.slots)) return true;
      await sleep(Math.max(100, at / 2));
    }
    return false;
  };

  /** Judges this page view once, then lets a late ad change the verdict. */
  const run = async () => {
    const counted = compare(settings.pairs[0]);
    const optedOut = navigator.globalPrivacyControl || navigator.doNotTrack === "1";
    if (settings.mode === "count" || optedOut) return;
    if (settings.wait) {
      await new Promise((go) => document.addEventListener("reader-support:consent", go));
    }
    const pairs = Promise.all([counted, ...settings.pairs.slice(1).map(compare)]);
    const { judge } = await import(build + "verdict.js");
    /** @type {Verdict | undefined} */
    let settled;

    /** Settles or revises the verdict, tells the page and the server. */
    const settle = () => {
      if (!navigator.onLine) found.add("offline");
      const { verdict } = judge([...found]);
      if (verdict === settled) return;
      report(settled ? { kind: "revised", verdict, from: settled } : { verdict });
      settled = verdict;
      const detail = { verdict, signals: [...found] };
      document.dispatchEvent(new CustomEvent("reader-support:verdict", { detail }));
    };
    addEventListener("pagehide", () => settled || (found.add("timeout"), settle()), { once: true });

    const slots = declared();
    if (!slots) found.add(settings.slots.length ? "no_slots" : "no_ad_evidence");
    const ad = slots ? adRendered(100, PATIENCE) : Promise.resolve(false);
    const inTime = await Promise.race([pairs.then(() => true), sleep(DEADLINE).then(() => false)]);
    if (!inTime) found.add("timeout");
    if (await ad) found.add("ad_rendered");
    else if (slots && judge([...found]).verdict === "unknown") {
      found.add((await adRendered(PATIENCE, DEADLINE)) ? "ad_rendered" : "slots_empty");
    }
    settle();
    if (settled === "loaded" || !slots) return ask(settled);
    const withdraw = ask(settled);
    if (await adRendered(DEADLINE, WATCH)) {
      found.delete("slots_empty");
      found.add("ad_rendered");
      settle();
      (await withdraw)?.();
    }
  };

  /** Shows the notice where the policy allows it; answers with the way to take it back.
   * @param {Verdict | undefined} verdict */
  const ask = async (verdict) => {
    if (!settings.notice || !verdict || !settings.notice.asks.includes(verdict)) return undefined;
    const { ask } = await import(build + "notice.js");
    return ask({ base, build, verdict, signals: [...found], policy: settings.notice, report });
  };

  const start = async () => {
    if (root.dataset.readerSupport === "off" || Math.random() >= settings.sample) return;
    if (document.prerendering) found.add("prerendered");
    await until(document, "prerenderingchange", () => !document.prerendering);
    await until(document, "visibilitychange", () => document.visibilityState === "visible");
    await until(window, "load", () => document.readyState === "complete");
    // `load` handlers of the page go first; then wait for a quiet moment, but not for long.
    await new Promise((go) =>
      "requestIdleCallback" in window
        ? requestIdleCallback(go, { timeout: 200 })
        : setTimeout(go, 50), // Safari
    );
    await run();
  };
  start().catch(() => {}); // no fault of ours becomes a fault of the page
})();
