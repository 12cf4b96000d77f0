// Visits pages in one real browser and tells what happened there: a JSON order on stdin, a JSON
// answer on stdout. `harness.py` declares both; `node visit.mjs --installed` tells what is there.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { PredefinedNetworkConditions } from 'puppeteer-core';
import { blocks, reasons, startBlocked } from './blockers.mjs';
import { chromium, evidence, evidenceServer, firefox, untilBlocking } from './browsers.mjs';
import { forget, watch } from './coverage.mjs';
import { layoutShift, listen, noticeState, pageState, record } from './page.mjs';

/** @typedef {import('puppeteer-core').Browser} Browser */
/** @typedef {import('puppeteer-core').BrowserContext} BrowserContext */
/** @typedef {import('puppeteer-core').Page} Page */
/** @typedef {{until: 'verdict' | 'notice' | 'load', timeout: number, settle: number}} Wait */
/** @typedef {{[name: string]: any}} Action */
/** @typedef {{javascript?: boolean, cpu?: number, network?: 'Slow 3G' | 'Fast 3G', forced_colors?: boolean, gpc?: boolean, scale?: number, background?: boolean, print?: boolean, features?: Record<string, string>}} Emulation */
/**
 * @typedef {{url: string, wait: Wait, screenshot: string | null, viewport: {width: number, height: number} | null,
 *   color_scheme: 'dark' | 'light' | null, actions: Action[], page: 'new' | 'same', profile: 'shared' | 'own', emulate: Emulation}} Visit
 */
/** @typedef {import('./blockers.mjs').Blocked} Blocked */
/**
 * @typedef {{browser: 'firefox' | 'chromium', blocker: string | null, allowed: string[], python: string,
 *   visits: Visit[], timeout: number, setup?: Setup, hosts: Hosts | null}} Order
 */
/** @typedef {import('./browsers.mjs').Setup} Setup */
/** @typedef {import('./browsers.mjs').Hosts} Hosts */

const HOST = 'reader-support-notice';
const sleep = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * @param {Order} order
 * @returns {Promise<Blocked>}
 */
async function launch({ browser, blocker, allowed, python, visits, setup = {}, hosts }) {
  const schemes = new Set(browser === 'firefox' ? visits.map((visit) => visit.color_scheme) : []);
  if (schemes.size > 1) throw new Error('firefox takes one color_scheme for all visits of a call');
  const [colorScheme = null] = schemes;
  const sites = [...new Set(visits.map((visit) => new URL(visit.url).origin))];
  if (blocker) return startBlocked(blocker, { allowed, python, colorScheme, hosts, kind: browser, sites });
  const found = hosts && { ...hosts, sites: sites.map((site) => new URL(site).hostname) };
  const clean = browser === 'firefox'
    ? await firefox({ ...setup, hosts: found, colorScheme })
    : await chromium({ ...setup, hosts });
  return { browser: clean, rule: async () => {}, close: () => {} };
}

/**
 * Waits for what the visit is about; false when it didn't come in time.
 * @param {Page} page
 * @param {Wait} wait
 */
async function settled(page, wait) {
  const deadline = Date.now() + wait.timeout;
  let came = wait.until === 'load';
  while (!came && Date.now() < deadline) {
    await sleep(50);
    came = wait.until === 'verdict'
      ? (await pageState(page)).verdicts.length > 0
      : (await noticeState(page)).visible;
  }
  await sleep(wait.settle);
  return came;
}

/**
 * An element by its selector, inside the notice unless the action says otherwise.
 * @param {Page} page
 * @param {string} selector
 * @param {boolean} inPage
 */
async function element(page, selector, inPage) {
  const found = await page.$(inPage ? selector : `${HOST} >>> ${selector}`);
  if (!found) throw new Error(`nothing matches ${selector} ${inPage ? 'in the page' : 'inside the notice'}`);
  return found;
}

/** Looks for faults against WCAG 2.2 AA, in shadow roots too. @param {Page} page */
async function audit(page) {
  const source = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  return JSON.parse(await page.evaluate(async (source) => {
    (0, eval)(source);
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const { violations, incomplete, passes } = await /** @type {any} */ (window).axe.run(document, {
      runOnly: tags, resultTypes: ['violations', 'incomplete'],
    });
    const told = (/** @type {any[]} */ rules) => rules.map(({ id, nodes }) => ({
      rule: id, nodes: nodes.map((/** @type {any} */ node) => `${node.target.flat().join(' ')}: ${node.failureSummary}`),
    }));
    return JSON.stringify({
      violations: told(violations), incomplete: told(incomplete),
      rules: passes.map((/** @type {any} */ { id }) => id),
    });
  }, source));
}

/** The accessibility tree of the notice as lines, each deeper by two spaces. @param {Page} page */
async function accessibilityTree(page) {
  const root = await element(page, 'section', false);
  /** @type {(node: any, depth: number) => string[]} */
  const lines = (node, depth) => {
    const states = ['level', 'expanded', 'focused', 'disabled', 'value']
      .filter((state) => node[state] !== undefined && node[state] !== '').map((state) => ` ${state}=${node[state]}`);
    const line = `${'  '.repeat(depth)}${node.role} "${node.name ?? ''}"${node.description ? ` (${node.description})` : ''}${states.join('')}`;
    return [line, ...(node.children ?? []).flatMap((/** @type {any} */ child) => lines(child, depth + 1))];
  };
  const tree = await page.accessibility.snapshot({ root, interestingOnly: true });
  return tree ? lines(tree, 0) : [];
}

/**
 * Does one action and returns its value, if it has one.
 * @param {Page} page
 * @param {Action} action
 * @param {Wait} wait the visit's own, for an action that loads a page
 */
async function act(page, action, wait) {
  if (action.click) return (await element(page, action.click, Boolean(action.in_page))).click();
  if (action.focus) return (await element(page, action.focus, Boolean(action.in_page))).focus();
  if (action.press) {
    const [key, ...held] = action.press.split('+').reverse(); // such as "Shift+Tab"
    for (const modifier of held) await page.keyboard.down(modifier);
    await page.keyboard.press(key);
    for (const modifier of held) await page.keyboard.up(modifier);
    return null;
  }
  if (action.reload) { await page.reload(); return settled(page, wait); }
  if (action.goto) { await page.goto(action.goto); return settled(page, wait); }
  if (action.offline !== undefined) return page.setOfflineMode(action.offline);
  if (action.back) { await page.evaluate(() => { setTimeout(() => history.back()); }); return sleep(action.back); }
  if (action.front) return page.bringToFront();
  if (action.print) { await page.pdf(); return null; }
  if (action.until) return settled(page, { ...wait, settle: 0, ...action });
  if (action.axe) return audit(page);
  if (action.accessibility) return accessibilityTree(page);
  if (action.screenshot) { await page.screenshot({ path: action.screenshot }); return null; }
  if (action.wait !== undefined) return sleep(action.wait);
  if (action.evaluate) {
    // WebDriver BiDi cuts deep objects short, so a value travels as text.
    const text = await page.evaluate(async (source) => JSON.stringify(await (0, eval)(source)) ?? 'null', action.evaluate);
    return JSON.parse(text);
  }
  throw new Error(`not an action: ${JSON.stringify(action)}`);
}

/**
 * @param {Page} page
 * @param {Visit} visit
 */
async function prepare(page, visit) {
  await listen(page);
  const { javascript, cpu, network, forced_colors, gpc, scale, print, features } = visit.emulate;
  if (visit.viewport) await page.setViewport({ ...visit.viewport, ...(scale ? { deviceScaleFactor: scale } : {}) });
  if (javascript === false) await page.setJavaScriptEnabled(false);
  if (print) await page.emulateMediaType('print');
  if (cpu) await page.emulateCPUThrottling(cpu);
  if (network) await page.emulateNetworkConditions(PredefinedNetworkConditions[network]);
  if (forced_colors || features) {
    const session = await page.createCDPSession(); // puppeteer's own method doesn't know them all
    const given = Object.entries({ ...(forced_colors ? { 'forced-colors': 'active' } : {}), ...features });
    await session.send('Emulation.setEmulatedMedia', { features: given.map(([name, value]) => ({ name, value })) });
  }
  if (gpc) { // Chromium has no such setting: an extension would do it this way
    await page.setExtraHTTPHeaders({ 'sec-gpc': '1' });
    await page.evaluateOnNewDocument(() => { Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { value: true }); });
  }
  if (visit.color_scheme && (await page.browser().version()).startsWith('Chrome')) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: visit.color_scheme }]);
  }
}

/**
 * @param {Page} page
 * @param {Visit} visit
 * @param {() => Promise<void>} take what ran so far, for coverage
 */
async function make(page, visit, take) {
  const recorder = record(page);
  try {
    const response = await page.goto(visit.url, { timeout: 30_000 });
    const waited = await settled(page, visit.wait);
    const steps = [];
    for (const action of visit.actions) {
      await take();
      const value = (await act(page, action, visit.wait)) ?? null;
      steps.push({ action, value, notice: await noticeState(page) });
    }
    const notice = await noticeState(page);
    const state = await pageState(page);
    const layout_shift = await layoutShift(page);
    if (visit.screenshot) await page.screenshot({ path: /** @type {`${string}.png`} */ (visit.screenshot) });
    return { url: page.url(), status: response?.status() ?? null, waited, steps, notice, layout_shift, ...state, ...(await recorder.seen()) };
  } finally {
    recorder.stop();
  }
}

/**
 * All visits of an order, one after the other in one browser.
 * @param {Blocked} blocked
 * @param {Visit[]} visits
 */
async function makeAll({ browser, rule }, visits) {
  const done = [];
  /** @type {() => Promise<void>} */
  let take = async () => {};
  /** @type {Page | null} */
  let page = null;
  for (const visit of visits) {
    if (visit.page === 'new' || !page) {
      /** @type {Browser | BrowserContext} */
      const profile = visit.profile === 'own' ? await browser.createBrowserContext() : browser;
      page = await profile.newPage({ background: visit.emulate.background ?? false });
      // A headless browser says so in its name, and is counted as a bot.
      const agent = await browser.userAgent();
      if (agent.includes('Headless')) await page.setUserAgent({ userAgent: agent.replace('Headless', '') });
      await rule(page);
      await prepare(page, visit);
      take = await watch(page);
    }
    done.push(await make(page, visit, take));
    await take();
  }
  return done;
}

/** @param {Order} order */
async function run(order) {
  const started = Date.now();
  const server = await evidenceServer(order.visits[0].url);
  const blocked = await launch(order);
  const { browser, rule } = blocked;
  const late = setTimeout(() => {
    process.stderr.write(`not done within ${order.timeout} ms\n`);
    browser.process()?.kill('SIGKILL');
  }, order.timeout);
  const open = async () => {
    const page = await browser.newPage();
    await rule(page);
    return page;
  };
  try {
    const before = order.blocker
      ? await untilBlocking(open, server.url, order.hosts, blocks(order.blocker))
      : await evidence(open, server.url, order.hosts);
    const ready_ms = Date.now() - started;
    const visits = await makeAll(blocked, order.visits);
    const after = await evidence(open, server.url, order.hosts);
    clearTimeout(late);
    await forget(browser, server.url).catch(() => {});
    return { version: await browser.version(), before, after, visits, ready_ms, total_ms: Date.now() - started };
  } finally {
    clearTimeout(late);
    await browser.close().catch(() => {});
    blocked.close();
    server.close();
  }
}

async function stdin() {
  let text = '';
  for await (const piece of process.stdin) text += piece;
  return text;
}

const answer = process.argv.includes('--installed') ? reasons() : await run(JSON.parse(await stdin()));
process.stdout.write(JSON.stringify(answer) + '\n');
