"""What is measured, stored and asked, said to readers: made from the real settings."""

from typing import Any

from evenhand.settings import Settings
from evenhand.version import __version__

_MODES = {
    "count": "The server counts two small files. Nothing is judged and nothing is sent.",
    "local": "Your browser judges whether ads came through and keeps the answer to itself. "
    "Fetching a notice does tell the server that one was due.",
    "full": "Your browser judges whether ads came through and sends that one word, with the "
    "signs it rests on.",
}


def describe(settings: Settings) -> dict[str, Any]:
    """The contents of ``about.json``: plain values, for machines and for the page."""
    notice = settings.notice
    return {
        "software": f"Evenhand {__version__}",
        "off": settings.off,
        "mode": settings.mode,
        "measured": _MODES[settings.mode],
        "waits_for_consent": settings.consent == "wait" and settings.mode == "full",
        "share_of_page_views": settings.sample_rate,
        "requests": [
            f"{settings.prefix}/HASH/probe.js and the files that it loads",
            f"{settings.prefix}/pair/…: small files in pairs, one half with a name that filter "
            "lists block",
            *([f"{settings.prefix}/outcome: one report"] if settings.mode == "full" else []),
            *([f"{settings.prefix}/notice: only where a notice is due"] if notice else []),
        ],
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


def _stored(settings: Settings) -> list[str]:
    if not settings.notice:
        return []
    return [
        "sessionStorage `reader-support`, only where ads are blocked: page views in this tab, "
        "and whether you were asked in it",
        "localStorage `reader-support`, only after you close the notice: the date before which "
        "you are not asked again",
    ]
