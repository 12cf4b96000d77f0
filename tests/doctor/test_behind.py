"""The checks on what is behind the routes, and how all of it is told."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs
from rich.console import Console

from evenhand import __version__, statedir
from evenhand.doctor.browser import Visit, browser_checks
from evenhand.doctor.facts import Fetched
from evenhand.doctor.findings import Finding, Remark, Unchecked, diagnosis
from evenhand.doctor.folder import folder_remarks
from evenhand.doctor.inner import inner_checks
from evenhand.doctor.output import show
from evenhand.inside import Inside

from .made_up import TAG, URL, facts

INSIDE = Inside(
    software=f"Evenhand {__version__}",
    clock=0.0,
    machine="one",
    worker=1,
    host="gazette.example",
    site="default",
    html_cached=True,
    store="",
    shared=True,
    file_system="ext4",
    degraded="",
    received=100,
    bot_hits=0,
    dropped={},
    faults={},
)


@pytest.mark.parametrize(
    ("looks", "finds"),
    [
        pytest.param([("one", "", 100), ("one", "", 101)], [], id="one host, counts that rise"),
        pytest.param([("one", "", 100), ("one", "", 40)], ["counts_disagree"], id="two folders"),
        pytest.param([("one", "", 100), ("two", "", 40)], ["counts_disagree"], id="two histories"),
        pytest.param([("one", "postgresql", 100), ("two", "postgresql", 40)], [], id="two hosts"),
        pytest.param(
            [("one", "postgresql", 100), ("two", "postgresql", 40), ("one", "postgresql", 3)],
            ["counts_disagree"],
            id="two hosts, and two folders on one",
        ),
    ],
)
def test_hosts_may_have_counts_of_their_own_with_one_history(
    looks: list[tuple[str, str, int]], finds: list[str]
) -> None:
    inside = tuple(
        structs.replace(INSIDE, machine=machine, store=store, received=received)
        for machine, store, received in looks
    )
    seen = replace(facts(TAG), inside=inside, answers={"inside": (Fetched("GET", URL, 200),)})
    remarks = list(inner_checks(seen))
    assert [each.id for each in remarks if isinstance(each, Finding)] == finds
    hosts = [each for each in remarks if isinstance(each, Unchecked) and "hosts" in each.why]
    assert bool(hosts) is (looks[1][:2] == ("two", "postgresql") and not finds)


@pytest.mark.parametrize(
    ("date", "age", "finds"),
    [
        ("Sun, 22 Nov 2026 12:00:00 GMT", "", []),
        ("Sun, 22 Nov 2026 12:00:50 GMT", "", []),
        ("Sun, 22 Nov 2026 11:58:00 GMT", "", ["clock_off"]),
        ("Sun, 22 Nov 2026 12:02:00 GMT", "", ["clock_off"]),
        ("Sun, 22 Nov 2026 11:58:00 GMT", "120", []),  # a cache kept it, and its Date
        ("noon", "", []),
    ],
)
def test_clocks_may_differ_by_a_minute(date: str, age: str, finds: list[str]) -> None:
    noon = 1_795_348_800.0
    answer = Fetched("GET", URL, 200, (("date", date), ("age", age)), at=noon)
    seen = replace(facts(TAG), answers={"control 0": (answer,)})
    assert [each.id for each in inner_checks(seen) if isinstance(each, Finding)] == finds


@pytest.mark.parametrize(
    ("clean", "blocking", "finds"),
    [
        (Visit("loaded"), None, []),
        (Visit("unknown"), Visit("blocked"), []),
        (Visit("loaded"), Visit("blocked_probable"), []),
        (Visit("blocked"), Visit("blocked"), ["clean_visit_blocked"]),
        (Visit("blocked_probable"), None, ["clean_visit_blocked"]),
        (Visit("loaded"), Visit("loaded"), ["blocker_unseen"]),
        (Visit("loaded"), Visit(""), ["blocker_unseen"]),
        (Visit(""), Visit(""), ["no_verdict"]),
    ],
)
def test_what_browsers_said_is_judged(
    clean: Visit, blocking: Visit | None, finds: list[str]
) -> None:
    remarks = list(browser_checks(clean, blocking))
    assert [each.id for each in remarks if isinstance(each, Finding)] == finds
    assert any(isinstance(each, Unchecked) for each in remarks) is (blocking is None)


@pytest.mark.parametrize(
    ("file_system", "finds"),
    [
        ("ext4", []),
        ("overlay", ["state_dir_volatile"]),
        ("tmpfs", ["state_dir_volatile"]),
        ("nfs4", ["state_dir_unusable"]),
    ],
)
def test_a_folder_of_this_machine_is_looked_at(
    file_system: str, finds: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"disk / {file_system} rw 0 0\n")
    monkeypatch.setattr(statedir, "_MOUNTS", mounts)
    found = [each for each in folder_remarks(tmp_path) if isinstance(each, Finding)]
    assert [each.id for each in found] == finds
    (missing,) = folder_remarks(tmp_path / "typo")
    assert isinstance(missing, Finding)
    assert missing.seen.endswith(": missing")


def test_a_terminal_is_told_all_of_it() -> None:
    made: list[Remark] = [Finding("tag_twice", "[2] tags"), Unchecked("the moon", "it is day")]
    console = Console(record=True, width=100, file=io.StringIO())
    show(diagnosis(URL, "/rs", made, ["In Chromium: loaded."]), console)
    text = console.export_text()
    for words in ("warning  tag_twice", "seen  [2] tags", "why   Only", "fix   Add the middle"):
        assert words in text
    assert text.index("In Chromium: loaded.") < text.index("the moon: it is day.")
    assert "\n1 warning found.\n\nIn Chromium: loaded.\n\nNot checked:\n" in text


def test_errors_come_first_and_each_finding_once() -> None:
    made = [
        Finding("tag_twice", "a"),
        Finding("pair_kept", "the first"),
        Finding("pair_kept", "the second"),
    ]
    found = diagnosis(URL, "/rs", made)
    assert [(each.id, each.seen) for each in found.findings] == [
        ("pair_kept", "the first"),
        ("tag_twice", "a"),
    ]
    assert "PREFIX" not in found.fix(made[1])
    assert "/rs/pair/" in found.fix(made[1])
