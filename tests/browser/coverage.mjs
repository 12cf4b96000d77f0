// What of our scripts runs, written where EVENHAND_JS_COVERAGE says: V8's own block coverage in
// Chromium, lines and branches in Firefox. `scripts/js_coverage.py` adds all visits up.
import fs from 'node:fs';
import path from 'node:path';
import { randomUUID } from 'node:crypto';

/** @typedef {import('puppeteer-core').Browser} Browser */
/** @typedef {import('puppeteer-core').Page} Page */

const FOLDER = process.env.EVENHAND_JS_COVERAGE;
const OURS = /\/reader-support\/[0-9a-f]{12}\/([a-z]+\.js)$/;

/**
 * Begins to watch a page; `take` writes what ran since, which is lost with the document once
 * another takes its place.
 * @param {Page} page
 * @returns {Promise<() => Promise<void>>} take
 */
export async function watch(page) {
  if (!FOLDER || !(await page.browser().version()).startsWith('Chrome')) return async () => {};
  const session = await page.createCDPSession();
  /** @type {Map<string, Promise<string>>} */
  const texts = new Map();
  session.on('Debugger.scriptParsed', ({ scriptId, url }) => {
    if (!OURS.test(url)) return;
    const source = session.send('Debugger.getScriptSource', { scriptId });
    texts.set(scriptId, source.then(({ scriptSource }) => scriptSource, () => ''));
  });
  try {
    await session.send('Profiler.enable');
    await session.send('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    await session.send('Debugger.enable');
    await session.send('Debugger.setSkipAllPauses', { skip: true });
  } catch {
    return async () => {}; // a page without JavaScript
  }
  return async () => {
    const { result } = await session.send('Profiler.takePreciseCoverage').catch(() => ({ result: [] })); // the page may be gone
    const ours = [];
    for (const { scriptId, url, functions } of result) {
      const name = OURS.exec(url)?.[1];
      const text = await texts.get(scriptId);
      if (name && text) ours.push({ name, text, functions });
    }
    if (ours.length) fs.writeFileSync(path.join(FOLDER, `${randomUUID()}.json`), JSON.stringify(ours));
  };
}

/** What Firefox needs so that it tells: its content processes write, once a document is gone. */
export const firefoxCoverage = FOLDER
  ? {
      env: { JS_CODE_COVERAGE_OUTPUT_DIR: FOLDER, MOZ_DISABLE_CONTENT_SANDBOX: '1' },
      prefs: {
        'security.sandbox.content.level': 0,
        'browser.sessionhistory.max_total_viewers': 0,
        'fission.autostart': false,
        'dom.ipc.processCount': 1,
        'javascript.options.mem.gc_per_zone': false, // of every document, and not of the page's own alone
      },
    }
  : { env: {}, prefs: {} };

/**
 * Has a Firefox forget its documents, and so write what ran in them.
 * @param {Browser} browser @param {string} url of a plain page
 */
export async function forget(browser, url) {
  if (!FOLDER || (await browser.version()).startsWith('Chrome')) return;
  for (const page of await browser.pages()) await page.goto(url).catch(() => {});
  const page = await browser.newPage();
  await page.goto(url);
  for (let round = 0; round < 25; round += 1) { // it collects its garbage when it likes
    await page.evaluate(() => { for (let n = 0; n < 30; n += 1) Array.from({ length: 3e5 }, (_, i) => ({ i })); });
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
