"""Did ads load, and if not, why: pages with ad tags of their own, in browsers without a blocker.

GPT, AdSense, Amazon, Carbon, Taboola and Outbrain are stand-ins that do what is documented of the
real files, which can't be had; Prebid is the real one in the tests that are named so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from .ad_conditions import CONTROLS, DOWN, RAW, SETTLED, Control, Outcome, Stage, spoiled
from .adstack import GONE, Fate
from .conditions import BOTH
from .conftest import VisitFunction
from .harness import Action, Browser, missing
from .proxy import Rule

pytestmark = pytest.mark.browser

EXCHANGE = "ib.adnxs.com"
ARCHIVE = "cdn.jsdelivr.net"
COMMON = [control for control in CONTROLS if not control.rare]
Found = Mapping[tuple[str, Browser], Outcome]


@pytest.fixture(scope="module")
def controls(ads: Stage, seen: list[Outcome]) -> Found:
    return measure(ads, seen, COMMON)


def measure(ads: Stage, seen: list[Outcome], controls: Sequence[Control]) -> Found:
    """All of them, once: both browsers at the same time."""
    browsers = [browser for browser in BOTH if not missing(browser)]
    with ThreadPoolExecutor(2) as pool:
        measured = pool.map(lambda browser: ads.controls(browser, controls), browsers)
        outcomes = [outcome for some in measured for outcome in some]
    seen += outcomes
    return {(outcome.name, outcome.browser): outcome for outcome in outcomes}


def rows(controls: Sequence[Control]) -> list[object]:
    return [
        pytest.param(control, browser, id=f"{control.name}-{browser}")
        for control in controls
        for browser in control.browsers
    ]


@pytest.mark.parametrize(("control", "browser"), rows(COMMON))
def test_without_a_blocker_nobody_is_accused(
    controls: Found, control: Control, browser: Browser
) -> None:
    innocent(controls, control, browser)


def innocent(controls: Found, control: Control, browser: Browser) -> None:
    if reason := missing(browser):
        pytest.skip(reason)
    outcome = controls[control.name, browser]
    told = json.dumps(outcome.row(), indent=1)
    assert "blocked" not in outcome.counted, told
    assert "blocked" not in outcome.verdicts, told
    assert not outcome.notice, told
    assert outcome.verdict in control.verdicts, told
    assert set(control.signals) <= set(outcome.signals), told
    assert not set(control.unsaid) & set(outcome.signals), told
    if control.first:
        assert outcome.verdicts[0] == control.first, told


@pytest.mark.parametrize("browser", BOTH)
def test_real_prebid_fills_a_slot_or_says_that_nobody_bid(
    ads: Stage, visit: VisitFunction, seen: list[Outcome], browser: Browser
) -> None:
    if reason := missing("prebid"):
        pytest.skip(reason)
    fates = {
        "filled": (Fate(), ("loaded",)),
        "no-bids": (Fate(fills=False), ("unfilled",)),
        "exchange-503": (spoiled(DOWN, EXCHANGE), ("unfilled", "unknown")),
        "exchange-reset": (spoiled(GONE, EXCHANGE), ("unfilled", "unknown")),
        "exchange-slow": (spoiled(Rule("", after=10), EXCHANGE), ("unfilled", "slow", "unknown")),
        "archive-503": (spoiled(DOWN, ARCHIVE), ("unknown",)),
    }
    hosts = {name: f"prebid-{name}-{browser}" for name in fates}
    visits = [
        ads.visit(hosts[name], "prebid", fate, wait=SETTLED, actions=[{"evaluate": RAW}])
        for name, (fate, _) in fates.items()
    ]
    run = visit(*visits, browser=browser, hosts=ads.hosts)
    found = {
        name: ads.outcome(f"prebid/{name}", hosts[name], browser, page)
        for name, page in zip(fates, run.visits, strict=True)
    }
    seen += found.values()
    told = json.dumps({name: outcome.row() for name, outcome in found.items()}, indent=1)
    for name, (_, verdicts) in fates.items():
        assert found[name].verdict in verdicts, told
        assert not found[name].notice, told
    assert any(f"{EXCHANGE}/ut/v3/prebid" in url for url in found["filled"].asked), told


@pytest.mark.parametrize("browser", BOTH)
def test_real_prebid_on_a_site_with_dns_blocking_brings_no_ad(
    ads: Stage, visit: VisitFunction, seen: list[Outcome], browser: Browser
) -> None:
    """The library itself comes from an archive that no list of hosts can name."""
    if reason := missing("prebid"):
        pytest.skip(reason)
    host = f"prebid-dns-{browser}"
    opened = ads.visit(host, "prebid", Fate(), wait=SETTLED, actions=[{"evaluate": RAW}])
    run = visit(opened, browser=browser, blocker="dns-nxdomain", hosts=ads.hosts)
    assert run.before.ad_host_blocked
    assert run.after.ad_host_blocked
    outcome = ads.outcome("dns-nxdomain/prebid", host, browser, run.visits[0])
    seen.append(outcome)
    assert outcome.verdict in {"blocked_probable", "unfilled", "unknown"}, outcome.row()
    assert not outcome.notice


@pytest.mark.parametrize("browser", BOTH)
def test_each_view_of_a_single_page_app_is_judged(
    ads: Stage, visit: VisitFunction, seen: list[Outcome], browser: Browser
) -> None:
    host = f"spa-{browser}"
    settle: Action = {"wait": 4000}
    steps: list[Action] = [
        {"evaluate": "void go('second', plain)"},
        settle,
        {"evaluate": "void go('third', story)"},
        settle,
    ]
    run = visit(
        ads.visit(host, "spa", Fate(), wait=SETTLED, actions=steps),
        browser=browser,
        hosts=ads.hosts,
    )
    outcome = ads.outcome("spa", host, browser, run.visits[0])
    seen.append(outcome)
    assert outcome.verdicts == ("loaded", "not_applicable", "loaded")
    assert outcome.counted == {"loaded": 2, "not_applicable": 1}
    assert not outcome.notice


@pytest.mark.parametrize("browser", BOTH)
def test_a_page_that_was_kept_is_judged_again(
    ads: Stage, visit: VisitFunction, seen: list[Outcome], browser: Browser
) -> None:
    host = f"kept-{browser}"
    steps: list[Action] = [
        {"goto": ads.url(host, "ad-free")},
        {"back": 4000},
        {"evaluate": "document.documentElement.dataset.kept"},
    ]
    run = visit(
        ads.visit(host, "kept", Fate(), wait=SETTLED, actions=steps),
        browser=browser,
        hosts=ads.hosts,
    )
    outcome = ads.outcome("kept", host, browser, run.visits[0])
    seen.append(outcome)
    assert outcome.raw == "true", "it was loaded anew instead"
    assert outcome.verdicts == ("loaded", "loaded")
    assert outcome.counted == {"loaded": 2, "not_applicable": 1}
