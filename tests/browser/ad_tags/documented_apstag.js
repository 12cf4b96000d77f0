// Does what Amazon documents of its tag, which takes the queue over and brings bids.
(() => {
  const scope = /** @type {any} */ (window);
  const queued = scope.apstag?._Q ?? [];
  scope.apstag = {
    init() {},
    fetchBids: (/** @type {{slots: {slotID: string}[]}} */ { slots }, /** @type {(bids: any[]) => void} */ done) =>
      setTimeout(() => done(slots.map(({ slotID }) => ({ slotID, amznbid: '1', amzniid: 'a', size: '300x250' })))),
    setDisplayBids() {},
    targetingKeys: () => ['amznbid'],
    rpa() {}, upa() {}, dpa() {}, renderImp() {},
  };
  for (const [letter, given] of queued) ({ i: scope.apstag.init, f: scope.apstag.fetchBids })[letter]?.(...given);
})();
