// Shows the notice, once its own memory allows it. The memory stays in the reader's browser:
// this tab's for the count of page views, the browser's only after the reader has acted.

const KEY = "reader-support";
const DAY = 86400e3; // ms

/** What was remembered, or nothing where it can't be read.
 * @param {Storage} storage @returns {{ views?: number, asked?: boolean, until?: string }} */
const recall = (storage) => {
  try {
    return JSON.parse(storage.getItem(KEY) ?? "{}");
  } catch {
    return {};
  }
};

/** Whether this page view may ask. Counts it on the way; throws without storage: then no notice.
 * @param {Policy} policy @param {number} now ms */
const mayAsk = ({ after }, now) => {
  const tab = recall(sessionStorage);
  const views = (tab.views ?? 0) + 1;
  sessionStorage.setItem(KEY, JSON.stringify({ ...tab, views }));
  const until = recall(localStorage).until ?? "";
  return !tab.asked && views >= after && new Date(now).toISOString().slice(0, 10) >= until;
};

/** Remembers that the reader acted: a date, coarse enough to say nothing else.
 * @param {number} days @param {number} now ms */
const restUntil = (days, now) => {
  const until = new Date(now + days * DAY).toISOString().slice(0, 10);
  try {
    localStorage.setItem(KEY, JSON.stringify({ until }));
  } catch {
    // A full storage: then only this tab remembers.
  }
};

/** The notice as a parsed document (no innerHTML: it throws under Trusted Types), or null.
 * @param {string} url @returns {Promise<Document | null>} */
const fetched = (url) =>
  new Promise((done) => {
    const request = new XMLHttpRequest();
    request.responseType = "document";
    request.onload = () => done(request.status === 200 ? request.responseXML : null);
    request.onerror = () => done(null);
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

/** Asks for support if the policy allows it. Answers with the way to take the notice back.
 * @param {{ base: string, build: string, verdict: Verdict, signals: Signal[], policy: Policy,
 *   report: (fields: Partial<SupportReport>) => void }} page */
export const ask = async ({ base, build, verdict, signals, policy, report }) => {
  if (!mayAsk(policy, Date.now())) return undefined;
  const query = new URLSearchParams({
    v: "1",
    verdict,
    signs: signals.join(","),
    lang: document.documentElement.lang,
    path: location.pathname,
  });
  const [parsed, styles] = await Promise.all([
    fetched(`${base}notice?${query}`),
    sheet(build + "notice.css"),
  ]);
  const notice = parsed?.querySelector("section");
  if (!notice) return undefined;

  const host = document.createElement("reader-support-notice");
  const shadow = host.attachShadow({ mode: "open" });
  shadow.adoptedStyleSheets = [styles];
  shadow.append(document.importNode(notice, true));
  document.body.append(host);
  sessionStorage.setItem(KEY, JSON.stringify({ ...recall(sessionStorage), asked: true }));

  /** @param {NoticeEvent} event */
  const tell = (event) => report({ kind: "notice", verdict, event, variant: policy.variant });
  const restored = makeRoom(host, shadow);
  /** @param {NoticeEvent} event */
  const close = (event) => {
    restored(!!shadow.activeElement);
    host.remove();
    tell(event);
  };
  listen(shadow, close, tell, policy);
  // A filter list may hide us: that is its right, and counted.
  const { width, height } = host.getBoundingClientRect();
  tell(width && height ? "shown" : "hidden");
  return () => host.isConnected && close("withdrawn");
};

/** Keeps what has the focus from being covered; answers with the way back.
 * @param {HTMLElement} host @param {ShadowRoot} shadow */
const makeRoom = (host, shadow) => {
  const style = document.documentElement.style;
  const before = style.scrollPaddingBottom;
  style.scrollPaddingBottom = `${host.offsetHeight}px`;
  /** @type {EventTarget | null} */
  let focused = null; // where the reader was before they came to us
  shadow.addEventListener("focusin", (event) => {
    const from = /** @type {FocusEvent} */ (event).relatedTarget;
    if (from && !shadow.contains(/** @type {Node} */ (from))) focused = from;
  });
  /** @param {boolean} inside whether the focus is ours to give back */
  return (inside) => {
    style.scrollPaddingBottom = before;
    if (inside && focused instanceof HTMLElement) focused.focus();
  };
};

/** @param {ShadowRoot} shadow @param {(event: NoticeEvent) => void} close
 * @param {(event: NoticeEvent) => void} tell @param {Policy} policy */
const listen = (shadow, close, tell, policy) => {
  /** @param {NoticeEvent} event @param {number} days */
  const rest = (event, days) => {
    close(event);
    restUntil(days, Date.now());
  };
  shadow.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target).closest("[data-act]");
    const act = target?.getAttribute("data-act");
    if (act === "close") rest("dismissed", policy.days);
    if (act === "silence") rest("silenced", 36500);
    if (act === "reload") location.reload();
    if (act === "way") tell("way");
  });
  shadow.addEventListener("keydown", (event) => {
    const { key } = /** @type {KeyboardEvent} */ (event);
    if (key === "Escape") rest("dismissed", policy.days);
  });
  const steps = shadow.querySelector("details");
  steps?.addEventListener("toggle", () => tell("steps"), { once: true });
};
