"""Rollup rows added up: by what they count, and pair hits by step of time."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

from evenhand.vocabulary import SIMULATED as SIMULATED

HOUR, DAY = 3_600, 86_400  # seconds

BAITS = frozenset({"bait", "withheld_bait"})
CONTROLS = frozenset({"control", "withheld"})


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
    """Rows added up in three ways, and the sites seen."""

    tally: Tally
    pairs: Counter[tuple[int, bool]]  # by (step, is it a bait)
    ads: Counter[tuple[int, bool]]  # of page views whose bait came, by (step, did ads load)
    sites: set[str]


def tally_rows(rows: Iterable[Row], since: int, until: int, site: str, step: int) -> Tallied:
    """Add up the rows of a site and a time."""
    tally: Tally = Counter()
    pairs: Counter[tuple[int, bool]] = Counter()
    ads: Counter[tuple[int, bool]] = Counter()
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
        start = row.hour - (row.hour - since) % step
        if is_pair(key):
            pairs[start, key.value in BAITS] += row.n
        elif key.kind == "bait_ad" and key.value == "ok" and key.detail in ("loaded", "failed"):
            ads[start, key.detail == "loaded"] += row.n
    return Tallied(tally, pairs, ads, seen)


def is_pair(key: Key) -> bool:
    return key.kind == "pair" and key.browser != "bot"


def total(tally: Tally, wanted: Callable[[Key], bool]) -> int:
    return sum(n for key, n in tally.items() if wanted(key))
