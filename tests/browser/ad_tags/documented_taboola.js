// Does what Taboola documents of its loader: takes the queue over and fills the containers.
(() => {
  const scope = /** @type {any} */ (window);
  const take = (/** @type {{container?: string}} */ { container }) => {
    const place = container && document.getElementById(container);
    if (!place) return;
    const picture = document.createElement('img');
    Object.assign(picture, { src: 'https://cdn.taboola.com/creative.svg', width: 300, height: 120, alt: '' });
    picture.className = 'trc_rbox';
    place.append(picture);
  };
  const queued = scope._taboola ?? [];
  scope._taboola = Object.assign([...queued], { push: (/** @type {any[]} */ ...orders) => orders.forEach(take) });
  queued.forEach(take);
})();
