"""The dashboard: one summary as one HTML page, without JavaScript.

``templates/dashboard.html`` draws it; a publisher's folder may hold its own. The page asks for
nothing but its stylesheet, `STYLE`, which the caller serves beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from jinja2 import Environment

from evenhand._assets import TEMPLATES
from evenhand.dashboard import phrases
from evenhand.dashboard.health import Sign
from evenhand.dashboard.phrases import DASH, count, interval, percent
from evenhand.dashboard.rollups import SIMULATED, Row
from evenhand.dashboard.summary import (
    DEFAULT_PERIOD,
    PERIODS,
    Count,
    Share,
    Summary,
    summarise,
    window,
)
from evenhand.dashboard.trend import Strip, chart, flags, step_label, strips
from evenhand.dashboard.words import (
    ANNOTATION_WORDS,
    DROP_WORDS,
    EVENT_WORDS,
    PERIOD_WORDS,
    RESULT_WORDS,
    VERDICT_WORDS,
)
from evenhand.experiments import words
from evenhand.experiments.findings import Findings
from evenhand.templating import environment

__all__ = [
    "CONTENT_SECURITY_POLICY",
    "STYLE",
    "Links",
    "Row",
    "Summary",
    "environment",
    "render",
    "summarise",
    "window",
]

STYLE = (TEMPLATES / "dashboard.css").read_text(encoding="utf-8")

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'none'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
"""Everything that the page and its stylesheet need."""

ALL_SITES = "All sites"
ANNOTATIONS = 10  # on the page, the newest; JSON and CSV have all


@dataclass(frozen=True, slots=True)
class Links:
    """Where the page's links lead, each with the app's ``root_path``."""

    dashboard: str
    stylesheet: str
    about: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One filter link."""

    label: str
    url: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table of rates."""

    name: str
    rate: str
    interval: str
    n: str
    strip: Strip


@dataclass(frozen=True, slots=True)
class Event:
    """One annotation in the list below the chart."""

    iso: str
    moment: str
    kind: str
    text: str
    site: str


@dataclass(frozen=True, slots=True)
class Tally:
    """One row of a table of counts."""

    name: str
    words: str
    n: str
    share: str


def render(
    summary: Summary,
    templates: Environment,
    *,
    links: Links,
    period: str = DEFAULT_PERIOD,
    stored: bool = True,
    health: Sequence[Sign] = (),
    experiment: Findings | None = None,
) -> str:
    """The page for ``summary``, through ``templates`` (an `environment`).

    ``period`` is the one the summary was made for. ``stored=False`` says that the counts live in
    memory and start anew with the process. ``health`` are this host's signs, the worst first.
    ``experiment`` is what the notice's experiment says, of all time.
    """
    period = period if period in PERIODS else DEFAULT_PERIOD
    return templates.get_template("dashboard.html").render(
        summary=summary,
        stylesheet=links.stylesheet,
        about=links.about,
        stored=stored,
        site=_shown(summary) or ALL_SITES,
        span=f"{_moment(summary.since)} {DASH} {_moment(summary.until)} UTC",
        sites=_site_choices(summary, links, period),
        periods=_period_choices(summary, links, period),
        count=count,
        percent=percent,
        interval=interval,
        simulated=phrases.simulated(summary),
        headline=phrases.headline(summary),
        figures=phrases.figures(summary),
        trend=chart(summary.trend, summary.step),
        trend_rows=_trend_rows(summary),
        flags=flags(
            [each.at for each in summary.annotations[-ANNOTATIONS:]], summary.since, summary.until
        ),
        events=_events(summary),
        events_left_out=max(0, len(summary.annotations) - ANNOTATIONS),
        rates=_rate_tables(summary),
        verdicts=_tallies(summary.verdicts, VERDICT_WORDS),
        notices=[
            (variant.name, _tallies(variant.events, EVENT_WORDS, of="shown"))
            for variant in summary.notices
        ],
        experiment=experiment and _experiment(experiment),
        pages=_tallies(summary.pages, RESULT_WORDS),
        dropped=_tallies(summary.dropped, DROP_WORDS),
        change=phrases.change(summary),
        finding=phrases.finding(summary),
        health=health,
        downloads=[
            (kind.upper(), _url(links, summary.site, period, f".{kind}"))
            for kind in ("csv", "json")
        ],
    )


def _experiment(found: Findings) -> dict[str, object]:
    return {
        "name": found.experiment,
        "headlines": words.headlines(found),
        "shares": words.share_lines(found),
        "differences": words.difference_lines(found),
        "meaning": words.MEANING,
    }


def _moment(seconds: int) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment.day} {moment:%B %Y, %H:%M}"


def _url(links: Links, site: str, period: str, kind: str = "") -> str:
    query = {"site": site, "period": period} if site else {"period": period}
    return f"{links.dashboard}{kind}?{urlencode(query)}"


def _real_sites(summary: Summary) -> list[str]:
    return [site for site in summary.sites if site != SIMULATED]


def _shown(summary: Summary) -> str:
    """The site shown; with one real site, "every site" and that site are the same view."""
    real = _real_sites(summary)
    return summary.site or (real[0] if len(real) == 1 else "")


def _site_choices(summary: Summary, links: Links, period: str) -> list[Choice]:
    real = _real_sites(summary)
    names = real if len(real) == 1 else ["", *real]
    if SIMULATED in summary.sites:
        names = [*names, SIMULATED]
    return [
        Choice(name or ALL_SITES, _url(links, name, period), name == _shown(summary))
        for name in names
    ]


def _period_choices(summary: Summary, links: Links, period: str) -> list[Choice]:
    return [
        Choice(PERIOD_WORDS[name], _url(links, summary.site, name), name == period)
        for name in PERIODS
    ]


def _trend_rows(summary: Summary) -> list[tuple[str, str, str, str]]:
    return [
        (
            step_label(point.start, summary.step),
            percent(point.estimate.rate) if point.estimate else DASH,
            interval(point.estimate.low, point.estimate.high) if point.estimate else DASH,
            count(point.estimate.n),
        )
        for point in summary.trend
    ]


def _events(summary: Summary) -> list[Event]:
    return [
        Event(
            each.moment,
            f"{_moment(each.at)} UTC",
            ANNOTATION_WORDS.get(each.kind, each.kind),
            each.text,
            "" if summary.site else each.site,
        )
        for each in summary.annotations[-ANNOTATIONS:]
    ]


def _rate_tables(summary: Summary) -> list[tuple[str, str, list[Line]]]:
    tables = [
        ("By browser", "Browser", _lines(summary.by_browser)),
        ("By device", "Device", _lines(summary.by_device)),
        ("By browser and device", "Client", _lines(summary.by_client)),
    ]
    if len(summary.by_section) > 1:
        tables.append(("By section, as reported", "Section", _lines(summary.by_section)))
    return tables


def _lines(shares: Sequence[Share]) -> list[Line]:
    return [
        Line(
            share.name,
            percent(share.estimate.rate),
            interval(share.estimate.low, share.estimate.high),
            count(share.estimate.n),
            strip,
        )
        for share, strip in zip(shares, strips(shares), strict=True)
    ]


def _tallies(counts: Sequence[Count], words: Mapping[str, str], of: str = "") -> list[Tally]:
    """Rows with their share of the count called ``of``, or else of all of them."""
    whole = sum(line.n for line in counts if not of or line.name == of)
    return [
        Tally(
            line.name,
            words.get(line.name, ""),
            count(line.n),
            percent(line.n / whole) if whole and not (of and line.n > whole) else DASH,
        )
        for line in counts
    ]
