// From signals to a verdict: one pure function, the same for every page view.

/** Judges the signals of one page view. `reasons` are the signals that decided.
 *
 * The first rule that has a reason decides, in order of precedence: a real ad always wins; doubt
 * comes next, for something besides a blocker may have stood in the way; only then is anything
 * called blocked. Two independent signs (baits of different filter-rule families, the page's own
 * ad tags) make it certain, one makes it probable. Where the page has nothing to show, the pairs
 * alone decide.
 * @param {Iterable<Signal>} signals
 * @returns {{ verdict: Verdict, reasons: Signal[] }} */
export const judge = (signals) => {
  const all = [...signals];
  /** @param {RegExp} name */
  const those = (name) => all.filter((signal) => name.test(signal));
  const signs = [...those(/_bait_failed/), ...those(/ad_tag_standin|ad_tags_failed/).slice(0, 1)];
  /** @type {[Verdict, Signal[]][]} */
  const rules = [
    ["loaded", those(/ad_rendered/)],
    ["unknown", those(/control_failed|bait_answered|timeout|offline/)],
    ["not_applicable", those(/no_slots/)],
    [signs.length > 1 ? "blocked" : "blocked_probable", signs],
    ["no_consent", those(/consent/)],
    ["unfilled", those(/ad_unfilled/)],
    ["slow", those(/ad_pending/)],
    ["not_applicable", those(/slots_unseen/)],
    ["unknown", those(/slots_empty|ad_tag_failed|ad_tag_refused/)],
    ["loaded", those(/ad_tag_loaded/)],
    ["loaded", those(/no_ad_evidence/).length ? those(/_bait_loaded/) : []],
  ];
  const [verdict, reasons] = rules.find(([, reasons]) => reasons.length) ?? ["unknown", all];
  return { verdict, reasons };
};
