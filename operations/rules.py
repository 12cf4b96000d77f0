"""The recording rules: rates, coverage and the 2 x 2, with their seasons.

Each sums rates, never counters, so that restarted hosts add up. `job` stays a label: one
Prometheus may see several publishers, or staging beside production.
"""

from dataclasses import dataclass

from operations.thresholds import Thresholds, Times

SITE = "job, site"
BROWSER = "job, site, browser"
LOST = 'reason=~"queue_full|restored"'
"""Counts that had been accepted. What is refused at the door, any stranger can cause."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One recording rule."""

    record: str
    expr: str


def recording_rules(times: Times, limits: Thresholds) -> list[Rule]:
    """All of them, each after those that it reads."""
    return [
        *_pair(times),
        *_verdicts(times),
        *_coverage(times),
        *_two_by_two(times),
        _browsers_without_ads(times, limits),
        *(_lost(seconds, name, times) for name, seconds in BURN_WINDOWS.items()),
    ]


BURN_WINDOWS = {"5m": 300, "30m": 1800, "1h": 3600, "6h": 21_600}


def _increase(by: str, series: str, window: str) -> str:
    return f"sum by ({by}) (increase({series}[{window}]))"


def _season(name: str, by: str, times: Times) -> Rule:
    """What is usual at this hour of the week: the median of up to three weeks.

    The median, so that one odd week (a holiday, an outage) doesn't count. In the first week it
    is the median of the last day, less the last hour, which may be what is to be noticed.
    """
    weeks = "\n  or ".join(
        f'label_replace({name} offset {times.duration(604_800 * n)}, "week", "{n}", "", "")'
        for n in (1, 2, 3)
    )
    day, hour = times.duration(86_400), times.duration(3600)
    expr = (
        f"quantile by ({by}) (0.5,\n  {weeks}\n)\n"
        f"or quantile_over_time(0.5, {name}[{day}] offset {hour})"
    )
    return Rule(f"{name.rpartition(':')[0]}:seasonal", expr)


def _pair(times: Times) -> list[Rule]:
    people = 'browser!="bot"'
    controls = f'evenhand_pair_hits_total{{kind=~"control|withheld",{people}}}'
    baits = f'evenhand_pair_hits_total{{kind=~"bait|withheld_bait",{people}}}'
    rate = "job_site_browser:evenhand_paired_rate:ratio30m"
    return [
        Rule(
            "job_site_browser:evenhand_controls:increase30m",
            _increase(BROWSER, controls, times.window),
        ),
        # Where no bait ever arrived there is no such series: then none of the controls had one.
        Rule(
            "job_site_browser:evenhand_baits:increase30m",
            f"{_increase(BROWSER, baits, times.window)}\n"
            "or 0 * job_site_browser:evenhand_controls:increase30m",
        ),
        Rule(
            rate,
            "clamp_min(1 - job_site_browser:evenhand_baits:increase30m\n"
            "  / (job_site_browser:evenhand_controls:increase30m > 0), 0)",
        ),
        Rule(
            "job_site:evenhand_paired_rate:ratio30m",
            f"clamp_min(1 - sum by ({SITE}) (job_site_browser:evenhand_baits:increase30m)\n"
            f"  / (sum by ({SITE}) (job_site_browser:evenhand_controls:increase30m) > 0), 0)",
        ),
        _season(rate, BROWSER, times),
        _season("job_site:evenhand_paired_rate:ratio30m", SITE, times),
    ]


def _verdicts(times: Times) -> list[Rule]:
    judged = 'evenhand_verdicts_total{verdict!~"unknown|slow|not_applicable",browser!="bot"}'
    blocked = 'evenhand_verdicts_total{verdict=~"blocked|blocked_probable",browser!="bot"}'
    whole = f"({_increase(BROWSER, judged, times.window)} > 0)"
    part = f"({_increase(BROWSER, blocked, times.window)} or 0 * {whole})"
    return [Rule("job_site_browser:evenhand_block_rate:ratio30m", f"{part}\n/ {whole}")]


def _coverage(times: Times) -> list[Rule]:
    """Settled verdicts by control hits of readers who could report, where all should."""
    settled = 'evenhand_verdicts_total{verdict!~"unknown|slow",browser!="bot"}'
    control = 'evenhand_pair_hits_total{kind="control",browser!="bot"}'
    reporting = "and on (job) (min by (job) (evenhand_reporting) == 1)"
    name, reporters = "job_site:evenhand_coverage:ratio10m", _increase(SITE, control, times.soon)
    whole = f"({reporters} > 0)"
    part = f"({_increase(SITE, settled, times.soon)} or 0 * {whole})"
    return [
        Rule(name, f"clamp_max({part}\n/ {whole}, 1)\n{reporting}"),
        Rule("job_site:evenhand_reporters:increase10m", reporters),
        _season(name, SITE, times),
    ]


def _two_by_two(times: Times) -> list[Rule]:
    """Of page views whose bait came: how many ads failed. Of those that lost it: how many loaded.

    The first points at the ad server, the second at the bait; a blocker moves neither.
    """
    rules: list[Rule] = []
    for name, suffix, window, bait, ad in (
        ("evenhand_ads_failing", "10m", times.soon, "ok", "failed"),
        ("evenhand_baits_stale", "30m", times.window, "blocked", "loaded"),
    ):
        views = f"job_site:{name}_views:increase{suffix}"
        ratio, season = f"job_site:{name}:ratio{suffix}", f"job_site:{name}:seasonal"
        both = f'evenhand_bait_ad_total{{bait="{bait}",ad=~"loaded|failed"}}'
        one = f'evenhand_bait_ad_total{{bait="{bait}",ad="{ad}"}}'
        rules += [
            Rule(views, _increase(SITE, both, window)),
            Rule(ratio, f"{_increase(SITE, one, window)}\n/ ({views} > 0)"),
            _season(ratio, SITE, times),
            Rule(f"job_site:{name}:excess{suffix}", f"{ratio} - ({season} or 0 * {ratio})"),
        ]
    return rules


def _browsers_without_ads(times: Times, limits: Thresholds) -> Rule:
    """The share of browsers in which many page views that kept the bait have no ad."""
    due = 'evenhand_verdicts_total{verdict!~"blocked|not_applicable|no_consent",browser!="bot"}'
    loaded = 'evenhand_verdicts_total{verdict="loaded",browser!="bot"}'
    views = f"({_increase(BROWSER, due, times.soon)} >= {limits.browser_views})"
    share = f"({_increase(BROWSER, loaded, times.soon)} or 0 * {views}) / {views}"
    few = f"count by ({SITE}) (1 - {share} > {limits.ads_failing_rise:g})"
    return Rule(
        "job_site:evenhand_browsers_without_ads:ratio10m",
        f"({few} or 0 * count by ({SITE}) {views})\n/ count by ({SITE}) {views}",
    )


def _lost(seconds: int, name: str, times: Times) -> Rule:
    window = times.duration(seconds)
    lost = f"sum by (job) (rate(evenhand_reports_dropped_total{{{LOST}}}[{window}]))"
    refused = f"sum by (job) (rate(evenhand_reports_dropped_total{{{_not(LOST)}}}[{window}]))"
    received = f"sum by (job) (rate(evenhand_reports_received_total[{window}]))"
    return Rule(
        f"job:evenhand_reports_lost:ratio_rate{name}", f"{lost}\n/ ({received} - {refused} > 0)"
    )


def _not(matcher: str) -> str:
    return matcher.replace("=~", "!~")
