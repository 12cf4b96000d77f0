"""What is measured, stored and asked, said to readers: made from the real settings."""

from collections.abc import Callable
from typing import Any

from evenhand.baits import baits
from evenhand.languages import marked, marked_plural
from evenhand.languages.catalogues import ENGLISH, Catalogue
from evenhand.notice import Notice
from evenhand.settings import Settings
from evenhand.version import __version__

_MODES = {
    "count": marked("The server counts two small files. Nothing is judged and nothing is sent."),
    "local": marked(
        "Your browser judges whether ads came through and sends no report. Fetching a notice "
        "does tell the server that one was due, and why."
    ),
    "full": marked(
        "Your browser judges whether ads came through and sends that one word, with the "
        "signs it rests on."
    ),
}
_STORED = marked(
    "Counts by hour, site, section, browser family, kind of device and outcome. Nothing about "
    "one reader. The web server's own access log may hold more."
)
_IN_MEMORY = marked(
    "In memory, for about an hour and under a random key: how much came from one part of the "
    "internet, so that nobody can flood the counts."
)
_OPTED_OUT = marked("Only the pair is counted; no report, no notice.")
_CHOICES = (
    marked("“Don't ask again” in the notice: you are not asked again in this browser."),
    marked("Closing the notice: you are left alone for the days named above."),
)
_ALWAYS = (
    marked("Global Privacy Control or Do Not Track in your browser: nothing is judged or sent."),
    marked("Blocking these scripts is legitimate too: the page works the same."),
)
_IN_THE_TAB = marked(
    "how many page views this tab has seen, whether you were asked in it, and whether you asked "
    "to check again"
)
_TRIED = marked(
    "which of several notices this tab was given, perhaps none, and what was counted of it"
)
_WHERE_BLOCKED = marked("only where ads are blocked")
_TAB_CLOSED = marked("until the tab is closed")
_IN_THE_BROWSER = marked("the day from which on you may be asked again, and how often you answered")
_AFTER_ACTING = marked(
    "only after you have closed the notice, chosen a way to help, allowed ads or said that you "
    "don't want to be asked again"
)
_DAYS = marked_plural(
    "until you clear this site's data; it counts for {n} day, or for good if you said so",
    "until you clear this site's data; it counts for {n} days, or for good if you said so",
)


def describe(settings: Settings, catalogue: Catalogue = ENGLISH) -> dict[str, Any]:
    """The contents of ``about.json``: plain values, for machines (in English) and for the page."""
    said = catalogue.gettext
    notice = None if settings.mode == "count" else settings.notice  # there nobody is judged
    return {
        "software": f"Evenhand {__version__}",
        "mode": settings.mode,
        "measured": said(_MODES[settings.mode]),
        "waits_for_consent": settings.consent == "wait" and settings.mode == "full",
        "share_of_page_views": settings.sample_rate,
        "requests": _requests(settings, said),
        "third_party_requests": [],
        "cookies": [],
        "identifiers": [],
        "stored_on_the_server": f"{said(_STORED)} {said(_IN_MEMORY)}",
        "stored_in_the_browser": _stored(notice, catalogue),
        "content_withheld": False,
        "notice": notice and _asked(notice, exempt=settings.exempt is not None),
        "gpc_and_dnt": said(_OPTED_OUT),
        "how_to_be_left_alone": [said(way) for way in _ways_out(notice)],
    }


def _ways_out(notice: Notice | None) -> tuple[str, ...]:
    return (*_CHOICES, *_ALWAYS) if notice else _ALWAYS


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
        # How often a tab that is due to be asked gets which notice, or none.
        **({"compared": notice.experiment.shares()} if notice.experiment else {}),
    }


def _requests(settings: Settings, said: Callable[[str], str]) -> list[dict[str, str]]:
    """Every request of ours, `*` standing for the build's hash, and when it is made."""
    counted, *others = baits().pairs
    full = settings.mode != "count"
    named = {
        "*/probe.js": marked("on every page"),
        f"pair/{counted.bait}": marked("on every page view that is measured"),
        f"pair/{counted.control}": marked("on every page view that is measured"),
    }
    if full:
        for pair in others:
            named[f"pair/{pair.bait}"] = named[f"pair/{pair.control}"] = marked("when it is judged")
        named["*/ads.js"] = marked("where the page has ad slots or known ad tags")
    named["*/policy.js"] = marked(
        "where the page has a content security policy of its own in its head"
    )
    if full and settings.notice:
        named["*/notice.js"] = named["*/notice.css"] = marked("where ads are blocked")
        named["notice"] = marked("where a notice is due, with the verdict, its signs and the path")
    if settings.mode == "full":
        named["outcome"] = marked(
            "one report when it is judged, one for each change and each notice event"
        )
    prefix = settings.prefix
    return [{"path": f"{prefix}/{path}", "when": said(when)} for path, when in named.items()]


def _stored(notice: Notice | None, catalogue: Catalogue) -> list[dict[str, str]]:
    if notice is None:
        return []
    said = catalogue.gettext
    in_the_tab = (_IN_THE_TAB, _TRIED) if notice.experiment else (_IN_THE_TAB,)
    return [
        *(
            {
                "where": "sessionStorage",
                "key": "reader-support",
                "what": said(what),
                "when": said(_WHERE_BLOCKED),
                "how_long": said(_TAB_CLOSED),
            }
            for what in in_the_tab
        ),
        {
            "where": "localStorage",
            "key": "reader-support",
            "what": said(_IN_THE_BROWSER),
            "when": said(_AFTER_ACTING),
            "how_long": catalogue.ngettext(*_DAYS, notice.every_days),
        },
    ]
