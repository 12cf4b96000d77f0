"""Findings on what is behind the routes, and in browsers: when, why it matters, the fix."""

from collections.abc import Mapping

from evenhand.doctor.entry import Entry, FindingId, error, warning

INNER: Mapping[FindingId, Entry] = {
    "service_worker": warning(
        "The site has a service worker that answers requests and does not mention our prefix.",
        "It may answer for baits and scripts from a cache of its own, in readers' browsers, where "
        "no server sees it.",
        "In its `fetch` handler, return before `respondWith` for paths below the prefix.",
    ),
    "host_lost": error(
        "The app sees another Host than the one that readers ask for.",
        "Reports of readers whose browsers send no fetch metadata are refused as foreign, `sites` "
        "can't be told apart, and a page's policy is held against the wrong name.",
        "Pass the Host on (nginx: `proxy_set_header Host $http_host`); or name the proxy in "
        "`trusted_proxies`, the host in `sites`, and send `X-Forwarded-Host`.",
    ),
    "dashboard_open": error(
        "The dashboard is shown without a login.",
        "Everybody can read your figures.",
        "Set `dashboard` to a token, or to a rule that checks who asks.",
    ),
    "metrics_open": error(
        "The metrics are shown without a login.",
        "Everybody can read your figures.",
        "Serve `support.metrics_app()` on a port of its own that only Prometheus reaches, or "
        "refuse its path in the proxy.",
    ),
    "no_state_dir": error(
        "Counts are in the memory of each process: there is no `state_dir`.",
        "They end with the process, and several workers each show a part.",
        "Set `state_dir` (or `EVENHAND_STATE_DIR`) to a folder on a local disk that all workers "
        "may write.",
    ),
    "state_dir_unusable": error(
        "A `state_dir` is given and not used.",
        "Counts are in the memory of each process, and end with it.",
        "Create the folder on a local disk, let the app's user write it, and restart the app.",
    ),
    "state_dir_volatile": warning(
        "The `state_dir` is on a file system that ends with the machine's run or the container.",
        "What was counted is lost with a reboot or a new container.",
        "Move it to a disk, or mount a volume there.",
    ),
    "counts_disagree": error(
        "Answers of one address show counts that go down.",
        "Several hosts answer, or workers with folders of their own: each shows a part.",
        "Give all workers of a host one `state_dir`; with several hosts, one `store`, and scrape "
        "each host's metrics by its own address.",
    ),
    "faults": warning(
        "Faults of ours were counted since the counts began.",
        "Pages don't suffer from them; counts, notices or the history do.",
        "The app's log has each under the logger `evenhand`; `evenhand record` shows what was "
        "lost.",
    ),
    "clock_off": error(
        "The server's or the app's clock and this machine's are more than a minute apart.",
        "Counts go to the wrong hours and days, and certificates and caches suffer.",
        "Run an NTP client (chrony, systemd-timesyncd) on the server; see that this machine's "
        "clock is right, too.",
    ),
    "name_listed": error(
        "A rule of a filter list blocks one of our files or controls.",
        "For readers with that list nothing is measured, or every verdict is `unknown`.",
        "Choose a `prefix` that no rule matches; the default is one.",
    ),
    "bait_unlisted": warning(
        "No rule of the given lists blocks a bait.",
        "Readers with those lists pass as readers without a blocker.",
        "Update Evenhand; where it is up to date, tell its developers. Check that the list is one "
        "that blocks ads, and whole.",
    ),
    "clean_visit_blocked": error(
        "A browser without a blocker came to a verdict of `blocked`.",
        "Readers without a blocker are accused.",
        "Put the other findings right first; then see whether that browser's network filters ads.",
    ),
    "blocker_unseen": error(
        "A browser with the given lists did not come to a verdict of `blocked`.",
        "Readers who block ads are not counted.",
        "Put the other findings right first; a verdict of `loaded` with a blocker often means that "
        "`ad_slots` names things that are no ads.",
    ),
    "no_verdict": error(
        "A browser that opened the page came to no verdict.",
        "Nothing is measured there.",
        'Put the other findings right first; with `mode="count"`, `consent="wait"`, a '
        "`sample_rate` or GPC that may be as it should.",
    ),
}
