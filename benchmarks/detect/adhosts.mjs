// Loaded ahead of the browser tests' driver: lets the browsers that it starts reach the ad hosts
// of `adserver.py` over https. All else is as the driver says.
import puppeteer from 'puppeteer-core';

const { port, fingerprint, hosts } = JSON.parse(process.env.DETECT_ADS ?? '{}');
const launch = puppeteer.launch.bind(puppeteer);
const RULES = '--host-resolver-rules=';

/** The ad hosts come before the rule for all hosts: the first one that matches decides. */
const withHosts = (argument) => argument.startsWith(RULES)
  ? RULES + [...hosts.map((host) => `MAP ${host} 127.0.0.1:${port}`), argument.slice(RULES.length)].join(',')
  : argument;

puppeteer.launch = (options) => options.browser === 'firefox'
  ? launch({
      ...options,
      acceptInsecureCerts: true,
      extraPrefsFirefox: { ...options.extraPrefsFirefox, 'network.socket.forcePort': `443=${port}` },
    })
  : launch({
      ...options,
      args: [...options.args.map(withHosts), `--ignore-certificate-errors-spki-list=${fingerprint}`],
    });
