"""No one is accused: every awkward but innocent condition, in every browser that can have it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from .conditions import BOTH, CONDITIONS, Bench, Condition, Guard, Outcome, bench, table
from .harness import ROOT, Browser, Visit, VisitError, missing, visit

pytestmark = pytest.mark.browser

RESULT = ROOT / "build/conditions.json"
MOST_WRONG = 200  # page views that may be counted wrong before an open guard closes
# What a browser itself says of an answer or a connection that failed; it can't be avoided.
UNAVOIDABLE = (
    "Failed to load resource",
    "Cross-Origin-Resource-Policy",  # a sandboxed frame is another origin
    "its MIME type",
    "Rendering was performed in a subtree",
)


@dataclass
class Measured:
    """What came of all visits: an outcome each, or why a visit could not be made."""

    outcomes: dict[tuple[str, Browser, Guard], Outcome]
    errors: list[VisitError]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    if reason := missing("node"):
        pytest.skip(reason)
    with bench(tmp_path_factory.mktemp("conditions")) as made:
        yield made


@pytest.fixture(scope="module")
def measured(site: Bench, pytestconfig: pytest.Config) -> Measured:
    """All conditions, measured once: both browsers at the same time."""
    found = Measured({}, [])

    def measure(browser: Browser) -> None:
        for outcome in site.measure(browser):
            if isinstance(outcome, VisitError):
                found.errors.append(outcome)
            else:
                found.outcomes[outcome.condition.name, browser, outcome.guard] = outcome

    browsers = [browser for browser in BOTH if not missing(browser)]
    threads = [threading.Thread(target=measure, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    order = [condition.name for condition in CONDITIONS]
    outcomes = sorted(
        found.outcomes.values(), key=lambda o: (order.index(o.condition.name), o.browser, o.guard)
    )
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps([outcome.row() for outcome in outcomes], indent=1) + "\n")
    plugins = pytestconfig.pluginmanager
    reporter, capture = plugins.get_plugin("terminalreporter"), plugins.get_plugin("capturemanager")
    if reporter and capture:
        with capture.global_and_fixture_disabled():
            reporter.write("\n" + table(outcomes) + "\n")
    return found


ROWS = [
    pytest.param(condition, browser, guard, id=f"{condition.name}-{browser}-{guard}")
    for condition in CONDITIONS
    for browser in condition.browsers
    for guard in condition.guards
]


def outcome_of(measured: Measured, condition: Condition, browser: Browser, guard: Guard) -> Outcome:
    if reason := missing(browser):
        pytest.skip(reason)
    outcome = measured.outcomes.get((condition.name, browser, guard))
    if outcome is None:
        pytest.fail("\n".join(f"{error.__notes__}: {error}" for error in measured.errors))
    return outcome


@pytest.mark.parametrize(("condition", "browser", "guard"), ROWS)
def test_nobody_is_accused(
    measured: Measured, condition: Condition, browser: Browser, guard: Guard
) -> None:
    outcome = outcome_of(measured, condition, browser, guard)
    told = json.dumps(outcome.row(), indent=1)
    assert outcome.verdict in condition.verdicts, told
    if condition.guard_decides and guard == "open":
        return  # bounded by the test below
    assert "blocked" not in outcome.counted, told
    assert not outcome.notice, told
    if not condition.guard_decides:
        assert outcome.verdict != "blocked", told
        assert not outcome.asked, told


@pytest.mark.parametrize(("condition", "browser", "guard"), ROWS)
def test_nothing_of_ours_is_said(
    measured: Measured, condition: Condition, browser: Browser, guard: Guard
) -> None:
    """No message of ours and no report to a publisher's policy collector.

    What a browser says of a failed request is its own.
    """
    outcome = outcome_of(measured, condition, browser, guard)
    said = [
        message
        for message in (*outcome.console, *outcome.violations)
        if "/reader-support/" in message and not any(part in message for part in UNAVOIDABLE)
    ]
    assert not said


# What a page view leaves when only its baits are lost: a control's hit and a report of a block.
REPORT = json.dumps(
    {
        "v": 1,
        "kind": "verdict",
        "site": "conditions",
        "verdict": "blocked",
        "signals": ["image_bait_failed", "script_bait_failed", "no_ad_evidence"],
    }
).encode()


@pytest.mark.parametrize("good_before", [0, 5, 150, 400])
def test_an_open_guard_closes_in_time_where_only_baits_are_lost(
    site: Bench, good_before: int
) -> None:
    """However many went well before; then no reader is asked, nor counted as blocking."""
    host = f"bulk-{good_before}"
    site.open_guard(host)
    for _ in range(good_before):
        site.page_view(host)
    for _ in range(2 * MOST_WRONG):
        if not site.counts(host)["open"]["open"]:
            break
        site.page_view(host, REPORT)
    wrong = site.counts(host)["verdict"]["blocked"]
    assert not site.counts(host)["open"]["open"], f"open after {wrong} wrong page views"
    assert 0 < wrong <= MOST_WRONG

    if good_before or missing("chromium"):
        return
    page = visit(Visit(url=site.url(host, "/page/plain")), browser="chromium").visits[0]
    assert page.verdict == "blocked", "a browser can't tell"
    assert not page.notice.present
    assert site.counts(host)["verdict"]["blocked"] == wrong
