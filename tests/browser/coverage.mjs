// What of our scripts runs in Chromium: V8's own block coverage, written where EVENHAND_JS_COVERAGE
// says. `scripts/js_coverage.py` adds all visits up.
import fs from 'node:fs';
import path from 'node:path';
import { randomUUID } from 'node:crypto';

/** @typedef {import('puppeteer-core').Page} Page */

const FOLDER = process.env.EVENHAND_JS_COVERAGE;
const OURS = /\/reader-support\/[0-9a-f]{12}\/([a-z]+\.js)$/;

/**
 * Begins to watch a page; afterwards, `save` writes what ran. Firefox can't tell.
 * @param {Page} page
 * @returns {Promise<() => Promise<void>>}
 */
export async function watch(page) {
  if (!FOLDER || !(await page.browser().version()).startsWith('Chrome')) return async () => {};
  const options = { resetOnNavigation: false, includeRawScriptCoverage: true };
  await page.coverage.startJSCoverage(options);
  return async () => {
    const entries = await page.coverage.stopJSCoverage().catch(() => []); // the page may be gone
    const ours = entries.flatMap(({ url, text, rawScriptCoverage }) => {
      const name = OURS.exec(url)?.[1];
      return name ? [{ name, text, functions: rawScriptCoverage?.functions ?? [] }] : [];
    });
    if (ours.length) fs.writeFileSync(path.join(FOLDER, `${randomUUID()}.json`), JSON.stringify(ours));
  };
}
