"""The geometry of the dashboard's charts: from estimates to coordinates, nothing drawn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from evenhand.dashboard.rollups import DAY, HOUR
from evenhand.dashboard.summary import Point, Share

WIDTH, HEIGHT = 720, 260  # of the trend, in its own units
LEFT, RIGHT, TOP, BOTTOM = 48, 8, 14, 30
SCALES = {0.01: 5, 0.02: 4, 0.05: 5, 0.1: 5, 0.2: 4, 0.3: 3, 0.4: 4, 0.6: 3, 0.8: 4, 1.0: 4}
"""The tops that an axis may have, and into how many parts each divides."""

FLAG = 36  # width of a flag's label, on a phone
STRIP = 100  # width of one row's interval


@dataclass(frozen=True, slots=True)
class Mark:
    """A label and its place on an axis."""

    at: float
    label: str
    minor: bool  # left out on narrow screens


@dataclass(frozen=True, slots=True)
class Dot:
    """One point of the trend."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Chart:
    """A line per run of points without a gap, its band, the gaps and the axes."""

    lines: tuple[str, ...]
    bands: tuple[str, ...]
    dots: tuple[Dot, ...]
    gaps: tuple[tuple[float, float], ...]  # x and width
    marks_x: tuple[Mark, ...]
    marks_y: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Flag:
    """A moment of an annotation on the chart."""

    x: float
    label: str  # its number in the list; of several close ones, the first has all their numbers


@dataclass(frozen=True, slots=True)
class Strip:
    """The interval of one row of a table."""

    low: float
    width: float
    rate: float


def scale(highest: float) -> float:
    """The smallest round top of an axis that holds ``highest``."""
    return next((top for top in SCALES if highest <= top), 1.0)


def step_label(start: int, step: int) -> str:
    """The name of one step of the trend, in UTC."""
    moment = datetime.fromtimestamp(start, UTC)
    if step >= DAY:
        return f"{moment:%a} {moment.day} {moment:%b}"
    return f"{moment:%a} {moment.day} {moment:%b}, {moment:%H:%M}"


def chart(points: Sequence[Point], step: int) -> Chart:
    """Lay out the trend."""
    top = scale(max((p.estimate.high for p in points if _is_steady(p)), default=1.0))
    plot, parts = _Plot(len(points), top), SCALES[top]
    runs = _runs(points)
    return Chart(
        lines=tuple(_path(plot.at(i, points[i].estimate.rate) for i in run) for run in runs),
        bands=tuple(_band(points, run, plot) for run in runs),
        dots=tuple(Dot(*plot.at(i, points[i].estimate.rate)) for run in runs for i in run),
        gaps=tuple(plot.columns(run) for run in _runs(points, filled=False)),
        marks_x=_marks_x(points, step, plot),
        marks_y=tuple(
            Mark(
                plot.y(top * part / parts), f"{top * part * 100 / parts:.3g}\u00a0%", part % 2 == 1
            )
            for part in range(parts + 1)
        ),
    )


def flags(moments: Sequence[int], since: int, until: int) -> tuple[Flag, ...]:
    """Lay out moments (Unix seconds, in order) that are numbered from 1."""
    width = (WIDTH - LEFT - RIGHT) / (until - since)
    places = [round(LEFT + (moment - since) * width, 1) for moment in moments]
    labels = [""] * len(places)
    first = 0
    for index, x in enumerate(places):
        first = first if x - places[first] < FLAG else index
        labels[first] = str(first + 1) + (f"\u2013{index + 1}" if index > first else "")
    return tuple(Flag(x, label) for x, label in zip(places, labels, strict=True))


def strips(shares: Sequence[Share]) -> tuple[Strip, ...]:
    """Lay out the intervals of a table's rows on one common scale."""
    top = scale(max((share.estimate.high for share in shares if share.estimate.n >= 50), default=1))
    return tuple(_strip(share, top) for share in shares)


def _strip(share: Share, top: float) -> Strip:
    low, rate, high = (
        round(min(1.0, value / top) * STRIP, 1)
        for value in (share.estimate.low, share.estimate.rate, share.estimate.high)
    )
    return Strip(low, round(max(2.0, high - low), 1), rate)


class _Plot:
    """Maps an index and a rate to coordinates."""

    def __init__(self, count: int, top: float) -> None:
        self.column = (WIDTH - LEFT - RIGHT) / max(1, count)
        self.top = top

    def x(self, index: int) -> float:
        return round(LEFT + (index + 0.5) * self.column, 1)

    def y(self, rate: float) -> float:
        share = min(1.0, rate / self.top)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)

    def at(self, index: int, rate: float) -> tuple[float, float]:
        return self.x(index), self.y(rate)

    def columns(self, run: Sequence[int]) -> tuple[float, float]:
        return round(LEFT + run[0] * self.column, 1), round(len(run) * self.column, 1)


def _is_steady(point: Point) -> bool:
    # A night hour with three page views must not flatten the whole chart.
    return point.estimate.n >= 50


def _runs(points: Sequence[Point], *, filled: bool = True) -> list[list[int]]:
    runs: list[list[int]] = [[]]
    for index, point in enumerate(points):
        if bool(point.estimate) == filled:
            runs[-1].append(index)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _path(places: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in places)


def _band(points: Sequence[Point], run: Sequence[int], plot: _Plot) -> str:
    over = [plot.at(i, points[i].estimate.high) for i in run]
    under = [plot.at(i, points[i].estimate.low) for i in reversed(run)]
    return _path([*over, *under])


def _marks_x(points: Sequence[Point], step: int, plot: _Plot) -> tuple[Mark, ...]:
    if step < 6 * HOUR:
        wanted = {
            i: f"{_moment(p):%H:%M}" for i, p in enumerate(points) if _moment(p).hour % 6 == 0
        }
    elif step > DAY:
        months = {f"{_moment(p):%b %Y}": i for i, p in reversed(list(enumerate(points)))}
        wanted = {i: name for name, i in reversed(months.items()) if i}
    else:
        every = DAY if step < DAY else 5 * DAY
        days = {i: p for i, p in enumerate(points) if p.start % every == 0}
        wanted = {i: f"{_moment(p).day} {_moment(p):%b}" for i, p in days.items()}
    return tuple(
        Mark(plot.x(index), label, order % 2 == 1)
        for order, (index, label) in enumerate(wanted.items())
    )


def _moment(point: Point) -> datetime:
    return datetime.fromtimestamp(point.start, UTC)
