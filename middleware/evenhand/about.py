"""What is measured, stored and asked, said to readers: made from the real settings."""

from typing import Any

from evenhand.baits import baits
from evenhand.settings import Settings
from evenhand.version import __version__

_MODES = {
    "count": "The server counts two small files. Nothing is judged and nothing is sent.",
    "local": "Your browser judges whether ads came through and sends no report. Fetching a notice "
    "does tell the server that one was due, and why.",
    "full": "Your browser judges whether ads came through and sends that one word, with the "
    "signs it rests on.",
}


def describe(settings: Settings) -> dict[str, Any]:
    """The contents of ``about.json``: plain values, for machines and for the page."""
    notice = settings.notice
    return {
        "software": f"Evenhand {__version__}",
        "mode": settings.mode,
        "measured": _MODES[settings.mode],
        "waits_for_consent": settings.consent == "wait" and settings.mode == "full",
        "share_of_page_views": settings.sample_rate,
        "requests": _requests(settings),
        "third_party_requests": [],
        "cookies": [],
        "identifiers": [],
        "stored_on_the_server": "Counts by hour, site, section, browser family, kind of device "
        "and outcome. Nothing about one reader. The web server's own access log may hold more.",
        "stored_in_the_browser": _stored(settings),
        "notice": notice
        and {
            "asked": list(notice.asks),
            "from_page_view": notice.after_pages,
            "at_most_once_in_days": notice.every_days,
        },
        "gpc_and_dnt": "Only the pair is counted; no report, no notice.",
        "how_to_be_left_alone": "Close the notice, or choose “Don't ask again”. Blocking these "
        "scripts is legitimate too: the page works the same.",
    }


def _requests(settings: Settings) -> list[dict[str, str]]:
    """Every request of ours, `*` standing for the build's hash, and when it is made."""
    counted, *others = baits().pairs
    full = settings.mode != "count"
    named = {
        "*/probe.js": "on every page",
        f"pair/{counted.bait}": "on every page view that is measured",
        f"pair/{counted.control}": "on every page view that is measured",
    }
    if full:
        for pair in others:
            named[f"pair/{pair.bait}"] = named[f"pair/{pair.control}"] = "when it is judged"
        named["*/ads.js"] = "where the page has ad slots or known ad tags"
    named["*/policy.js"] = "where the page has a content security policy of its own in its head"
    if full and settings.notice:
        named["*/notice.js"] = named["*/notice.css"] = "where ads are blocked"
        named["notice"] = "where a notice is due, with the verdict, its signs and the path"
    if settings.mode == "full":
        named["outcome"] = "one report when it is judged, one for each change and each notice event"
    return [{"path": f"{settings.prefix}/{path}", "when": when} for path, when in named.items()]


def _stored(settings: Settings) -> list[str]:
    if not settings.notice:
        return []
    return [
        "sessionStorage `reader-support`, only where ads are blocked: page views in this tab, "
        "and whether you were asked in it",
        "localStorage `reader-support`, only after you close the notice: the date before which "
        "you are not asked again",
    ]
