// Filter list engines that block from outside the browser: its requests are held over the
// DevTools protocol until the engine has answered, and a script in a world of its own hides.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { FiltersEngine, Request } from '@ghostery/adblocker';

/** @typedef {import('puppeteer-core').Page} Page */
/** @typedef {{classes: string[], ids: string[], hrefs: string[]}} Names what a page newly contains */
/** @typedef {{blocked: boolean, answer?: {type: string, base64: string} | null}} Judgement */
/**
 * What every engine can say: of one request, of a page before anything is in it, and of names that
 * have turned up in it.
 * @typedef {{
 *   request: (url: string, page: string, type: string) => Judgement | Promise<Judgement>,
 *   hideAtStart: (page: string) => string | Promise<string>,
 *   hideNames: (page: string, names: Names) => string | Promise<string>,
 *   close: () => void,
 * }} Engine
 */

/**
 * Ghostery's engine.
 * @param {string} lists the text of all filter lists
 * @returns {Engine}
 */
export function ghosteryEngine(lists) {
  const engine = FiltersEngine.parse(lists, { enableCompression: false });
  /** @param {string} url @param {Parameters<FiltersEngine['getCosmeticsFilters']>[0] | {}} what */
  const styles = (url, what) => {
    const { hostname } = new URL(url);
    return engine.getCosmeticsFilters({ url, hostname, domain: hostname, getInjectionRules: false, getExtendedRules: false, ...what }).styles;
  };
  return {
    request: (url, sourceUrl, type) => {
      const { match, redirect } = engine.match(Request.fromRawDetails({ url, sourceUrl, type: /** @type {any} */ (type) }));
      if (!redirect) return { blocked: match };
      const { body, contentType, dataUrl } = redirect;
      return { blocked: match, answer: { type: contentType, base64: dataUrl.includes(';base64,') ? dataUrl.slice(dataUrl.indexOf(',') + 1) : Buffer.from(body).toString('base64') } };
    },
    hideAtStart: (url) => styles(url, { getBaseRules: true, getRulesFromHostname: true, getRulesFromDOM: false }),
    hideNames: (url, names) => styles(url, { ...names, getBaseRules: false, getRulesFromHostname: false, getRulesFromDOM: true }),
    close: () => {},
  };
}

/**
 * Brave's engine, in a Python process of its own.
 * @param {string} lists the text of all filter lists
 * @param {string} python an interpreter that has `adblock`
 * @returns {Promise<Engine>}
 */
export async function braveEngine(lists, python) {
  const child = spawn(python, [fileURLToPath(new URL('brave_engine.py', import.meta.url))], { stdio: ['pipe', 'pipe', 'inherit'] });
  /** @type {((answer: any) => void)[]} */
  const waiting = [];
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece) => {
    const lines = (text + piece).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) waiting.shift()?.(JSON.parse(line)); // answers come in order
  });
  child.stdin.on('error', () => {});
  const ask = (/** @type {unknown[]} */ ...question) => new Promise((resolve) => {
    waiting.push(resolve);
    child.stdin.write(JSON.stringify(question) + '\n');
  });
  await ask('lists', lists);
  return {
    request: (url, page, type) => ask('request', url, page, type),
    hideAtStart: (page) => ask('hide_at_start', page),
    hideNames: (page, { classes, ids }) => ask('hide_names', page, classes, ids),
    close: () => { child.stdin.end(); },
  };
}

/** @type {Record<string, string>} */
const TYPES = { xhr: 'xmlhttprequest', fetch: 'xmlhttprequest', document: 'sub_frame' };
const WORLD = 'blocker';

/**
 * Puts one page under the rule of an engine.
 * @param {Page} page
 * @param {Engine} engine
 * @param {boolean} hides
 */
export async function rule(page, engine, hides) {
  const session = await page.createCDPSession();
  const send = (/** @type {any} */ method, /** @type {any} */ params) =>
    session.send(method, params).catch(() => null); // the page may be gone by now
  const { frameTree } = await session.send('Page.getFrameTree');
  let address = 'about:blank';
  session.on('Fetch.requestPaused', async ({ requestId, request, resourceType, frameId }) => {
    const kind = resourceType.toLowerCase();
    if (kind === 'document' && frameId === frameTree.frame.id) {
      address = request.url;
      return send('Fetch.continueRequest', { requestId });
    }
    const { blocked, answer } = await engine.request(request.url, address, TYPES[kind] ?? kind);
    if (answer) {
      const responseHeaders = [{ name: 'content-type', value: answer.type }, { name: 'access-control-allow-origin', value: '*' }];
      return send('Fetch.fulfillRequest', { requestId, responseCode: 200, responseHeaders, body: answer.base64 });
    }
    if (blocked) return send('Fetch.failRequest', { requestId, errorReason: 'BlockedByClient' });
    return send('Fetch.continueRequest', { requestId });
  });
  await session.send('Fetch.enable', {});
  if (!hides) return;

  session.on('Runtime.bindingCalled', async ({ payload, executionContextId }) => {
    const { url, names } = JSON.parse(payload);
    if (!/^https?:/.test(url)) return;
    const css = names ? await engine.hideNames(url, names) : await engine.hideAtStart(url);
    if (css) await send('Runtime.evaluate', { expression: `hide(${JSON.stringify(css)})`, contextId: executionContextId });
  });
  await session.send('Runtime.enable');
  await session.send('Page.enable');
  await session.send('Runtime.addBinding', { name: 'ask', executionContextName: WORLD });
  await session.send('Page.addScriptToEvaluateOnNewDocument', { source: `(${inPage})()`, worldName: WORLD, runImmediately: true });
}

/** Runs in the page, in a world that its own scripts can't see. */
function inPage() {
  const scope = /** @type {any} */ (globalThis);
  scope.hide = (/** @type {string} */ css) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  };
  const seen = { classes: new Set(), ids: new Set(), hrefs: new Set() };
  const look = () => {
    /** @type {Names} */
    const names = { classes: [], ids: [], hrefs: [] };
    const note = (/** @type {keyof Names} */ kind, /** @type {string | null} */ name) => {
      if (!name || seen[kind].has(name)) return;
      seen[kind].add(name);
      names[kind].push(name);
    };
    for (const element of document.querySelectorAll('[class], [id], [href]')) {
      for (const name of element.classList) note('classes', name);
      note('ids', element.id);
      note('hrefs', element.getAttribute('href'));
    }
    if (Object.values(names).some((found) => found.length)) scope.ask(JSON.stringify({ url: location.href, names }));
  };
  scope.ask(JSON.stringify({ url: location.href }));
  look();
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['class', 'id', 'href'] });
}
