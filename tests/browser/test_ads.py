"""Did ads load, and if not, why: pages with ad tags of their own, in browsers with a blocker.

GPT, AdSense, Amazon, Carbon, Taboola and Outbrain are stand-ins that do what is documented of the
real files, which can't be had.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import get_args

import pytest

from .ad_conditions import CONTROLS, Blocked, Outcome, Stage
from .adstack import Fate
from .conditions import BOTH
from .conftest import VisitFunction
from .harness import BROWSER_OF, HOST_BLOCKERS, Blocker, Browser, Run, Wait, missing

pytestmark = pytest.mark.browser

AT_ONCE = 3  # browsers
# Only the tags of the big ones bring ads: where a list leaves a small one out, its ad is an ad.
BIG = Fate(small_fill=False)
STAND_INS = {"ubo", "ubo-network", "adguard", "adguard-network", "privacy-badger-silent"}
ON_HOSTS = [
    Blocked(
        blocker=blocker,
        browser=browser,
        pages={
            "seven": ("seven", BIG),
            "undeclared-bare": ("seven", BIG),
            "some-ads": ("seven", Fate()),
            "adsense": ("adsense", BIG),
            "adsense-alone": ("adsense-alone", BIG),
            "ad-free": ("ad-free", BIG),
            # A resolver knows nothing of pages, so it can't be switched off for one.
            **({} if blocker.startswith("dns-") else {"allowed": ("seven", BIG)}),
        },
    )
    for blocker, browsers in HOST_BLOCKERS.items()
    for browser in browsers
    if blocker != "privacy-badger"
]
ON_LISTS = [
    Blocked(
        blocker=blocker,
        browser=BROWSER_OF[blocker],
        pages={
            "seven": ("seven", BIG),
            "undeclared-bare": ("seven", BIG),
            "allowed": ("seven", BIG),
        },
    )
    for blocker in get_args(Blocker)
    if not blocker.endswith("-network")
]
SIGNALLING = Blocked(
    blocker="privacy-badger",
    browser="firefox",
    pages={"seven": ("seven", BIG)},
    wait=Wait("load", settle=4000),
)
SETUPS = [*ON_HOSTS, *ON_LISTS, SIGNALLING]
Measured = Mapping[str, "Future[tuple[Run, dict[str, Outcome]]]"]


@pytest.fixture(scope="module")
def measured(ads: Stage, request: pytest.FixtureRequest) -> Iterator[Measured]:
    """Every set-up that is asked for and can be had here, a few at a time."""
    marks = [getattr(item, "callspec", None) for item in request.session.items]
    wanted = {mark.params["setup"].id for mark in marks if mark and "setup" in mark.params}
    setups = [
        setup
        for setup in SETUPS
        if setup.id in wanted and not missing(setup.browser) and not missing(setup.blocker)
    ]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {setup.id: pool.submit(ads.blocked, setup) for setup in setups}


def found(
    measured: Measured, seen: list[Outcome], setup: Blocked
) -> tuple[Run, dict[str, Outcome]]:
    for part in (setup.browser, setup.blocker):
        if reason := missing(part):
            pytest.skip(reason)
    run, outcomes = measured[setup.id].result()
    seen += outcomes.values()
    return run, outcomes


def told(outcomes: Mapping[str, Outcome]) -> str:
    return json.dumps({name: outcome.row() for name, outcome in outcomes.items()}, indent=1)


def verdicts(outcomes: Mapping[str, Outcome]) -> dict[str, str | None]:
    return {name: outcome.verdict for name, outcome in outcomes.items()}


@pytest.mark.parametrize("setup", ON_HOSTS, ids=lambda setup: setup.id)
def test_a_blocker_that_spares_the_first_party_is_probable(
    measured: Measured, seen: list[Outcome], setup: Blocked
) -> None:
    run, outcomes = found(measured, seen, setup)
    for evidence in (run.before, run.after):
        assert evidence.ad_host_blocked
        assert evidence.listed_script, "the first party is spared"
    is_badger = setup.blocker == "privacy-badger-silent"
    # Firefox tells what never got onto the network; Privacy Badger hasn't heard of AdSense.
    single = "blocked_probable" if setup.browser == "firefox" and not is_badger else "unknown"
    expected = {
        "seven": "blocked_probable",
        "undeclared-bare": "blocked_probable",
        "some-ads": "loaded",  # none of the lists names Carbon
        "adsense": single,
        "adsense-alone": "unknown",
        "ad-free": "not_applicable",
        "allowed": "loaded",
    }
    assert verdicts(outcomes) == {name: expected[name] for name in outcomes}, told(outcomes)
    assert not any(outcome.notice for outcome in outcomes.values()), told(outcomes)
    sign = "ad_tag_standin" if setup.blocker in STAND_INS else "ad_tags_failed"
    assert sign in outcomes["seven"].signals, told(outcomes)
    assert outcomes["seven"].counted == {"blocked_probable": 1}, told(outcomes)


@pytest.mark.parametrize("setup", ON_LISTS, ids=lambda setup: setup.id)
def test_a_blocker_is_certain_and_none_of_its_stand_ins_is_an_ad(
    measured: Measured, seen: list[Outcome], setup: Blocked
) -> None:
    certain(*found(measured, seen, setup), setup)


def certain(run: Run, outcomes: Mapping[str, Outcome], setup: Blocked) -> None:
    for evidence in (run.before, run.after):
        assert evidence.blocked
        assert evidence.ad_host_blocked
    expected = {"seven": "blocked", "undeclared-bare": "blocked", "allowed": "loaded"}
    assert verdicts(outcomes) == expected, told(outcomes)
    assert {name: outcome.counted for name, outcome in outcomes.items()} == {
        name: {verdict: 1} for name, verdict in expected.items()
    }, told(outcomes)
    assert not outcomes["allowed"].notice, told(outcomes)
    for name in ("seven", "undeclared-bare"):
        signals = set(outcomes[name].signals)
        assert ("ad_tag_standin" in signals) == (setup.blocker in STAND_INS), told(outcomes)
        assert signals & {"ad_tag_standin", "ad_tags_failed", "ad_tag_failed"}, told(outcomes)


@pytest.mark.parametrize("setup", [SIGNALLING], ids=lambda setup: setup.id)
def test_a_blocker_that_signals_do_not_track_is_heeded(
    measured: Measured, seen: list[Outcome], setup: Blocked
) -> None:
    run, outcomes = found(measured, seen, setup)
    assert run.before.ad_host_blocked
    assert run.after.ad_host_blocked
    assert verdicts(outcomes) == {"seven": None}, told(outcomes)
    assert outcomes["seven"].counted == {}, told(outcomes)


def test_a_late_ad_takes_the_notice_back(
    ads: Stage, visit: VisitFunction, seen: list[Outcome]
) -> None:
    host = "late-house"
    shown = Wait(until="notice", timeout=8000)
    opened = ads.visit(host, host, Fate(), wait=shown, actions=[{"wait": 11_000}])
    run = visit(opened, browser="chromium", blocker="adguard-network", hosts=ads.hosts)
    assert run.before.blocked
    assert run.after.blocked
    [page] = run.visits
    assert page.waited, "the notice was shown"
    outcome = ads.outcome(host, host, "chromium", page)
    seen.append(outcome)
    assert outcome.verdicts == ("blocked", "loaded")
    assert outcome.counted == {"blocked": 1}
    assert outcome.revised == {"loaded": 1}
    assert not page.notice.present


@pytest.mark.parametrize("browser", BOTH)
def test_a_healthy_tag_of_an_unknown_make_has_not_failed(
    ads: Stage, seen: list[Outcome], browser: Browser
) -> None:
    """Marked and no more. Counted as failed, it would look like an outage in all browsers."""
    if reason := missing(browser):
        pytest.skip(reason)
    bare = [control for control in CONTROLS if control.page == "told-bare"]
    outcomes = list(ads.controls(browser, bare))
    seen += outcomes
    assert len(outcomes) == 2
    for control, outcome in zip(bare, outcomes, strict=True):
        assert outcome.verdict in control.verdicts
        assert "image_bait_loaded" in outcome.signals
        assert not {"ad_tag_failed", "ad_pending"} & {*outcome.signals}
