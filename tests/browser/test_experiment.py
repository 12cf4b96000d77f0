"""Experiments in real browsers: drawn once for each tab, the hold-out never asked, nothing kept.

A page draws what its address says; `node --test` draws by weight (tests/js/asking.test.js).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from .conftest import VisitFunction
from .experiment_site import CORNER, HELD, PLAIN
from .harness import Action, Page, Visit, Wait
from .notice_harness import SETTLE, inside
from .servers import Server, serving
from .test_demo import scraped

pytestmark = pytest.mark.browser

DRAWS = {PLAIN: 0.1, CORNER: 0.5, HELD: 0.9}
"""What `Math.random` gives where each arm is drawn."""
JUDGED = Wait("verdict", settle=300)

# What probe.js does where ads are blocked, for no blocker runs here; the report is a real one.
DUE: Action = {
    "evaluate": """(async () => {
  const build = new URL("./", document.querySelector("script[data-evenhand]").src).href;
  const { ask } = await import(build + "notice.js");
  const base = build + "../";
  const report = (fields) => fetch(base + "outcome", {
    method: "POST", body: JSON.stringify({ v: 1, signals: ["image_bait_failed"], ...fields }),
  });
  const signals = ["image_bait_failed", "script_bait_failed"];
  globalThis.__announced = [];
  document.addEventListener("reader-support:notice", ({ detail }) => __announced.push(detail));
  return !!(await ask({ base, build, verdict: "blocked", signals, report }));
})()"""
}
ANNOUNCED: Action = {"evaluate": "globalThis.__announced"}


REFUSED: Action = {
    "evaluate": """(() => {
  XMLHttpRequest.prototype.send = function () { setTimeout(() => this.onloadend()); };
})()"""
}
LATE: Action = {
    "evaluate": """(async () => {
  const build = new URL("./", document.querySelector("script[data-evenhand]").src).href;
  const { ask } = await import(build + "notice.js");
  const told = [];
  const report = ({ event }) => told.push(event);
  await ask({ base: build + "../", build, verdict: "loaded", signals: [], report });
  return told;
})()"""
}
MOVED: Action = {"evaluate": "history.pushState(null, '', '/next')"}
PLACE = inside("section.parentNode.host.getAttribute('placement')")
STATUS = inside('root.querySelector("[role=status]").textContent')
STEPS: list[Action] = [{"click": "summary"}, {"click": "[data-act=check]"}, SETTLE, STATUS]


@pytest.fixture(scope="module")
def site() -> Iterator[Server]:
    command = ("-m", "uvicorn", "browser.experiment_site:create_app", "--factory")
    options = ("--app-dir", "tests", "--port", "{port}", "--log-level", "warning")
    with serving(*command, *options, ready="/ready") as server:
        yield server


def events(server: Server) -> Counter[tuple[str, str]]:
    """Notice events by variant and event, as the metrics have them."""
    found: Counter[tuple[str, str]] = Counter()
    for series, n in scraped(server).items():
        if series.startswith("evenhand_notice_total{"):
            labels = dict(re.findall(r'(\w+)="([^"]*)"', series))
            found[labels["variant"], labels["event"]] += n
    return +found


def at(server: Server, variant: str, path: str = "/") -> str:
    return server.at("127.0.0.1", f"{path}?at={DRAWS[variant]}")


def kept(page: Page) -> dict[str, object]:
    found: dict[str, object] = json.loads(page.session_storage["reader-support"])
    return found


def test_a_tab_draws_once_and_the_hold_out_is_never_asked(
    site: Server, visit: VisitFunction
) -> None:
    """With a real blocker. The later page view of a tab would draw another arm, and doesn't."""

    def tab(variant: str, other: str) -> Visit:
        later: Action = {"goto": at(site, other, "/two")}
        return Visit(url=at(site, variant), wait=Wait("verdict", settle=900), actions=[later])

    before = events(site)
    asked, held = visit(
        tab(PLAIN, CORNER), tab(HELD, PLAIN), browser="firefox", blocker="ubo"
    ).visits
    assert events(site) - before == {
        (PLAIN, "assigned"): 1,
        (PLAIN, "shown"): 1,
        (HELD, "assigned"): 1,
    }
    for page, variant in ((asked, PLAIN), (held, HELD)):
        assert len(page.requested("notice?")) == 1, "once for each tab"
        assert f"variant={variant}" in page.requested("notice?")[0].url
        assert page.local_storage == {}, "nothing that outlasts the tab"
        assert page.cookie == ""
        assert not page.page_errors
        assert not page.console
    assert kept(asked) == {"views": 2, "arm": PLAIN, "asked": True, "told": ["assigned", "shown"]}
    assert kept(held) == {"views": 2, "arm": HELD, "held": True, "told": ["assigned"]}
    assert not held.notice.present


def test_outcomes_count_once_for_a_tab_and_later_ads_in_all_arms_alike(
    site: Server, visit: VisitFunction
) -> None:
    """Without a blocker: what the probe itself finds on the next page views is `loaded`."""
    again: list[Action] = [{"reload": True}, {"reload": True}]
    actions: dict[str, list[Action]] = {
        PLAIN: [DUE, SETTLE, *again],
        HELD: [DUE, SETTLE, *again],
        CORNER: [DUE, SETTLE, *STEPS, PLACE, ANNOUNCED, *again],
    }
    tabs = [Visit(url=at(site, arm), wait=JUDGED, actions=done) for arm, done in actions.items()]
    before = events(site)
    plain, held, corner = visit(*tabs, browser="chromium").visits
    assert (plain.steps[0].value, held.steps[0].value) == (True, False), "shown, and not"
    assert corner.steps[5].value.startswith("Thank you!")
    assert corner.steps[6].value == "corner"
    seen = [each["event"] for each in corner.steps[7].value]
    assert seen == ["assigned", "shown", "steps", "allowed"], "the page hears of it at once"
    assert events(site) - before == {
        **{(arm, event): 1 for arm in DRAWS for event in ("assigned", "allowed")},
        **{(arm, "shown"): 1 for arm in (PLAIN, CORNER)},
        (CORNER, "steps"): 1,
    }
    assert plain.local_storage == held.local_storage == {}


def test_only_a_later_page_view_of_an_assigned_tab_counts(
    site: Server, visit: VisitFunction
) -> None:
    def tab(variant: str, *actions: Action) -> Visit:
        return Visit(url=at(site, variant), wait=JUDGED, actions=actions)

    before = events(site)
    arm, other, failed, unheld, clean = visit(
        *(tab(each, DUE, LATE, MOVED, LATE, LATE) for each in (PLAIN, HELD)),
        *(tab(each, REFUSED, DUE, {"reload": True}) for each in (PLAIN, HELD)),
        tab(PLAIN, LATE),
        browser="chromium",
    ).visits
    for page in (arm, other):
        told = [page.steps[n].value for n in (1, 3, 4)]
        assert told == [[], ["allowed"], []], "not with its own ads; then once"
    # The notice could not be fetched: nobody would have been asked, in the hold-out or elsewhere.
    for page in (failed, unheld):
        assert page.steps[1].value is False
        assert "told" not in kept(page) or kept(page)["told"] == []
    assert clean.steps[0].value == [], "a tab that was never to be asked"
    assert not clean.session_storage
    assert events(site) - before == {
        (PLAIN, "assigned"): 1,
        (PLAIN, "shown"): 1,
        (HELD, "assigned"): 1,
    }
