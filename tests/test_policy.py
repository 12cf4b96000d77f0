"""Who is asked: a table shared with the browser's half, and a reason for every no."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from evenhand import Notice
from evenhand.asking.policy import FOREVER, Memory, Request, explain, in_browser, on_server
from evenhand.paths import below
from evenhand.vocabulary import NO_REASONS

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "js/asking_cases.json").read_text("utf-8")
)
NOON = datetime(2026, 11, 22, 12)  # noqa: DTZ001 - the reader's own clock has no zone


def hours(quiet: list[list[int]]) -> tuple[str, ...]:
    """Minutes since midnight as the option writes them."""
    return tuple(
        f"{begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}" for begin, end in quiet
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_servers_half_knows_what_the_browser_says(case: Mapping[str, Any]) -> None:
    rules = case["rules"]
    notice = Notice(
        after_pages=rules["after"],
        every_days=rules["days"],
        at_most=rules["most"],
        quiet_hours=hours(rules["quiet"]),
    )
    memory, now = Memory(**case["memory"]), datetime.fromisoformat(case["now"])
    assert in_browser(notice, memory, now) == case["reasons"]


@pytest.mark.parametrize(
    ("request_", "reasons"),
    [
        pytest.param(Request(), [], id="a reader who blocks"),
        pytest.param(Request(off=True), ["off"], id="off"),
        pytest.param(Request(mode="count"), ["mode"], id="mode count"),
        pytest.param(Request(mode="local"), [], id="mode local"),
        pytest.param(Request(version="2"), ["version"], id="a later version"),
        pytest.param(Request(foreign=True), ["foreign"], id="another site's page"),
        pytest.param(Request(opted_out=True), ["opted_out"], id="GPC"),
        pytest.param(Request(bot=True), ["bot"], id="a bot"),
        pytest.param(Request(verdict="loaded", believed="loaded"), ["verdict"], id="loaded"),
        pytest.param(
            Request(verdict="blocked_probable", believed="blocked_probable"),
            ["verdict"],
            id="probable",
        ),
        pytest.param(Request(verdict="<script>"), ["verdict"], id="no verdict of ours"),
        pytest.param(Request(path="/checkout/2"), ["quiet_path"], id="a quiet path"),
        pytest.param(Request(believed="unknown"), ["guard"], id="the guard is closed"),
        pytest.param(Request(exempt=True), ["exempt"], id="a paying reader"),
        pytest.param(Request(known=False), ["variant"], id="an earlier experiment's script"),
        pytest.param(Request(held=True), ["hold_out"], id="the hold-out"),
        pytest.param(
            Request(exempt=True, held=True), ["exempt", "hold_out"], id="exempt, so in no arm"
        ),
        pytest.param(
            Request(bot=True, path="/checkout", exempt=True),
            ["bot", "quiet_path", "exempt"],
            id="all that holds is said",
        ),
    ],
)
def test_the_server_says_why_not(request_: Request, reasons: list[str]) -> None:
    assert on_server(Notice(not_on=("/checkout",)), request_) == reasons


@pytest.mark.parametrize("verdict", ["blocked", "blocked_probable"])
def test_who_blocks_probably_is_asked_where_the_publisher_opts_in(verdict: Any) -> None:
    request = Request(verdict=verdict, believed=verdict)
    assert on_server(Notice(ask_probable=True), request) == []


def test_without_a_notice_there_is_nothing_to_explain() -> None:
    assert explain(None, Request(exempt=True), Memory(), NOON) == ["no_notice"]


def test_both_halves_are_explained_at_once() -> None:
    found = explain(Notice(), Request(exempt=True), Memory(until=FOREVER), NOON)
    assert found == ["few_pages", "silenced", "exempt"]
    assert explain(Notice(), Request(), Memory(views=2), NOON) == []


@pytest.mark.parametrize(
    ("clock", "quiet"),
    [("21:59", False), ("22:00", True), ("06:59", True), ("07:00", False), ("12:00", False),
     ("12:14", False), ("12:15", True), ("12:44", True), ("12:45", False)],
)  # fmt: skip
def test_quiet_hours_begin_and_end_on_the_minute(clock: str, quiet: bool) -> None:
    notice = Notice(after_pages=1, quiet_hours=("22:00-07:00", "12:15-12:45"))
    hour, minute = map(int, clock.split(":"))
    now = NOON.replace(hour=hour, minute=minute)
    assert in_browser(notice, Memory(), now) == (["quiet_hours"] if quiet else [])


def test_without_storage_nobody_is_asked() -> None:
    assert in_browser(Notice(after_pages=1), Memory(storage=False), NOON) == ["no_storage"]


def test_every_reason_is_a_known_one_and_can_come_up() -> None:
    seen = {reason for case in CASES for reason in case["reasons"]}
    # Found elsewhere: tests/test_asking_routes.py and the browser's tests.
    elsewhere = {"no_storage", "no_answer", "template", "no_notice", "off", "mode", "version"}
    elsewhere |= {"foreign", "opted_out", "bot", "verdict", "quiet_path", "guard", "exempt", "busy"}
    elsewhere |= {"variant"}
    assert seen | elsewhere == set(NO_REASONS)


@pytest.mark.parametrize(
    ("path", "folder", "inside"),
    [
        ("/a", "/a", True),
        ("/a/b", "/a", True),
        ("/a/b", "/a/", True),
        ("/ab", "/a", False),
        ("/", "/", True),
        ("/x", "/", True),
        ("", "/a", False),
        ("/aX/b", "/aX", True),
    ],
)
def test_a_path_lies_below_a_folder(path: str, folder: str, inside: bool) -> None:
    assert below(path, folder) is inside
