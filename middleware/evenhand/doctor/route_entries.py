"""Findings on our routes: when, why it matters, the fix."""

from collections.abc import Mapping

from evenhand.doctor.entry import Entry, FindingId, error, warning

ROUTES: Mapping[FindingId, Entry] = {
    "prefix_wrong": error(
        "The page's script lies below another prefix than the one that doctor was given.",
        "Whoever relies on that prefix (log rules, cache rules, firewall rules) has the wrong one.",
        "Use the prefix on the page, or set `prefix` (and `root_path`) in the app.",
    ),
    "routes_missing": error(
        "Nothing of ours answers below the prefix.",
        "The script never comes, so nothing is measured.",
        "Pass the prefix on to the app, unchanged. Where a proxy serves the app below a path and "
        "strips it, tell the server: `uvicorn --root-path /that/path`. With `off` "
        "(`EVENHAND_OFF`), everything there answers 204.",
    ),
    "routes_redirected": error(
        "Everything below the prefix is redirected, to a login for instance.",
        "Browsers get a page for our script, so nothing is measured.",
        "Take the prefix out of the login, locale and trailing-slash redirects.",
    ),
    "routes_refused": error(
        "Everything below the prefix is refused.",
        "The script never comes, so nothing is measured.",
        "Allow GET and POST below the prefix, without login, in the firewall, the proxy and the "
        "app.",
    ),
    "script_missing": error(
        "The address in the tag does not answer with a script.",
        "Nothing is measured.",
        "Pass `PREFIX/HASH/*.js` on to the app: a rule for `*.js` (static files, try_files) comes "
        "first, or the app is not the one that made the page.",
    ),
    "script_altered": error(
        "A script arrives with other bytes than this release serves.",
        "A minifier or filter that changes code can change verdicts, and nobody tests that.",
        "Exclude the prefix from minifying, `sub_filter` and other rewriting.",
    ),
    "script_encoded": error(
        "Who did not ask for compressed scripts gets them compressed.",
        "Such clients can't run them.",
        "Let the cache respect `Vary: Accept-Encoding` (nginx: `proxy_ignore_headers` without "
        "`Vary`).",
    ),
    "script_not_kept": warning(
        "The script's `Cache-Control` does not say `immutable` or a year any more.",
        "Browsers fetch it again for each page view: slower pages, more load.",
        "Leave Cache-Control of `PREFIX/HASH/*` alone (nginx: no `expires`, `add_header "
        "Cache-Control` or `proxy_hide_header` there).",
    ),
    "old_script_missing": error(
        "The script of an older build is not answered with the current one.",
        "HTML lives in caches longer than builds: such pages are not measured until it expires.",
        "Pass every `PREFIX/HASH/` on to the app, which answers any hash; don't serve the scripts "
        "from a folder of one build.",
    ),
    "builds_differ": warning(
        "A page fresh from the app names another build than the script has.",
        "Workers or hosts run different releases or options; the script's cache is missed, and "
        "options differ from reader to reader.",
        "Deploy the same release and the same options everywhere, and finish a rolling deploy.",
    ),
    "pair_missing": error(
        "Neither a bait nor its neutral twin arrives.",
        "Every verdict is `unknown`, and the paired rate has no counts.",
        "Pass `PREFIX/pair/` on to the app: a rule for images, styles or scripts (static files) "
        "comes first.",
    ),
    "bait_refused": error(
        "A bait is refused by the server's side, and its neutral twin is not.",
        "Each reader then looks like one who blocks ads. The guard notices, and stops all blocks "
        "from counting.",
        "Take `ads` and similar names below `PREFIX/pair/` out of the firewall's, the proxy's and "
        "the DNS filter's rules.",
    ),
    "control_refused": error(
        "A neutral twin is refused by the server's side, and its bait is not.",
        "A failed control makes a verdict `unknown`: nobody is measured.",
        "Pass all of `PREFIX/pair/` on to the app.",
    ),
    "pair_altered": error(
        "A bait or its twin arrives with other bytes or another type than was sent.",
        "The halves of a pair must be alike in all but the name, or the difference is no "
        "blocker's.",
        "Exclude `PREFIX/pair/` from image optimisation, minifying and rewriting.",
    ),
    "pair_kept": error(
        "A bait or its twin may be kept by browsers: `no-store` is gone, or there is a validator.",
        "A reader's next page views then don't ask for it, and the two halves are kept "
        "differently long: the rate drifts.",
        "Leave Cache-Control of `PREFIX/pair/` alone, and add no ETag or Last-Modified (nginx: no "
        "`expires`, `add_header` or `proxy_hide_header` there).",
    ),
    "pair_cached": error(
        "A shared cache answers for the counted pair.",
        "Hits that don't reach the app are not counted: the rate and coverage are wrong.",
        "Let the CDN or proxy pass `PREFIX/pair/` through uncached (nginx: `proxy_cache off` "
        "there, or no `proxy_ignore_headers Cache-Control`).",
    ),
    "report_refused": error(
        "A report is not answered with 204.",
        "Reports are lost: there are no verdicts, and coverage is low.",
        "Allow `POST PREFIX/outcome` with `text/plain`, without cookies, tokens or a login; exempt "
        "it from CSRF and firewall rules.",
    ),
    "report_too_large": warning(
        "A report of 2,048 bytes, our bound, is refused; a small one is not.",
        "Reports with many signals are lost, and those are the readers with ads.",
        "Allow bodies of 2 kB at `PREFIX/outcome` (nginx: `client_max_body_size 4k` or more).",
    ),
    "report_lost": error(
        "Reports are answered with 204, and the app has not seen them.",
        "Something in front answers for it, so no verdict is counted.",
        "Let the CDN or proxy pass POSTs to `PREFIX/outcome` through, uncached.",
    ),
    "notice_refused": error(
        "`GET PREFIX/notice` is answered with neither 200 nor 204.",
        "Nobody is asked, or readers' consoles show errors.",
        "Allow `PREFIX/notice` with its query, without a login.",
    ),
    "answers_kept": error(
        "The answers to a report or for the notice may be kept, or came from a cache.",
        "One reader's notice is then shown to others, and the off switch does not work.",
        "Leave `Cache-Control: private, no-store` of `PREFIX/notice` and `PREFIX/outcome` alone, "
        "and don't cache them.",
    ),
    "cookies_set": warning(
        "Answers of our routes set a cookie.",
        "Evenhand sets none, and its about page tells your readers so. A cookie also keeps CDNs "
        "from caching scripts.",
        "Exempt the prefix from session, load-balancer and bot-check cookies.",
    ),
}
