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
  const base = new URL("../", new URL(tag.getAttribute("src") ?? "", location.href)).href;
  const build = base + settings.hash + "/"; // ours, whatever build the page was made with
  const DEADLINE = 3800; // ms until the pairs, or the ads, are given up
  const PATIENCE = 1500; // ms in which an ad may still disprove a block
  const WATCH = 30000; // ms in which a late ad still changes the verdict

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

  // What went wrong before anyone looks at the page's ads; and which scripts `load` waits for.
  /** @type {Seen} */
  const seen = { errors: new WeakSet(), refused: new Set(), early: [...document.scripts] };
  document.addEventListener("error", ({ target }) => seen.errors.add(/** @type {Node} */ (target)), true);
  // What the page's own policy refused: no sign of a blocker.
  document.addEventListener("securitypolicyviolation", (event) => seen.refused.add(event.blockedURI));
  const consent = new Promise((go) => document.addEventListener("reader-support:consent", go));
  // Types that the page's policy forbids, by the word of the server: not even tried, so that
  // nothing is reported.
  let forbidden = tag.dataset.without ?? "";

  /** Loads a bait or control in the way of its type; rejects when that fails, and comes to
   * nothing when a server is known to have answered otherwise.
   * @param {Pair[0]} type @param {string} url */
  const load = (type, url) => {
    const referrerPolicy = "no-referrer";
    if (type === "fetch") {
      // Whatever comes back, be it an error or the way to a block page, a server has answered.
      return fetch(url, { referrerPolicy, redirect: "manual" }).then(({ ok }) => ok);
    }
    const node = document.createElement({ image: "img", script: "script", style: "link" }[type]);
    return new Promise((onload, onerror) => {
      // A script's source throws a TypeError under require-trusted-types-for 'script'.
      Object.assign(node, { referrerPolicy, nonce: tag.nonce, onload, onerror, rel: "stylesheet", href: url, src: url });
      if (type !== "image") document.head.append(node);
    }).finally(() => node.remove());
  };

  /** Requests one bait or control; says how that ended.
   * @param {Pair[0]} type @param {string} url */
  const request = async (type, url) => {
    try {
      return (await load(type, url)) ? "loaded" : "answered";
    } catch (reason) {
      await sleep(50); // a violation event or an entry may come after the error event
      if (seen.refused.has(url) || (type !== "fetch" && reason instanceof TypeError)) return "csp";
      // A status means that a server answered: trouble there is an outage, not a block.
      const [entry] = performance.getEntriesByName(url).slice(-1);
      return /** @type {any} */ (entry)?.responseStatus > 99 ? "answered" : "failed";
    }
  };

  /** Whether a known ad tag, or anything that the publisher declared, is on the page; a wrong
   * selector declares nothing. */
  const hasAds = () => {
    try {
      return !!document.querySelector(settings.ads);
    } catch {
      return (settings.slots = []).length > 0;
    }
  };

  let view = 0;
  /** @type {(() => void) | undefined} */
  let takeBack; // a notice that is shown

  /** Judges one page view, then lets a late ad change the verdict.
   * @param {Signal[]} first @param {number} delay ms */
  const judgeView = async (first, delay) => {
    const mine = ++view; // what belongs to an earlier one ends
    await sleep(delay);
    if (mine !== view) return;
    const found = new Set(first);
    /** @type {Signal[]} */
    let evidence = []; // of the page's ads, as last seen

    /** One pair: the bait first, its neutral twin after the bait has settled.
     * @param {Pair} pair */
    const compare = async ([type, bait, control]) => {
      if (forbidden.includes(type)) return void found.add("csp");
      const tried = await request(type, base + "pair/" + bait);
      const twin = await request(type, base + "pair/" + control);
      const refused = tried === "csp" || twin === "csp";
      found.add(
        refused ? "csp" : twin !== "loaded" ? "control_failed" : tried === "answered" ? "bait_answered" : `${type}_bait_${tried}`,
      );
    };

    /** Puts two boxes of an ad's size out of sight, alike but for a name: element hiding takes
     * one. Answers with the look at them, which takes them away again. */
    const placeBoxes = () => {
      const [bait, control] = settings.boxes.map((name) => {
        const box = document.createElement("div");
        box.setAttribute(name, "1");
        box.style.cssText = "position:absolute;top:-400px;width:300px;height:250px";
        return root.appendChild(box);
      });
      return async () => {
        // A list may take its time: worth about a second where it would decide.
        for (let looks = 10; looks && bait.offsetHeight && verdict() === "blocked_probable"; looks--) await sleep(100);
        if (control.offsetHeight && !bait.offsetHeight) found.add("element_bait_failed");
        bait.remove();
        control.remove();
      };
    };

    const signals = () => [...found, ...evidence];

    /** Sends one report, which outlives the page; or nothing, where that fails.
     * @param {Partial<SupportReport>} fields */
    const report = (fields) => {
      if (settings.mode !== "full" || forbidden.includes("fetch")) return;
      const section = document.querySelector('meta[name="reader-support-section"]');
      const body = JSON.stringify({
        v: 1,
        kind: "verdict",
        site: settings.sites?.[location.hostname] ?? settings.site,
        section: section?.getAttribute("content") ?? "",
        signals: signals(),
        ...fields,
      });
      fetch(base + "outcome", { method: "POST", body, keepalive: true }).catch(() => {});
    };

    const counted = compare(settings.pairs[0]);
    const optedOut = navigator.globalPrivacyControl || navigator.doNotTrack === "1";
    if (settings.mode === "count" || optedOut) return;
    if (settings.wait) await consent;
    const lookAtBoxes = placeBoxes();
    const pairs = Promise.all([counted, ...settings.pairs.slice(1).map(compare)]);
    const verdict = () => judge(signals()).verdict;
    /** @type {any} a verdict, once there is one */
    let settled;

    /** Settles or revises the verdict, tells the page and the server. */
    const settle = () => {
      if (!navigator.onLine) found.add("offline");
      const now = verdict();
      if (now === settled || mine !== view) return;
      report(settled ? { kind: "revised", verdict: now, from: settled } : { verdict: now });
      settled = now;
      const detail = { verdict: now, signals: signals() };
      document.dispatchEvent(new CustomEvent("reader-support:verdict", { detail }));
    };
    addEventListener("pagehide", () => settled || (found.add("timeout"), settle()), { once: true });

    /** Shows the notice where the policy allows it. Where ads load in a tab that it knows, it is
     * told so: an experiment counts that. */
    const ask = async () => {
      if (forbidden.includes("fetch")) return;
      if (!settings.asks.includes(settled) && !(settled === "loaded" && sessionStorage["reader-support"])) return;
      const { ask } = await import(build + "notice.js");
      return ask({ base, build, verdict: settled, signals: signals(), report });
    };

    const inTime = await Promise.race([pairs.then(() => true), sleep(DEADLINE)]);
    if (!inTime) found.add("timeout");
    await lookAtBoxes();
    // At growing intervals: ads come when they come.
    for (let at = 100; mine === view; at *= 1.5) {
      const ads = hasAds();
      evidence = ads
        ? await import(build + "ads.js").then(({ look }) => look(settings.slots, seen), () => [])
        : [settings.slots.length ? "no_slots" : "no_ad_evidence"];
      if (evidence.includes("ad_rendered")) {
        settle();
        takeBack?.();
        return ask();
      }
      // Time for an ad to disprove a block; and more where all is open: unknown, unfilled, slow.
      if (!settled && !(ads && (at < PATIENCE || (at < DEADLINE && /^[us]/.test(verdict()))))) {
        settle();
        takeBack = (await ask().catch(() => undefined)) ?? takeBack; // no storage, no notice
      }
      if (at > WATCH) return settle();
      await sleep(at / 2);
    }
  };

  const start = async () => {
    if (root.dataset.readerSupport === "off" || Math.random() >= settings.sample) return;
    if (self !== top) return; // a frame is no page view
    /** @type {Signal[]} */
    const first = document.prerendering ? ["prerendered"] : [];
    // A page that is rendered ahead is hidden, too.
    await until(document, "visibilitychange", () => document.visibilityState === "visible");
    // A slow ad holds `load` up.
    await Promise.race([until(window, "load", () => document.readyState === "complete"), sleep(DEADLINE)]);
    // `load` handlers of the page go first; then wait for a quiet moment, but not for long.
    await new Promise((go) => (window.requestIdleCallback ?? setTimeout)(go, /** @type {any} */ ({ timeout: 200 })));
    // A policy that stands in the page itself, behind us.
    if (document.querySelector("meta[http-equiv^=content-s i]")) {
      forbidden += (await import(build + "policy.js")).forbidden(tag.nonce);
    }
    let path = location.pathname;
    /** Another page view without another load: in a single-page app, or of a page that was kept.
     * @param {any} event */
    const again = ({ persisted }) => {
      if (path === location.pathname && !persisted) return;
      path = location.pathname;
      judgeView([], 1000).catch(() => {}); // once the app has drawn it
    };
    addEventListener("pageshow", again);
    self.navigation?.addEventListener("currententrychange", again);
    await judgeView(first, 0);
  };
  start().catch(() => {}); // no fault of ours becomes a fault of the page
})();
