// Real blockers: what each needs, how a browser is started with it, and how a reader would switch
// it off for a site. `-network` is the same blocker with its element hiding off.
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { chromium, firefox, installed, required } from './browsers.mjs';
import { braveEngine, ghosteryEngine, rule } from './engines.mjs';
import { HOST_KINDS } from './host_blockers.mjs';
import { manage } from './managed.mjs';

/** @typedef {import('puppeteer-core').Browser} Browser */
/** @typedef {import('puppeteer-core').Page} Page */
/** @typedef {import('./browsers.mjs').Hosts} Hosts */
/** @typedef {import('./engines.mjs').Engine} Engine */
/**
 * @typedef {{
 *   allowed: string[], hides: boolean, python: string, folder: string,
 *   colorScheme: 'dark' | 'light' | null, hosts: Hosts | null, kind: 'chromium' | 'firefox', sites: string[],
 * }} Wish what the blocker leaves alone; whether it hides elements; a folder for its files; the
 *   foreign hosts, the browser, and the origins of the sites that will be visited
 */
/**
 * A browser with a blocker. Some block only in pages that are handed to `rule` at their start.
 * @typedef {{browser: Browser, rule: (page: Page) => Promise<void>, close: () => void}} Blocked
 */
/** @typedef {(wish: Wish) => Promise<Blocked>} Start */

export const EASYLIST = ['thirdparties/easylist/easylist.txt'];
// What uBlock Origin has switched on when it is new, as far as Debian packs it.
export const UBO_LISTS = [
  ...EASYLIST, 'thirdparties/easylist/easyprivacy.txt', 'thirdparties/urlhaus-filter/urlhaus-filter-online.txt',
  'ublock/filters.min.txt', 'ublock/privacy.min.txt', 'ublock/unbreak.min.txt', 'ublock/quick-fixes.min.txt', 'ublock/badware.min.txt',
];

/**
 * The text of filter lists, as Debian's uBlock Origin carries them.
 * @param {string[]} names
 */
export const listText = (names) =>
  names.map((name) => fs.readFileSync(path.join(required('ubo'), 'assets', name), 'utf8')).join('\n');

const nothing = async () => {};
const write = (/** @type {string} */ file, /** @type {unknown} */ content) =>
  fs.writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));

/**
 * uBlock Origin as Debian packs it.
 * @type {Start}
 */
async function ubo({ allowed, hides, folder, colorScheme, hosts }) {
  const settings = {
    ...(allowed.length ? { toOverwrite: { trustedSiteDirectives: ['chrome-scheme', 'moz-extension-scheme', ...allowed] } } : {}),
    ...(hides ? {} : { adminSettings: JSON.stringify({ hostnameSwitchesString: 'no-cosmetic-filtering: * true' }) }),
  };
  if (Object.keys(settings).length) manage(folder, 'uBlock0@raymondhill.net', settings);
  const browser = await firefox({ extension: required('ubo'), home: folder, colorScheme, hosts });
  return { browser, rule: nothing, close: () => {} };
}

/**
 * eyeo's engine, which Adblock Plus and AdBlock run on, with EasyList and without Acceptable Ads.
 * @type {Start}
 */
async function eyeo({ allowed, hides, folder, colorScheme, hosts }) {
  const source = path.join(required('eyeo'), 'dist');
  const whole = listText(EASYLIST);
  // EasyList is published without its element hiding too.
  const list = hides ? whole : whole.split('\n').filter((line) => !/#[@?$]?#/.test(line)).join('\n');
  const server = http.createServer((_, response) => { response.end(list); });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', () => resolve(null)); });
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  for (const file of ['ewe-api.js', 'ewe-content.js']) fs.copyFileSync(path.join(source, file), path.join(folder, file));
  const exceptions = allowed.map((host) => `@@||${host}^$document`);
  write(path.join(folder, 'start.js'), `(async () => {
    await EWE.start({ name: 'tests', version: '1.0' });
    for (const exception of ${JSON.stringify(exceptions)}) await EWE.filters.add([exception]);
    await EWE.subscriptions.add('http://127.0.0.1:${port}/easylist.txt');
  })();`);
  write(path.join(folder, 'manifest.json'), {
    manifest_version: 2, name: 'eyeo engine', version: '1.0',
    browser_specific_settings: { gecko: { id: 'eyeo-engine@example.test' } },
    background: { scripts: ['ewe-api.js', 'start.js'] },
    content_scripts: [{ matches: ['http://*/*', 'https://*/*'], js: ['ewe-content.js'], run_at: 'document_start', all_frames: true, match_about_blank: true }],
    permissions: ['webNavigation', 'webRequest', 'webRequestBlocking', 'scripting', 'storage', 'unlimitedStorage', 'tabs', '<all_urls>'],
  });
  const browser = await firefox({ extension: folder, colorScheme, hosts });
  return { browser, rule: nothing, close: () => { server.closeAllConnections(); server.close(); } };
}

const ADGUARD_RULES = [2, 3]; // Base (EasyList and AdGuard's English filter), Tracking Protection
const REDIRECTS = 'web-accessible-resources/redirects'; // where the rules expect the surrogates

/**
 * AdGuard's rules for Manifest V3 with its surrogate scripts, in an extension of ours; of its
 * element hiding, the rules that hold for every site.
 * @type {Start}
 */
async function adguard({ allowed, hides, folder, hosts }) {
  const surrogates = path.join(required('adguard-scriptlets'), 'dist/redirect-files');
  fs.cpSync(surrogates, path.join(folder, REDIRECTS), { recursive: true });
  const hidden = new Set();
  const shown = new Set();
  for (const id of ADGUARD_RULES) {
    const file = path.join(required('adguard'), `dist/filters/declarative/ruleset_${id}/ruleset_${id}.json`);
    const rules = JSON.parse(fs.readFileSync(file, 'utf8'));
    for (const line of rules[0].metadata.rawFilterList.split(/\r?\n/)) {
      if (line.startsWith('##')) hidden.add(line.slice(2));
      else if (line.startsWith('#@#')) shown.add(line.slice(3));
    }
    write(path.join(folder, `${id}.json`), rules.map((/** @type {any} */ { metadata, ...kept }) => kept));
  }
  // As AdGuard does it for a site that its reader has switched it off for.
  write(path.join(folder, 'allowed.json'), allowed.length ? [{
    id: 1, priority: 10_000_000, action: { type: 'allowAllRequests' },
    condition: { requestDomains: allowed, resourceTypes: ['main_frame'] },
  }] : []);
  // One rule each: a selector that isn't CSS (`:contains(…)`) spoils no other.
  write(path.join(folder, 'hidden.css'), [...hidden].filter((selector) => !shown.has(selector))
    .map((selector) => `${selector} { display: none !important }`).join('\n'));
  write(path.join(folder, 'manifest.json'), {
    manifest_version: 3, name: 'AdGuard rules', version: '1.0',
    permissions: ['declarativeNetRequest'], host_permissions: ['<all_urls>'],
    declarative_net_request: {
      rule_resources: [...ADGUARD_RULES.map(String), 'allowed'].map((id) => ({ id: `rules_${id}`, enabled: true, path: `${id}.json` })),
    },
    web_accessible_resources: [{ resources: [`${REDIRECTS}/*`], matches: ['<all_urls>'] }],
    content_scripts: hides ? [{
      matches: ['<all_urls>'], exclude_matches: allowed.map((host) => `*://${host}/*`),
      css: ['hidden.css'], run_at: 'document_start', all_frames: true,
    }] : [],
  });
  const browser = await chromium({ extension: folder, hosts });
  return { browser, rule: nothing, close: () => {} };
}

/**
 * Chromium with an engine outside of it.
 * @param {string[]} lists
 * @param {(lists: string, python: string) => Engine | Promise<Engine>} create
 * @returns {Start}
 */
const engine = (lists, create) => async ({ allowed, hides, python, hosts }) => {
  const exceptions = allowed.flatMap((host) => [`@@*$domain=${host}`, `@@||${host}^$generichide`]);
  const engine = await create([listText(lists), ...exceptions].join('\n'), python);
  try {
    const browser = await chromium({ hosts });
    return { browser, rule: (page) => rule(page, engine, hides), close: engine.close };
  } catch (error) {
    engine.close();
    throw error;
  }
};

/** @type {Record<string, {needs: (keyof ReturnType<typeof installed>)[], start: Start}>} */
const KINDS = {
  ubo: { needs: ['ubo'], start: ubo },
  eyeo: { needs: ['eyeo', 'ubo'], start: eyeo },
  adguard: { needs: ['adguard', 'adguard-scriptlets'], start: adguard },
  ghostery: { needs: ['ubo'], start: engine(UBO_LISTS, ghosteryEngine) },
  easylist: { needs: ['ubo'], start: engine(EASYLIST, ghosteryEngine) },
  brave: { needs: ['ubo'], start: engine(UBO_LISTS, braveEngine) },
};

/**
 * The kind of a blocker by its name, and what it blocks: see `untilBlocking`.
 * @param {string} name
 */
function kindOf(name) {
  /** @typedef {'hosts' | 'requests' | 'elements'} What */
  if (HOST_KINDS[name]) return { ...HOST_KINDS[name], what: /** @type {What} */ ('hosts') };
  const kind = KINDS[name.replace(/-network$/, '')];
  if (!kind) throw new Error(`no such blocker: ${name}`);
  return { ...kind, what: /** @type {What} */ (name.endsWith('-network') ? 'requests' : 'elements') };
}

/**
 * What a blocker of this name blocks.
 * @param {string} name
 */
export const blocks = (name) => kindOf(name).what;

/** What keeps each browser and each kind of blocker from running here, or null. */
export function reasons() {
  const parts = installed();
  const { chromium, firefox, prebid } = parts;
  const kinds = Object.entries({ ...KINDS, ...HOST_KINDS }).map(([kind, { needs }]) =>
    [kind, needs.map((part) => parts[part].reason).find((reason) => reason) ?? null]);
  return { chromium: chromium.reason, firefox: firefox.reason, prebid: prebid.reason, ...Object.fromEntries(kinds) };
}

/**
 * Starts a browser with a blocker; it may block only some seconds later: see `untilBlocking`.
 * @param {string} name
 * @param {Omit<Wish, 'hides' | 'folder'>} wish
 * @returns {Promise<Blocked>}
 */
export async function startBlocked(name, wish) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'blocker-'));
  const remove = () => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  try {
    const { start, what } = kindOf(name);
    const { close, ...blocked } = await start({ ...wish, hides: what === 'elements', folder });
    return { ...blocked, close: () => { close(); remove(); } };
  } catch (error) {
    remove();
    throw error;
  }
}
