// Does what Google documents of its Publisher Tag: the real file can't be had.
(() => {
  const scope = /** @type {any} */ (window);
  /** @type {Record<string, ((event: any) => void)[]>} */
  const listeners = {};
  /** @type {any[]} */
  const slots = [];
  const fire = (/** @type {string} */ name, /** @type {any} */ event) =>
    (listeners[name] ?? []).forEach((listener) => listener({ serviceName: 'publisher_ads', ...event }));
  const service = {
    addEventListener(/** @type {string} */ name, /** @type {any} */ listener) {
      (listeners[name] ??= []).push(listener);
      return service;
    },
    getSlots: () => [...slots],
    enableSingleRequest: () => true,
    enableLazyLoad() { service.isLazy = true; },
    collapseEmptyDivs: () => true,
    refresh: (/** @type {any[]} */ some) => (some ?? slots).forEach(request),
    isLazy: false,
  };
  const request = async (/** @type {any} */ slot) => {
    const place = document.getElementById(slot.getSlotElementId());
    if (!place || slot.isAsked) return;
    slot.isAsked = true;
    fire('slotRequested', { slot });
    const asked = `https://securepubads.g.doubleclick.net/gampad/ads?iu=${slot.getAdUnitPath()}&sz=300x250`;
    const { empty } = await (await fetch(asked)).json();
    fire('slotResponseReceived', { slot });
    place.setAttribute('data-google-query-id', 'CKfake');
    slot.response = empty ? null : { advertiserId: 1, campaignId: 2, creativeId: 3, lineItemId: 4 };
    if (empty) {
      fire('slotRenderEnded', { slot, isEmpty: true });
      return;
    }
    const container = document.createElement('div');
    container.id = `google_ads_iframe_${slot.getAdUnitPath()}_0__container__`;
    const frame = document.createElement('iframe');
    Object.assign(frame, { width: 300, height: 250, title: '3rd party ad content' });
    frame.style.border = '0';
    frame.onload = () => fire('slotOnload', { slot });
    frame.src = 'https://tpc.googlesyndication.com/safeframe/1-0-40/html/container.html';
    container.append(frame);
    place.append(container);
    fire('slotRenderEnded', { slot, isEmpty: false, size: [300, 250], advertiserId: 1 });
  };
  const display = (/** @type {string} */ id) => {
    const slot = slots.find((one) => one.getSlotElementId() === id);
    const place = document.getElementById(id);
    if (!slot || !place) return;
    if (!service.isLazy) { request(slot); return; }
    new IntersectionObserver((seen, observer) => {
      if (!seen.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      request(slot);
    }, { rootMargin: '100%' }).observe(place);
  };
  const queued = scope.googletag?.cmd ?? [];
  Object.assign((scope.googletag ??= {}), {
    apiReady: true,
    pubadsReady: true,
    getVersion: () => '2026111801',
    pubads: () => service,
    enableServices() {},
    display,
    defineSlot(/** @type {string} */ path, /** @type {any} */ size, /** @type {string} */ id) {
      const slot = {
        isAsked: false,
        response: /** @type {any} */ (null),
        addService: () => slot,
        getAdUnitPath: () => path,
        getSlotElementId: () => id,
        getResponseInformation: () => slot.response,
        getSizes: () => [size],
      };
      slots.push(slot);
      return slot;
    },
    destroySlots(/** @type {any[]} */ some) {
      for (const slot of some ?? [...slots]) slots.splice(slots.indexOf(slot), 1);
      return true;
    },
    cmd: { push: (/** @type {(() => void)[]} */ ...commands) => { for (const command of commands) command(); return commands.length; } },
  });
  for (const command of queued) command();
})();
