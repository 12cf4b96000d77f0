"""What `test_ads.py` and `test_ad_controls.py` leave out: too long for the gate."""

from __future__ import annotations

from typing import get_args

import pytest

from .ad_conditions import CONTROLS, Blocked, Control, Outcome, Stage
from .harness import BROWSER_OF, Blocker, Browser, missing
from .test_ad_controls import Found, innocent, measure, rows
from .test_ads import BIG, certain

pytestmark = pytest.mark.browser

RARE = [control for control in CONTROLS if control.rare]
PAGES = {
    "seven": ("seven", BIG),
    "undeclared-bare": ("seven", BIG),
    "allowed": ("seven", BIG),
}


@pytest.fixture(scope="module")
def controls(ads: Stage, seen: list[Outcome]) -> Found:
    return measure(ads, seen, RARE)


@pytest.mark.parametrize(("control", "browser"), rows(RARE))
def test_without_a_blocker_nobody_is_accused(
    controls: Found, control: Control, browser: Browser
) -> None:
    innocent(controls, control, browser)


@pytest.mark.parametrize(
    "blocker", [name for name in get_args(Blocker) if name.endswith("-network")]
)
def test_a_blocker_that_hides_nothing_is_certain(
    ads: Stage, seen: list[Outcome], blocker: Blocker
) -> None:
    setup = Blocked(blocker=blocker, browser=BROWSER_OF[blocker], pages=PAGES)
    for part in (setup.browser, blocker):
        if reason := missing(part):
            pytest.skip(reason)
    run, outcomes = ads.blocked(setup)
    seen += outcomes.values()
    certain(run, outcomes, setup)
