// Long: each browser and each blocker is started in a way of its own.
// Starts real browsers that can reach nothing but this machine, and asks what they block.
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import puppeteer from 'puppeteer-core';
import { firefoxCoverage } from './coverage.mjs';

/** @typedef {import('puppeteer-core').Browser} Browser */
/** @typedef {import('puppeteer-core').Page} Page */
/**
 * What a page could load and show: an image and a script that filter lists name, each beside its
 * neutral twin, and an element that lists hide; where foreign hosts are played, an image of one
 * that serves ads and of one that doesn't.
 * @typedef {{listed_image: boolean, listed_script: boolean, neutral_image: boolean, neutral_script: boolean, listed_element: boolean,
 *   ad_host: boolean | null, foreign_host: boolean | null}} Evidence
 */
/**
 * Foreign hosts that are played on this machine, of which some may be lost: to a resolver that
 * knows no such name or says 0.0.0.0, or because nobody listens there.
 * @typedef {{port: number, fingerprint: string, names: string[], lost?: string[], lost_to?: 'nxdomain' | 'null' | 'nobody', sites?: string[]}} Hosts
 */

const EXECUTABLES = {
  chromium: {
    env: 'EVENHAND_CHROMIUM',
    paths: ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome-stable', '/usr/bin/google-chrome'],
  },
  firefox: { env: 'EVENHAND_FIREFOX', paths: ['/usr/bin/firefox-esr', '/usr/bin/firefox'] },
};

// Where Debian unpacks webext-ublock-origin-firefox.
const UBO = {
  env: 'EVENHAND_UBO',
  paths: [
    '/usr/share/mozilla/extensions/{ec8030f7-c20a-464f-9b0e-13a3a9e97384}/uBlock0@raymondhill.net',
    '/usr/share/webext/ublock-origin-firefox',
  ],
};

// What scripts/fetch-blockers.sh fetches, by the start of its folder's name: the version follows.
const FETCHED = fileURLToPath(new URL('../../node_modules/.cache/blockers', import.meta.url));

/** @param {string} name */
function fetched(name) {
  const folders = fs.existsSync(FETCHED) ? fs.readdirSync(FETCHED) : [];
  const folder = folders.find((found) => found.startsWith(`${name}-`));
  return folder
    ? { path: path.join(FETCHED, folder), reason: null }
    : { path: undefined, reason: `no ${name}-… in ${FETCHED}: scripts/fetch-blockers.sh fetches it` };
}

/**
 * The path set in the environment, else the first known one that exists.
 * @param {{env: string, paths: string[]}} place
 */
function locate({ env, paths }) {
  const set = process.env[env];
  const found = (set ? [set] : paths).find((place) => fs.existsSync(place));
  return { path: found, reason: found ? null : `${env} is ${set ? `${set}, which isn't there` : 'not set, and none of these exists: ' + paths.join(', ')}` };
}

// Where Debian unpacks webext-privacy-badger.
const PRIVACY_BADGER = { env: 'EVENHAND_PRIVACY_BADGER', paths: ['/usr/share/webext/privacy-badger'] };

/** What this machine has: the path of each part, or the reason why there is none. */
export const installed = () => ({
  chromium: locate(EXECUTABLES.chromium),
  firefox: locate(EXECUTABLES.firefox),
  ubo: locate(UBO),
  'privacy-badger': locate(PRIVACY_BADGER),
  eyeo: fetched('eyeo'),
  adguard: fetched('adguard-rules'),
  'adguard-scriptlets': fetched('adguard-scriptlets'),
  prebid: fetched('prebid'), // no blocker, but the real thing that they block
});

/** @param {keyof ReturnType<typeof installed>} part */
export function required(part) {
  const { path, reason } = installed()[part];
  if (!path) throw new Error(`${part} not found: ${reason}`);
  return path;
}

/**
 * What a browser is given: an unpacked extension, foreign hosts and, in Firefox, the reader's own
 * style sheet, preferences and the home folder that it is to take for its user's.
 * @typedef {{extension?: string | null, hosts?: Hosts | null, prefs?: Record<string, any>, user_css?: string | null, home?: string | null}} Setup
 */

const NOBODY = '127.0.0.9'; // this machine too, but no server of ours listens there

/**
 * The rules by which Chromium finds the foreign hosts; the first one that matches decides.
 * @param {Hosts} hosts
 */
function chromiumRules({ port, names, lost = [], lost_to = 'nxdomain' }) {
  const to = { nxdomain: '~NOTFOUND', null: '0.0.0.0', nobody: `${NOBODY}:${port}` }[lost_to];
  return [...lost.map((name) => `MAP ${name} ${to}`), ...names.map((name) => `MAP ${name} 127.0.0.1:${port}`)];
}

/**
 * The preferences by which Firefox finds the foreign hosts. It can force one address on all names
 * but some: where hosts are lost, on these.
 * @param {Hosts} hosts
 */
function firefoxPrefs({ port, names, lost = [], lost_to = 'nxdomain', sites = [] }) {
  const found = [...names.filter((name) => !lost.includes(name)), ...sites];
  const to = { nxdomain: 'lost.invalid', null: '0.0.0.0', nobody: NOBODY }[lost_to];
  return {
    'network.socket.forcePort': `443=${port}`,
    ...(lost.length ? { 'network.dns.forceResolve': to, 'network.dns.localDomains': found.join(',') } : {}),
  };
}

/**
 * Chromium, clean. Every host name leads to this machine and no proxy is asked. The one foreign
 * certificate is known by its key: with all of them let pass there would be no cache.
 * @param {Setup} [setup]
 */
export function chromium({ extension = null, hosts = null } = {}) {
  return puppeteer.launch({
    ...(extension ? { enableExtensions: [extension] } : {}),
    executablePath: required('chromium'),
    headless: true,
    pipe: true,
    args: [
      '--no-sandbox', // containers and root can't have one; only pages of our own are opened
      '--disable-dev-shm-usage',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-proxy-server',
      `--host-resolver-rules=${[...(hosts ? chromiumRules(hosts) : []), 'MAP * 127.0.0.1'].join(',')}`,
      ...(hosts ? [`--ignore-certificate-errors-spki-list=${hosts.fingerprint}`] : []),
    ],
  });
}

// 0 is dark and 1 is light: puppeteer can't set the scheme of one Firefox page.
const FIREFOX_SCHEMES = { dark: 0, light: 1 };

/**
 * Firefox over WebDriver BiDi. Every host name leads to this machine, so that a filter list update
 * is refused at once and never answered with junk (after which a blocker would block nothing).
 * @param {Setup & {colorScheme?: 'dark' | 'light' | null}} [options]
 */
export async function firefox({ extension = null, hosts = null, prefs = {}, user_css = null, home = null, colorScheme = null } = {}) {
  const profile = user_css === null ? null : fs.mkdtempSync(path.join(os.tmpdir(), 'evenhand-profile-'));
  if (profile) {
    fs.mkdirSync(path.join(profile, 'chrome'));
    fs.writeFileSync(path.join(profile, 'chrome', 'userContent.css'), user_css ?? '');
    process.on('exit', () => fs.rmSync(profile, { recursive: true, force: true, maxRetries: 3 }));
  }
  const browser = await puppeteer.launch({
    browser: 'firefox',
    ...(profile ? { userDataDir: profile } : {}),
    env: { ...process.env, ...(home ? { HOME: home } : {}), ...firefoxCoverage.env },
    executablePath: required('firefox'),
    headless: true,
    acceptInsecureCerts: hosts !== null,
    extraPrefsFirefox: {
      'extensions.enabledScopes': 1, // the profile's own; else Debian's system-wide add-ons come too
      'extensions.autoDisableScopes': 0,
      'network.dns.forceResolve': '127.0.0.1',
      'network.proxy.type': 0, // else the one in the environment is asked
      'network.trr.mode': 5,
      'network.captive-portal-service.enabled': false,
      'network.connectivity-service.enabled': false,
      'network.prefetch-next': false,
      'app.normandy.enabled': false,
      'app.update.disabledForTesting': true,
      'browser.safebrowsing.malware.enabled': false,
      'browser.safebrowsing.phishing.enabled': false,
      'browser.safebrowsing.downloads.remote.enabled': false,
      'browser.search.update': false,
      'datareporting.policy.dataSubmissionEnabled': false,
      'extensions.getAddons.cache.enabled': false,
      'extensions.update.enabled': false,
      ...(colorScheme ? { 'layout.css.prefers-color-scheme.content-override': FIREFOX_SCHEMES[colorScheme] } : {}),
      'toolkit.legacyUserProfileCustomizations.stylesheets': user_css !== null,
      ...(hosts ? firefoxPrefs(hosts) : {}),
      ...firefoxCoverage.prefs,
      ...prefs,
    },
  });
  if (extension) await browser.installExtension(extension).catch(async (error) => { await browser.close(); throw error; });
  return browser;
}

// The names are chosen from different rules of EasyList, so that one edit of it can't mislead us.
const PAGE = '<!doctype html><title>evidence</title><p>evidence</p><div class="ad-slot" id="listed">ad</div>';
const GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

// A blocker that answers for an ad host itself does so with an image of one pixel.
const AD_IMAGE = 'https://ad.doubleclick.net/ddm/1.gif';
const FOREIGN_IMAGE = 'https://media.example.org/1.gif';

/**
 * A server of our own on the site's host, where blockers are asked whether they block: the site
 * under test sees none of these requests, and a blocker that is off for its host is off here too.
 * @param {string} site
 */
export async function evidenceServer(site) {
  const { hostname } = new URL(site);
  const address = /^127\.\d+\.\d+\.\d+$/.test(hostname) ? hostname : '127.0.0.1';
  const server = http.createServer((request, response) => {
    const path = request.url ?? '/';
    const type = path.includes('.js') ? 'text/javascript' : path.includes('.gif') ? 'image/gif' : 'text/html';
    response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store', connection: 'close' });
    response.end(type === 'image/gif' ? GIF : type === 'text/html' ? PAGE : '');
  });
  await new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, address, () => resolve(null));
  });
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://${hostname}:${port}/`,
    close: () => { server.closeAllConnections(); server.close(); },
  };
}

/**
 * Asks a page on the evidence server what loads there.
 * @param {Page} page
 * @param {string} url
 * @param {Hosts | null} hosts
 * @returns {Promise<Evidence>}
 */
async function ask(page, url, hosts) {
  await page.goto(url, { timeout: 10_000 });
  const far = [AD_IMAGE, FOREIGN_IMAGE].map((image) => hosts?.names.includes(new URL(image).hostname) ? image : null);
  return JSON.parse(await page.evaluate(async (far) => {
    /** @type {(tag: 'img' | 'script', path: string) => Promise<boolean>} */
    const loads = (tag, path) => new Promise((resolve) => {
      const element = document.createElement(tag);
      element.onload = () => resolve(!(element instanceof HTMLImageElement) || !path.startsWith('https:') || element.naturalWidth > 1);
      element.onerror = () => resolve(false);
      setTimeout(() => resolve(false), 3000);
      element.src = path;
      document.body.append(element);
    });
    const [listed_image, listed_script, neutral_image, neutral_script, ad_host, foreign_host] = await Promise.all([
      loads('img', '/ads728x90.gif'), loads('script', '/adserver.js'),
      loads('img', '/pen728x90.gif'), loads('script', '/penserver.js'),
      ...far.map((image) => image && loads('img', image)),
    ]);
    const shown = () => document.getElementById('listed')?.offsetHeight !== 0;
    for (let i = 0; i < 12 && shown(); i++) await new Promise((resolve) => setTimeout(resolve, 50));
    return JSON.stringify({ listed_image, listed_script, neutral_image, neutral_script, ad_host, foreign_host, listed_element: shown() });
  }, far));
}

/**
 * What loads on a page of the evidence server at this moment.
 * @param {() => Promise<Page>} open opens a page as the blocker needs it
 * @param {string} url
 * @param {Hosts | null} hosts
 */
export async function evidence(open, url, hosts) {
  const page = await open();
  try {
    return await ask(page, url, hosts);
  } finally {
    await page.close();
  }
}

/**
 * Asks until the blocker blocks, and returns what was seen then.
 * @param {() => Promise<Page>} open
 * @param {string} url
 * @param {Hosts | null} hosts
 * @param {'hosts' | 'requests' | 'elements'} what it blocks: foreign hosts alone, what lists name, or
 *   elements too; EasyList exempts 127.0.0.1 and localhost from that
 *   (`@@://127.0.0.1$generichide`), though not a name such as publisher.localhost
 * @param {number} patience milliseconds
 */
export async function untilBlocking(open, url, hosts, what, patience = 45_000) {
  const { hostname } = new URL(url);
  const hidden = (/** @type {Evidence} */ seen) =>
    what !== 'elements' || hostname === 'localhost' || hostname.startsWith('127.') || !seen.listed_element;
  const blocks = (/** @type {Evidence} */ seen) =>
    seen.neutral_image && seen.neutral_script && seen.foreign_host !== false && !seen.ad_host &&
    (what === 'hosts' ? seen.foreign_host : !seen.listed_image && !seen.listed_script && hidden(seen));
  const deadline = Date.now() + patience;
  const page = await open();
  try {
    for (;;) {
      // Its start interrupts a page that is loading, which is no answer.
      const seen = await ask(page, url, hosts).catch(() => null);
      if (seen && blocks(seen)) return seen;
      if (Date.now() > deadline) throw new Error(`the blocker did not block within ${patience} ms: ${JSON.stringify(seen)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } finally {
    await page.close();
  }
}
