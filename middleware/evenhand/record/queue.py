"""What becomes of counts that wait for the store when there is no room left: pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from typing import NamedTuple

from evenhand.keys import EVENT_KINDS, Key, coarser
from evenhand.store.retention import start_of
from evenhand.vocabulary import OTHER, Span


class Place(NamedTuple):
    """What a waiting count is of, and when: the start of an hour or a day, in Unix seconds."""

    span: Span
    hour: int
    key: Key


class Shed(NamedTuple):
    """What is left of a queue: its rows, what lost its labels, and what was given up, by site."""

    rows: Mapping[Place, int]
    coarsened: int
    lost: Mapping[str, int]


def shed(rows: Mapping[Place, int], bound: int) -> Shed:
    """Make a queue fit: as it is; else sections merged, then hours into days, then browsers,
    devices and variants, each for the oldest days first; at last the oldest rows are dropped.

    A queue that was too long is brought well below its bound, so that this stays a rare thing.
    """
    if len(rows) <= bound:
        return Shed(rows, 0, {})
    room = bound - bound // 4
    left, coarsened = Counter(rows), 0
    left, merged = _merged(left, _without_section, room)
    coarsened += merged
    left, _ = _merged(left, _by_day, room)
    left, merged = _merged(left, _without_client, room)
    coarsened += merged
    lost = Counter[str]()
    for place in sorted(left, key=lambda place: place.hour)[: max(0, len(left) - room)]:
        n = left.pop(place)
        if place.key.kind in EVENT_KINDS:
            lost[place.key.site] += n
    return Shed(left, coarsened, lost)


def _merged(
    rows: Counter[Place], change: Callable[[Place], Place], room: int
) -> tuple[Counter[Place], int]:
    """The rows, those of the oldest days changed; and what was counted in changed ones."""
    if len(rows) <= room:
        return rows, 0
    by_day = defaultdict[int, Counter[Place]](Counter)
    for place, n in rows.items():
        by_day[start_of(place.hour, "day")][place] = n
    size, changed = len(rows), 0
    for day in sorted(by_day):
        if size <= room:
            break
        fine, coarse = by_day[day], Counter[Place]()
        for place, n in fine.items():
            after = change(place)
            coarse[after] += n
            if after.key != place.key and place.key.kind in EVENT_KINDS:
                changed += n
        by_day[day] = coarse
        size += len(coarse) - len(fine)
    left = Counter[Place]()
    for counts in by_day.values():
        left.update(counts)
    return left, changed


def _without_section(place: Place) -> Place:
    key = place.key
    return place._replace(key=key._replace(section=OTHER)) if key.section else place


def _by_day(place: Place) -> Place:
    return place._replace(span="day", hour=start_of(place.hour, "day"))


def _without_client(place: Place) -> Place:
    return place._replace(key=coarser(place.key))
