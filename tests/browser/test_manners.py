"""What a visit leaves behind in each mode, held against what readers are told in about.json."""

import json
import re
import urllib.request
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

import pytest

from .conftest import VisitFunction
from .harness import Browser, Page, Visit, Wait
from .servers import Server
from .test_demo import TESTS, ad_origin, gazette, quiet

__all__ = ["ad_origin", "gazette"]

pytestmark = pytest.mark.browser

CLEAN = pytest.mark.parametrize("browser", ["firefox", "chromium"])
P = "/reader-support/"
STILL = Wait("load", settle=2500)
MODES: dict[str, dict[str, str]] = {
    "count": {"EVENHAND_MODE": "count"},
    "local": {"EVENHAND_MODE": "local"},
    "full": {},
    "waiting": {"EVENHAND_CONSENT": "wait"},
}


def about(server: Server) -> dict[str, Any]:
    with urllib.request.urlopen(server.at("127.0.0.1", P + "about.json")) as answer:
        told: dict[str, Any] = json.load(answer)
    return told


def asked_for(page: Page) -> list[str]:
    """The paths of our own requests, without the pair's query or the notice's."""
    parts = [urlsplit(request.url) for request in page.requests]
    return [part.path for part in parts if part.path.startswith(P)]


def told_paths(told: dict[str, Any]) -> list[str]:
    return [request["path"].partition("?")[0] for request in told["requests"]]


@pytest.mark.parametrize("mode", MODES)
@CLEAN
def test_a_clean_visit_does_what_about_says(
    gazette: Callable[..., Server], visit: VisitFunction, browser: Browser, mode: str
) -> None:
    server = gazette(**MODES[mode])
    page = visit(Visit(url=server.at("127.0.0.1", "/article"), wait=STILL), browser=browser)
    _as_told(page.visits[0], about(server))
    paths = asked_for(page.visits[0])
    assert page.visits[0].local_storage == page.visits[0].session_storage == {}
    assert paths.count(P + "outcome") == (mode == "full")
    assert paths.count(P + "pair/ads728x90.gif") == paths.count(P + "pair/zx728q90.gif") == 1
    others = [path for path in paths if "/pair/" in path]
    assert len(others) == (8 if mode in ("local", "full") else 2)
    heard = [verdict.verdict for verdict in page.visits[0].verdicts]
    assert heard == (["loaded"] if mode in ("local", "full") else [])


@pytest.mark.parametrize("mode", ["count", "local", "full"])
def test_a_blocked_visit_does_what_about_says(
    gazette: Callable[..., Server], visit: VisitFunction, mode: str
) -> None:
    server = gazette(**MODES[mode])
    run = visit(
        Visit(url=server.at("127.0.0.1", "/article"), wait=Wait("load", settle=3500)),
        browser="firefox",
        blocker="ubo",
    )
    page, told = run.visits[0], about(server)
    _as_told(page, told)
    assert page.notice.present == (mode != "count")
    assert asked_for(page).count(P + "outcome") == (2 if mode == "full" else 0)
    stored = {*page.local_storage, *page.session_storage}
    assert stored <= {"reader-support"}
    if stored:
        assert any(kept["where"] == "sessionStorage" for kept in told["stored_in_the_browser"])


def _as_told(page: Page, told: dict[str, Any]) -> None:
    """Nothing but what readers are told: requests, cookies, hosts."""
    allowed = told_paths(told)
    for path in asked_for(page):
        assert any(fnmatchcase(path, pattern) for pattern in allowed), path
    assert told["cookies"] == told["identifiers"] == told["third_party_requests"] == []
    assert page.cookie == ""
    assert quiet(page)
    ports = {urlsplit(request.url).netloc for request in page.requests}
    assert len(ports) <= 2, "the newspaper and its own ad server"


def test_each_request_that_about_names_is_made(
    gazette: Callable[..., Server], visit: VisitFunction
) -> None:
    """Clean and blocked together: about.json promises nothing that never happens."""
    server = gazette()
    article = Visit(url=server.at("127.0.0.1", "/article"), wait=Wait("load", settle=3500))
    strict = Visit(url=server.at("127.0.0.1", "/strict"))
    clean, policy = visit(article, strict, browser="chromium").visits
    assert not policy.requested("pair/css")
    assert not policy.requested("pair/ads728x90.gif"), "what the page forbids is not tried"
    assert quiet(policy)
    blocked = visit(article, browser="firefox", blocker="ubo").visits[0]
    made = asked_for(clean) + asked_for(policy) + asked_for(blocked)
    never = [p for p in told_paths(about(server)) if not any(fnmatchcase(m, p) for m in made)]
    assert never == []


@CLEAN
def test_consent_that_comes_later_is_enough(
    gazette: Callable[..., Server], visit: VisitFunction, browser: Browser
) -> None:
    server = gazette(EVENHAND_CONSENT="wait")
    consent = "document.dispatchEvent(new Event('reader-support:consent')) && 1"
    visited = Visit(
        url=server.at("127.0.0.1", "/article"),
        wait=Wait("load", settle=800),
        actions=[{"evaluate": consent}, {"wait": 1500}],
    )
    page = visit(visited, browser=browser).visits[0]
    assert page.verdict == "loaded"
    paths = asked_for(page)
    assert paths.count(P + "outcome") == 1
    assert paths.count(P + "pair/ads728x90.gif") == 1, "the counted pair was counted already"


@pytest.mark.parametrize(
    ("change", "requests"),
    [
        ("off", r"/probe\.js$"),
        ("twice", None),
    ],
)
@CLEAN
def test_a_page_may_say_no_and_a_second_tag_does_nothing(
    serve: Callable[..., Server],
    visit: VisitFunction,
    browser: Browser,
    change: str,
    requests: str | None,
) -> None:
    command = ["-m", "uvicorn", "altered:app", "--app-dir", str(TESTS), "--port", "{port}"]
    server = serve(*command, env={"CHANGE": change}, ready="/favicon.svg")
    page = visit(Visit(url=server.at("127.0.0.1", "/about-us"), wait=STILL), browser=browser)
    paths = asked_for(page.visits[0])
    if requests:
        assert paths
        assert all(re.search(requests, path) for path in paths)
    else:
        assert paths.count(P + "outcome") == 1
    assert quiet(page.visits[0])


def test_a_sample_is_all_or_nothing(gazette: Callable[..., Server], visit: VisitFunction) -> None:
    server = gazette(EVENHAND_SAMPLE_RATE="0.000000001")
    page = visit(Visit(url=server.at("127.0.0.1", "/article"), wait=STILL), browser="chromium")
    assert [path.rpartition("/")[2] for path in asked_for(page.visits[0])] == ["probe.js"]
