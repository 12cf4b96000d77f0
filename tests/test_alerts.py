"""Every alert fires where it should, alone, and stays silent where something else is wrong."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from operations.alerts import Alert, alerts
from operations.thresholds import THRESHOLDS, TIMES, Times

from .alert_world import USUAL, USUALLY, Minute, Week, always, input_series, second_host, since
from .prometheus import ALERTS, RULES, promtool

pytestmark = pytest.mark.server  # promtool: the wheel would change nothing here

HOUR, WEEK = 60, 10_080  # minutes
NOW = 2 * HOUR  # when the trouble begins, where no week is needed


@dataclass(frozen=True)
class Case:
    """What fires at each of some minutes; everything else must be silent then."""

    name: str
    week: Week
    at: dict[int, str]  # minute: the alert, or nothing
    step: int = 2
    other: bool = False  # a second host of the same publisher, as usual but for a restart


WAVE = Minute(blocks={"firefox": 0.55})
HELD = Minute(pending=5000.0, flushed=False)


def weekly(hour: Minute) -> Week:
    """The same odd two hours each week."""
    return lambda minute: hour if 600 <= minute % WEEK < 720 else USUALLY


def gap(week: Week, at: int, length: int) -> Week:
    """Scrapes fail for some minutes."""
    return lambda m: replace(week(m), scraped=False) if at <= m < at + length else week(m)


def alternating(minute: int) -> Minute:
    return Minute(worker=1.0 + minute // 2 % 2) if minute >= NOW else Minute(worker=1.0)


def restarted(minute: int) -> Minute:
    return Minute(worker=1.0 if minute < NOW else 2.0 if minute < NOW + 9 else 3.0)


BASELESS = Minute(blocks=dict.fromkeys(USUAL, 0.6))
CASES = [
    Case("all is well", always, {NOW: "", 3 * HOUR: ""}),
    Case(
        "a wave in one browser",
        since(NOW, WAVE),
        {NOW + 5: "", NOW + 40: "EvenhandBlockerWave"},
    ),
    Case(
        "the wave is over",
        since(NOW, WAVE, NOW + 60),
        {NOW + 40: "EvenhandBlockerWave", NOW + 120: ""},
    ),
    Case(
        "a wave, after a week without one",
        since(WEEK + 600, WAVE),
        {WEEK + 590: "", WEEK + 650: "EvenhandBlockerWave"},
        step=10,
    ),
    Case("what is so every week is no wave", weekly(WAVE), {WEEK + 650: ""}, step=5),
    Case(
        "a rise too small for its page views",
        since(NOW, Minute(views=0.1, blocks={"firefox": 0.55})),
        {NOW + 60: ""},
    ),
    Case("three points more", since(NOW, Minute(blocks={"firefox": 0.33})), {NOW + 90: ""}),
    Case("no week and no day yet", lambda _: BASELESS, {30: "", 55: ""}),
    Case(
        "the ad server is down",
        since(NOW, Minute(ads_fail=1.0)),
        {NOW + 2: "", NOW + 15: "EvenhandAdServerOutage", NOW + 90: "EvenhandAdServerOutage"},
    ),
    Case(
        "half of the ads fail",
        since(NOW, Minute(ads_fail=0.5)),
        {NOW + 15: "EvenhandAdServerOutage", NOW + 90: "EvenhandAdServerOutage"},
    ),
    Case(
        "ads came back",
        since(NOW, Minute(ads_fail=1.0), NOW + 30),
        {NOW + 20: "EvenhandAdServerOutage", NOW + 60: "", NOW + 75: ""},
    ),
    Case(
        "ads fail in one browser: a blocker by hosts",
        since(NOW, Minute(ads_fail=0.9, one_browser_fails="chrome")),
        {NOW + 30: ""},
    ),
    Case("a tenth of the ads fail", since(NOW, Minute(ads_fail=0.1)), {NOW + 60: ""}),
    Case(
        "a CDN eats all baits, and the guard closes",
        lambda m: USUALLY if m < NOW else Minute(baits_eaten=1.0, guard_open=m < NOW + 2),
        {NOW + 5: "", NOW + 20: "EvenhandBaitsStale", NOW + 120: "EvenhandBaitsStale"},
    ),
    Case(
        "a CDN eats some baits, and the guard stays open",
        since(NOW, Minute(baits_eaten=0.3)),
        {NOW + 30: "EvenhandBaitsStale", NOW + 120: "EvenhandBaitsStale"},
    ),
    Case(
        "a blocker has always let a third of the ads through",
        lambda _: Minute(allowed_ads=0.33),
        {NOW: "", NOW + 60: ""},
    ),
    Case(
        "a guard that waits for its first readers",
        lambda _: Minute(guard_open=False, views=0.01),
        {HOUR: ""},
    ),
    Case(
        "reports are blocked",
        since(NOW, Minute(reports=0.0)),
        {NOW + 2: "", NOW + 25: "EvenhandCoverageLoss", NOW + 90: "EvenhandCoverageLoss"},
    ),
    Case(
        "no report from the first day on",
        lambda _: Minute(reports=0.0),
        {45: "EvenhandCoverageLoss"},
    ),
    Case("a tenth of the reports is lost", since(NOW, Minute(reports=0.9)), {NOW + 60: ""}),
    Case("reports are not wanted", lambda _: Minute(reporting=False), {HOUR: "", NOW: ""}),
    Case("HTML is cached", since(NOW, Minute(pages_seen=0.001)), {NOW + 30: "", NOW + 120: ""}),
    Case(
        "night",
        since(NOW, Minute(views=0.05)),
        {NOW + 30: "", NOW + 120: ""},
    ),
    Case(
        "the queue is full",
        since(NOW, Minute(lost=40.0)),
        {NOW + 20: "EvenhandLossBudgetBurn"},
    ),
    Case(
        "a slow leak",
        since(NOW, Minute(lost=3.0)),
        {NOW + 20: "", NOW + 5 * HOUR: "EvenhandLossBudgetBurn"},
    ),
    Case("within the budget", since(NOW, Minute(lost=0.3)), {NOW + 5 * HOUR: ""}),
    Case("hostile reports are no loss", since(NOW, Minute(refused=5000.0)), {NOW + 60: ""}),
    Case(
        "the store is away",
        since(NOW, HELD),
        {NOW + 4: "", NOW + 12: "EvenhandStoreStalled"},
    ),
    Case(
        "the store is away, and scrapes fail for four minutes",
        gap(since(NOW, HELD), NOW + 15, 4),
        {NOW + 17: "EvenhandStoreStalled", NOW + 20: "EvenhandStoreStalled"},
    ),
    Case("nobody reads, nothing waits", since(NOW, Minute(flushed=False)), {NOW + 60: ""}),
    Case("scrapes fail for ten minutes", gap(always, NOW, 10), {NOW + 5: "", NOW + 15: ""}),
    Case(
        "series have no room",
        since(NOW, Minute(series_dropped=5.0), NOW + 5),
        {NOW + 5: "EvenhandSeriesCap", NOW + 60: ""},
    ),
    Case(
        "one address floods",
        since(NOW, Minute(limited=40.0), NOW + 60),
        {NOW + 5: "", NOW + 20: "EvenhandFlood", NOW + 120: ""},
    ),
    Case("an office beyond its budget", since(NOW, Minute(limited=10.0)), {NOW + 60: ""}),
    Case(
        "a botnet",
        since(NOW, Minute(crowded=True), NOW + 60),
        {NOW + 8: "", NOW + 20: "EvenhandFlood", NOW + 80: ""},
    ),
    Case("a quarter of an hour's crowd", since(NOW, Minute(crowded=True), NOW + 8), {NOW + 8: ""}),
    Case("workers count each for itself", alternating, {NOW + 40: "EvenhandWorkersNotSharing"}),
    Case(
        "one of two hosts restarts",
        always,
        {NOW + 4: "", NOW + 10: "", NOW + 60: ""},
        other=True,
    ),
    Case(
        "the store is away for one of two hosts",
        since(NOW, HELD),
        {NOW + 14: "EvenhandStoreStalled"},
        other=True,
    ),
    Case(
        "a wave, seen by one of two hosts only",
        since(NOW, Minute(blocks={"firefox": 0.75})),
        {NOW + 50: "EvenhandBlockerWave"},
        other=True,
    ),
    Case("one worker, restarted twice", restarted, {NOW + 5: "", NOW + 25: ""}),
]


def unit_tests(case: Case) -> dict[str, object]:
    """promtool's file for a case: what fires, by name, at each of its minutes."""
    firing = 'count by (alertname) (ALERTS{alertstate="firing"})'
    last = max(case.at)
    series = input_series(case.week, last, case.step)
    if case.other:
        usual = input_series(always, last, case.step)
        series += second_host(usual, restart=(NOW + 2) // case.step)
    checks = []
    for minute, name in case.at.items():
        expected = [{"labels": f'{{alertname="{name}"}}', "value": 1}] if name else []
        checks.append({"expr": firing, "eval_time": f"{minute}m", "exp_samples": expected})
    return {
        "rule_files": [str(RULES), str(ALERTS)],
        "evaluation_interval": f"{case.step}m",
        "group_eval_order": ["evenhand-recording", "evenhand-alerts"],
        "tests": [
            {
                "interval": f"{case.step}m",
                "input_series": series,
                "promql_expr_test": checks,
            }
        ],
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_exactly_the_right_alert_fires(case: Case, tmp_path: Path) -> None:
    file = tmp_path / "case.yml"
    file.write_text(json.dumps(unit_tests(case)))  # JSON is YAML
    promtool("test", "rules", file)


def test_promtool_accepts_the_rules() -> None:
    said = promtool("check", "rules", RULES, ALERTS)
    assert said.count("SUCCESS") == 2


@pytest.mark.parametrize("alert", alerts(TIMES, THRESHOLDS), ids=lambda alert: alert.name)
def test_every_alert_has_a_case_that_fires_and_others_that_do_not(alert: Alert) -> None:
    assert any(alert.name in case.at.values() for case in CASES)
    assert any(set(case.at.values()) == {""} for case in CASES)


@pytest.mark.parametrize("alert", alerts(TIMES, THRESHOLDS), ids=lambda alert: alert.name)
def test_every_alert_says_what_a_reader_of_it_needs(alert: Alert) -> None:
    annotations = alert.annotations
    assert set(annotations) == {"summary", "description", "dashboard_url", "runbook_url"}
    assert all(annotations.values())
    assert alert.severity in ("critical", "warning")
    assert len(annotations["summary"]) < 100


@pytest.mark.parametrize(
    ("scale", "seconds", "duration"),
    [
        (1.0, 1800, "30m"),
        (1.0, 604_800, "1w"),
        (1 / 60, 1800, "30s"),
        (1 / 60, 600, "10s"),
        (0.01, 1800, "18s"),
        (1 / 120, 60, "500ms"),
    ],
)
def test_a_drill_scales_every_stretch_of_time(scale: float, seconds: float, duration: str) -> None:
    assert Times(scale).duration(seconds) == duration
