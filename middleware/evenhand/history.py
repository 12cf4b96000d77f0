"""The history as typed rows with their estimates: what the report prints and notebooks read.

Pure: from a `Summary` of the stored counts to rows. Shares are fractions from 0 to 1, intervals
are 95 % intervals, days are days of UTC.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from evenhand.dashboard.rollups import DAY
from evenhand.dashboard.summary import Share, Summary, summarise
from evenhand.errors import OptionError
from evenhand.estimate import Bounds, Estimate, difference, wilson
from evenhand.store import Store

By = Literal["total", "day", "browser", "device", "section", "verdict", "variant"]
Basis = Literal["pair", "verdict", "notice"]

BASES: dict[By, Basis] = {
    "total": "pair",
    "day": "pair",
    "browser": "pair",
    "device": "pair",
    "section": "verdict",
    "verdict": "verdict",
    "variant": "notice",
}
"""What a row's share is of: see `HistoryRow`."""


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One share of one part of the page views, with its interval.

    ``basis`` says what was counted, and so what ``rate`` is a share of, with ``n`` as its number:
    ``pair``: of page views that asked for their control, those that lost the bait (a floor);
    ``verdict``: by section, of settled verdicts on pages with ads, those that are blocked; by
    verdict, of all verdicts, those that are this one;
    ``notice``: of showings of a variant, those after which ads loaded.
    ``name`` is the day as ``2026-11-22`` (the dashboard has shorter steps too, as
    ``2026-11-22T14:00Z``), or the browser's, the section's name and so on; the
    total has none.
    """

    by: By
    name: str
    basis: Basis
    n: int
    rate: float
    low: float
    high: float

    @property
    def estimate(self) -> Estimate:
        """The row's share as the functions of `evenhand.estimate` take it."""
        return Estimate(self.rate, self.low, self.high, self.n)


def summary_of(
    store: Store, since: date, until: date, site: str | None = None, *, reporting: bool = True
) -> Summary:
    """The stored counts of the days ``since <= day < until``, of one site or of all.

    Raises `OptionError` for an empty time and `StoreError` where the store can't be read.
    """
    if since >= until:
        raise OptionError(
            "until", until.isoformat(), f"a day after {since}", "it is the first day left out"
        )
    start, end = _seconds(since), _seconds(until)
    return summarise(
        store.sums(start, end, site),
        since=start,
        until=end,
        step=DAY,
        site=site or "",
        annotations=store.annotations(start, end, site),
        reporting=reporting,
    )


def rows_of(summary: Summary, by: Sequence[By] = tuple(BASES)) -> list[HistoryRow]:
    """The summary's shares, in the order of ``by``; what was never counted has no row.

    Every interval is widened by the design effect of the whole window: the readers of one day or
    one browser come back as those of all do. Raises :class:`OptionError` for any other name.
    """
    for name in by:
        if name not in _ROWS:
            raise OptionError("by", name, ", ".join(_ROWS), "choose from these")
    return [row for name in by for row in _ROWS[name](summary)]


def change_in_a_week(days: Sequence[HistoryRow]) -> dict[str, Bounds]:
    """By day, the change since the same weekday a week before, where both were counted."""
    known = {row.name: row for row in days if "T" not in row.name}
    changes: dict[str, Bounds] = {}
    for name, row in known.items():
        before = known.get(day_name(_seconds(date.fromisoformat(name)) - 7 * DAY))
        if before is not None:
            changes[name] = difference(row.estimate, before.estimate)
    return changes


def day_name(start: int) -> str:
    """The day that starts at a Unix time, as ``2026-11-22``."""
    return datetime.fromtimestamp(start, UTC).date().isoformat()


def _moment(start: int) -> str:
    return datetime.fromtimestamp(start, UTC).strftime("%Y-%m-%dT%H:%MZ")


def _seconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def widened(estimate: Estimate, effect: float) -> Estimate:
    """A plain Wilson estimate with the design effect of its window."""
    if effect <= 1:
        return estimate
    return wilson(round(estimate.rate * estimate.n), estimate.n, design_effect=effect)


def _row(by: By, name: str, plain: Estimate, effect: float = 1.0) -> HistoryRow:
    found = widened(plain, effect)
    return HistoryRow(by, name, BASES[by], found.n, found.rate, found.low, found.high)


def _total(summary: Summary) -> Iterator[HistoryRow]:
    if summary.paired:
        yield _row("total", "", summary.paired)


def _days(summary: Summary) -> Iterator[HistoryRow]:
    for point in summary.trend:
        if point.estimate:
            name = day_name(point.start) if summary.step % DAY == 0 else _moment(point.start)
            yield _row("day", name, point.estimate, summary.design_effect)


def _shares(by: By, shares: Sequence[Share], summary: Summary) -> Iterator[HistoryRow]:
    for share in shares:
        yield _row(by, share.name, share.estimate, summary.design_effect)


def _verdicts(summary: Summary) -> Iterator[HistoryRow]:
    total = sum(verdict.n for verdict in summary.verdicts)
    for verdict in summary.verdicts:
        yield _row("verdict", verdict.name, wilson(verdict.n, total), summary.design_effect)


def _variants(summary: Summary) -> Iterator[HistoryRow]:
    for variant in summary.notices:
        events = {event.name: event.n for event in variant.events}
        shown, allowed = events.get("shown", 0), events.get("allowed", 0)
        if shown:
            yield _row(
                "variant", variant.name, wilson(min(allowed, shown), shown), summary.design_effect
            )


_ROWS: dict[By, Callable[[Summary], Iterator[HistoryRow]]] = {
    "total": _total,
    "day": _days,
    "browser": lambda summary: _shares("browser", summary.by_browser, summary),
    "device": lambda summary: _shares("device", summary.by_device, summary),
    "section": lambda summary: _shares("section", summary.by_section, summary),
    "verdict": _verdicts,
    "variant": _variants,
}
