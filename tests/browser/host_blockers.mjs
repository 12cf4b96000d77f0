// Blockers that know hosts alone, and so never touch the first party: resolvers, Firefox's own
// tracking protection and Privacy Badger.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, firefox, required } from './browsers.mjs';
import { manage } from './managed.mjs';

/** @typedef {import('./blockers.mjs').Start} Start */
/** @typedef {import('./browsers.mjs').Hosts} Hosts */

const nothing = async () => {};

// What the usual lists of a resolver name, with all that is below. Many leave out the small
// networks, and none can name a host that serves more than ads, such as a script archive.
const DNS_LISTED = [
  'googlesyndication.com', 'doubleclick.net', 'googletagservices.com', 'googleadservices.com', 'amazon-adsystem.com',
  'adnxs.com', 'taboola.com', 'outbrain.com', 'criteo.com', 'criteo.net',
];
// Firefox's own list must be downloaded from its maker, so its engine gets these as test entries.
const TRACKING_LISTED = DNS_LISTED;

/**
 * The foreign hosts that a list names.
 * @param {Hosts} hosts
 * @param {string[]} listed
 */
const namedBy = ({ names }, listed) =>
  names.filter((name) => listed.some((host) => name === host || name.endsWith(`.${host}`)));

/** @param {Hosts | null} hosts */
function needed(hosts) {
  if (!hosts) throw new Error('this blocker knows foreign hosts alone, and none are played');
  return hosts;
}

/**
 * A resolver that answers for ad hosts with nothing, or with an address that leads nowhere.
 * @param {'nxdomain' | 'null'} lost_to
 * @returns {Start}
 */
const resolver = (lost_to) => async ({ hosts, kind, colorScheme, sites }) => {
  const names = sites.map((site) => new URL(site).hostname);
  const known = needed(hosts);
  const left = { ...known, lost: namedBy(known, DNS_LISTED), lost_to, sites: names };
  const browser = kind === 'firefox' ? await firefox({ hosts: left, colorScheme }) : await chromium({ hosts: left });
  return { browser, rule: nothing, close: () => {} };
};

/**
 * Firefox's tracking protection as "strict" has it.
 * @type {Start}
 */
async function trackingProtection({ hosts, allowed, sites, folder, colorScheme }) {
  // Its reader's exceptions, in the file where a browser's maker would put theirs. Whatever a
  // site's scheme is, they are kept under https.
  const excepted = sites.map((site) => new URL(site)).filter(({ hostname }) => allowed.includes(hostname));
  const file = path.join(folder, 'permissions');
  fs.writeFileSync(file, excepted.map(({ host }) => `origin\ttrackingprotection\t1\thttps://${host}\n`).join(''));
  const listed = namedBy(needed(hosts), TRACKING_LISTED).join(',');
  const browser = await firefox({
    hosts,
    colorScheme,
    prefs: {
      'browser.contentblocking.category': 'strict',
      'privacy.trackingprotection.enabled': true,
      'privacy.trackingprotection.annotate_channels': true,
      'urlclassifier.trackingTable.testEntries': listed, // whole names: what is below isn't meant
      'urlclassifier.features.trackingprotection.blacklistHosts': listed,
      'permissions.manager.defaultsUrl': pathToFileURL(file).href,
    },
  });
  return { browser, rule: nothing, close: () => {} };
}

/**
 * Privacy Badger with what its makers had taught it. With its "do not track" signal on, as it is
 * when new, readers are never judged: `-silent` has it off.
 * @param {boolean} signals
 * @returns {Start}
 */
const privacyBadger = (signals) => async ({ hosts, allowed, folder, colorScheme }) => {
  manage(folder, 'jid1-MnnxcxisBPnSXQ@jetpack', {
    showIntroPage: false, checkForDNTPolicy: false, sendDNTSignal: signals, disabledSites: allowed,
  });
  const browser = await firefox({ extension: required('privacy-badger'), home: folder, hosts: needed(hosts), colorScheme });
  return { browser, rule: nothing, close: () => {} };
};

/** @type {Record<string, {needs: 'privacy-badger'[], start: Start}>} */
export const HOST_KINDS = {
  'dns-nxdomain': { needs: [], start: resolver('nxdomain') },
  'dns-null': { needs: [], start: resolver('null') },
  'tracking-protection': { needs: [], start: trackingProtection },
  'privacy-badger': { needs: ['privacy-badger'], start: privacyBadger(true) },
  'privacy-badger-silent': { needs: ['privacy-badger'], start: privacyBadger(false) },
};
