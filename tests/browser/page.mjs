// What is heard and seen on one page: its console, its requests, its events and the notice.

/** @typedef {import('puppeteer-core').Page} Page */
/** @typedef {import('puppeteer-core').HTTPRequest} HTTPRequest */
/**
 * @typedef {{
 *   verdicts: {verdict: string, signals: unknown, at: number}[],
 *   violations: {directive: string, blocked: string, disposition: string}[],
 *   shifts: {value: number, at: number, sources: string[]}[] | null,
 * }} Heard
 */

/**
 * Reads once more when the page is just being replaced by another.
 * @template T
 * @param {() => Promise<T>} read
 * @returns {Promise<T>}
 */
const steadily = (read) => read().catch(async () => {
  await new Promise((resolve) => setTimeout(resolve, 200));
  return read();
});

// Under a symbol, so that a test which looks for globals of ours doesn't find the harness.
const KEY = 'evenhand.tests';

/**
 * Puts listeners into every document before its own first script.
 * @param {Page} page
 */
export async function listen(page) {
  await page.evaluateOnNewDocument((key) => {
    /** @type {Heard} */
    const heard = { verdicts: [], violations: [], shifts: null };
    Object.defineProperty(window, Symbol.for(key), { value: heard });
    window.addEventListener('reader-support:verdict', (event) => {
      const { verdict = '', signals = null } = /** @type {CustomEvent} */ (event).detail ?? {};
      heard.verdicts.push({ verdict: String(verdict), signals, at: performance.now() });
    }, true);
    document.addEventListener('securitypolicyviolation', (event) => {
      heard.violations.push({ directive: event.violatedDirective, blocked: event.blockedURI, disposition: event.disposition });
    });
    if (!PerformanceObserver.supportedEntryTypes.includes('layout-shift')) return;
    const shifts = /** @type {NonNullable<Heard['shifts']>} */ (heard.shifts = []);
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { value, sources, hadRecentInput } = /** @type {any} */ (entry);
        if (hadRecentInput) continue; // what the reader asked for is no shift, by the metric's definition
        shifts.push({ value, at: entry.startTime, sources: sources.map((/** @type {any} */ { node }) => node?.nodeName.toLowerCase() ?? '') });
      }
    }).observe({ type: 'layout-shift', buffered: true });
  }, KEY);
}

/**
 * What the listeners heard, and what the site keeps in the browser.
 * @param {Page} page
 * @returns {Promise<Heard & {title: string, cookie: string, local_storage: Record<string, string>, session_storage: Record<string, string>}>}
 */
export async function pageState(page) {
  return JSON.parse(await steadily(() => page.evaluate((key) => {
    const stored = (/** @type {'localStorage' | 'sessionStorage'} */ name) => {
      try { return { ...window[name] }; } catch { return {}; } // a sandboxed page has none
    };
    const cookie = () => { try { return document.cookie; } catch { return ''; } };
    const heard = /** @type {any} */ (window)[Symbol.for(key)] ?? { verdicts: [], violations: [], shifts: null };
    return JSON.stringify({
      ...heard, title: document.title, cookie: cookie(),
      local_storage: stored('localStorage'), session_storage: stored('sessionStorage'),
    });
  }, KEY)));
}

/**
 * Everything that moved, or null where the browser can't tell.
 * @param {Page} page
 */
export async function layoutShift(page) {
  const { shifts } = await pageState(page);
  return shifts && shifts.reduce((sum, { value }) => sum + value, 0);
}

/**
 * The notice as a reader meets it: what is inside the open shadow root of its host element.
 * @param {Page} page
 * @returns {Promise<{present: boolean, visible: boolean, in_viewport: boolean, box: {x: number, y: number, width: number, height: number} | null, text: string, focused: string, focus_inside: boolean}>}
 */
export async function noticeState(page) {
  return JSON.parse(await steadily(() => page.evaluate(() => {
    const host = document.querySelector('reader-support-notice');
    const root = host?.shadowRoot ?? null;
    const focus = root?.activeElement ?? document.activeElement;
    const name = (/** @type {Element | null} */ element) => element
      ? element.localName + (element.id && `#${element.id}`) + [...element.classList].map((part) => `.${part}`).join('')
      : '';
    // The host may be flat while what it holds is fixed to the window, so its parts are measured.
    const parts = /** @type {HTMLElement[]} */ ([...(root?.children ?? [])]).filter((part) =>
      part.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && part.getClientRects().length > 0);
    const boxes = parts.map((part) => part.getBoundingClientRect()).filter(({ width, height }) => width * height > 0);
    const edge = (/** @type {'left' | 'top' | 'right' | 'bottom'} */ side) => boxes.map((box) => box[side]);
    const left = Math.min(...edge('left')), top = Math.min(...edge('top'));
    const right = Math.max(...edge('right')), bottom = Math.max(...edge('bottom'));
    const visible = boxes.length > 0;
    const inside = left >= 0 && top >= 0 && right <= innerWidth + 0.5 && bottom <= innerHeight + 0.5; // Firefox has fractions
    return JSON.stringify({
      present: host !== null,
      visible,
      in_viewport: visible && inside,
      box: visible ? { x: left, y: top, width: right - left, height: bottom - top } : null,
      text: parts.map((part) => part.innerText ?? '').join('\n').trim(),
      focused: focus === document.body ? '' : name(focus),
      focus_inside: Boolean(root?.activeElement),
    });
  })));
}

/**
 * The same words from both protocols, one of which puts the name into the message.
 * @param {unknown} error
 */
function errorText(error) {
  if (!(error instanceof Error)) return String(error);
  return error.message.startsWith(`${error.name}:`) ? error.message : `${error.name}: ${error.message}`;
}

/** @type {Record<string, string>} */
const DESTINATIONS = { style: 'stylesheet', empty: 'fetch', iframe: 'document' };

/**
 * What a request is for; over WebDriver BiDi puppeteer doesn't say, so its own header does, and
 * then a fetch, an XMLHttpRequest and a beacon are all `fetch`.
 * @param {HTTPRequest} request
 */
function typeOf(request) {
  try {
    return request.resourceType();
  } catch {
    const destination = request.headers()['sec-fetch-dest'] ?? 'other';
    return DESTINATIONS[destination] ?? destination;
  }
}

/**
 * What a request sends, where the browser tells.
 * @param {HTTPRequest} request
 * @returns {Promise<string | null>}
 */
async function bodyOf(request) {
  if (request.method() === 'GET') return null;
  try {
    return request.postData() ?? null;
  } catch {
    return (await request.fetchPostData().catch(() => null)) ?? null;
  }
}

/**
 * Records what the page says and asks for, until it is stopped.
 * @param {Page} page
 */
export function record(page) {
  const started = Date.now();
  /** @type {{type: string, text: string, url: string, line: number | null}[]} */
  const messages = [];
  /** @type {string[]} */
  const page_errors = [];
  /** @type {Map<HTTPRequest, {url: string, method: string, type: string, status: number | null, failed: string | null, body: string | null, at: number}>} */
  const requests = new Map();

  /** @type {Promise<void>[]} */
  const bodies = [];

  /** @type {[string, (event: any) => void][]} */
  const handlers = [
    ['console', (/** @type {import('puppeteer-core').ConsoleMessage} */ message) => {
      const { url = '', lineNumber = null } = message.location();
      messages.push({ type: message.type(), text: message.text(), url, line: lineNumber });
    }],
    ['pageerror', (error) => { page_errors.push(errorText(error)); }],
    ['request', (/** @type {HTTPRequest} */ request) => {
      const made = {
        url: request.url(), method: request.method(), type: typeOf(request),
        status: null, failed: null, body: /** @type {string | null} */ (null), at: Date.now() - started,
      };
      requests.set(request, made);
      bodies.push(bodyOf(request).then((body) => { made.body = body; }));
    }],
    ['response', (/** @type {import('puppeteer-core').HTTPResponse} */ response) => {
      const made = requests.get(response.request());
      if (made) made.status = response.status();
    }],
    ['requestfailed', (/** @type {HTTPRequest} */ request) => {
      const made = requests.get(request);
      // Chromium calls a 204 to a keepalive fetch aborted after it has come.
      if (made && made.status === null) made.failed = request.failure()?.errorText || 'failed';
    }],
  ];
  for (const [event, handler] of handlers) page.on(/** @type {any} */ (event), handler);
  return {
    seen: async () => {
      await Promise.all(bodies);
      return { console: messages, page_errors, requests: [...requests.values()] };
    },
    stop: () => { for (const [event, handler] of handlers) page.off(/** @type {any} */ (event), handler); },
  };
}
