// Gathers the signals of one page view, has them judged, and reports the verdict.
// A classic deferred script: a module ahead of a page's import map would break that page in
// Firefox. It is served behind a line that declares `settings`, inside one block: no globals.
(() => {
  "use strict";
  const tag = /** @type {HTMLScriptElement | null} */ (document.currentScript);
  // Two layers may have inserted two tags: the first one works.
  if (!tag || document.querySelector("script[data-evenhand]") !== tag) return;
  const root = document.documentElement;
  // Not `tag.src`: a <base> behind the tag has changed that by now.
  const ours = new URL(tag.getAttribute("src") ?? "", location.href);
  const base = new URL("../", ours).href;
  const build = base + settings.hash + "/"; // ours, whatever build the page was made with
  // What the page's policy forbids, by the word of the server: not even tried, so not reported.
  const forbidden = tag.dataset.without ?? "";
  const DEADLINE = 5000; // ms until the pairs, and then the slots, are given up
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

  /** Loads a bait or control in the way of its type; rejects when that fails, and comes to
   * nothing when a server is known to have answered otherwise.
   * @param {Pair["type"]} type @param {string} url */
  const load = (type, url) => {
    const referrerPolicy = "no-referrer";
    if (type === "fetch") {
      // Whatever comes back, be it an error or the way to a block page, a server has answered.
      return fetch(url, { referrerPolicy, redirect: "manual" }).then(({ ok }) => ok);
    }
    const node = document.createElement({ image: "img", script: "script", style: "link" }[type]);
    const source = type === "style" ? { rel: "stylesheet", href: url } : { src: url };
    return new Promise((onload, onerror) => {
      // A script's source throws a TypeError under require-trusted-types-for 'script'.
      Object.assign(node, { referrerPolicy, nonce: tag.nonce, onload, onerror }, source);
      if (type !== "image") document.head.append(node);
    }).finally(() => node.remove());
  };

  /** Requests one bait or control; says how that ended.
   * @param {Pair["type"]} type @param {string} url */
  const request = async (type, url) => {
    try {
      return (await load(type, url)) ? "loaded" : "answered";
    } catch (reason) {
      await sleep(50); // a violation event may come after the error event
      if (refused.has(url) || (type !== "fetch" && reason instanceof TypeError)) return "csp";
      const [entry] = performance.getEntriesByName(url, "resource").slice(-1);
      const { responseStatus = 0 } = /** @type {PerformanceResourceTiming} */ (entry ?? {});
      // A status means that a server answered: trouble there is an outage, not a block.
      return responseStatus < 100 ? "failed" : "answered";
    }
  };

  /** @type {Set<Signal>} */
  const found = new Set();

  /** One pair: the bait first, its neutral twin after the bait has settled.
   * @param {Pair} pair */
  const compare = async ({ type, bait, control }) => {
    if (forbidden.includes(type)) return found.add("csp");
    const tried = await request(type, base + "pair/" + bait);
    const twin = await request(type, base + "pair/" + control);
    if (tried === "csp" || twin === "csp") found.add("csp");
    else if (twin !== "loaded") found.add("control_failed");
    else if (tried === "answered") found.add("bait_answered");
    else found.add(`${type}_bait_${tried}`);
    return found;
  };

  /** Puts two boxes of an ad's size out of sight, alike but for a name: element hiding takes
   * one. Answers with the look at them, which takes them away again. */
  const placeBoxes = () => {
    const [bait, control] = settings.boxes.map((name) => {
      const box = document.createElement("div");
      box.setAttribute(name, "1");
      Object.assign(box.style, { position: "absolute", top: "-400px", width: "300px", height: "250px" });
      return root.appendChild(box);
    });
    /** @param {() => boolean} undecided */
    return async (undecided) => {
      // A list may take its time: worth about a second where it would decide.
      for (let looks = 10; looks && bait.offsetHeight && undecided(); looks--) await sleep(100);
      if (control.offsetHeight && !bait.offsetHeight) found.add("element_bait_failed");
      bait.remove();
      control.remove();
    };
  };

  /** Sends one report: a beacon, else a request that outlives the page, else nothing.
   * @param {Partial<SupportReport>} fields */
  const report = (fields) => {
    if (settings.mode !== "full" || forbidden.includes("fetch")) return;
    const section = document.querySelector('meta[name="reader-support-section"]');
    const body = JSON.stringify({
      v: 1,
      kind: "verdict",
      site: settings.sites?.[location.hostname] ?? settings.site,
      section: section?.getAttribute("content") ?? "",
      signals: [...found],
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
    const { rendered } = await import(build + "ads.js").catch(() => ({ rendered: () => false }));
    for (let at = from; at <= to; at *= 1.5) {
      if (rendered(settings.slots)) return true;
      await sleep(Math.min(at / 2, to - at));
    }
    return rendered(settings.slots);
  };

  /** Judges this page view once, then lets a late ad change the verdict. */
  const run = async () => {
    const counted = compare(settings.pairs[0]);
    const optedOut = navigator.globalPrivacyControl || navigator.doNotTrack === "1";
    if (settings.mode === "count" || optedOut) return;
    if (settings.wait) {
      await new Promise((go) => document.addEventListener("reader-support:consent", go));
    }
    const lookAtBoxes = placeBoxes();
    const pairs = Promise.all([counted, ...settings.pairs.slice(1).map(compare)]);
    const { judge } = await import(build + "verdict.js");
    /** @type {Verdict | undefined} */
    let settled;

    /** Settles or revises the verdict, tells the page and the server. */
    const settle = () => {
      if (!navigator.onLine) found.add("offline");
      const { verdict } = judge(found);
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
    await lookAtBoxes(() => judge(found).verdict === "blocked_probable");
    if (await ad) found.add("ad_rendered");
    else if (slots && judge(found).verdict === "unknown") {
      found.add((await adRendered(PATIENCE, DEADLINE)) ? "ad_rendered" : "slots_empty");
    }
    settle();
    if (settled === "loaded" || !slots) return ask(settled);
    const withdraw = ask(settled).catch(() => undefined); // no storage, no notice
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
    const policy = settings.notice;
    if (!verdict || !policy?.asks.includes(verdict) || forbidden.includes("fetch")) return undefined;
    const { ask } = await import(build + "notice.js");
    return ask({ base, build, verdict, signals: [...found], policy, report });
  };

  const start = async () => {
    if (root.dataset.readerSupport === "off" || Math.random() >= settings.sample) return;
    if (self !== top) return; // a frame is no page view
    if (document.prerendering) found.add("prerendered");
    await until(document, "prerenderingchange", () => !document.prerendering);
    await until(document, "visibilitychange", () => document.visibilityState === "visible");
    await until(window, "load", () => document.readyState === "complete");
    // `load` handlers of the page go first; then wait for a quiet moment, but not for long.
    await new Promise((go) => window.requestIdleCallback?.(go, { timeout: 200 }) ?? sleep(50).then(go));
    await run();
  };
  start().catch(() => {}); // no fault of ours becomes a fault of the page
})();
