// Whether a page view may ask, and which arm of an experiment: pure functions over what this
// browser remembers. The server's `evenhand.asking.policy` says the same of whether; one table of
// cases holds both to it.

/** Until when a reader who said "don't ask again" is left alone. */
export const FOREVER = "9999-12-31";

/** The reader's own day, some days from now: coarse enough to say nothing else.
 * @param {Date} now @param {number} days */
export const dayIn = (now, days) => {
  const minutes = days * 1440 - now.getTimezoneOffset();
  return new Date(now.getTime() + minutes * 60e3).toISOString().slice(0, 10);
};

/** Every reason against asking; none: ask.
 * @param {Pick<Rules, "after" | "most" | "quiet">} rules @param {Memory} memory @param {Date} now
 * @returns {NoReason[]} */
export const reasonsAgainst = ({ after, most, quiet }, memory, now) => {
  const { views = 1, asked = false, checking = false, held = false, until = "", times = 0 } = memory;
  const minute = now.getHours() * 60 + now.getMinutes();
  const isQuiet = quiet.some(([from, to]) =>
    from < to ? from <= minute && minute < to : minute >= from || minute < to,
  );
  /** @type {[NoReason, boolean][]} */
  const tests = [
    ["few_pages", views < after],
    ["asked_in_tab", asked && !checking],
    ["resting", dayIn(now, 0) < until && until < FOREVER && !checking],
    ["silenced", until >= FOREVER],
    ["often_enough", times >= most && !checking],
    ["quiet_hours", isQuiet],
    ["hold_out", held],
  ];
  return tests.filter(([, holds]) => holds).map(([reason]) => reason);
};

/** One of the arms, each as often as its share says: at random, and so without knowing the reader.
 * @param {Arm[]} arms @param {number} at from 0 to below 1, evenly distributed */
export const drawn = (arms, at) => arms.find(([, share]) => (at -= share) < 0) ?? arms[0];
