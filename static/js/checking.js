// "I've allowed ads: check again": what failed before is tried once more, as far as it can be
// without a reload. The counted pair is left alone: this is no page view.

/** Loads one bait in the way of its type.
 * @param {Pair[0]} type @param {string} url @returns {Promise<boolean>} */
const loads = async (type, url) => {
  if (type === "fetch") return fetch(url, { cache: "no-store" }).then(({ ok }) => ok, () => false);
  const node = document.createElement({ image: "img", script: "script", style: "link" }[type]);
  const tag = /** @type {HTMLScriptElement | null} */ (document.querySelector("script[data-evenhand]"));
  return new Promise((done) => {
    const heard = { onload: () => done(true), onerror: () => done(false) };
    Object.assign(node, heard, { nonce: tag?.nonce, rel: "stylesheet", href: url, src: url });
    if (type !== "image") document.head.append(node);
  }).then((came) => (node.remove(), /** @type {boolean} */ (came)));
};

/** Whether what failed comes through by now; undefined where only a reload can tell.
 * @param {string} base @param {Pair[]} pairs @param {Signal[]} signals */
export const opened = async (base, pairs, signals) => {
  const failed = pairs.filter(([type]) => signals.includes(`${type}_bait_failed`));
  if (!failed.length) return undefined;
  const came = await Promise.all(failed.map(([type, bait]) => loads(type, base + "pair/" + bait)));
  return came.every((one) => one);
};
