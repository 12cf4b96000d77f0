"""How far can strangers move the published rate? ``python -m benchmarks.study_poisoning``.

Readers of a site, of whom a quarter block ads, and senders of invented page views meet the limits
that a server has, in two workers with a clock of their own. Nothing is sent anywhere.
"""

import argparse
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from heapq import merge
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from evenhand.addresses import Proxies
from evenhand.arrivals import _MINUTES as _KNOWN
from evenhand.crowds import DAY as MINUTES
from evenhand.limits import BAIT, CONTROL, REPORT, Limits

HOUR, DAY, MONTH = 1, 24, 720  # hours
TRUTH = 0.25  # of readers who block
WORKERS = 2
BUDGET = 120  # address_budget's default
BLUNT = 100.0  # page views a second that senders make who don't care
SMALL, LARGE = 1_389, 41_667  # page views an hour: a million a month, a million a day
SEED = 20261128

Source = tuple[str, bytes]
Hit = tuple[float, bool, Source, int]  # when, whether invented, from where, what


class Clock:
    """Seconds since the beginning."""

    now = 1e6

    def __call__(self) -> float:
        return self.now


@dataclass(slots=True)
class Tally:
    """Baits and controls of some hours; what was limited, of readers and of senders; and for how
    many minutes the site was crowded."""

    baits: int = 0
    controls: int = 0
    crowded: int = 0
    sent: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})
    limited: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})

    @property
    def rate(self) -> float:
        return max(0.0, 1 - self.baits / self.controls)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.baits + other.baits, self.controls + other.controls)

    def share(self, *, invented: bool) -> float:
        return self.limited[invented] / max(1, self.sent[invented])


@dataclass(frozen=True, slots=True)
class Attack:
    """Invented page views: from how many addresses, how many a second in all, for how long."""

    name: str
    addresses: int
    per_second: Callable[[int], float]  # by the site's page views an hour
    hours: int = HOUR
    upwards: bool = True  # controls and reports of blocks; else baits ahead of their controls


def _blunt(_: int) -> float:
    return BLUNT


def _patient(addresses: int) -> Callable[[int], float]:
    """What goes unnoticed: within every budget, and below what makes a crowd."""

    def rate(views: int) -> float:
        each = WORKERS * max(BUDGET, 0.02 * views / WORKERS)
        return min(0.99 * each * addresses, 2.5 * views) / 3600

    return rate


ATTACKS = [
    Attack("one address, as fast as it can", 1, _blunt),
    Attack("one address, as fast as it can, downwards", 1, _blunt, upwards=False),
    Attack("one address, for a day", 1, _patient(1), DAY),
    Attack("1,000 addresses, as fast as they can", 1_000, _blunt),
    Attack("1,000 addresses, unnoticed", 1_000, _patient(1_000)),
    Attack("1,000 addresses, unnoticed, for a day", 1_000, _patient(1_000), DAY),
    Attack("100,000 addresses, as fast as they can", 100_000, _blunt),
    Attack("100,000 addresses, unnoticed", 100_000, _patient(100_000)),
]


def _address(number: int, network: int) -> Source:
    """One in a /24 of its own; networks of readers and of senders are apart."""
    return f"{network + (number >> 16)}.{number >> 8 & 255}.{number & 255}.9", b""


def _readers(views: int, hours: int, chance: Random) -> Iterator[Hit]:
    """Page views in order: one in twenty from an office, the others from households."""
    gap = 3600 / views
    for number in range(views * hours):
        # Within an hour a household's three views are some minutes apart.
        household = number // 3 if number % 3 == 0 else max(0, number // 3 - chance.randrange(50))
        home = _address(0 if chance.random() < 0.05 else 1 + household % 4_000_000, 20)
        begun = (number + chance.random()) * gap
        if chance.random() >= TRUTH:
            yield begun, False, home, BAIT
        yield begun + 1e-6, False, home, CONTROL
        yield begun + 2e-6, False, home, REPORT


def _senders(attack: Attack, views: int, chance: Random) -> Iterator[Hit]:
    per_second = attack.per_second(views)
    for number in range(int(per_second * 3600 * attack.hours)):
        source = _address(number % attack.addresses, 120)
        begun = (number + chance.random()) / per_second
        if not attack.upwards:
            yield begun, True, source, BAIT
            if number % 2:
                continue
        yield begun + 1e-6, True, source, CONTROL
        yield begun + 2e-6, True, source, REPORT


def _met(workers: list[Limits], clock: Clock, hits: Iterator[Hit], chance: Random) -> Tally:
    """What is counted of these hits."""
    tally, begun, minute = Tally(), clock.now, 0
    for after, invented, source, kind in hits:
        clock.now = begun + after
        if after > 60 * minute:
            minute += 1
            tally.crowded += workers[0].crowded("site")
        tally.sent[invented] += 1
        if not chance.choice(workers).admits("site", source, kind):
            tally.limited[invented] += 1
        elif kind == BAIT:
            tally.baits += 1
        elif kind == CONTROL:
            tally.controls += 1
    return tally


def _study(attack: Attack, views: int, *, bounded: bool) -> Tally:
    """What is counted while the attack lasts, at a site that has been known for a day."""
    clock, chance = Clock(), Random(SEED)
    with TemporaryDirectory(prefix="evenhand-poisoning-") as folder:
        budget = BUDGET if bounded else 10**12
        workers = [Limits(budget, Proxies(), ["site"], clock) for _ in range(WORKERS)]
        for worker in workers:
            worker.share(Path(folder))
        _met(workers, clock, _readers(views, 2, chance), chance)
        clock.now = 1e6 + 2 * 3600
        for worker in workers:  # two hours stand for a day
            worker._own = worker._own._replace(minutes=MINUTES)
            worker._sites["site"].shared._words[_KNOWN] = MINUTES
        both = merge(_readers(views, attack.hours, chance), _senders(attack, views, chance))
        return _met(workers, clock, both, chance)


def _published(during: Tally, views: int, hours: int, attack: Attack) -> float:
    """The rate of a longer time, of which the attack is a part."""
    rest = max(0, hours - attack.hours) * views
    return (during + Tally(int(rest * (1 - TRUTH)), rest)).rate


def _row(attack: Attack, views: int) -> str:
    free = _study(attack, views, bounded=False)
    bounded = _study(attack, views, bounded=True)
    cells = [
        f"{_published(tally, views, hours, attack):.1%}"
        for hours in (attack.hours, DAY, MONTH)
        for tally in (free, bounded)
    ]
    limited, lost = bounded.share(invented=True), bounded.share(invented=False)
    flood = bounded.crowded >= 10 or bounded.limited[True] > 0.05 * sum(bounded.sent.values())
    wave = bounded.rate - TRUTH > 0.05
    told = " ".join(name for name, seen in (("flood", flood), ("wave", wave)) if seen)
    return (
        f"  {attack.name:<42} {cells[0]:>7} {cells[1]:>7}  {cells[2]:>7} {cells[3]:>7}"
        f"  {cells[4]:>7} {cells[5]:>7}  {limited:>7.1%} {lost:>7.1%}  {told or 'none'}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the table there too")
    arguments = parser.parse_args()
    conditions = f"{datetime.now(UTC):%Y-%m-%d}, {platform.platform()}, {platform.python_version()}"
    lines = ["$ python -m benchmarks.study_poisoning", conditions]
    for views, name in ((SMALL, "a million page views a month"), (LARGE, "a million a day")):
        lines += [
            f"A site of {name}, two workers, truth {TRUTH:.0%}. Published paired rate, without and"
            " with limits:",
            f"  {'':<42} {'attacked time':>15}  {'that day':>15}  {'that month':>15}"
            f"  {'limited':>15}  alarm",
            f"  {'':<42} {'without':>7} {'with':>7}  {'without':>7} {'with':>7}"
            f"  {'without':>7} {'with':>7}  {'senders':>7} {'readers':>7}",
        ]
        for attack in ATTACKS:
            lines.append(_row(attack, views))
    report = "\n".join(lines) + "\n"
    sys.stdout.write(report)
    if arguments.save:
        arguments.save.write_text(report)


if __name__ == "__main__":
    main()
