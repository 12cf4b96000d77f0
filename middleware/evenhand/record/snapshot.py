"""What a whole host has counted, from one consistent look at it."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate

from evenhand.keys import EVENT_KINDS, SERIES_DROPPED, Key
from evenhand.record.hostdb import HostDatabase
from evenhand.record.locks import HostLocks
from evenhand.record.tallies import Tallies
from evenhand.vocabulary import DropReason

FLUSH_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds

_LOST: tuple[DropReason, ...] = ("queue_full", "restored")
"""Reasons for which counts are given up that had been accepted."""

_PRIVATE_KINDS = frozenset({"flush", "series_dropped"})


@dataclass(frozen=True, slots=True)
class Law:
    """The account of everything that browsers sent.

    ``received = stored + pending + sum(dropped)`` always; ``stored`` is what the store has
    confirmed, ``pending`` what this host has counted and the store not yet confirmed.
    """

    received: int
    stored: int
    pending: int
    dropped: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class FlushSeconds:
    """How long the flushes of all workers took: cumulative counts by upper bound, and sums."""

    buckets: Mapping[float, int]
    sum: float
    count: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Counts of all workers of a host since its state folder began."""

    totals: Mapping[Key, int]
    law: Law
    flush_seconds: FlushSeconds
    series_dropped: int

    @classmethod
    def empty(cls) -> "Snapshot":
        """Of a host that has counted nothing."""
        return _summed_up(Counter(), stored=0)


def flush_keys(seconds: float) -> Iterable[tuple[Key, int]]:
    """What to count for one flush, and how often."""
    yield _flush_key(str(bisect_left(FLUSH_BOUNDS, seconds))), 1
    yield _flush_key("microseconds"), int(seconds * 1e6)


def take_snapshot(host: HostDatabase, tallies: Tallies, locks: HostLocks) -> Snapshot:
    """Read everything while nothing is moved.

    What the store confirmed is read before the counts, so that it never exceeds them.
    """
    with locks.reading():
        figures = host.figures()
        counts = Counter(figures.totals)
        unread = set(figures.sealed)
        for name in tallies.names():
            reading = None if name in figures.folded else tallies.read(name)
            if reading is not None:
                unread.discard(name)
                for key, n in zip(reading.keys, reading.counts, strict=True):
                    counts[key] += n
        if unread:
            # A tally that is gone or torn is worth what was sealed of it.
            counts.update(host.sealed(unread))
    return _summed_up(counts, figures.stored)


def _summed_up(counts: Counter[Key], stored: int) -> Snapshot:
    return Snapshot(
        totals={key: n for key, n in counts.items() if n and key.kind not in _PRIVATE_KINDS},
        law=law_of(counts, stored),
        flush_seconds=_flush_seconds(counts),
        series_dropped=counts[SERIES_DROPPED],
    )


def law_of(counts: Mapping[Key, int], stored: int) -> Law:
    """The account of what a host has counted, of which the store confirmed `stored`."""
    dropped = Counter[str]()
    accepted = 0
    for key, n in counts.items():
        if key.kind == "dropped" and n:
            dropped[key.value] += n
        elif key.kind in EVENT_KINDS:
            accepted += n
    # What the queue lost had been accepted; everything else was refused at the door.
    lost = sum(dropped[reason] for reason in _LOST)
    # A power cut may take counts that the store has already confirmed.
    pending = max(0, accepted - stored - lost)
    return Law(stored + pending + dropped.total(), stored, pending, dict(+dropped))


def _flush_seconds(counts: Mapping[Key, int]) -> FlushSeconds:
    bounds = (*FLUSH_BOUNDS, float("inf"))
    each = [counts.get(_flush_key(str(place)), 0) for place in range(len(bounds))]
    cumulative = list(accumulate(each))
    total = counts.get(_flush_key("microseconds"), 0) / 1e6
    return FlushSeconds(dict(zip(bounds, cumulative, strict=True)), total, cumulative[-1])


def _flush_key(value: str) -> Key:
    return Key("", "", "", "", "flush", value)
