"""What was before the drill: three weeks for Prometheus, backfilled with promtool, and a day for
the dashboard.

Prometheus gets what rules recorded, not counters: seasons are read from it. The week in the middle
was odd, which must not matter.
"""

import random
from collections.abc import Iterable, Iterator
from pathlib import Path

from operations.thresholds import Times
from tests.drill.clock import HOUR
from tests.drill.readers import SHARES, USUAL
from tests.prometheus import promtool

from evenhand.keys import Key
from evenhand.store import Batch, Row, open_store

STEP = 2.0  # seconds
WEEK = 604_800
ODD = 0.5  # what everything was in the odd week


def backfill(folder: Path, jobs: Iterable[str], times: Times, now: float) -> int:
    """Write the history as blocks of Prometheus' own; gives how many samples it has."""
    lines = list(_lines(list(jobs), times, now))
    text = folder / "history.txt"
    text.write_text("\n".join([*lines, "# EOF"]) + "\n")
    promtool("tsdb", "create-blocks-from", "openmetrics", text, folder / "data")
    text.unlink()
    return sum(not line.startswith("#") for line in lines)


def fill(url: str, before: int, views: int) -> None:
    """A usual day before a full hour in the history at ``url``, with so many views an hour."""
    store = open_store(url, None)
    rows = [
        Row(before - back * HOUR, *key, round(n))
        for back in range(1, 25)
        for key, n in _usual(views)
    ]
    store.apply(Batch("before the drill", "0", 1, rows))
    store.close()


def _usual(views: int) -> Iterator[tuple[Key, float]]:
    yield Key("gazette", "", "", "", "page", "inserted"), views
    for browser, share in SHARES.items():
        where, n = ("gazette", "", browser, "desktop"), views * share
        blocked = n * USUAL[browser]
        yield Key(*where, "pair", "control"), n
        yield Key(*where, "pair", "bait"), n - blocked
        yield Key(*where, "bait_ad", "ok", "loaded"), n - blocked
        yield Key(*where, "bait_ad", "blocked", "failed"), blocked


def _lines(jobs: list[str], times: Times, now: float) -> Iterator[str]:
    rate = "job_site_browser:evenhand_paired_rate:ratio30m"
    whole = sum(SHARES[browser] * USUAL[browser] for browser in SHARES)
    usual = {
        "job_site:evenhand_paired_rate:ratio30m": whole,
        "job_site:evenhand_coverage:ratio10m": 0.99,
        "job_site:evenhand_ads_failing:ratio10m": 0.01,
        "job_site:evenhand_baits_stale:ratio30m": 0.01,
    }
    labels = {job: f'job="{job}",site="gazette"' for job in jobs}
    yield f"# TYPE {rate} gauge"
    for job in jobs:
        for browser, value in USUAL.items():
            yield from _week_by_week(
                f'{rate}{{{labels[job]},browser="{browser}"}}', value, times, now
            )
    for name, value in usual.items():
        yield f"# TYPE {name} gauge"
        for job in jobs:
            yield from _week_by_week(f"{name}{{{labels[job]}}}", value, times, now)


def _week_by_week(series: str, usual: float, times: Times, now: float) -> Iterator[str]:
    week = WEEK * times.scale
    chance = random.Random(series)
    at, end = now - 3.02 * week, now - 10
    while at < end:
        odd = 1.5 * week < now - at <= 2.5 * week
        value = ODD if odd else min(1.0, max(0.0, usual + chance.gauss(0, 0.01)))
        yield f"{series} {value:.4f} {at:.3f}"
        at += STEP
