"""Findings on the page: when, why it matters, the fix."""

from collections.abc import Mapping

from evenhand.doctor.entry import Entry, FindingId, error, warning

PAGE: Mapping[FindingId, Entry] = {
    "agent_refused": warning(
        "The page or our routes are refused to doctor, which says that it is a bot, and served to "
        "one that says that it is a browser.",
        "The guard's self-check is a bot too, and is refused alike. Firewalls that go by the agent "
        "also turn away readers with rare browsers, who then are in no figure.",
        "In the firewall or CDN, let user agents with `EvenhandBot` through, at least below the "
        "prefix.",
    ),
    "plain_http": warning(
        "The page came over http, from a host that is not this machine.",
        "Anyone on the way can change the page and our script, and browsers send no fetch "
        "metadata, by which requests of other sites are told apart.",
        "Serve the site over https, redirect http to it, and give doctor the https address.",
    ),
    "tag_missing": error(
        "The page has no script of ours, however it is asked for.",
        "Its page views are not measured and not in any figure.",
        "Add `ReaderSupportMiddleware` to the app that makes this page; see whether `exclude`, "
        "`insert` or `off` leave it out. `debug_header=True` makes the app say why, and "
        "docs/insertion.md explains each reason.",
    ),
    "page_no_transform": error(
        "The page has no script of ours and says `Cache-Control: no-transform`.",
        "That forbids anyone to change the page, and we keep to it.",
        'Send the page without `no-transform`, or set `insert="manual"` and place '
        "`support.tag()` in its template.",
    ),
    "compressed_before_us": error(
        "The page has our script where it is not compressed, and hasn't where it is.",
        "It was compressed before it reached us. Nearly all browsers ask for compressed pages, so "
        "nearly all readers are missing.",
        "Add the compressor after `ReaderSupportMiddleware` (last added is outermost), or leave "
        "compressing to the server in front.",
    ),
    "page_cached_without_tag": error(
        "The page as readers get it has no script of ours; asked for past the cache, it has.",
        "A cache holds the page from before, so these readers are not measured.",
        "Purge the cache's HTML once after installing or updating.",
    ),
    "page_cached_by_reader": error(
        "A page that a script had asked for was handed to a reader, without our script.",
        "With `html_cached=False` pages depend on request headers and say so in `Vary`, which the "
        "cache ignores.",
        "Set `html_cached=True` (the default), or let the cache respect `Vary` "
        "(nginx: `proxy_ignore_headers` without `Vary`).",
    ),
    "page_cached_undeclared": error(
        "A shared cache answered with the page, though `html_cached` is False.",
        "Pages are then taken as a denominator, and the cache's page views are missing in it: "
        "coverage and rates come out too high.",
        "Set `html_cached=True` (the default), or don't cache HTML.",
    ),
    "page_not_modified": error(
        "A reader who holds some other version of the page is told that it is unchanged (304).",
        "Readers who hold the page from before keep it, without our script or with an old one.",
        "Let the app answer conditional requests (nginx: no `return 304`, and "
        "`proxy_set_header If-None-Match $http_if_none_match`), or let the cache compare ETags.",
    ),
    "tag_twice": warning(
        "The page has our script more than once.",
        "Only the first works, so the counts are right, but two layers insert; one of them may "
        "have another prefix or other options.",
        'Add the middleware once; with `support.tag()` in a template, set `insert="manual"`. In a '
        "proxy, take the `sub_filter` that adds the tag out.",
    ),
    "tag_altered": error(
        "The script element is not as we wrote it: an attribute was added, changed or lost.",
        "Optimisers that delay or bundle scripts run ours late, in another order or not at all, "
        "and its verdicts with it.",
        "Exclude scripts with `data-evenhand` from script optimisation (Rocket Loader and its "
        "like), in the CDN or the proxy.",
    ),
    "script_elsewhere": error(
        "A browser would fetch our script from another origin than the page's.",
        "Reports and pairs go where the script came from, and from another origin they are "
        "refused; a blocker may treat that host otherwise, too.",
        "Exclude the prefix from URL rewriting to a CDN's host, and put `<base href>` behind our "
        "tag or on the page's own origin.",
    ),
    "csp_blocks_script": error(
        "The page's Content-Security-Policy does not let our script run.",
        "Browsers refuse it, so the page is not measured, and each page view is an entry in your "
        "policy's reports.",
        "Add `'self'` to `script-src`, or set the policy in the app, where we carry its nonce; a "
        "policy that a proxy adds must allow what the app's does.",
    ),
    "csp_blocks_pairs": error(
        "The page's Content-Security-Policy refuses some of our requests.",
        "What the policy refuses can't be told from what a blocker refuses, so verdicts are "
        "`unknown`; without `connect-src` no report is sent.",
        "Add `'self'` to `img-src`, `style-src` and `connect-src` (or to `default-src`).",
    ),
    "nonce_reused": warning(
        "Two answers carry the same nonce in the policy and in our tag.",
        "A nonce that a cache hands to everybody protects nobody; and when the policy's header and "
        "the page come from different times, our script does not run.",
        "Don't cache pages with a nonce, or use hashes or `'self'` on cached pages.",
    ),
}
