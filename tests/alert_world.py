"""A publisher's week in numbers: what its metrics would be, minute by minute, for promtool."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

JOB, INSTANCE, SITE = "gazette", "app:8000", "gazette"
VIEWS: Mapping[str, float] = {"chrome": 60.0, "firefox": 30.0, "safari": 20.0, "edge": 15.0}
USUAL: Mapping[str, float] = {"chrome": 0.2, "firefox": 0.3, "safari": 0.1, "edge": 0.2}
ACCEPTED_PER_VIEW = 3.0  # a bait, a control, a report


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """What a minute is like; page views per minute, shares from 0 to 1."""

    views: float = 1.0  # busy as ever
    blocks: Mapping[str, float] = field(default_factory=dict[str, float])  # by browser
    ads_fail: float = 0.0  # of page views without a blocker
    one_browser_fails: str = ""  # the only browser in which they do
    baits_eaten: float = 0.0  # by something that is no blocker
    allowed_ads: float = 0.0  # of page views with a blocker: it lets some ads through
    guard_open: bool = True
    reports: float = 1.0  # of those that should arrive
    pages_seen: float = 1.0  # by the app: a cache answers the others
    lost: float = 0.0  # accepted reports given up
    refused: float = 0.0  # hostile reports, refused at the door
    limited: float = 0.0  # beyond an address's budget
    crowded: bool = False
    series_dropped: float = 0.0
    pending: float = 0.0
    flushed: bool = True
    worker: float = 0.0  # when the one that answers began; 0: they share
    reporting: bool = True
    scraped: bool = True


USUALLY = Minute()
SECOND = "app:8001"
Week = Callable[[int], Minute]
"""From a minute since the beginning to what it is like."""


def always(_: int) -> Minute:
    return USUALLY


def since(start: int, then: Minute, until: int = 10**9) -> Week:
    """As usual, but for one stretch of time."""
    return lambda minute: then if start <= minute < until else USUALLY


def input_series(week: Week, minutes: int, step: int) -> list[dict[str, str]]:
    """promtool's ``input_series``, with a sample every ``step`` minutes."""
    counters: dict[str, float] = {}
    found: dict[str, list[str]] = {}
    flushed = 0.0
    for minute in range(0, minutes + step, step):
        now = week(minute)
        for series, n in _counted(now).items():
            counters[series] = counters.get(series, 0.0) + n * step
        if now.flushed:
            flushed = minute * 60.0
        values = {**counters, **_gauges(now, flushed)}
        for series, value in values.items():
            samples = found.setdefault(series, ["_"] * (minute // step))
            samples.append(f"{value:g}" if abs(value) < 1e5 else f"{value:.0f}")
        for samples in found.values():
            if not now.scraped:
                samples[minute // step :] = ["stale"]
            elif len(samples) <= minute // step:
                samples.append("_")
    return [{"series": series, "values": " ".join(values)} for series, values in found.items()]


def _series(family: str, **labels: str) -> str:
    all_labels = {"job": JOB, "instance": INSTANCE, **labels}
    inside = ",".join(f'{name}="{value}"' for name, value in all_labels.items())
    return f"{family}{{{inside}}}"


def _gauges(now: Minute, flushed: float) -> dict[str, float]:
    found = {
        _series("evenhand_guard_open", site=SITE): float(now.guard_open),
        _series("evenhand_site_crowded", site=SITE): float(now.crowded),
        _series("evenhand_reports_pending"): now.pending,
        _series("evenhand_last_flush_timestamp_seconds"): flushed,
        _series("evenhand_reporting"): float(now.reporting),
    }
    if now.worker:
        found[_series("evenhand_worker_start_time_seconds")] = now.worker
    return found


def _counted(now: Minute) -> dict[str, float]:
    """What one minute adds to each counter."""
    added: dict[str, float] = {}

    def add(family: str, n: float, **labels: str) -> None:
        series = _series(family, **labels)
        added[series] = added.get(series, 0.0) + n

    for browser, usual in VIEWS.items():
        views = usual * now.views
        where = {"site": SITE, "browser": browser, "device": "desktop"}
        blocked = views * now.blocks.get(browser, USUAL[browser])
        clear = views - blocked
        fails = now.ads_fail if now.one_browser_fails in ("", browser) else 0.0
        add("evenhand_pages_total", views * now.pages_seen, site=SITE, result="inserted")
        add("evenhand_pair_hits_total", views, kind="control", **where)
        add("evenhand_pair_hits_total", clear * (1 - now.baits_eaten), kind="bait", **where)
        told = now.reports * now.reporting
        block = "blocked" if now.guard_open else "unknown"
        add("evenhand_verdicts_total", told * blocked, verdict=block, **where)
        add("evenhand_verdicts_total", told * clear * (1 - fails), verdict="loaded", **where)
        # While they fail for nearly all, that they do is no sign of a blocker.
        add("evenhand_verdicts_total", told * clear * fails, verdict="unknown", **where)
        lost = "blocked" if now.guard_open else "unknown"
        for bait, ad, n in (
            (lost, "failed", blocked * (1 - now.allowed_ads)),
            (lost, "loaded", blocked * now.allowed_ads),
            (lost, "loaded", clear * now.baits_eaten * (1 - fails)),
            ("ok", "loaded", clear * (1 - now.baits_eaten) * (1 - fails)),
            ("ok", "failed", clear * (1 - now.baits_eaten) * fails),
        ):
            add("evenhand_bait_ad_total", told * n, site=SITE, bait=bait, ad=ad)
        add("evenhand_reports_received_total", ACCEPTED_PER_VIEW * views)
    add("evenhand_reports_received_total", now.refused + now.limited)
    add("evenhand_reports_dropped_total", now.limited, reason="limited")
    add("evenhand_reports_dropped_total", now.refused, reason="malformed")
    add("evenhand_reports_dropped_total", now.lost, reason="queue_full")
    add("evenhand_series_dropped_total", now.series_dropped)
    return added


def second_host(series: list[dict[str, str]], restart: int) -> list[dict[str, str]]:
    """The same series from another host, whose counters began anew at some sample."""

    def anew(values: str) -> str:
        samples = values.split()
        begun = float(samples[restart])
        later = [f"{float(sample) - begun:g}" for sample in samples[restart:]]
        return " ".join(samples[:restart] + later)

    return [
        {
            "series": one["series"].replace(INSTANCE, SECOND),
            "values": anew(one["values"]) if "_total{" in one["series"] else one["values"],
        }
        for one in series
    ]
