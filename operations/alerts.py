"""The alerts: each with a severity, a sentence, and links to its dashboard and its runbook."""

from dataclasses import dataclass
from typing import Literal

from operations.rules import SITE
from operations.thresholds import Thresholds, Times

Severity = Literal["critical", "warning"]

GRAFANA = "https://grafana.example"
RUNBOOK = "https://runbook.example/runbook.md"
"""What ``evenhand export prometheus`` replaces with the operator's own addresses."""

PUBLISHER, OPERATIONS = "evenhand-publisher", "evenhand-operations"
"""The dashboards' uids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert; ``per`` is the label that its subject is named by."""

    name: str
    severity: Severity
    expr: str
    hold: str
    summary: str
    description: str
    dashboard: str
    per: Literal["site", "instance", "job"] = "site"

    @property
    def anchor(self) -> str:
        """Its heading in the runbook, as links spell it."""
        return self.name.lower()

    @property
    def annotations(self) -> dict[str, str]:
        site = "&var-site={{ $labels.site | urlquery }}" if self.per == "site" else ""
        job = "?var-job={{ $labels.job | urlquery }}"
        return {
            "summary": self.summary,
            "description": self.description,
            "dashboard_url": f"{GRAFANA}/d/{self.dashboard}{job}{site}",
            "runbook_url": f"{RUNBOOK}#{self.anchor}",
        }


def alerts(times: Times, limits: Thresholds) -> list[Alert]:
    """All of them. In each kind of trouble exactly one fires: the others know it as a cause."""
    return [
        _wave(times, limits),
        _outage(times, limits),
        _stale(times, limits),
        _coverage(times, limits),
        _losses(times, limits),
        _stalled(times, limits),
        _cap(times),
        _flood(times, limits),
        _workers(times, limits),
    ]


def _wave(times: Times, limits: Thresholds) -> Alert:
    now = "job_site_browser:evenhand_paired_rate:ratio30m"
    usual = "job_site_browser:evenhand_paired_rate:seasonal"
    views = "job_site_browser:evenhand_controls:increase30m"
    error = f"sqrt(clamp_min({usual}, 0.01) * (1 - {usual}) / {views})"
    return Alert(
        name="EvenhandBlockerWave",
        severity="warning",
        hold=times.duration(900),
        expr=f"""\
(
  {now} - {usual} > {limits.wave_rise:g}
  and {now} - {usual} > {limits.wave_errors:g} * {error}
  and {views} >= {limits.wave_views}
)
unless on ({SITE}) {_guard_closed_lately(times)}
unless on ({SITE}) {_stale_cells(limits)}""",
        summary="More readers of {{ $labels.site }} block ads in {{ $labels.browser }}",
        description=(
            "The paired rate in {{ $labels.browser }} is {{ $value | humanizePercentage }} (of all "
            "page views) above what is usual at this hour of the week, and baits work."
        ),
        dashboard=PUBLISHER,
    )


def _outage(times: Times, limits: Thresholds) -> Alert:
    return Alert(
        name="EvenhandAdServerOutage",
        severity="critical",
        hold=times.duration(300),
        expr=f"""\
job_site:evenhand_ads_failing:excess10m > {limits.ads_failing_rise:g}
and job_site:evenhand_ads_failing_views:increase10m >= {limits.ads_views}
and job_site:evenhand_browsers_without_ads:ratio10m >= {limits.ads_browsers:g}""",
        summary="Ads of {{ $labels.site }} fail for readers without a blocker",
        description=(
            "Ads fail on more of the page views whose bait arrived than is usual, by "
            "{{ $value | humanizePercentage }} of these page views, in nearly all browsers at "
            "once: this is the ad server, or the way to it, and no blocker."
        ),
        dashboard=OPERATIONS,
    )


def _stale(times: Times, limits: Thresholds) -> Alert:
    return Alert(
        name="EvenhandBaitsStale",
        severity="warning",
        hold=times.duration(600),
        expr=f"""\
{_stale_cells(limits)}
or (
  min by ({SITE}) (last_over_time(evenhand_guard_open[{times.gap}])) == 0
  and sum by ({SITE}) (job_site_browser:evenhand_controls:increase30m) >= {limits.guard_views}
)""",
        summary="Baits of {{ $labels.site }} no longer tell who blocks ads",
        description=(
            "Either baits are lost where ads load, or hardly any bait arrives and the guard has "
            "closed: something other than a blocker eats them. Blocks are not to be trusted; "
            "while the guard is closed none is counted and nobody is asked."
        ),
        dashboard=OPERATIONS,
    )


def _coverage(times: Times, limits: Thresholds) -> Alert:
    now, usual = "job_site:evenhand_coverage:ratio10m", "job_site:evenhand_coverage:seasonal"
    failing = f"max_over_time(job_site:evenhand_ads_failing:excess10m[{times.window}])"
    return Alert(
        name="EvenhandCoverageLoss",
        severity="warning",
        hold=times.duration(600),
        expr=f"""\
(
  ({now} < {limits.coverage_left:g} * {usual} or ({now} < {limits.coverage_least:g} unless {usual}))
  and job_site:evenhand_reporters:increase10m >= {limits.coverage_views}
)
unless on ({SITE}) {_guard_closed_lately(times)}
unless on ({SITE}) ({failing} > {limits.ads_failing_rise:g})""",
        summary="Reports of {{ $labels.site }} do not arrive",
        description=(
            "Only {{ $value | humanizePercentage }} of the page views that asked for their control "
            "sent a verdict that settled, and neither failing ads nor a closed guard explain it: "
            "the way of the reports is blocked, or the script fails."
        ),
        dashboard=OPERATIONS,
    )


def _losses(times: Times, limits: Thresholds) -> Alert:
    def burns(short: str, long: str, factor: float) -> str:
        limit = f"{factor:g} * {limits.loss_budget:g}"
        return (
            f"(job:evenhand_reports_lost:ratio_rate{short} > {limit}\n"
            f"  and job:evenhand_reports_lost:ratio_rate{long} > {limit})"
        )

    return Alert(
        name="EvenhandLossBudgetBurn",
        severity="critical",
        hold=times.duration(120),
        expr=f"{burns('5m', '1h', limits.burn_fast)}\nor {burns('30m', '6h', limits.burn_slow)}",
        summary="Accepted reports of {{ $labels.job }} are being lost",
        description=(
            "{{ $value | humanizePercentage }} of the accepted reports were given up before a "
            f"store had them; {limits.loss_budget:.1%} over 30 days is the budget."
        ),
        dashboard=OPERATIONS,
        per="job",
    )


def _stalled(times: Times, limits: Thresholds) -> Alert:
    gap, host = times.gap, "max by (job, instance)"
    after = limits.stalled_after * times.scale
    return Alert(
        name="EvenhandStoreStalled",
        severity="critical",
        hold=times.duration(300),
        expr=f"""\
time() - {host} (last_over_time(evenhand_last_flush_timestamp_seconds[{gap}])) > {after:g}
and {host} (last_over_time(evenhand_reports_pending[{gap}])) > 0""",
        summary="The store takes no counts of {{ $labels.instance }}",
        description=(
            "The store last confirmed everything {{ $value | humanizeDuration }} ago. Counts wait "
            "on the host's disk; nothing is lost until the queue is full."
        ),
        dashboard=OPERATIONS,
        per="instance",
    )


def _cap(times: Times) -> Alert:
    dropped = f"increase(evenhand_series_dropped_total[{times.window}])"
    return Alert(
        name="EvenhandSeriesCap",
        severity="warning",
        hold="0s",
        expr=f"max by (job, instance) ({dropped}) > 0",
        summary="Counts of {{ $labels.instance }} found no room of their own",
        description=(
            '{{ $value | humanize }} counts of the last half hour went under "other", because '
            "there were more series than there is room for."
        ),
        dashboard=OPERATIONS,
        per="instance",
    )


def _workers(times: Times, limits: Thresholds) -> Alert:
    changes = f"changes(evenhand_worker_start_time_seconds[{times.window}])"
    return Alert(
        name="EvenhandWorkersNotSharing",
        severity="warning",
        hold=times.duration(300),
        expr=f"max by (job, instance) ({changes}) > {limits.worker_changes}",
        summary="Workers of {{ $labels.instance }} count each for itself",
        description=(
            "Another worker answered {{ $value }} times within half an hour, each with numbers of "
            "its own: every rate of this host is wrong. Give the workers a state_dir in common."
        ),
        dashboard=OPERATIONS,
        per="instance",
    )


def _flood(times: Times, limits: Thresholds) -> Alert:
    def rise(series: str) -> str:
        return f"sum by (job) (increase({series}[{times.window}]))"

    limited = rise('evenhand_reports_dropped_total{reason="limited"}')
    return Alert(
        name="EvenhandFlood",
        severity="warning",
        hold=times.duration(300),
        expr=f"""\
(
  {limited} / {rise("evenhand_reports_received_total")} > {limits.flood_share:g}
  and {limited} >= {limits.flood_hits}
)
or max by (job) (min_over_time(evenhand_site_crowded[{times.soon}])) == 1""",
        summary="Somebody sends {{ $labels.job }} far more than readers do",
        description=(
            "Hits beyond what one address may count are left out of all numbers, or so many more "
            "than usual arrive that each address may count less. What still got through may have "
            "moved the rates of this time."
        ),
        dashboard=OPERATIONS,
        per="job",
    )


def _guard_closed_lately(times: Times) -> str:
    return f"(min by ({SITE}) (min_over_time(evenhand_guard_open[{times.window}])) == 0)"


def _stale_cells(limits: Thresholds) -> str:
    return (
        f"(job_site:evenhand_baits_stale:excess30m > {limits.stale_rise:g}"
        f" and job_site:evenhand_baits_stale_views:increase30m >= {limits.stale_views})"
    )
