"""What changed within a period and still holds: when it began, and what it points at.

Pure: from the steps of a trend to one `Change`, the cause before what follows from it. What is
usual is the median of the steps, so an odd hour moves nothing, and a change is seen while it takes
less than half of the period. Steps with few page views, as at night, neither begin nor end one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median
from typing import Literal, NamedTuple

from evenhand.judgement import ADS_DOWN

What = Literal["baits_eaten", "ads_failing", "baits_stale", "reports_missing", "wave", "cached"]

ENOUGH = 20  # page views below which a step says nothing
STEPS = 4  # of enough page views, below which nothing is usual yet
EATEN = 0.98  # of all baits lost: no blocker is so common
STALE_RISE = 0.2  # of the blocked baits, how many more than usual stand beside a loaded ad
COVERAGE_LEFT = 0.8  # of the usual coverage; below it reports are missing
WAVE_RISE = 0.05  # how far the paired rate of a browser must rise above what is usual...
WAVE_ERRORS = 4.0  # ...in standard errors of the binomial too, and in as many usual deviations...
WAVE_VIEWS = 300  # ...among at least so many page views
CACHED = 1.5  # page views for each page that the app served, from which a cache has the others


class Step(NamedTuple):
    """The counts of people in one step of the trend."""

    start: int  # Unix seconds
    pairs: Mapping[str, tuple[int, int]]  # by browser: baits and controls
    due: int  # controls of those who could report
    cells: Mapping[tuple[str, str], int]  # reported page views, by bait and ad
    pages: int  # that the app served with the script

    @property
    def baits(self) -> int:
        return sum(baits for baits, _ in self.pairs.values())

    @property
    def controls(self) -> int:
        return sum(controls for _, controls in self.pairs.values())


@dataclass(frozen=True, slots=True)
class Change:
    """What has been otherwise since a moment: a share is ``now`` instead of ``usual``.

    Of all page views, those that lost the bait (``baits_eaten``; ``wave``, of one browser's),
    reported (``reports_missing``) or were served by the app (``cached``); of those whose bait came,
    those whose ads failed; of those whose bait was lost, those whose ads loaded
    (``baits_stale``).
    """

    what: What
    since: int  # Unix seconds
    now: float
    usual: float
    browsers: tuple[str, ...] = ()  # of a wave: in which
    everywhere: bool = False  # of a wave: in all of them


class _Part(NamedTuple):
    """One step of one share."""

    start: int
    k: int
    n: int

    @property
    def share(self) -> float:
        return self.k / self.n


_Odd = Callable[[_Part, float], bool]


def change(steps: Sequence[Step], *, reporting: bool = True) -> Change | None:
    """The change that holds to the last step, if there is one.

    ``reporting=False`` says that no reports are due.
    """
    looks = [_eaten, _ads, _stale, *([_reports] if reporting else []), _wave, _cached]
    return next((found for look in looks if (found := look(steps)) is not None), None)


def _eaten(steps: Sequence[Step]) -> Change | None:
    """Hardly a bait of anybody arrives."""
    lost = [_Part(step.start, max(0, step.controls - step.baits), step.controls) for step in steps]
    return _changed("baits_eaten", lost, lambda part, _: part.share >= EATEN, 1)


def _ads(steps: Sequence[Step]) -> Change | None:
    """Of page views whose bait came, nearly all have no ad, whatever is usual."""
    failing = _cells(steps, "ok", "failed")
    return _changed("ads_failing", failing, lambda part, _: part.share > ADS_DOWN, 1)


def _stale(steps: Sequence[Step]) -> Change | None:
    """Baits are lost where ads load."""
    stale = _cells(steps, "blocked", "loaded")
    return _changed("baits_stale", stale, lambda part, usual: part.share > usual + STALE_RISE)


def _reports(steps: Sequence[Step]) -> Change | None:
    """Page views ask for their pair and don't report."""
    came = [_Part(step.start, min(step.due, sum(step.cells.values())), step.due) for step in steps]
    return _changed("reports_missing", came, lambda part, usual: part.share < COVERAGE_LEFT * usual)


def _cached(steps: Sequence[Step]) -> Change | None:
    """Far fewer pages leave the app than are read."""
    served = [_Part(step.start, min(step.pages, step.controls), step.controls) for step in steps]
    return _changed("cached", served, lambda part, _: part.share * CACHED < 1, 1)


def _wave(steps: Sequence[Step]) -> Change | None:
    """More baits are lost than is usual, in some browsers or in all."""
    names = sorted({name for step in steps for name in step.pairs})
    lost = {name: _lost(steps, name) for name in names}
    risen = {name: found for name in names if (found := _risen(lost[name])) is not None}
    if not risen:
        return None
    since = min(found.since for found in risen.values())
    many = [name for name in names if _views(lost[name], since) >= WAVE_VIEWS]
    most = max(risen.values(), key=lambda found: found.now - found.usual)
    return Change("wave", since, most.now, most.usual, tuple(risen), 1 < len(risen) == len(many))


def _lost(steps: Sequence[Step], browser: str) -> list[_Part]:
    pairs = [(step.start, *step.pairs.get(browser, (0, 0))) for step in steps]
    return [_Part(start, max(0, controls - baits), controls) for start, baits, controls in pairs]


def _risen(lost: Sequence[_Part]) -> Change | None:
    shares = [part.share for part in lost if part.n >= ENOUGH]
    middle = median(shares) if shares else 0.0
    deviation = 1.4826 * median(abs(share - middle) for share in shares) if shares else 0.0

    def odd(part: _Part, usual: float) -> bool:
        error = sqrt(max(usual, 0.01) * (1 - usual) / part.n)
        return part.share - usual > max(WAVE_RISE, WAVE_ERRORS * max(error, deviation))

    found = _changed("wave", lost, odd)
    return found if found and _views(lost, found.since) >= WAVE_VIEWS else None


def _views(parts: Sequence[_Part], since: int) -> int:
    return sum(part.n for part in parts if part.start >= since)


def _cells(steps: Sequence[Step], bait: str, ad: str) -> list[_Part]:
    """Of the page views with this bait whose ad is judged, those with this ad."""
    judged = [(step, step.cells.get((bait, ad), 0)) for step in steps]
    return [
        _Part(step.start, k, sum(step.cells.get((bait, each), 0) for each in ("loaded", "failed")))
        for step, k in judged
    ]


def _changed(what: What, parts: Sequence[_Part], odd: _Odd, least: int = STEPS) -> Change | None:
    """The stretch of odd steps that lasts to the end; with fewer than ``least`` there is none."""
    known = [part for part in parts if part.n >= ENOUGH]
    if len(known) < least:
        return None
    usual, since = median(part.share for part in known), None
    for part in reversed(known):
        if not odd(part, usual):
            break
        since = part.start
    if since is None:
        return None
    k = sum(part.k for part in known if part.start >= since)
    return Change(what, since, k / _views(known, since), usual)
