"""What whoever is on call asks: is it a blocker, the ad server, or our own measuring?"""

from operations.panels import BY_JOB, BY_SITE, Panel, Row

_RECORDED = f"{{{BY_SITE}}}"


def _rate(series: str, by: str) -> str:
    return f"sum by ({by}) (rate({series}[$__rate_interval]))"


ROWS = (
    Row(
        title="Is it a blocker, the ad server, or us?",
        panels=(
            Panel(
                title="Bait and ad",
                description=(
                    "blocked + failed: a blocker. ok + failed: the ad server. blocked + loaded: "
                    "the bait is stale."
                ),
                unit="reqps",
                kind="stacked",
                queries={
                    "bait {{bait}}, ad {{ad}}": _rate(
                        f"evenhand_bait_ad_total{_RECORDED}", "bait, ad"
                    )
                },
            ),
            Panel(
                title="What does not fit a blocker",
                description="Ads that fail beside a bait that came; baits lost beside a loaded ad.",
                unit="percentunit",
                most=1,
                queries={
                    "{{site}} ads failing": f"job_site:evenhand_ads_failing:ratio10m{_RECORDED}",
                    "{{site}} baits stale": f"job_site:evenhand_baits_stale:ratio30m{_RECORDED}",
                    "{{site}} browsers without ads": (
                        f"job_site:evenhand_browsers_without_ads:ratio10m{_RECORDED}"
                    ),
                },
            ),
            Panel(
                title="Coverage",
                description="Verdicts that settled, by page views whose readers could report.",
                unit="percentunit",
                most=1,
                queries={
                    "{{site}}": f"job_site:evenhand_coverage:ratio10m{_RECORDED}",
                    "{{site}} usual": f"job_site:evenhand_coverage:seasonal{_RECORDED}",
                },
            ),
            Panel(
                title="Guard",
                description="1 where blocks count as blocks; 0 where something eats all baits.",
                unit="none",
                most=1,
                queries={"{{site}}": f"min by (site) (evenhand_guard_open{_RECORDED})"},
            ),
        ),
    ),
    Row(
        title="Losses and store",
        panels=(
            Panel(
                title="Refused and lost",
                description="By reason. Only queue_full and restored are losses.",
                unit="reqps",
                queries={
                    "{{reason}}": _rate(f"evenhand_reports_dropped_total{{{BY_JOB}}}", "reason")
                },
            ),
            Panel(
                title="Share of accepted reports lost",
                description="The budget is 0.1 % over 30 days.",
                unit="percentunit",
                queries={
                    f"{{{{job}}}} {window}": f"job:evenhand_reports_lost:ratio_rate{window}"
                    f"{{{BY_JOB}}}"
                    for window in ("5m", "1h", "6h")
                },
            ),
            Panel(
                title="Waiting for the store",
                description="Counted on a host, not yet confirmed by the store.",
                unit="short",
                queries={"{{instance}}": f"evenhand_reports_pending{{{BY_JOB}}}"},
            ),
            Panel(
                title="Since the store confirmed everything",
                description="It grows while the store is away.",
                unit="s",
                queries={
                    "{{instance}}": f"time() - evenhand_last_flush_timestamp_seconds{{{BY_JOB}}}"
                },
            ),
            Panel(
                title="Received and stored",
                description="Pair hits and reports, each second.",
                unit="reqps",
                queries={
                    "received": _rate(f"evenhand_reports_received_total{{{BY_JOB}}}", "job"),
                    "stored": _rate(f"evenhand_reports_stored_total{{{BY_JOB}}}", "job"),
                },
            ),
            Panel(
                title="Time of a flush",
                description="Median and 95th percentile.",
                unit="s",
                queries={
                    name: f"histogram_quantile({quantile}, "
                    f"{_rate(f'evenhand_flush_seconds_bucket{{{BY_JOB}}}', 'le')})"
                    for name, quantile in (("median", 0.5), ("95th percentile", 0.95))
                },
            ),
        ),
    ),
    Row(
        title="Health",
        panels=(
            Panel(
                title="HTML responses",
                description="By what became of them. Those that a cache answers are not here.",
                unit="reqps",
                kind="stacked",
                queries={"{{result}}": _rate(f"evenhand_pages_total{_RECORDED}", "result")},
            ),
            Panel(
                title="Faults of our own",
                description="No page suffered from them; the log says more.",
                unit="reqps",
                queries={"{{step}}": _rate(f"evenhand_faults_total{{{BY_JOB}}}", "step")},
            ),
            Panel(
                title="Counts without room of their own",
                description="More than 0: there are more series than fit.",
                unit="short",
                queries={
                    "{{instance}}": "sum by (instance) (increase("
                    f"evenhand_series_dropped_total{{{BY_JOB}}}[$__rate_interval]))"
                },
            ),
            Panel(
                title="Workers that do not share",
                description="1: the numbers are those of whichever worker answers.",
                unit="none",
                most=1,
                queries={"{{instance}}": f"evenhand_worker_local{{{BY_JOB}}}"},
            ),
            Panel(
                title="Alerts that fire",
                description="Of Evenhand's own.",
                unit="none",
                kind="stat",
                height=5,
                queries={
                    "firing": 'count(ALERTS{alertname=~"Evenhand.+",alertstate="firing",'
                    f"{BY_JOB}}}) or vector(0)"
                },
            ),
            Panel(
                title="Versions",
                description="Hosts by version and mode.",
                unit="none",
                kind="stat",
                height=5,
                queries={
                    "{{version}} {{mode}}": "count by (version, mode) "
                    f"(evenhand_build_info{{{BY_JOB}}})"
                },
            ),
        ),
    ),
)
