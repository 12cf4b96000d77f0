"""What readers are told is what the settings do."""

from pathlib import Path
from typing import Any

import pytest

from evenhand import Arm, Experiment, Notice
from evenhand.about import describe
from evenhand.settings import Settings

from .apps import client, supporting, values

pytestmark = pytest.mark.anyio
P = "/reader-support"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def told(**options: Any) -> dict[str, Any]:
    return describe(Settings(**options))


def test_without_a_notice_nothing_is_stored() -> None:
    assert told()["stored_in_the_browser"] == []
    assert told()["notice"] is None


def test_where_nobody_is_judged_nobody_is_asked() -> None:
    counting = told(notice=Notice(), mode="count")
    assert counting["notice"] is None
    assert counting["stored_in_the_browser"] == []


def test_the_memory_is_told_with_its_place_its_occasion_and_its_end() -> None:
    stored = told(notice=Notice(every_days=45))["stored_in_the_browser"]
    assert [item["where"] for item in stored] == ["sessionStorage", "localStorage"]
    assert {item["key"] for item in stored} == {"reader-support"}
    assert stored[0]["when"] == "only where ads are blocked"
    assert stored[0]["how_long"] == "until the tab is closed"
    assert stored[1]["when"].startswith("only after you have")
    assert "45 days" in stored[1]["how_long"]


def test_when_readers_are_asked_is_what_the_policy_does() -> None:
    notice = Notice(
        after_pages=3,
        every_days=60,
        at_most=2,
        quiet_hours=("22:00-07:00",),
        not_on=("/checkout",),
        ask_probable=True,
        placement="corner",
    )
    assert told(notice=notice, exempt=bool)["notice"] == {
        "asked": ["blocked", "blocked_probable"],
        "from_page_view": 3,
        "at_most_once_in_days": 60,
        "at_most_times": 2,
        "at_most_once_per_tab": True,
        "not_in_hours": ["22:00-07:00"],
        "not_on": ["/checkout"],
        "some_readers_exempt": True,
        "where": "corner",
    }


def test_an_experiment_is_told_of() -> None:
    arms = (Arm("plain"), Arm("short", text="Ads pay for this."))
    tried = Experiment(name="words", arms=arms, smallest=0.01, hold_out=0.2)
    about = told(notice=Notice(experiment=tried))
    assert about["notice"]["compared"] == {"plain": 0.4, "short": 0.4, "hold-out": 0.2}
    kept = [(each["where"], each["what"][:16]) for each in about["stored_in_the_browser"]]
    assert kept[:2] == [
        ("sessionStorage", "how many page vi"),
        ("sessionStorage", "which of several"),
    ]
    assert [where for where, _ in kept] == ["sessionStorage", "sessionStorage", "localStorage"]
    assert about["identifiers"] == []


def test_the_promises_are_told_to_machines_too() -> None:
    about = told(notice=Notice())
    assert about["content_withheld"] is False
    assert about["cookies"] == about["identifiers"] == about["third_party_requests"] == []
    assert any("again" in way for way in about["how_to_be_left_alone"])
    assert any("Global Privacy Control" in way for way in about["how_to_be_left_alone"])


async def test_the_page_says_all_of_it() -> None:
    notice = Notice(every_days=45, at_most=2, quiet_hours=("22:00-07:00",), not_on=("/checkout",))
    with supporting(site="The Gazette", notice=notice, exempt=bool) as support:
        async with client(support) as reader:
            page = (await reader.get(f"{P}/about")).text
    for part in (
        "at most once in 45 days",
        "at most 2 times",
        "22:00 to 07:00",
        "<code>/checkout</code>",
        "someone who supports it",
        "<code>localStorage</code>",
        "<code>sessionStorage</code>",
        "Don&#39;t ask again",
    ):
        assert part in page, part


async def test_a_publishers_page_that_raises_is_replaced_by_ours(tmp_path: Path) -> None:
    (tmp_path / "about.html").write_text("{{ about.nonsense.more }}")
    with supporting(notice=Notice(), templates=tmp_path) as support:
        async with client(support) as reader:
            page = await reader.get(f"{P}/about")
        assert page.status_code == 200
        assert "How to be left alone" in page.text
        assert values(support, "fault") == {"notice": 1}
