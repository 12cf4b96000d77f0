""" "I've allowed ads: check again": judged anew, said politely, and never held against a reader."""

from __future__ import annotations

import json

import pytest

from evenhand.baits import baits

from .conftest import VisitFunction
from .harness import Action, Page, Visit, Wait
from .notice_harness import SETTLE, SIGNALS, TOLD, ask, inside, site
from .servers import Server

__all__ = ["site"]

pytestmark = pytest.mark.browser

HOSTS = ("ad_tags_failed", "image_bait_loaded")
CHECK: Action = {"click": "[data-act=check]"}
OPENED: Action = {"click": "summary"}
STATUS = inside('root.querySelector("[role=status]").textContent')
# Whoever listens to the page: a status is read out because it changes after it is there.
LIVE = inside('root.querySelector("[role=status]").isConnected')


def looked_at(site: Server, path: str, *actions: Action) -> Visit:
    return Visit(url=site.at("127.0.0.1", path), wait=Wait("load", settle=1000), actions=actions)


def kept(page: Page) -> dict[str, object]:
    found: dict[str, object] = json.loads(page.local_storage.get("reader-support", "{}"))
    return found


def test_who_allows_ads_is_thanked_and_left_alone(site: Server, visit: VisitFunction) -> None:
    """No blocker runs here, so that what is said to have failed comes through by now."""
    again = ask(remembering=True)
    page, other = visit(
        looked_at(site, "/default/", ask(), SETTLE, OPENED, LIVE, CHECK, SETTLE, STATUS, TOLD),
        looked_at(site, "/default/", again),
        browser="firefox",
    ).visits
    assert page.steps[3].value is True
    assert page.steps[6].value.startswith("Thank you!")
    assert page.steps[7].value == ["shown", "steps", "allowed"]
    assert page.notice.visible, "the reader closes it, or reloads"
    assert page.notice.focus_inside, "the focus stays where it was"
    assert kept(page)["times"] == 1
    assert other.steps[0].value["announced"] == [{"event": "withheld", "reasons": ["resting"]}]
    tried = [r.url.partition("/pair/")[2] for r in page.requested("/pair/")]
    counted, script = baits().pairs[:2]
    assert tried.count(counted.bait) == 1, "the counted pair is for page views"
    assert tried.count(script.bait) == 2


def test_what_is_still_blocked_is_said_politely(site: Server, visit: VisitFunction) -> None:
    fail: Action = {
        "evaluate": """(() => {
  const src = { set() { setTimeout(() => this.onerror()); } };
  Object.defineProperty(HTMLScriptElement.prototype, "src", src);
})()"""
    }
    failed = ask(signals=[*SIGNALS, "fetch_bait_failed"])  # what comes by now is no proof
    closing: Action = {"click": ".close"}
    page = visit(
        looked_at(
            site, "/default/", failed, SETTLE, OPENED, fail, CHECK, SETTLE, STATUS, closing, TOLD
        ),
        browser="chromium",
    ).visits[0]
    assert page.steps[6].value.startswith("Ads still seem to be blocked here. That's all right")
    assert page.steps[8].value == ["shown", "steps", "dismissed"]
    assert page.page_errors == []


def test_where_only_a_reload_can_tell_the_page_is_loaded_again(
    site: Server, visit: VisitFunction
) -> None:
    first = ask("blocked_probable", HOSTS)
    again = ask("blocked_probable", HOSTS, remembering=True)
    page = visit(
        looked_at(site, "/probable/", first, SETTLE, OPENED, CHECK, {"wait": 1500}, again, SETTLE),
        looked_at(site, "/probable/", ask(), {"reload": True}),
        browser="chromium",
    ).visits[0]
    loads = [request for request in page.requests if request.type == "document"]
    assert len(loads) == 2
    assert page.steps[5].value["shown"], "the reader has asked for it"
    assert page.notice.visible
    assert "Ads still seem to be blocked here." in page.notice.text
    assert not page.notice.focus_inside
    assert json.loads(page.session_storage["reader-support"])["asked"] is True
    assert kept(page) == {}, "checking is no answer"


def test_a_real_ad_takes_the_notice_back(site: Server, visit: VisitFunction) -> None:
    take: Action = {"evaluate": "(__takeBack(), 1)"}
    page = visit(
        looked_at(site, "/plain-slot/", ask(), SETTLE, take, TOLD, take, TOLD), browser="chromium"
    ).visits[0]
    assert page.steps[3].value == page.steps[5].value == ["shown", "withdrawn"]
    assert not page.notice.present
    assert kept(page) == {}, "the reader has not acted"


def test_a_way_to_help_is_an_answer(site: Server, visit: VisitFunction) -> None:
    stay: Action = {"evaluate": "document.addEventListener('click', (e) => e.preventDefault())"}
    page = visit(
        looked_at(site, "/plain-bar/", ask(), SETTLE, stay, {"click": "a.way"}, TOLD),
        browser="chromium",
    ).visits[0]
    assert page.steps[4].value == ["shown", "way"]
    assert kept(page)["times"] == 1
    assert page.notice.visible
