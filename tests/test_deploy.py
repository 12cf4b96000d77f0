"""What `deploy/` holds: current, parseable, linted, linked, and written by `evenhand export`."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from click.testing import CliRunner
from operations import alerts as alert_rules
from operations.__main__ import generated
from operations.alerts import alerts
from operations.rules import recording_rules
from operations.thresholds import THRESHOLDS, TIMES

from evenhand import deployment
from evenhand.cli import app

from .prometheus import ALERTS, PROMETHEUS, ROOT, RULES, promtool

GRAFANA = ROOT / "deploy" / "grafana"
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text("utf-8")
DASHBOARDS = [json.loads(path.read_text("utf-8")) for path in sorted(GRAFANA.iterdir())]
PANELS = [
    pytest.param(panel, id=f"{board['uid']}-{panel['title']}".replace(" ", "-"))
    for board in DASHBOARDS
    for panel in board["panels"]
    if panel["type"] != "row"
]
ALL_ALERTS = alerts(TIMES, THRESHOLDS)
RECORDED = {rule.record for rule in recording_rules(TIMES, THRESHOLDS)}
COUNTERS = re.compile(r"evenhand_\w+_(?:total|bucket)")
Json = dict[str, Any]


def substituted(expr: str) -> str:
    """An expression as Grafana would send it."""
    values = {"$__range": "1h", "$__rate_interval": "4m", "$job": ".+", "$site": ".+"}
    for name, value in {**values, "$rpm": "2", "$ads_per_page": "3"}.items():
        expr = expr.replace(name, value)
    return expr


def expressions(panel: Json) -> Iterator[str]:
    return (target["expr"] for target in panel["targets"])


@pytest.mark.parametrize("path", generated(), ids=lambda path: path.name)
def test_generated_files_are_current(path: Path) -> None:
    assert path.read_text("utf-8") == generated()[path], "make deploy-files"


def test_no_file_of_deploy_is_forgotten() -> None:
    files = {path for path in (ROOT / "deploy").rglob("*") if path.is_file()}
    examples = {PROMETHEUS / "prometheus.example.yml", PROMETHEUS / "podmonitor.yaml"}
    assert files == generated().keys() | examples


def test_the_plain_scrape_configuration_is_one() -> None:
    assert "SUCCESS" in promtool("check", "config", PROMETHEUS / "prometheus.example.yml")


def test_operators_can_see_an_outage_fire() -> None:
    assert "SUCCESS" in promtool("test", "rules", PROMETHEUS / "evenhand-outage-test.yml")


def test_the_pod_monitor_is_one() -> None:
    monitor = yaml.safe_load((PROMETHEUS / "podmonitor.yaml").read_text("utf-8"))
    assert (monitor["kind"], monitor["apiVersion"]) == ("PodMonitor", "monitoring.coreos.com/v1")
    assert monitor["spec"]["podMetricsEndpoints"][0]["path"] == "/metrics/"


@pytest.mark.parametrize("file", [RULES, ALERTS], ids=lambda path: path.stem)
def test_rules_read_only_what_is_recorded(file: Path) -> None:
    for rule in yaml.safe_load(file.read_text("utf-8"))["groups"][0]["rules"]:
        promql_parser.parse(rule["expr"])
        read = set(re.findall(r"\w+:\w+:\w+", rule["expr"]))
        assert read <= RECORDED, "a rule that isn't there"


@pytest.mark.parametrize("alert", ALL_ALERTS, ids=lambda alert: alert.name)
def test_alerts_and_runbook_lead_to_each_other(alert: alert_rules.Alert) -> None:
    section = RUNBOOK.partition(f"\n## {alert.name}\n")[2].partition("\n## ")[0]
    assert section, "the runbook has no such section"
    assert alert.annotations["runbook_url"].endswith(f"#{alert.name.lower()}")
    assert f"**Severity** {alert.severity} " in section
    for part in ("**What it means.**", "**How to tell.**", "**What to do.**"):
        assert part in section
    linked = re.search(r"\(\.\./deploy/grafana/([\w-]+)\.json\)", section)
    assert linked is not None
    assert linked[1] == alert.dashboard
    assert f"/d/{alert.dashboard}?" in alert.annotations["dashboard_url"]
    # The panels that the section names are those of the dashboard.
    board = json.loads((GRAFANA / f"{alert.dashboard}.json").read_text("utf-8"))
    titles = {panel["title"] for panel in board["panels"]}
    named = re.search(r"\.json\), (.+)$", section, re.MULTILINE)
    assert named is not None
    assert set(re.findall(r"\*([^*]+)\*", named[1])) <= titles


def test_the_runbook_knows_no_other_alert() -> None:
    assert re.findall(r"^## (\w+)$", RUNBOOK, re.MULTILINE) == [a.name for a in ALL_ALERTS]


def test_the_runbooks_own_links_lead_somewhere() -> None:
    anchors = {heading.lower() for heading in re.findall(r"^## (\w+)$", RUNBOOK, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]+)\)", RUNBOOK)) <= anchors
    files = re.findall(r"\]\((\.\.[^)#]+)\)", RUNBOOK)
    assert files
    assert all((ROOT / "docs" / link).is_file() for link in files)


def test_the_shipped_addresses_are_those_that_export_replaces() -> None:
    assert (deployment.GRAFANA, deployment.RUNBOOK) == (alert_rules.GRAFANA, alert_rules.RUNBOOK)


@pytest.mark.parametrize("board", DASHBOARDS, ids=lambda board: board["uid"])
def test_a_dashboard_lets_its_reader_choose(board: Json) -> None:
    variables = {variable["name"]: variable for variable in board["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    assert variables["datasource"]["query"] == "prometheus"
    for name in ("job", "site"):
        assert variables[name]["datasource"]["uid"] == "${datasource}"
        assert variables[name]["includeAll"]
    assert board["editable"] is False
    assert board["title"]
    assert board["description"]
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))


def test_a_board_marks_where_another_version_begins_and_nothing_else(tmp_path: Path) -> None:
    queries = {
        query["expr"].replace("$job", "gazette")
        for board in DASHBOARDS
        for query in board["annotations"]["list"]
    }
    assert len(queries) == 1
    world = {
        "interval": "1m",
        "input_series": [
            {"series": f'evenhand_build_info{{{labels},version="{version}"}}', "values": values}
            for labels in ('job="gazette",mode="full",instance="a"', 'job="other",mode="full"')
            for version, values in (("1", "_x5 1x24 stale"), ("2", "_x30 1x30"))
        ],
        "promql_expr_test": [
            {"expr": query, "eval_time": f"{minute}m", "exp_samples": samples}
            for query in [*queries]
            for minute, samples in (
                (6, []),  # the very first is no deploy
                (20, []),
                (32, [{"labels": '{job="gazette",mode="full",version="2"}', "value": 1}]),
                (40, []),
            )
        ],
    }
    file = tmp_path / "deploys.yml"
    file.write_text(json.dumps({"evaluation_interval": "1m", "tests": [world]}))
    assert "SUCCESS" in promtool("test", "rules", file)


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_is_described_and_asks_well(panel: Json) -> None:
    assert panel["title"]
    assert panel["description"]
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["datasource"]["uid"] == "${datasource}"
    for expr in expressions(panel):
        promql_parser.parse(substituted(expr))
        assert 'job=~"$job"' in expr, "somebody else's job"
        assert set(re.findall(r"\w+:\w+:\w+", expr)) <= RECORDED, "a rule that isn't there"
        for counter in COUNTERS.finditer(expr):
            # A counter means something only within rate() or increase(), and summed.
            assert re.search(r"(rate|increase)\($", expr[: counter.start()])
            assert re.search(r"sum( by \([\w, ]+\))? \((rate|increase)\($", expr[: counter.start()])
        assert set(re.findall(r"\[([^\]]+)\]", expr)) <= {"$__range", "$__rate_interval"}
    refs = [target["refId"] for target in panel["targets"]]
    assert len(refs) == len(set(refs))


def test_a_parser_that_accepts_all_would_be_noticed() -> None:
    with pytest.raises(ValueError, match="unclosed left parenthesis"):
        promql_parser.parse("sum by (job (x)")


def test_export_writes_the_rules_with_the_operators_addresses(tmp_path: Path) -> None:
    ours = ("--grafana", "https://g.test/", "--runbook", "https://w.test/r")
    done = CliRunner().invoke(app, ["export", "prometheus", str(tmp_path / "new"), *ours])
    assert done.exit_code == 0, done.output
    written = {path.name for path in (tmp_path / "new").iterdir()}
    assert written == {path.name for path in PROMETHEUS.iterdir()}
    text = (tmp_path / "new" / ALERTS.name).read_text("utf-8")
    assert ".example" not in text
    assert "https://g.test/d/evenhand-operations?" in text
    assert "https://w.test/r#evenhandblockerwave" in text


def test_export_says_that_its_addresses_are_invented(tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["export", "prometheus", str(tmp_path), "--runbook", "http://r"])
    assert "The alerts link to https://grafana.example, which nobody has" in told.stderr
    theirs = ("--runbook", "http://r", "--grafana", "http://g")
    again = CliRunner().invoke(app, ["export", "prometheus", str(tmp_path / "new"), *theirs])
    assert again.stderr == ""


@pytest.mark.parametrize("address", ["runbook.md", "not a url", "https://w.test/r#top", "http://"])
def test_export_refuses_what_no_alert_can_link_to(tmp_path: Path, address: str) -> None:
    told = CliRunner().invoke(app, ["export", "prometheus", str(tmp_path), "--runbook", address])
    assert told.exit_code == 1
    assert told.stderr.startswith(f"--runbook={address!r} can't be used.")
    assert list(tmp_path.iterdir()) == []


def test_export_writes_the_dashboards(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["export", "grafana", str(tmp_path)])
    assert done.exit_code == 0, done.output
    for path in GRAFANA.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


def test_export_replaces_no_edited_file_unasked(tmp_path: Path) -> None:
    mine = tmp_path / RULES.name
    mine.write_text("groups: []\n")
    refused = CliRunner().invoke(app, ["export", "prometheus", str(tmp_path)])
    assert refused.exit_code == 1
    assert str(mine) in refused.output
    assert [path.name for path in tmp_path.iterdir()] == [mine.name], "nothing half-written"
    assert mine.read_text() == "groups: []\n"
    forced = CliRunner().invoke(app, ["export", "prometheus", str(tmp_path), "--force"])
    assert forced.exit_code == 0
    assert mine.read_text("utf-8") == RULES.read_text("utf-8")
