"""Who may be asked, and when: pure, and every "no" has a reason.

The browser judges by its own memory, which it tells nobody; ``static/js/asking.js`` is this
module's other hand, and one table of cases (``tests/js/asking_cases.json``) holds both to the
same answers. The server judges what it alone knows.
"""

from dataclasses import dataclass
from datetime import datetime

from evenhand.notice import Notice
from evenhand.paths import below
from evenhand.vocabulary import Mode, NoReason, Verdict

FOREVER = "9999-12-31"
"""Until when a reader who said "don't ask again" is left alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """What the reader's browser remembers; the defaults are those of a first page view."""

    # In the tab, for as long as it is open.
    views: int = 1  # this one included
    asked: bool = False
    checking: bool = False  # the reader asked for this page view, to see whether ads load
    held: bool = False  # it has drawn an experiment's hold-out
    # In the browser, only once the reader has acted.
    until: str = ""  # the day from which on they may be asked again
    times: int = 0
    # Whether it can remember at all.
    storage: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What the server knows about a request for the notice."""

    verdict: str = "blocked"
    known: bool = True  # the variant that it asks for is one of these settings'
    held: bool = False  # ...and is the hold-out
    believed: Verdict = "blocked"  # as far as the guard lets the verdict stand
    path: str = "/"
    mode: Mode = "full"
    off: bool = False
    version: str = "1"
    foreign: bool = False
    opted_out: bool = False
    bot: bool = False
    exempt: bool = False


def in_browser(notice: Notice, memory: Memory, now: datetime) -> list[NoReason]:
    """Every reason against asking that the reader's browser finds; ``now`` is its own clock."""
    if not memory.storage:
        return ["no_storage"]
    minute = now.hour * 60 + now.minute
    tests: list[tuple[NoReason, bool]] = [
        ("few_pages", memory.views < notice.after_pages),
        ("asked_in_tab", memory.asked and not memory.checking),
        ("resting", now.date().isoformat() < memory.until < FOREVER and not memory.checking),
        ("silenced", memory.until >= FOREVER),
        ("often_enough", memory.times >= notice.at_most and not memory.checking),
        ("quiet_hours", any(_within(minute, *hours) for hours in notice.quiet_minutes)),
        ("hold_out", memory.held),
    ]
    return [reason for reason, holds in tests if holds]


def on_server(notice: Notice | None, request: Request) -> list[NoReason]:
    """Every reason against asking that the server finds."""
    if notice is None:
        return ["no_notice"]
    tests: list[tuple[NoReason, bool]] = [
        ("off", request.off),
        ("mode", request.mode == "count"),
        ("version", request.version != "1"),
        ("foreign", request.foreign),
        ("variant", not request.known),
        ("opted_out", request.opted_out),
        ("bot", request.bot),
        ("verdict", request.verdict not in notice.asks),
        ("quiet_path", any(below(request.path, quiet) for quiet in notice.not_on)),
        ("guard", request.verdict in notice.asks and request.believed not in notice.asks),
        ("exempt", request.exempt),
        ("hold_out", request.held),
    ]
    return [reason for reason, holds in tests if holds]


def explain(
    notice: Notice | None, request: Request, memory: Memory, now: datetime
) -> list[NoReason]:
    """Every reason why a reader is not asked; none: the notice is shown.

    >>> from datetime import datetime
    >>> explain(Notice(), Request(exempt=True), Memory(views=1), datetime(2026, 11, 22, 12))
    ['few_pages', 'exempt']
    """
    found = on_server(notice, request)
    return found if notice is None else [*in_browser(notice, memory, now), *found]


def _within(minute: int, begin: int, end: int) -> bool:
    """Whether a minute lies in hours that may go past midnight."""
    return begin <= minute < end if begin < end else minute >= begin or minute < end
