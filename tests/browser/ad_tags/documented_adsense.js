// Does what Google documents of AdSense's tag: the real file can't be had.
(() => {
  const scope = /** @type {any} */ (window);
  let number = 0;
  const fill = async (/** @type {HTMLElement} */ place) => {
    place.setAttribute('data-adsbygoogle-status', 'done');
    const asked = `https://googleads.g.doubleclick.net/pagead/ads?client=${place.dataset.adClient}&slotname=${place.dataset.adSlot}`;
    const { empty } = await (await fetch(asked)).json();
    if (empty) {
      place.setAttribute('data-ad-status', 'unfilled');
      return;
    }
    const host = document.createElement('div');
    host.id = `aswift_${number}_host`;
    const frame = document.createElement('iframe');
    Object.assign(frame, { id: `aswift_${number++}`, width: 300, height: 250 });
    frame.style.border = '0';
    frame.src = 'https://googleads.g.doubleclick.net/pagead/html/frame.html';
    host.append(frame);
    place.append(host);
    place.setAttribute('data-ad-status', 'filled');
  };
  const next = () => {
    const place = document.querySelector('ins.adsbygoogle:not([data-adsbygoogle-status])');
    if (place) fill(/** @type {HTMLElement} */ (place));
  };
  const queued = scope.adsbygoogle ?? [];
  scope.adsbygoogle = { loaded: true, push(/** @type {unknown} */ _) { next(); } };
  for (const _ of queued) next();
})();
