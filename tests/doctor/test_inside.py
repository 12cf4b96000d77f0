"""What the app tells doctor of itself, and nobody else."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from evenhand.inside import Inside

from ..apps import READER, client, supporting

TOKEN = "a token of some length"
INSIDE = "/reader-support/inside"


def asked(given: dict[str, str] | None = None, **options: Any) -> list[httpx.Response]:
    """The inside, before and after a reader's and a bot's hits."""

    async def ask() -> list[httpx.Response]:
        with supporting(**options) as support:
            async with client(support) as browser:
                found = [await browser.get(INSIDE, headers=given)]
                for agent in (READER["user-agent"], "EvenhandBot/1.0"):
                    headers = {"user-agent": agent}
                    await browser.get("/reader-support/pair/ads728x90.gif", headers=headers)
                found.append(await browser.get(INSIDE, headers=given))
                return found

    return asyncio.run(ask())


@pytest.mark.parametrize("given", [None, {"authorization": "Bearer wrong"}])
def test_it_is_behind_the_dashboards_login(given: dict[str, str] | None) -> None:
    for answer in asked(given, dashboard=TOKEN):
        assert answer.status_code == 401
        assert b"worker" not in answer.content


def test_without_a_dashboard_there_is_none() -> None:
    assert asked()[0].status_code == 404


def test_it_tells_what_doctor_needs(tmp_path: Path) -> None:
    given = {"authorization": f"Bearer {TOKEN}"}
    first, second = asked(given, dashboard=TOKEN, state_dir=tmp_path)
    assert first.headers["cache-control"] == "private, no-store"
    before = msgspec.json.decode(first.content, type=Inside)
    after = msgspec.json.decode(second.content, type=Inside)
    assert (before.bot_hits, after.bot_hits) == (0, 1)
    assert after.received - before.received == 2
    assert after.worker == os.getpid()
    assert after.host == "gazette.example"
    assert after.shared
    assert after.file_system
    assert after.clock >= before.clock > 1.7e9
    assert str(tmp_path) not in second.text


def test_it_says_why_a_folder_is_not_used(tmp_path: Path) -> None:
    given = {"authorization": f"Bearer {TOKEN}"}
    answer = asked(given, dashboard=TOKEN, state_dir=tmp_path / "typo")[1]
    inside = msgspec.json.decode(answer.content, type=Inside)
    assert (inside.degraded, inside.shared, inside.file_system) == ("missing", False, "")
    assert inside.faults["state_dir"] >= 1
