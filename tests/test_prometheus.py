"""A real Prometheus scrapes a real app with readers: every panel has something true to show."""

import asyncio
import json
import math
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from threading import Thread
from typing import Any

import httpx
import pytest
from operations.rulefiles import alerts_file, rules_file
from operations.rules import recording_rules
from operations.thresholds import THRESHOLDS, Times

from .browser.servers import serving
from .drill.readers import Readers
from .prometheus import ROOT, Api, configuration, running

pytestmark = pytest.mark.server

SCALE = 1 / 300  # half an hour in six seconds
TOKEN = "the-scraper's-own-token"
UVICORN = ("-m", "uvicorn", "--log-level", "warning", "--port", "{port}")
SETTLED = 27.0  # seconds: a season needs an hour, and half an hour in it
DASHBOARDS = [
    json.loads(path.read_text("utf-8")) for path in sorted((ROOT / "deploy/grafana").iterdir())
]
TARGETS = [
    pytest.param(panel, target, id=f"{panel['title']}-{target['refId']}".replace(" ", "-"))
    for board in DASHBOARDS
    for panel in board["panels"]
    for target in panel.get("targets", [])
]
VARIABLES = [
    pytest.param(variable, id=f"{board['uid']}-{variable['name']}")
    for board in DASHBOARDS
    for variable in board["templating"]["list"]
    if variable["type"] == "query"
]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A Prometheus that has scraped an app, closed by a token, with readers for a while."""
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "evenhand-rules.yml").write_text(rules_file(Times(SCALE)))
    (folder / "evenhand-alerts.yml").write_text(alerts_file(Times(SCALE)))
    state = folder / "state"
    state.mkdir()
    env = {
        "EVENHAND_STATE_DIR": str(state),
        "EVENHAND_FLUSH_SECONDS": "1",
        "METRICS_TOKEN": TOKEN,
    }
    with ExitStack() as stack:
        ads = stack.enter_context(
            serving(*UVICORN, "--factory", "evenhand.demo.adserver:create_ad_server")
        )
        app = stack.enter_context(serving(*UVICORN, "tests.drill.publisher:app", env=env))
        address = f"127.0.0.1:{app.port}"
        assert httpx.get(f"http://{address}/metrics/", trust_env=False).status_code == 401
        config = configuration({"gazette": address}, "200ms", folder, TOKEN)
        readers = Readers(app.port, ads.port, rate=60)
        thread = Thread(target=lambda: asyncio.run(readers.read()))
        thread.start()
        try:
            asked_for = {"v": 1, "kind": "notice", "verdict": "blocked", "variant": "default"}
            prometheus = stack.enter_context(running(config, "2s"))
            until = time.monotonic() + SETTLED
            while time.monotonic() < until:
                for event in ("assigned", "shown", "allowed"):
                    httpx.post(
                        f"http://{address}/reader-support/outcome",
                        content=json.dumps({**asked_for, "event": event}),
                        headers={"sec-fetch-site": "same-origin", "user-agent": "Firefox/140"},
                        trust_env=False,
                    )
                time.sleep(0.2)
            yield prometheus
        finally:
            readers.stop = True
            thread.join(20)


def substituted(expr: str) -> str:
    """An expression as Grafana would send it."""
    values = {"$__range": "20s", "$__rate_interval": "4s", "$job": "gazette", "$site": "gazette"}
    for name, value in {**values, "$rpm": "2", "$ads_per_page": "3"}.items():
        expr = expr.replace(name, value)
    assert "$" not in expr
    return expr


def expected_labels(legend: str) -> set[str]:
    return set(re.findall(r"{{(\w+)}}", legend))


@pytest.mark.parametrize(("panel", "target"), TARGETS)
def test_a_panels_query_has_something_to_show(
    api: Api, panel: dict[str, Any], target: dict[str, Any]
) -> None:
    result = api.query(substituted(target["expr"]))
    assert result, "nothing to show"
    for series in result:
        value = float(series["value"][1])
        assert math.isfinite(value), series
        assert expected_labels(target["legendFormat"]) <= series["metric"].keys()
        if panel["fieldConfig"]["defaults"]["unit"] == "percentunit":
            assert 0 <= value <= 1
    if "browser" in expected_labels(target["legendFormat"]):
        assert {series["metric"]["browser"] for series in result} == {"chrome", "firefox", "safari"}


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_variables_query_finds_what_there_is(api: Api, variable: dict[str, Any]) -> None:
    asked = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"])
    assert asked is not None
    assert api.label_values(asked[2], substituted(asked[1])) == ["gazette"]


@pytest.mark.parametrize(
    "record", [rule.record for rule in recording_rules(Times(SCALE), THRESHOLDS)]
)
def test_a_recording_rule_records(api: Api, record: str) -> None:
    result = api.query(record)
    assert result
    assert all(math.isfinite(float(series["value"][1])) for series in result)
    levels = record.partition(":")[0].split("_")
    assert all(
        set(levels) == series["metric"].keys() - {"__name__", "bait", "ad"} for series in result
    )


def test_the_rates_are_those_of_the_readers(api: Api) -> None:
    rates = {
        series["metric"]["browser"]: float(series["value"][1])
        for series in api.query("job_site_browser:evenhand_paired_rate:ratio30m")
    }
    assert rates["firefox"] == pytest.approx(0.3, abs=0.15)
    assert rates["chrome"] == pytest.approx(0.2, abs=0.15)
    coverage = float(api.query("job_site:evenhand_coverage:ratio10m")[0]["value"][1])
    assert coverage > 0.85


def test_no_rule_is_broken_and_no_alert_fires(api: Api) -> None:
    assert api.broken_rules() == []
    assert api.firing() == []
