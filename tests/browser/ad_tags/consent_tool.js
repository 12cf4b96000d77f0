// A consent tool behind both standard interfaces, whose reader has ANSWERed.
(() => {
  const scope = /** @type {any} */ (window);
  const answer = 'ANSWER';
  const consents = Object.fromEntries(Array.from({ length: 10 }, (_, at) => [at + 1, answer === 'accepted']));
  const data = {
    tcString: 'CPfake', tcfPolicyVersion: 5, cmpId: 7, cmpVersion: 1, gdprApplies: true, cmpStatus: 'loaded', listenerId: 1,
    eventStatus: answer === 'undecided' ? 'cmpuishown' : 'tcloaded',
    purpose: { consents: answer === 'undecided' ? {} : consents, legitimateInterests: {} },
    vendor: { consents: {}, legitimateInterests: {} },
  };
  const queue = scope.__tcfapi?.a ?? [];
  if (scope.__tcfapi) {
    scope.__tcfapi = (/** @type {string} */ command, /** @type {number} */ _, /** @type {any} */ done) => {
      if (command === 'ping') return done({ gdprApplies: true, cmpLoaded: true, cmpStatus: 'loaded', displayStatus: answer === 'undecided' ? 'visible' : 'hidden', apiVersion: '2.2' });
      return done(data, true);
    };
    for (const call of queue) scope.__tcfapi(...call);
  }
  if (scope.__gpp) {
    const calls = scope.__gpp.queue ?? [];
    const ping = () => ({
      gppVersion: '1.1', cmpStatus: 'loaded', cmpDisplayStatus: answer === 'undecided' ? 'visible' : 'hidden',
      signalStatus: answer === 'undecided' ? 'not ready' : 'ready', supportedAPIs: ['2:tcfeuv2'], cmpId: 7, sectionList: [2], applicableSections: [2],
      gppString: 'DBfake',
      parsedSections: answer === 'undecided' ? {} : { tcfeuv2: [{ PurposeConsent: Object.values(consents) }] },
    });
    scope.__gpp = (/** @type {string} */ command, /** @type {any} */ done) => {
      if (command === 'addEventListener') return done({ eventName: 'listenerRegistered', listenerId: 1, data: true, pingData: ping() }, true);
      return done(command === 'ping' ? ping() : null, true);
    };
    for (const call of calls) scope.__gpp(...call);
    scope.dispatchEvent(new Event('consent-tool'));
  }
})();
