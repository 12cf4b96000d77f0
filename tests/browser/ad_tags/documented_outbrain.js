// Does what Outbrain documents of its widget: fills what has its class.
(() => {
  const scope = /** @type {any} */ (window);
  scope.OBR = { extern: { researchWidget() {}, refreshWidget() {} } };
  for (const place of document.querySelectorAll('.OUTBRAIN')) {
    const picture = document.createElement('img');
    Object.assign(picture, { src: 'https://widgets.outbrain.com/creative.svg', width: 300, height: 120, alt: '' });
    place.append(picture);
  }
})();
