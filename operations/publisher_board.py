"""What a publisher asks: how many readers block ads, who they are, what asking them does."""

from operations.panels import BY_SITE, Panel, Row

_PEOPLE = f'{BY_SITE},browser!="bot"'
_CONTROLS = f'evenhand_pair_hits_total{{{_PEOPLE},kind=~"control|withheld"}}'
_BAITS = f'evenhand_pair_hits_total{{{_PEOPLE},kind=~"bait|withheld_bait"}}'
_RECORDED = f"{{{BY_SITE}}}"
_Z = 1.96  # standard errors of a 95 % interval


def _wilson(rate: str, views: str, sign: str) -> str:
    """One end of Wilson's interval of a share among so many page views."""
    z2 = f"{_Z**2:.4f}"
    middle = f"{rate} + {z2} / (2 * {views})"
    spread = f"{_Z} * sqrt({rate} * (1 - {rate}) / {views} + {z2} / (4 * {views} ^ 2))"
    return f"({middle} {sign} {spread}) / (1 + {z2} / {views})"


def _of_range(series: str, by: str = "") -> str:
    grouping = f"sum by ({by})" if by else "sum"
    return f"{grouping} (increase({series}[$__range]))"


def _paired(by: str = "") -> str:
    controls = f"({_of_range(_CONTROLS, by)} > 0)"
    return f"clamp_min(1 - ({_of_range(_BAITS, by)} or 0 * {controls}) / {controls}, 0)"


def _events(event: str, by: str = "variant") -> str:
    series = f"evenhand_notice_total{{{BY_SITE},event{event}}}"
    return f"sum by ({by}) (increase({series}[$__range]))"


def _allowed() -> str:
    """A notice and what came of it may lie in different windows of scrapes: at most 1."""
    shown = f"""({_events('="shown"')} > 0)"""
    return f"""clamp_max(({_events('="allowed"')} or 0 * {shown}) / {shown}, 1)"""


def _assigned() -> str:
    """The share of each arm in all that drew one."""
    arms = _events('="assigned"')
    return f"{arms} / on () group_left () (sum ({arms}) > 0)"


def _of_assigned() -> str:
    """What came of each arm, by those that drew it; a page view may tell of several ways."""
    arms = f"""({_events('="assigned"')} > 0)"""
    events = _events('!~"assigned|withheld"', "variant, event")
    return f"clamp_max({events} / on (variant) group_left () {arms}, 1)"


def _at_stake(rate: str) -> str:
    """Revenue of blocked page views, had each shown all its ads."""
    return f"{rate} * {_of_range(_CONTROLS)} * $ads_per_page * $rpm / 1000"


_RATE = f"job_site:evenhand_paired_rate:ratio30m{_RECORDED}"
_VIEWS = f"sum by (job, site) (job_site_browser:evenhand_controls:increase30m{_RECORDED})"

ROWS = (
    Row(
        title="How many readers block ads",
        panels=(
            Panel(
                title="Paired rate",
                description=(
                    "Page views that lost the bait but not its neutral twin, over the time shown, "
                    "with Wilson's 95 % interval. A floor: blockers that never touch your host "
                    "are not in it. Readers who come back make the true interval wider."
                ),
                unit="percentunit",
                kind="stat",
                width=8,
                height=5,
                queries={
                    "rate": _paired(),
                    "from": _wilson(_paired(), f"({_of_range(_CONTROLS)} > 0)", "-"),
                    "to": _wilson(_paired(), f"({_of_range(_CONTROLS)} > 0)", "+"),
                },
            ),
            Panel(
                title="Coverage",
                description=(
                    "Verdicts that settled, by page views whose readers could report, in the last "
                    "ten minutes. Under 95 % the reported rate is to be read with care."
                ),
                unit="percentunit",
                kind="stat",
                width=4,
                height=5,
                most=1,
                queries={"{{site}}": f"job_site:evenhand_coverage:ratio10m{_RECORDED}"},
            ),
            Panel(
                title="Revenue at stake, an estimate",
                description=(
                    "What the ads on page views with a blocker would have earned in the time "
                    "shown, from your own RPM and ads on a page (above), with the interval of the "
                    "rate. Not what asking would win back: that, only an experiment tells."
                ),
                unit="none",
                kind="stat",
                width=6,
                height=5,
                queries={
                    "at stake": _at_stake(_paired()),
                    "from": _at_stake(_wilson(_paired(), f"({_of_range(_CONTROLS)} > 0)", "-")),
                    "to": _at_stake(_wilson(_paired(), f"({_of_range(_CONTROLS)} > 0)", "+")),
                },
            ),
            Panel(
                title="Page views counted",
                description="Requests for the control in the time shown, without bots.",
                unit="short",
                kind="stat",
                width=6,
                height=5,
                queries={"page views": _of_range(_CONTROLS)},
            ),
            Panel(
                title="Paired rate over time",
                description=(
                    "Half an hour at each point, its 95 % interval, and what is usual at that "
                    "hour of the week."
                ),
                unit="percentunit",
                width=24,
                queries={
                    "{{site}}": _RATE,
                    "{{site}} from": _wilson(_RATE, _VIEWS, "-"),
                    "{{site}} to": _wilson(_RATE, _VIEWS, "+"),
                    "{{site}} usual": f"job_site:evenhand_paired_rate:seasonal{_RECORDED}",
                },
            ),
        ),
    ),
    Row(
        title="Who they are",
        panels=(
            Panel(
                title="Paired rate by browser",
                description="One line that moves is a blocker or a browser; all of them are ours.",
                unit="percentunit",
                queries={
                    "{{site}} {{browser}}": "job_site_browser:evenhand_paired_rate:ratio30m"
                    + _RECORDED
                },
            ),
            Panel(
                title="Reported rate by browser",
                description="Blocked or probably blocked, by verdicts that settled where ads are.",
                unit="percentunit",
                queries={
                    "{{site}} {{browser}}": "job_site_browser:evenhand_block_rate:ratio30m"
                    + _RECORDED
                },
            ),
            Panel(
                title="Paired rate by device",
                description="Over the time shown.",
                unit="percentunit",
                kind="stat",
                width=12,
                queries={"{{device}}": _paired("device")},
            ),
            Panel(
                title="Verdicts",
                description="Page views by the verdict that was reported, each second.",
                unit="reqps",
                kind="stacked",
                queries={
                    "{{verdict}}": "sum by (verdict) (rate(evenhand_verdicts_total"
                    f"{{{_PEOPLE}}}[$__rate_interval]))"
                },
            ),
        ),
    ),
    Row(
        title="Experiments",
        panels=(
            Panel(
                title="Notices by variant",
                description="What happened to notices in the time shown.",
                unit="short",
                kind="stat",
                queries={
                    "{{variant}} {{event}}": "sum by (variant, event) "
                    f"(increase(evenhand_notice_total{_RECORDED}[$__range]))"
                },
            ),
            Panel(
                title="Arms drawn",
                description=(
                    "The share of each arm in the page views that drew one, in the time shown. "
                    "Shares that differ from what was planned spoil an experiment."
                ),
                unit="percentunit",
                kind="stat",
                most=1,
                queries={"{{variant}}": _assigned()},
            ),
            Panel(
                title="What came of each arm",
                description=(
                    "Events by the page views that drew the arm. No verdict: whether a difference "
                    "is more than chance, the built-in dashboard judges, by what was declared "
                    "before."
                ),
                unit="percentunit",
                most=1,
                queries={"{{variant}} {{event}}": _of_assigned()},
            ),
            Panel(
                title="Allowed after being asked",
                description="Notices after which ads loaded, by notices shown, by variant.",
                unit="percentunit",
                queries={"{{variant}}": _allowed()},
            ),
        ),
    ),
)
