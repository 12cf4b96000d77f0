"""What a worker does only so often a second, so much at once, and so long."""

import re
import threading
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import anyio
import pytest
from starlette.types import Message

from evenhand import Notice, requests
from evenhand.asking.routes import NOTICES_A_SECOND
from evenhand.bounds import PerSecond, bound_key
from evenhand.browsers import PARSES_A_SECOND
from evenhand.dashboard.routes import VIEWS_A_SECOND, VIEWS_AT_ONCE
from evenhand.keys import Key
from evenhand.limits import ADDRESSES
from evenhand.record.record import OUTBOX_ROWS
from evenhand.record.tally import SLOTS
from evenhand.report import MAX_BYTES
from evenhand.vocabulary import BOUNDS

from .apps import READER, client, publisher, supporting, values
from .test_routes import ASK, BAIT, CONTROL, P, report

pytestmark = pytest.mark.anyio
PAGE = (Path(__file__).parents[1] / "docs" / "limits.md").read_text("utf-8")


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_so_much_a_second_and_the_rest_is_told() -> None:
    refused: list[int] = []
    now = [7.0]
    bound = PerSecond(3, lambda: now[0], lambda: refused.append(1))
    assert [bound.allow() for _ in range(5)] == [True, True, True, False, False]
    now[0] = 8.1
    assert bound.allow()
    now[0] = 7.5  # a clock that goes back
    assert bound.allow()
    assert len(refused) == 2


def test_what_was_costly_is_charged() -> None:
    bound = PerSecond(5, lambda: 0.5, lambda: None)  # in the first second of a clock, too
    assert [bound.allow() for _ in range(2)] == [True, True]
    bound.charge(2.0)
    assert [bound.allow() for _ in range(2)] == [True, False]


def test_a_refusal_is_counted_as_the_hosts_alone() -> None:
    assert bound_key("notices") == Key("", "", "", "", "bound", "notices")


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second without an end."""
    begin = PerSecond.__init__

    def stopped(
        self: PerSecond, most: int, _: Callable[[], float], on_refusal: Callable[[], None]
    ) -> None:
        begin(self, most, lambda: 1.0, on_refusal)

    monkeypatch.setattr(PerSecond, "__init__", stopped)


@pytest.mark.usefixtures("still")
async def test_only_so_many_notices_are_rendered_a_second() -> None:
    with supporting(notice=Notice()) as support:
        async with client(support) as reader:
            await reader.get(BAIT)
            answers = [await reader.get(ASK) for _ in range(NOTICES_A_SECOND + 5)]
        assert [answer.status_code for answer in answers] == [200] * NOTICES_A_SECOND + [204] * 5
        assert answers[-1].headers["x-reader-support"] == "busy"
        assert values(support, "bound") == {"notices": 5}
        assert values(support, "notice") == {}


@pytest.mark.usefixtures("still")
async def test_only_so_many_views_of_the_dashboard_are_made_a_second() -> None:
    with supporting(dashboard=lambda _: True) as support:
        async with client(support) as reader:
            answers = [await reader.get(f"{P}/dashboard") for _ in range(VIEWS_A_SECOND + 2)]
        assert [answer.status_code for answer in answers] == [200] * VIEWS_A_SECOND + [503] * 2
        assert answers[-1].headers["retry-after"] == "1"
        assert values(support, "bound") == {"dashboards": 2}


async def test_a_store_that_hangs_keeps_no_page_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Views of the dashboard wait in threads of their own, and not in those of the app's."""
    waiting, free = threading.Semaphore(0), threading.Event()

    def hang() -> list[str]:
        waiting.release()
        free.wait(30)
        return []

    statuses: list[int] = []
    with supporting(dashboard=lambda _: True) as support:
        monkeypatch.setattr(support.store, "sites", hang)
        async with client(support) as reader, anyio.create_task_group() as group:

            async def view() -> None:
                statuses.append((await reader.get(f"{P}/dashboard")).status_code)

            for _ in range(VIEWS_AT_ONCE):
                group.start_soon(view)
            for _ in range(VIEWS_AT_ONCE):
                assert await anyio.to_thread.run_sync(partial(waiting.acquire, timeout=30))
            assert anyio.to_thread.current_default_thread_limiter().borrowed_tokens == 0
            for path in ("dashboard", "dashboard.csv", "inside"):
                assert (await reader.get(f"{P}/{path}")).status_code == 503
            free.set()
        assert statuses == [200] * VIEWS_AT_ONCE
        assert values(support, "bound") == {"dashboards": 3}


@pytest.mark.usefixtures("still")
async def test_a_thousand_agents_cost_forty_parses_at_most() -> None:
    with supporting() as support:
        async with client(support) as reader:
            for number in range(1_000):
                await reader.get(CONTROL, headers={"user-agent": f"Mozilla/5.0 Firefox/{number}.0"})
        assert values(support, "pair") == {"control": 1_000}
        # Fewer on a machine on which an ordinary agent takes longer than a millisecond.
        assert values(support, "bound")["agents"] >= 1_000 - PARSES_A_SECOND
        assert len(support.record.totals()) < 5


async def test_a_body_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "BODY_SECONDS", 0.05)

    async def drip() -> AsyncIterator[bytes]:
        for octet in report():
            yield bytes([octet])
            await anyio.sleep(0.02)

    with supporting() as support:
        async with client(support) as reader:
            good = await reader.post(f"{P}/outcome", content=report())
            slow = await reader.post(f"{P}/outcome", content=drip())
        assert (slow.status_code, slow.headers, slow.content) == (204, good.headers, b"")
        assert values(support, "dropped") == {"too_slow": 1}
        assert values(support, "verdict") == {"loaded": 1}


async def test_a_body_that_is_cut_short_is_no_report() -> None:
    messages = iter(
        (
            {"type": "http.request", "body": report(), "more_body": True},
            {"type": "http.disconnect"},
        )
    )

    async def receive() -> Message:
        return next(messages)

    async def send(_: Message) -> None:
        pass

    with supporting() as support:
        headers = [(name.encode(), value.encode()) for name, value in READER.items()]
        scope = {"type": "http", "method": "POST", "path": f"{P}/outcome", "headers": headers}
        await publisher(support)({**scope, "query_string": b""}, receive, send)
        assert values(support, "dropped") == {"malformed": 1}


async def test_of_a_body_without_an_end_no_more_is_read_than_the_bound() -> None:
    read = 0
    sent: list[Message] = []

    async def receive() -> Message:
        nonlocal read
        read += 500
        return {"type": "http.request", "body": b" " * 500, "more_body": True}

    async def send(message: Message) -> None:
        sent.append(message)

    with supporting() as support:
        headers = [(name.encode(), value.encode()) for name, value in READER.items()]
        scope = {"type": "http", "method": "POST", "path": f"{P}/outcome", "headers": headers}
        await publisher(support)({**scope, "query_string": b""}, receive, send)
        assert sent[0]["status"] == 204
        assert values(support, "dropped") == {"too_large": 1}
    assert read <= MAX_BYTES + 500


def test_every_bound_of_the_docs_is_the_codes() -> None:
    for number in (MAX_BYTES, ADDRESSES, OUTBOX_ROWS, SLOTS):
        assert f"{number:,}" in PAGE
    for number, word in (
        (PARSES_A_SECOND, "agents"),
        (NOTICES_A_SECOND, "notices"),
        (VIEWS_A_SECOND, "views"),
    ):
        assert re.search(rf"\b{number} (new )?(user )?{word}", PAGE), word
    for bound in BOUNDS:
        assert f'bound="{bound}"' in PAGE
