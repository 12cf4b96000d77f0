"""Rollup rows added up: by what they count, and by step of time."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

from evenhand.dashboard.changes import Step
from evenhand.vocabulary import SIMULATED as SIMULATED

HOUR, DAY = 3_600, 86_400  # seconds

BAITS = frozenset({"bait", "withheld_bait"})
CONTROLS = frozenset({"control", "withheld"})
SERVED = frozenset({"inserted", "prefetched", "manual", "already_inserted"})
"""Results of pages whose readers may ask for the pair."""


class Row(Protocol):
    """One rollup row; columns that its kind does not use are empty."""

    @property
    def hour(self) -> int: ...  # unix seconds at the start of the hour
    @property
    def site(self) -> str: ...
    @property
    def section(self) -> str: ...
    @property
    def browser(self) -> str: ...
    @property
    def device(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def value(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def variant(self) -> str: ...
    @property
    def n(self) -> int: ...


class Key(NamedTuple):
    """A row without its hour, its site and its count."""

    section: str
    browser: str
    device: str
    kind: str
    value: str
    detail: str
    variant: str


Tally = Counter[Key]


class Tallied(NamedTuple):
    """Rows added up in two ways, and the sites seen."""

    tally: Tally
    steps: list[Step]
    sites: set[str]


def tally_rows(rows: Iterable[Row], since: int, until: int, site: str, step: int) -> Tallied:
    """Add up the rows of a site and a time."""
    tally: Tally = Counter()
    steps = _Steps(since, until, step)
    seen: set[str] = set()
    for row in rows:
        if row.site:  # sums over all sites have none
            seen.add(row.site)
        wanted = row.site == site if site else row.site != SIMULATED
        if not wanted or not since <= row.hour < until:
            continue
        key = Key(
            row.section, row.browser, row.device, row.kind, row.value, row.detail, row.variant
        )
        tally[key] += row.n
        if key.browser != "bot":
            steps.add(key, row.hour - (row.hour - since) % step, row.n)
    return Tallied(tally, steps.made(), seen)


class _Steps:
    """What is known of people by step of time, as it adds up."""

    def __init__(self, since: int, until: int, step: int) -> None:
        self._starts = range(since, until, step)
        self._pairs = {start: dict[str, tuple[int, int]]() for start in self._starts}
        self._cells = {start: Counter[tuple[str, str]]() for start in self._starts}
        self._due: Counter[int] = Counter()
        self._pages: Counter[int] = Counter()

    def add(self, key: Key, start: int, n: int) -> None:
        if key.kind == "pair":
            baits, controls = self._pairs[start].get(key.browser, (0, 0))
            is_bait = key.value in BAITS
            self._pairs[start][key.browser] = (
                (baits + n, controls) if is_bait else (baits, controls + n)
            )
            if key.value == "control":
                self._due[start] += n
        elif key.kind == "bait_ad":
            self._cells[start][key.value, key.detail] += n
        elif key.kind == "page" and key.value in SERVED:
            self._pages[start] += n

    def made(self) -> list[Step]:
        return [
            Step(
                start, self._pairs[start], self._due[start], self._cells[start], self._pages[start]
            )
            for start in self._starts
        ]


def is_pair(key: Key) -> bool:
    return key.kind == "pair" and key.browser != "bot"


def total(tally: Tally, wanted: Callable[[Key], bool]) -> int:
    return sum(n for key, n in tally.items() if wanted(key))
