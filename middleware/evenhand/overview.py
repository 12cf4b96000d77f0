"""What ``evenhand report`` says, before anything is printed; and its JSON and CSV.

Pure: from stored counts that were read to figures. Shares are fractions from 0 to 1.
"""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, fields
from io import StringIO
from typing import Any, cast

from evenhand.annotation import Annotation
from evenhand.dashboard.phrases import change, finding
from evenhand.dashboard.summary import Summary
from evenhand.estimate import Amount, Bounds, Estimate, at_stake, corrected, worst_case
from evenhand.experiments.findings import Findings
from evenhand.history import HistoryRow, change_in_a_week, day_name, rows_of, widened
from evenhand.vocabulary import SIMULATED

MEANING = (
    "The rate counts page views, not people: the share that asked for a bait's neutral twin but"
    " lost the bait. It is a floor, because blockers that leave the bait alone and readers who"
    " leave before the twin lower it. It does not say why a reader blocks, nor what asking would"
    " bring. Intervals hold 95 % and are widened for readers who return."
)
"""What the figures mean and what they don't, in a paragraph."""

STAKE_MEANING = (
    "An estimate: the blocked page views at your own revenue, as if each had shown all its ads. Not"
    " what asking would bring."
)


@dataclass(frozen=True, slots=True)
class Prices:
    """What the publisher says: revenue of 1,000 ads shown, and ads on a page."""

    rpm: float
    ads_per_page: float


@dataclass(frozen=True, slots=True)
class Overview:
    """The figures of one site, or of all (``site`` is ``""``), over some days of UTC."""

    site: str
    since: str  # the first day
    until: str  # the first day left out
    rate: Estimate
    design_effect: float
    corrected: Estimate | None  # only with a sensitivity that somebody stated
    sensitivity: float | None
    reported: Estimate
    coverage: float | None
    worst_case: Bounds | None  # of the reported rate, whatever the missing reports were
    bots: int
    simulated: int  # page views that nobody made
    dropped: Mapping[str, int]  # refused reports by reason, of this host since its counts began
    stake: Amount | None
    rows: tuple[HistoryRow, ...]
    experiment: Findings | None  # of all time
    changes: Mapping[str, Bounds]  # by day, since the same weekday a week before
    annotations: tuple[Annotation, ...] = ()  # by time
    diagnosis: str = ""  # what changed, and what bait and ad say together


def overview(
    summary: Summary,
    *,
    prices: Prices | None = None,
    sensitivity: float | None = None,
    sample_rate: float = 1.0,
    dropped: Mapping[str, int] | None = None,
    experiment: Findings | None = None,
) -> Overview:
    """The figures of a summary.

    ``sample_rate`` turns measured page views into all of them, for what is at stake.
    """
    rows = rows_of(summary)
    rate, covered = summary.paired, summary.coverage
    reported = widened(summary.reported, summary.design_effect)
    worst = worst_case(reported, covered) if reported and covered is not None else None
    stake = None
    if prices and rate:
        stake = at_stake(rate, rate.n / sample_rate, prices.rpm, prices.ads_per_page)
    return Overview(
        site=summary.site,
        since=day_name(summary.since),
        until=day_name(summary.until),
        rate=rate,
        design_effect=summary.design_effect,
        corrected=corrected(rate, sensitivity) if sensitivity is not None else None,
        sensitivity=sensitivity,
        reported=reported,
        coverage=covered,
        worst_case=worst,
        bots=summary.bots,
        simulated=rate.n if summary.site == SIMULATED else 0,
        dropped=dropped or {},
        stake=stake,
        rows=tuple(rows),
        experiment=experiment,
        changes=change_in_a_week([row for row in rows if row.by == "day"]),
        annotations=summary.annotations,
        diagnosis=f"{change(summary)} {finding(summary)}".strip(),
    )


def as_json(found: Overview) -> str:
    """The overview as one JSON object; bounds are ``{"low", "high"}``, missing figures null.

    Numbers are rounded to six places.
    """
    told = {
        "site": found.site or None,
        "since": found.since,
        "until": found.until,
        "rate": _shown(found.rate),
        "design_effect": found.design_effect,
        "corrected": _shown(found.corrected),
        "sensitivity": found.sensitivity,
        "reported": _shown(found.reported),
        "coverage": found.coverage,
        "worst_case": found.worst_case and found.worst_case._asdict(),
        "bots": found.bots,
        "simulated": found.simulated,
        "dropped": dict(found.dropped),
        "revenue_at_stake_estimate": found.stake and found.stake._asdict(),
        "rows": [asdict(row) for row in found.rows],
        "change_in_a_week": {day: each._asdict() for day, each in found.changes.items()},
        "experiment": found.experiment and asdict(found.experiment),
        "diagnosis": found.diagnosis,
        "annotations": [{**each._asdict(), "at": each.moment} for each in found.annotations],
        "meaning": MEANING,
    }
    return json.dumps(_rounded(told), indent=2, ensure_ascii=False) + "\n"


def as_csv(found: Overview) -> str:
    """The overview's rows as CSV, with a line of names first; annotations have names only."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(field.name for field in fields(HistoryRow))
    writer.writerows(_rounded(astuple(row)) for row in found.rows)
    if found.experiment:
        writer.writerows(map(_rounded, _experiment_lines(found.experiment)))
    nothing = [""] * (len(fields(HistoryRow)) - 2)
    for each in found.annotations:
        # A name that begins with a year is no formula to a spreadsheet.
        writer.writerow(["annotation", annotated(each), *nothing])
    return text.getvalue()


def annotated(annotation: Annotation) -> str:
    """The annotation on one line, its moment first."""
    where = f"{annotation.kind}, {annotation.site}" if annotation.site else annotation.kind
    return f"{annotation.moment} {annotation.text} ({where})"


def _experiment_lines(found: Findings) -> Iterator[tuple[str | float, ...]]:
    """In the columns of `HistoryRow`: shares of sessions by ``arm``, then each ``difference``."""
    for row in found.arms:
        for event, share in row.outcomes.items():
            name, ends = f"{row.arm}: {event}", (share.rate, share.low, share.high)
            yield "arm", name, "session", row.sessions, *ends
    for each in found.comparisons:
        name = f"{each.arm} - {each.against}: {each.outcome}: {each.finding}"
        yield "difference", name, "session", found.sessions, each.difference, each.low, each.high


def _shown(estimate: Estimate | None) -> dict[str, float] | None:
    return asdict(estimate) if estimate else None


def _rounded(value: Any) -> Any:
    """The value with every fraction in it rounded: further places are noise."""
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in cast(dict[str, Any], value).items()}
    if isinstance(value, list | tuple):
        return [_rounded(each) for each in cast(Sequence[Any], value)]
    return value
