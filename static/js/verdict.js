// From signals to a verdict: one pure function, the same for every page view.

/** What voids the pairs: something besides a blocker may have stood in the way.
 * @type {readonly Signal[]} */
const DOUBTS = ["control_failed", "bait_answered", "timeout", "offline", "page_hidden"];

/** Judges the signals of one page view. `reasons` are the signals that decided.
 *
 * The order is the order of precedence: a real ad always wins, doubt comes next, and only then
 * is anything called blocked. Two independent signs (baits of different filter-rule families)
 * make it certain, one makes it probable.
 * @param {readonly Signal[]} signals
 * @returns {{ verdict: Verdict, reasons: Signal[] }} */
export const judge = (signals) => {
  /** @param {(signal: Signal) => boolean} test */
  const those = (test) => signals.filter(test);
  const failed = those((signal) => signal.endsWith("_bait_failed"));
  const passed = those((signal) => signal.endsWith("_bait_loaded"));
  const doubts = those((signal) => DOUBTS.includes(signal));
  /** @param {Verdict} verdict @param {Signal[]} reasons */
  const because = (verdict, reasons) => ({ verdict, reasons });

  if (signals.includes("ad_rendered")) return because("loaded", ["ad_rendered"]);
  if (doubts.length) return because("unknown", doubts);
  if (signals.includes("no_slots")) return because("not_applicable", ["no_slots"]);
  if (failed.length > 1) return because("blocked", failed);
  if (failed.length) return because("blocked_probable", failed);
  if (signals.includes("no_ad_evidence") && passed.length) return because("loaded", passed);
  return because("unknown", those((signal) => signal === "slots_empty" || signal === "csp"));
};
