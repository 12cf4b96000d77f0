// Asks list engines about requests, without a browser: a JSON order on stdin, a JSON answer on
// stdout, both declared in `test_baits.py`.
import { EASYLIST, UBO_LISTS, listText } from './blockers.mjs';
import { braveEngine, ghosteryEngine } from './engines.mjs';

/** @typedef {{engines: [string, string][], python: string, extra: string[], page: string, requests: {url: string, type: string}[]}} Order */

/** @type {Record<string, string[]>} */
const LISTS = { easylist: EASYLIST, ubo: UBO_LISTS };
/** @type {Record<string, typeof braveEngine | typeof ghosteryEngine>} */
const ENGINES = { brave: braveEngine, ghostery: ghosteryEngine };

/** @param {Order} order */
const answers = ({ engines, python, extra, page, requests }) => Promise.all(engines.map(async ([name, lists]) => {
  const engine = await ENGINES[name]([listText(LISTS[lists]), ...extra].join('\n'), python);
  try {
    const judged = await Promise.all(requests.map(({ url, type }) => engine.request(url, page, type)));
    return { blocked: judged.map(({ blocked }) => blocked), hiding: await engine.hideAtStart(page) };
  } finally {
    engine.close();
  }
}));

let text = '';
for await (const piece of process.stdin) text += piece;
process.stdout.write(JSON.stringify(await answers(JSON.parse(text))) + '\n');
