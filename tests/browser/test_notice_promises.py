# Long: ten promises, and what a reader sees of each.
"""Our ten promises to readers, a test for each."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from evenhand.asking.steps import guides
from evenhand.vocabulary import PLACEMENTS

from .conftest import VisitFunction
from .harness import Action, Page, Visit, Wait
from .notice_harness import ANNOUNCED, OPENED, SETTLE, TOLD, ask, inside, shown, site
from .servers import Server
from .test_demo import ad_origin, gazette, of, scraped

__all__ = ["ad_origin", "gazette", "shown", "site"]

pytestmark = pytest.mark.browser

P = "/reader-support/"


def test_promise_1_content_is_never_withheld(shown: Page) -> None:
    before, with_notice, after = (shown.steps[n].value for n in (1, 5, 10))
    assert before == with_notice == after, "not one character of the page has changed"


@pytest.mark.parametrize(
    ("verdict", "asked"),
    [
        *((verdict, False) for verdict in ("loaded", "unknown", "not_applicable", "no_consent")),
        *((verdict, False) for verdict in ("unfilled", "slow", "blocked_probable")),
        ("blocked", True),
    ],
)
def test_promise_2_no_notice_without_certainty(site: Server, verdict: str, asked: bool) -> None:
    url = site.at(
        "127.0.0.1", f"/default{P}notice?v=1&verdict={verdict}&signs=image_bait_failed&path=/"
    )
    headers = {
        "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    }
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        assert (answer.status == 200) is asked


def test_promises_3_4_and_5_nothing_kept_nobody_else_asked_nothing_disguised(
    gazette: Callable[..., Server], visit: VisitFunction
) -> None:
    server = gazette()
    page = visit(
        Visit(url=server.at("127.0.0.1", "/article"), wait=Wait("notice"), actions=[OPENED]),
        browser="firefox",
        blocker="ubo",
    ).visits[0]
    assert page.notice.visible
    assert page.cookie == ""
    assert page.local_storage == {}
    assert set(page.session_storage) == {"reader-support"}
    kept = json.loads(page.session_storage["reader-support"])
    assert kept == {"views": 1, "asked": True}, "counts and words, nothing that names a reader"
    ours = [urlsplit(request.url) for request in page.requests if P in request.url]
    assert {part.netloc for part in ours} == {urlsplit(page.url).netloc}
    known = r"(pair/[\w./]+|outcome|notice|[0-9a-f]{12}/(probe|ads|notice)\.(js|css))"
    for part in ours:
        assert re.fullmatch(re.escape(P) + known, part.path), part.path
    others = {urlsplit(request.url).netloc for request in page.requests} - {ours[0].netloc}
    assert len(others) <= 1, "the newspaper's own ad server"


def test_promise_6_once_and_never_again_if_so_wished(site: Server, visit: VisitFunction) -> None:
    """Every way in which a reader may answer, and what a later visit in another tab sees."""
    url = site.at("127.0.0.1", "/default/")
    again = ask(remembering=True)

    def answered(*how: Action, remembering: bool = False) -> list[Visit]:
        here = Visit(
            url=url,
            wait=Wait("load", settle=0),
            actions=[
                ask(remembering=remembering),
                SETTLE,
                *how,
                {"reload": True},
                again,
                ANNOUNCED,
            ],
        )
        other = Visit(url=url, wait=Wait("load", settle=0), actions=[again])
        return [here, other]

    ways: dict[str, list[Action]] = {
        "closed": [{"click": ".close"}],
        "not now": [{"click": "[data-act=close]:not(.close)"}],
        "escaped": [{"focus": "summary"}, {"press": "Escape"}],
        "silenced": [{"click": "[data-act=silence]"}],
    }
    visits = [each for how in ways.values() for each in answered(*how)]
    ignored = answered()
    pages = visit(*visits, *ignored, browser="chromium").visits
    for name, (here, other) in zip(ways, zip(pages[::2], pages[1::2], strict=True), strict=False):
        assert not here.notice.present, name
        expected = "silenced" if name == "silenced" else "resting"
        assert other.steps[0].value["announced"] == [
            {"event": "withheld", "reasons": [expected]}
        ], name
        kept = json.loads(other.local_storage["reader-support"])
        assert set(kept) == {"until", "times"}
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", kept["until"]), "a day, no time"
        assert kept["times"] == 1
    here, other = pages[-2:]
    assert here.steps[-1].value == [{"event": "withheld", "reasons": ["asked_in_tab"]}]
    assert other.steps[0].value["shown"], "who ignores it may see it once in another tab"
    assert other.local_storage == {}, "nothing is written before the reader acts"


def test_promise_6_not_before_the_second_page_view_and_not_too_often(
    site: Server, visit: VisitFunction
) -> None:
    patient = site.at("127.0.0.1", "/patient/")
    again = ask(remembering=True)
    forget: Action = {
        "evaluate": """(() => {
  const kept = JSON.parse(localStorage.getItem("reader-support"));
  localStorage.setItem("reader-support", JSON.stringify({ ...kept, until: "2020-01-01" }));
})()"""
    }
    first = Visit(
        url=patient,
        wait=Wait("load", settle=0),
        actions=[ask(), {"reload": True}, again, SETTLE, {"click": ".close"}, forget],
    )
    later = Visit(
        url=patient, wait=Wait("load", settle=0), actions=[again, {"reload": True}, again]
    )
    night = Visit(url=site.at("127.0.0.1", "/at-night/"), wait=Wait("load"), actions=[ask()])
    begun, over, quiet = visit(first, later, night, browser="chromium").visits
    assert begun.steps[0].value["announced"][0]["reasons"] == ["few_pages"]
    assert begun.steps[2].value["shown"]
    assert over.steps[2].value["announced"][0]["reasons"] == ["often_enough"]
    assert quiet.steps[0].value["announced"][0]["reasons"] == ["quiet_hours"]


def test_promise_6_without_storage_no_notice(site: Server, visit: VisitFunction) -> None:
    refuse: Action = {
        "evaluate": """(() => {
  Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };
})()"""
    }
    page = visit(
        Visit(
            url=site.at("127.0.0.1", "/default/"),
            wait=Wait("load", settle=0),
            actions=[refuse, ask()],
        ),
        browser="firefox",
    ).visits[0]
    assert page.steps[1].value == {
        "shown": False,
        "announced": [{"event": "withheld", "reasons": ["no_storage"]}],
    }
    assert not page.requested("notice?"), "and nothing is asked of the server"


def test_promise_7_who_is_to_be_left_alone_is(site: Server, visit: VisitFunction) -> None:
    """GPC in a real browser; exempt readers and bots: tests/test_asking_routes.py."""
    page = visit(
        Visit(
            url=site.at("127.0.0.1", "/default/"),
            wait=Wait("load", settle=0),
            actions=[ask()],
            emulate={"gpc": True},
        ),
        browser="chromium",
    ).visits[0]
    assert page.steps[0].value["announced"] == [{"event": "withheld", "reasons": ["opted_out"]}]


def test_promise_8_exact_steps_and_other_ways(site: Server, visit: VisitFunction) -> None:
    choose = inside(
        """(() => {
  const picker = root.querySelector("select");
  return [...picker.options].map(({ value }) => {
    picker.value = value;
    picker.dispatchEvent(new Event("change", { bubbles: true }));
    const guides = [...root.querySelectorAll("[data-guide]")];
    const shown = guides.filter((guide) => guide.getClientRects().length);
    const names = shown.map((guide) => guide.dataset.guide);
    return [value, names, shown[0]?.querySelectorAll("li").length, "network" in section.dataset];
  });
})()"""
    )
    page = visit(
        Visit(
            url=site.at("127.0.0.1", "/plain-bar/"),
            wait=Wait("load", settle=0),
            actions=[ask(), SETTLE, OPENED, choose, {"click": "[data-act=close]"}, SETTLE, TOLD],
        ),
        browser="chromium",
    ).visits[0]
    chosen = page.steps[3].value
    known = {guide.id: guide for guide in guides()}
    assert {value for value, *_ in chosen} == set(known)
    for value, seen, steps, network in chosen:
        assert seen == [value]
        assert steps == len(known[value].steps)
        assert network == known[value].network
    assert page.steps[-1].value == ["shown", "steps", "dismissed"]
    until = json.loads(page.local_storage["reader-support"])["until"]
    assert until == "9999-12-31", "who says that it's the network is not asked again"


def test_promise_9_the_page_works_the_same_if_we_are_blocked(
    gazette: Callable[..., Server], visit: VisitFunction, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Against the same page whose publisher has switched us off."""
    extension = blocking(tmp_path_factory.mktemp("list"), "/reader-support/")
    html: Action = {"evaluate": "document.body.innerText"}
    server, bare = gazette(), gazette(EVENHAND_OFF="1")

    def looked_at(at: Server) -> Visit:
        url = at.at("127.0.0.1", "/article")
        return Visit(url=url, wait=Wait("load", settle=2500), actions=[html])

    listed = visit(
        looked_at(server), browser="chromium", setup={"extension": str(extension)}
    ).visits[0]
    without = visit(looked_at(bare), browser="chromium").visits[0]
    ours = listed.requested(P)
    assert ours
    assert all(request.failed for request in ours)
    assert listed.steps[0].value == without.steps[0].value
    assert listed.page_errors == []
    assert not listed.notice.present
    assert listed.layout_shift == without.layout_shift
    assert of(scraped(server), "evenhand_verdicts_total", "verdict") == {}, "not measured"


def blocking(folder: Path, part: str) -> Path:
    """An extension whose list blocks every address that contains a part."""
    rule = {"id": 1, "action": {"type": "block"}, "condition": {"urlFilter": part}}
    manifest = {
        "manifest_version": 3,
        "name": "list",
        "version": "1.0",
        "permissions": ["declarativeNetRequest"],
        "host_permissions": ["<all_urls>"],
        "declarative_net_request": {
            "rule_resources": [{"id": "list", "enabled": True, "path": "rules.json"}]
        },
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "rules.json").write_text(json.dumps([rule]))
    return folder


def test_promise_10_a_machine_readable_statement_at_a_fixed_place(site: Server) -> None:
    for placement in PLACEMENTS:
        url = site.at("127.0.0.1", f"/plain-{placement}{P}about.json")
        with urllib.request.urlopen(url) as answer:
            told: dict[str, Any] = json.load(answer)
        assert told["content_withheld"] is False
        assert told["cookies"] == told["identifiers"] == told["third_party_requests"] == []
        assert told["notice"]["at_most_once_in_days"] == 30
        assert told["notice"]["where"] == placement
        assert [item["where"] for item in told["stored_in_the_browser"]] == [
            "sessionStorage",
            "localStorage",
        ]


def test_in_a_real_blocker_each_place_is_seen_and_a_hidden_slot_stays_hidden(
    site: Server, visit: VisitFunction
) -> None:
    """The bar in all blockers: tests/browser/test_blockers.py."""
    host = "gazette.localhost"  # EasyList hides nothing on 127.0.0.1
    agent = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
    for placement in ("slot", "corner"):  # as the first reader without a blocker does
        bait = site.at("127.0.0.1", f"/plain-{placement}{P}pair/ads728x90.gif")
        headers = {**agent, "host": host}
        urllib.request.urlopen(urllib.request.Request(bait, headers=headers)).close()
    place = inside("section.parentNode.host.getAttribute('placement')")
    slot: Action = {"evaluate": "getComputedStyle(document.querySelector('.ad-slot')).display"}
    in_slot, corner = visit(
        Visit(url=site.at(host, "/plain-slot/"), wait=Wait("notice"), actions=[place, slot]),
        Visit(url=site.at(host, "/plain-corner/"), wait=Wait("notice"), actions=[place]),
        browser="firefox",
        blocker="ubo",
    ).visits
    assert in_slot.notice.visible
    assert in_slot.steps[1].value == "none", "what the list hides, we don't bring back"
    assert in_slot.steps[0].value == "bar"
    assert corner.notice.visible
    assert corner.steps[0].value == "corner"
