"""From rollup rows to the numbers of one page: rates, coverage, tables and a trend."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from evenhand.annotation import Annotation
from evenhand.dashboard.changes import Change, change
from evenhand.dashboard.diagnosis import Diagnosis
from evenhand.dashboard.rollups import (
    BAITS,
    CONTROLS,
    DAY,
    HOUR,
    SIMULATED,
    Key,
    Row,
    Tally,
    is_pair,
    tally_rows,
    total,
)
from evenhand.estimate import (
    Bounds,
    Estimate,
    bounds,
    coverage,
    dispersion,
    paired_rate,
    wilson,
)
from evenhand.vocabulary import BLOCKED

UNSETTLED = frozenset({"unknown", "slow"})


@dataclass(frozen=True, slots=True)
class Count:
    """How often something was counted."""

    name: str
    n: int


@dataclass(frozen=True, slots=True)
class Share:
    """The rate within one browser, device or section."""

    name: str
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Revision:
    """Page views that changed their verdict after it was reported."""

    before: str
    after: str
    n: int


@dataclass(frozen=True, slots=True)
class Variant:
    """The events of one variant of the notice."""

    name: str
    events: tuple[Count, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """One step of the trend; a falsy estimate is a gap."""

    start: int
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything that the dashboard of one site and period says."""

    site: str  # "" is every site but the simulated one
    sites: tuple[str, ...]
    since: int
    until: int
    step: int  # seconds between two points of the trend
    paired: Estimate
    design_effect: float
    reported: Estimate
    certain: Estimate
    coverage: float | None
    possible: Bounds | None
    withheld: Estimate
    bots: int
    by_browser: tuple[Share, ...]
    by_device: tuple[Share, ...]
    by_client: tuple[Share, ...]  # "firefox on desktop"
    by_section: tuple[Share, ...]
    verdicts: tuple[Count, ...]
    revised: tuple[Revision, ...]
    diagnosis: Diagnosis
    change: Change | None  # what holds to the end of the period, and was otherwise before
    notices: tuple[Variant, ...]
    pages: tuple[Count, ...]
    trend: tuple[Point, ...]
    dropped: tuple[Count, ...]
    simulated: int
    annotations: tuple[Annotation, ...] = ()  # by time

    @property
    def is_empty(self) -> bool:
        """Nothing at all was counted in this period."""
        return not (self.paired or self.verdicts or self.pages or self.notices)


PERIODS: Mapping[str, tuple[int, int]] = {
    "24h": (DAY, HOUR),
    "7d": (7 * DAY, 6 * HOUR),
    "30d": (30 * DAY, DAY),
    "12m": (52 * 7 * DAY, 7 * DAY),
}
"""The periods one can choose: their length and the step of their trend, in seconds."""

DEFAULT_PERIOD = "7d"


def window(period: str, now: float) -> tuple[int, int]:
    """``(since, until)`` of a period that ends with the step (UTC) that ``now`` lies in."""
    length, step = PERIODS.get(period, PERIODS[DEFAULT_PERIOD])
    until = (int(now) // step + 1) * step
    return until - length, until


def summarise(
    rows: Iterable[Row],
    *,
    since: int,
    until: int,
    site: str = "",
    sites: Sequence[str] = (),
    dropped: Mapping[str, int] | None = None,
    annotations: Sequence[Annotation] = (),
    reporting: bool = True,
    step: int | None = None,
) -> Summary:
    """Sum up the rows of ``site`` with ``since <= hour < until``; other rows are ignored.

    ``sites`` are the names to offer beside those seen in the rows. ``dropped`` are refused
    reports by reason; ``annotations`` are those of the period. ``reporting=False`` (mode ``count``
    or ``local``, or waiting for consent) leaves coverage out: without it, a low one would look
    like a fault. Rows may be summed beforehand over anything but ``browser``, down to the trend's
    ``step`` in seconds; left out, it fits the period.
    """
    step = step or next((step for length, step in PERIODS.values() if until - since <= length), DAY)
    tally, steps, seen = tally_rows(rows, since, until, site, step)
    pairs = [(each.baits, each.controls) for each in steps]
    effect = dispersion([(controls - baits, controls) for baits, controls in pairs])
    paired = _paired(tally, effect)
    settled, covered = _reported(tally), _coverage(tally) if reporting else None
    return Summary(
        site=site,
        sites=tuple(sorted({*sites, *seen})),
        since=since,
        until=until,
        step=step,
        paired=paired,
        design_effect=effect,
        reported=settled,
        certain=_reported(tally, frozenset({"blocked"})),
        coverage=covered,
        possible=bounds(settled.rate, covered) if settled and covered is not None else None,
        withheld=wilson(*_withheld(tally)),
        bots=total(tally, lambda key: key.browser == "bot" and key.value in CONTROLS),
        by_browser=_shares(tally, "pair", lambda key: key.browser),
        by_device=_shares(tally, "pair", lambda key: key.device),
        by_client=_shares(
            tally, "pair", lambda key: f"{key.browser} on {key.device}" if key.browser else ""
        ),
        by_section=_shares(tally, "verdict", lambda key: key.section),
        verdicts=_counts(tally, "verdict"),
        revised=_revisions(tally),
        diagnosis=_diagnosis(tally),
        change=change(steps, reporting=reporting),
        notices=_variants(tally),
        pages=_counts(tally, "page"),
        trend=tuple(
            Point(each.start, paired_rate(*pair)) for each, pair in zip(steps, pairs, strict=True)
        ),
        dropped=_largest_first(dropped or {}),
        annotations=tuple(annotations),
        simulated=paired.n
        if site == SIMULATED
        else total(
            tally, lambda key: key.section == SIMULATED and is_pair(key) and key.value in CONTROLS
        ),
    )


def _paired(tally: Tally, design_effect: float = 1.0) -> Estimate:
    baits = total(tally, lambda key: is_pair(key) and key.value in BAITS)
    controls = total(tally, lambda key: is_pair(key) and key.value in CONTROLS)
    return paired_rate(baits, controls, design_effect=design_effect)


def _reported(tally: Tally, blocked: frozenset[str] = BLOCKED) -> Estimate:
    """Blocked among settled verdicts of pages that have ads."""
    left_out = UNSETTLED | {"not_applicable"}
    settled = total(tally, lambda key: _is_verdict(key) and key.value not in left_out)
    return wilson(total(tally, lambda key: _is_verdict(key) and key.value in blocked), settled)


def _is_verdict(key: Key) -> bool:
    return key.kind == "verdict" and key.browser != "bot"


def _coverage(tally: Tally) -> float | None:
    settled = total(tally, lambda key: _is_verdict(key) and key.value not in UNSETTLED)
    return coverage(settled, total(tally, lambda key: is_pair(key) and key.value == "control"))


def _withheld(tally: Tally) -> tuple[int, int]:
    withheld = total(tally, lambda key: is_pair(key) and key.value == "withheld")
    return withheld, total(tally, lambda key: is_pair(key) and key.value in CONTROLS)


def _shares(tally: Tally, kind: str, name_of: Callable[[Key], str]) -> tuple[Share, ...]:
    groups: dict[str, Tally] = {}
    for key, n in tally.items():
        if key.kind == kind and key.browser != "bot":
            groups.setdefault(name_of(key), Counter())[key] = n
    rate = _paired if kind == "pair" else _reported
    shares = [Share(name, rate(group)) for name, group in groups.items() if name]
    return tuple(
        sorted(filter(lambda share: share.estimate, shares), key=lambda s: (-s.estimate.n, s.name))
    )


def _largest_first(counts: Mapping[str, int]) -> tuple[Count, ...]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Count(name, n) for name, n in ordered if n)


def _counts(tally: Tally, kind: str) -> tuple[Count, ...]:
    counts: Counter[str] = Counter()
    for key, n in tally.items():
        if key.kind == kind and key.browser != "bot":
            counts[key.value] += n
    return _largest_first(counts)


def _revisions(tally: Tally) -> tuple[Revision, ...]:
    counts: Counter[tuple[str, str]] = Counter()
    for key, n in tally.items():
        if key.kind == "revised":
            counts[key.value, key.detail] += n
    return tuple(Revision(*change, n) for change, n in counts.most_common())


def _variants(tally: Tally) -> tuple[Variant, ...]:
    names = sorted({key.variant for key in tally if key.kind == "notice"})
    return tuple(
        Variant(
            name, _counts(Counter({k: n for k, n in tally.items() if k.variant == name}), "notice")
        )
        for name in names
    )


def _diagnosis(tally: Tally) -> Diagnosis:
    cells: Counter[str] = Counter()
    for key, n in tally.items():
        if key.kind == "bait_ad":
            unclear = "unknown" in (key.value, key.detail)
            cells["unclear" if unclear else f"{key.value}_{key.detail}"] += n
    return Diagnosis(**{cell: cells[cell] for cell in Diagnosis.__slots__})
