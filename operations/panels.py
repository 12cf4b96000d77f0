"""Panels as data, and Grafana's builders filled from them."""

import warnings
from dataclasses import dataclass
from itertools import count
from typing import Literal, TypeAlias

with warnings.catch_warnings():
    # The classic model is what every Grafana since 10 imports; its successor is not.
    warnings.simplefilter("ignore", DeprecationWarning)
    from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, timeseries
    from grafana_foundation_sdk.models.common import DataSourceRef, StackingMode
    from grafana_foundation_sdk.models.dashboard import (
        VariableOption,
        VariableRefresh,
        VariableSort,
    )

SOURCE = DataSourceRef("prometheus", "${datasource}")
BY_SITE = 'job=~"$job",site=~"$site"'
BY_JOB = 'job=~"$job"'

Kind = Literal["stat", "timeseries", "stacked"]
Builder: TypeAlias = stat.Panel | timeseries.Panel


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel: what it shows, in which unit, and its queries by legend."""

    title: str
    description: str
    unit: str
    queries: dict[str, str]
    kind: Kind = "timeseries"
    width: int = 12  # of 24
    height: int = 8
    least: float | None = 0.0
    most: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Panels under a heading."""

    title: str
    panels: tuple[Panel, ...]


def built_panel(panel: Panel) -> Builder:
    """The builder of a panel. A stat shows the last value, a time series all of them."""
    builder: Builder
    if panel.kind == "stat":
        builder = stat.Panel().reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    else:
        builder = timeseries.Panel().fill_opacity(60 if panel.kind == "stacked" else 0)
        if panel.kind == "stacked":
            builder.stacking(common.StackingConfig().mode(StackingMode.NORMAL).group("A"))
    builder.title(panel.title).description(panel.description).unit(panel.unit)
    builder.datasource(SOURCE).span(panel.width).height(panel.height)
    if panel.least is not None:
        builder.min(panel.least)
    if panel.most is not None:
        builder.max(panel.most)
    for number, (legend, expr) in enumerate(panel.queries.items()):
        query = prometheus.Dataquery().expr(expr).legend_format(legend).datasource(SOURCE)
        query = query.ref_id(chr(ord("A") + number))
        builder.with_target(query.instant() if panel.kind == "stat" else query.range())
    return builder


def built_dashboard(
    uid: str, title: str, description: str, rows: tuple[Row, ...], texts: dict[str, str]
) -> dashboard.Dashboard:
    """A dashboard with the choice of a data source, jobs and sites; ``texts`` are more values
    that a reader types in, each with its label and what it is at first."""
    built = (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags(["evenhand"])
        .readonly()
        .refresh("1m")
        .time("now-24h", "now")
        .timezone("browser")
        .with_variable(dashboard.DatasourceVariable("datasource").label("Data").type("prometheus"))
        .with_variable(_choice("job", "Job", "label_values(evenhand_build_info, job)"))
        .with_variable(
            _choice("site", "Site", 'label_values(evenhand_guard_open{job=~"$job"}, site)')
        )
        .link(dashboard.DashboardLink("Evenhand").tags(["evenhand"]).keep_time(True))
    )
    built.annotation(_deploys())
    for name, label in texts.items():
        text, _, value = label.partition("=")
        built.with_variable(dashboard.TextBoxVariable(name).label(text).default_value(value))
    number = count(1)
    for row in rows:
        built.with_row(dashboard.Row(row.title).id(next(number)))
        for panel in row.panels:
            built.with_panel(built_panel(panel).id(next(number)))
    return built


def _deploys() -> dashboard.AnnotationQuery:
    """A mark where a version or a mode begins that was not there before: a deploy of Evenhand.

    Prometheus knows nothing of other deploys, nor of filter lists.
    """
    series = f"max by (job, version, mode) (evenhand_build_info{{{BY_JOB}}}"
    before = f"{series} offset 5m)"
    known = f"group by (job) (evenhand_build_info{{{BY_JOB}}} offset 5m)"
    return (
        dashboard.AnnotationQuery()
        .name("Deploys of Evenhand")
        .datasource(SOURCE)
        .enable(True)
        .icon_color("blue")
        .expr(f"({series}) unless {before}) and on (job) {known}")
        .step("60s")
        .title_format("{{job}}: Evenhand {{version}}")
        .text_format("mode {{mode}}")
    )


def _choice(name: str, label: str, query: str) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query({"query": query, "refId": name})
        .definition(query)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .current(VariableOption(text="All", value="$__all"))
    )
