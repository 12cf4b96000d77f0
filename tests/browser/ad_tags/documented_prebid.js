// Does what Prebid documents of `que`, `version` and `installedModules`, where the real one would
// be too big: it has tests of its own.
(() => {
  const scope = /** @type {any} */ (window);
  const queued = scope.pbjs?.que ?? [];
  Object.assign((scope.pbjs ??= {}), {
    version: 'v11.36.0',
    installedModules: ['appnexusBidAdapter'],
    getEvents: () => [],
    addAdUnits() {},
    requestBids: ({ bidsBackHandler = () => {} } = {}) => { setTimeout(bidsBackHandler); },
    que: { push: (/** @type {() => void} */ command) => command() },
  });
  for (const command of queued) command();
})();
