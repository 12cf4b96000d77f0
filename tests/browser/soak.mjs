// Loads pages over and over in several tabs of one clean browser: an order on stdin, and one line
// of JSON on stdout for each load. `benchmarks/soak_detect.py` gives the order.
import { chromium, firefox } from './browsers.mjs';

/** @typedef {{browser: 'chromium' | 'firefox', urls: string[], first: number, loads: number, tabs: number, patience: number}} Order */

const KEY = 'evenhand.tests';

/** @param {import('puppeteer-core').Page} page */
const listen = (page) => page.evaluateOnNewDocument((key) => {
  const heard = new Promise((done) => {
    window.addEventListener('reader-support:verdict', (event) => done(/** @type {CustomEvent} */ (event).detail), true);
  });
  Object.defineProperty(window, Symbol.for(key), { value: heard });
}, KEY);

/**
 * One load: what the browser concluded, or nothing in time.
 * @param {import('puppeteer-core').Page} page
 * @param {string} url
 * @param {number} patience milliseconds
 */
async function load(page, url, patience) {
  await page.goto(url, { timeout: patience });
  // WebDriver BiDi cuts deep objects short, so a value travels as text.
  return JSON.parse(await page.evaluate(async (key, ms) => JSON.stringify(await Promise.race([
    /** @type {any} */ (window)[Symbol.for(key)],
    new Promise((done) => setTimeout(() => done({ verdict: null, signals: [] }), ms)),
  ])), KEY, patience));
}

let text = '';
for await (const piece of process.stdin) text += piece;
/** @type {Order} */
const { browser: name, urls, first, loads, tabs, patience } = JSON.parse(text);
const browser = await (name === 'chromium' ? chromium() : firefox());
try {
  const agent = (await browser.userAgent()).replace('Headless', ''); // else it is counted as a bot
  // All before the first load: a page that another covers is hidden, and isn't judged.
  const pages = [];
  for (let n = 0; n < tabs; n++) {
    // A window each: only its tab in front is visible.
    const page = await browser.newPage({ type: 'window' });
    if (name === 'chromium') await page.setUserAgent({ userAgent: agent });
    await listen(page);
    pages.push(page);
  }
  let next = 0;
  const work = async (/** @type {import('puppeteer-core').Page} */ page) => {
    while (next < loads) {
      const url = urls[(first + next++) % urls.length];
      const told = await load(page, url, patience);
      process.stdout.write(JSON.stringify({ url, ...told }) + '\n');
    }
  };
  await Promise.all(pages.map(work));
} finally {
  await browser.close().catch(() => {});
}
