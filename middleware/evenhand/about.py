"""What is measured, stored and asked, said to readers: made from the real settings."""

from functools import partial
from typing import Any

import jinja2
import msgspec

from evenhand import _assets
from evenhand.answers import HTML, Answer, Headers
from evenhand.baits import baits
from evenhand.faults import OnFault
from evenhand.notice import Notice
from evenhand.requests import Handler, Request
from evenhand.settings import Settings
from evenhand.templating import environment, shown_name
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
        "and outcome. Nothing about one reader. In memory, for about an hour and under a random "
        "key, how much came from one part of the internet: so that nobody can flood the counts. "
        "The web server's own access log may hold more.",
        "stored_in_the_browser": _stored(settings.notice),
        "content_withheld": False,
        "notice": settings.notice and _asked(settings.notice, exempt=settings.exempt is not None),
        "gpc_and_dnt": "Only the pair is counted; no report, no notice.",
        "how_to_be_left_alone": [
            *(_CHOICES if settings.notice else ()),
            "Global Privacy Control or Do Not Track in your browser: nothing is judged or sent.",
            "Blocking these scripts is legitimate too: the page works the same.",
        ],
    }


_CHOICES = (
    "“Don't ask again” in the notice: you are not asked again in this browser.",
    "Closing the notice: you are left alone for the days named above.",
)


def _asked(notice: Notice, *, exempt: bool) -> dict[str, Any]:
    """When a reader is asked, and when not."""
    return {
        "asked": list(notice.asks),
        "from_page_view": notice.after_pages,
        "at_most_once_in_days": notice.every_days,
        "at_most_times": notice.at_most,
        "at_most_once_per_tab": True,
        "not_in_hours": list(notice.quiet_hours),
        "not_on": list(notice.not_on),
        "some_readers_exempt": exempt,
        "where": notice.placement,
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


def _stored(notice: Notice | None) -> list[dict[str, str]]:
    if notice is None:
        return []
    return [
        {
            "where": "sessionStorage",
            "key": "reader-support",
            "what": "how many page views this tab has seen, whether you were asked in it, and "
            "whether you asked to check again",
            "when": "only where ads are blocked",
            "how_long": "until the tab is closed",
        },
        {
            "where": "localStorage",
            "key": "reader-support",
            "what": "the day from which on you may be asked again, and how often you answered",
            "when": "only after you have closed the notice, chosen a way to help, allowed ads or "
            "said that you don't want to be asked again",
            "how_long": f"until you clear this site's data; it counts for {notice.every_days} "
            "days, or for good if you said so",
        },
    ]


def about_routes(
    settings: Settings, templates: jinja2.Environment, on_fault: OnFault
) -> dict[str, Handler]:
    """``about``, its style sheet, and ``about.json``: made once."""
    hour = (b"cache-control", b"public, max-age=3600")
    described = describe(settings)
    pages: dict[str, Answer] = {}
    for site in settings.site_names:
        values = {"site": shown_name(site), "about": described, "stylesheet": "about.css"}
        pages[site] = Answer(200, [*HTML, hour], _page(templates, values, on_fault))
    json: Headers = [(b"content-type", b"application/json"), hour]
    css: Headers = [(b"content-type", b"text/css; charset=utf-8"), hour]
    styles = (_assets.TEMPLATES / "about.css").read_bytes()
    return {
        "about": partial(_of_site, pages),
        "about.json": partial(_same, Answer(200, json, msgspec.json.encode(described))),
        "about.css": partial(_same, Answer(200, css, styles)),
    }


def _page(templates: jinja2.Environment, values: dict[str, Any], on_fault: OnFault) -> bytes:
    """The page; ours where the publisher's template raises: readers must be told."""
    try:
        return templates.get_template("about.html").render(values).encode()
    except Exception as fault:  # a template may raise anything
        on_fault("notice", fault)
        return environment(None).get_template("about.html").render(values).encode()


async def _of_site(pages: dict[str, Answer], request: Request) -> Answer:
    return pages[request.site]


async def _same(answer: Answer, _: Request) -> Answer:
    return answer
