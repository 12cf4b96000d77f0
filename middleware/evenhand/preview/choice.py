"""What an editor has chosen: a query's words as a notice, a view of it and a reader."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple, get_args

from evenhand.asking.theme import COLOURS, THEMES
from evenhand.errors import OptionError
from evenhand.experiments.declaration import HOLD_OUT
from evenhand.notice import LINKS, Notice, Way
from evenhand.preview.readers import Blocking, blockings
from evenhand.preview.why import Described
from evenhand.vocabulary import BLOCKED, Verdict, WayKind

WIDTHS: Mapping[str, int] = {"320": 568, "390": 844, "768": 1024, "1280": 800}
"""Windows by their width, with their height, in px."""
SCHEMES = ("system", "light", "dark")
DIRECTIONS = ("language", "ltr", "rtl")
VERDICTS: Mapping[str, Verdict | None] = {
    "blocker": None,  # as this blocker's signals have it
    "blocked": "blocked",
    "blocked_probable": "blocked_probable",
    "loaded": "loaded",
    "unknown": "unknown",
}
SENT = "sent"
"""The field that says that a form was sent: a box that isn't ticked says nothing."""
OWN, AS_SET = "own", "as set"
"""Themes of the form besides the named ones: the colours below, and the app's own."""

_TEXTS = ("title", "text", "gentle_text", "network_text")
_NUMBERS = ("after_pages", "every_days", "at_most")
_READERS = frozenset(
    (
        *("views", "acted", "times", "clock", "path", "asked", "silenced"),
        *("exempt", "opted_out", "bot", "storage", "guard"),
    )
)
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")

Given = dict[str, str]


class View(NamedTuple):
    """How the notice is looked at."""

    arm: str  # of an experiment; empty without one
    language: str
    direction: str
    scheme: str
    width: str


class Choice(NamedTuple):
    """Everything that the page shows follows from this."""

    notice: Notice  # the chosen one; where that can't be, the app's
    view: View
    blocking: Blocking
    reader: Described
    error: str  # why the chosen settings can't be
    given: Given  # what stands in the form

    @property
    def verdict(self) -> Verdict:
        """The verdict whose words are shown: the described one, if readers with it can be asked."""
        described = self.reader.verdict
        return described if described in BLOCKED else self.blocking.verdict

    @property
    def variant(self) -> str:
        """The name that the chosen arm is counted under."""
        return self.notice.variants.get(self.view.arm, self.notice.variant)

    @property
    def shown(self) -> Notice | None:
        """The notice that readers of the chosen arm get; None: it is the hold-out."""
        return self.notice.arms.get(self.variant)


def chosen(query: Mapping[str, str], base: Notice) -> Choice:
    """What a form says; what it doesn't say, or can't mean, is as the app has it."""
    given = _given(query, base)
    error, notice = "", base
    try:
        notice = _notice(given, base)
    except OptionError as fault:
        error = str(fault)
    known = {each.id: each for each in blockings()}
    blocking = known.get(given["blocker"], next(iter(known.values())))
    view = View(
        _one_of(given["arm"], arms(base)) if base.experiment else "",
        given["language"],
        _one_of(given["direction"], DIRECTIONS),
        _one_of(given["scheme"], SCHEMES),
        _one_of(given["width"], ("1280", *WIDTHS)),
    )
    return Choice(
        notice, view, blocking, _reader(given, blocking, held=view.arm == HOLD_OUT), error, given
    )


def arms(base: Notice) -> tuple[str, ...]:
    """The names of the arms of its experiment, the hold-out's last."""
    return tuple(base.experiment.shares()) if base.experiment else ()


def staged(given: Given) -> Given:
    """What of a form concerns the stage: not the reader, for whom it would be loaded in vain."""
    return {name: text for name, text in given.items() if text and name not in _READERS}


def rows(base: Notice) -> list[Way]:
    """The ways to help that the form offers: the app's, and of each other kind one."""
    missing = [kind for kind in get_args(WayKind) if kind not in {way.kind for way in base.ways}]
    return [*base.ways, *(_offered(kind) for kind in missing)]


def _offered(kind: WayKind) -> Way:
    label = "Other ways to help" if kind == "link" else ""
    return Way(kind=kind, label=label, url=f"/{kind}" if kind in LINKS else None)


def defaults(base: Notice) -> Given:
    """What stands in the form at first."""
    given = {name: str(getattr(base, name)) for name in (*_TEXTS, *_NUMBERS, "placement")}
    given |= {f"token-{name}": value for name, value in base.tokens().items()}
    for number, way in enumerate(rows(base)):
        given[f"way-{number}"] = "on" if number < len(base.ways) else ""
        given[f"label-{number}"] = way.label
        if way.kind in LINKS:
            given[f"url-{number}"] = way.url or ""
    return given | {
        "name": base.name or "",
        "logo": base.logo or "",
        "theme": base.theme if isinstance(base.theme, str) else AS_SET,
        "quiet_hours": ", ".join(base.quiet_hours),
        "not_on": ", ".join(base.not_on),
        "ask_probable": "on" if base.ask_probable else "",
        **({"arm": arms(base)[0]} if base.experiment else {}),
        "language": base.lang,
        "direction": "language",
        "scheme": "system",
        "width": "1280",
        "blocker": "ublock-origin",
        "verdict": "blocker",
        "views": str(max(2, base.after_pages)),
        "acted": "",
        "times": "0",
        "clock": "12:00",
        "path": "/",
        "guard": "on",
        "storage": "on",
        **dict.fromkeys(("asked", "silenced", "exempt", "opted_out", "bot"), ""),
    }


def _given(query: Mapping[str, str], base: Notice) -> Given:
    given = defaults(base)
    if SENT not in query:
        return given | {name: text for name, text in query.items() if name in given}
    return {name: query.get(name, "") for name in given}


def _notice(given: Given, base: Notice) -> Notice:
    changes: dict[str, Any] = {name: given[name] for name in (*_TEXTS, "placement")}
    changes |= {name: _number(given[name]) for name in _NUMBERS}
    return replace(
        base,
        **changes,
        name=given["name"] or None,
        logo=given["logo"] or None,
        theme=_theme(given, base),
        ways=_ways(given, base),
        quiet_hours=_list(given["quiet_hours"]),
        not_on=_list(given["not_on"]),
        ask_probable=bool(given["ask_probable"]),
    )


def _theme(given: Given, base: Notice) -> str | Mapping[str, str]:
    if given["theme"] == AS_SET:
        return base.theme
    if given["theme"] != OWN:
        return given["theme"]
    tokens = {name: given[f"token-{name}"] for name in (*COLOURS, "radius", "font")}
    return {name: value for name, value in tokens.items() if value != THEMES["plain"][name]}


def _ways(given: Given, base: Notice) -> tuple[Way, ...]:
    return tuple(
        Way(
            kind=way.kind,
            label=given[f"label-{number}"],
            url=given.get(f"url-{number}") or None,
        )
        for number, way in enumerate(rows(base))
        if given[f"way-{number}"]
    )


def _reader(given: Given, blocking: Blocking, *, held: bool) -> Described:
    clock = given["clock"] if _CLOCK.fullmatch(given["clock"]) else "12:00"
    return Described(
        verdict=VERDICTS.get(given["verdict"]) or blocking.verdict,
        views=_bounded(given["views"], 1),
        asked=bool(given["asked"]),
        acted=_bounded(given["acted"], 0) if given["acted"] else None,
        silenced=bool(given["silenced"]),
        times=_bounded(given["times"], 0),
        storage=bool(given["storage"]),
        clock=clock,
        path=given["path"] or "/",
        exempt=bool(given["exempt"]),
        opted_out=bool(given["opted_out"]),
        bot=bool(given["bot"]),
        guard=bool(given["guard"]),
        held=held,
    )


def _number(text: str) -> int | str:
    """A whole number; what is none, the notice itself refuses."""
    return int(text) if re.fullmatch(r"-?\d{1,9}", text) else text


def _bounded(text: str, least: int) -> int:
    return max(least, min(int(text), 9999)) if re.fullmatch(r"\d{1,9}", text) else least


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _one_of(text: str, allowed: tuple[str, ...]) -> str:
    return text if text in allowed else allowed[0]
