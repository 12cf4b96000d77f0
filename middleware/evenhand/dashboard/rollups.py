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
    by_step = {start: Tally() for start in range(since, until, step)}
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
        if key.kind in ("pair", "bait_ad", "page"):
            by_step[row.hour - (row.hour - since) % step][key] += row.n
    return Tallied(tally, [_step(*each) for each in by_step.items()], seen)


def _step(start: int, tally: Tally) -> Step:
    pairs: dict[str, tuple[int, int]] = {}
    cells: Counter[tuple[str, str]] = Counter()
    due = pages = 0
    for key, n in tally.items():
        if is_pair(key):
            baits, controls = pairs.get(key.browser, (0, 0))
            is_bait = key.value in BAITS
            pairs[key.browser] = (baits + n * is_bait, controls + n * (not is_bait))
            due += n * (key.value == "control")
        elif key.kind == "bait_ad" and key.browser != "bot":
            cells[key.value, key.detail] += n
        elif key.kind == "page":
            pages += n * (key.value in SERVED)
    return Step(start, pairs, due, cells, pages)


def is_pair(key: Key) -> bool:
    return key.kind == "pair" and key.browser != "bot"


def total(tally: Tally, wanted: Callable[[Key], bool]) -> int:
    return sum(n for key, n in tally.items() if wanted(key))
