// Does what Carbon documents of its tag: puts an image and a line of text where it stands.
(() => {
  const scope = /** @type {any} */ (window);
  const place = document.getElementById('_carbonads_js')?.parentElement;
  scope._carbonads = { init() {}, refresh() {} };
  const ad = document.createElement('div');
  ad.id = 'carbonads';
  const picture = document.createElement('img');
  Object.assign(picture, { src: 'https://srv.carbonads.net/creative.svg', width: 130, height: 100, alt: '' });
  ad.append(picture, 'An ad, via Carbon');
  place?.append(ad);
})();
