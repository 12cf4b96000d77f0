// Lets the real notice.js ask on this page: as if the reader's memory and clock allowed it.
const root = document.documentElement;
const { verdict, signals, variant, minute, scheme } = JSON.parse(root.dataset.told ?? "{}");
const KEY = "reader-support";

localStorage.removeItem(KEY);
sessionStorage.setItem(KEY, JSON.stringify({ views: 9999, arm: variant }));

// Quiet hours are told beside the stage; on it, it is some other hour.
const free = new Date().setHours(0, minute ?? 0, 0, 0);
globalThis.Date = new Proxy(Date, {
  construct: (real, given) => Reflect.construct(real, given.length ? given : [free]),
});

/** @param {string} words */
const say = (words) => parent.postMessage(words, location.origin);

/** Holds the notice to the chosen scheme, whatever the system's: its rules for the dark are on or off.
 * @param {ShadowRoot} shadow */
const force = (shadow) => {
  if (scheme === "system") return;
  /** @type {HTMLElement} */ (shadow.host).style.colorScheme = scheme;
  for (const rule of shadow.adoptedStyleSheets.flatMap((sheet) => [...sheet.cssRules])) {
    if (!(rule instanceof CSSMediaRule)) continue;
    const asked = /prefers-color-scheme:\s*(\w+)/.exec(rule.media.mediaText)?.[1];
    if (asked) rule.media.mediaText = asked === scheme ? "all" : "not all";
  }
};

/** Tells how much of the window it covers, now and whenever that changes.
 * @param {HTMLElement} section */
const measure = (section) => {
  const tell = () => {
    if (!section.isConnected) return;
    const { width, height } = section.getBoundingClientRect();
    const share = (100 * width * height) / (innerWidth * innerHeight);
    const size = `${Math.round(width)} by ${Math.round(height)} px`;
    const opened = section.matches("[data-open], :has(details[open])");
    const limit = opened ? "opened by the reader" : "at most 20 % until it is opened";
    say(`It covers ${share.toFixed(1)} % of the window (${size}; ${limit}).`);
  };
  new ResizeObserver(tell).observe(section);
};

document.addEventListener("reader-support:notice", (event) => {
  const { detail } = /** @type {CustomEvent} */ (event);
  if (detail.reasons) say(`It can't be shown on this page: ${detail.reasons.join(", ")}.`);
  if (["dismissed", "silenced"].includes(detail.event)) say("It was closed. Load this page again to see it once more.");
});

const { ask } = await import(`${location.pathname}notice.js`);
await ask({ base: "./", build: "./", verdict, signals, report: () => {} });
const shadow = document.querySelector("reader-support-notice")?.shadowRoot;
const section = shadow?.querySelector("section");
if (shadow && section) {
  force(shadow);
  measure(section);
}
export {};
