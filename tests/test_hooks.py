"""A publisher's hook that raises, waits or never answers, plain or async, on asyncio and trio."""

import threading
from collections.abc import Iterator, Mapping
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from evenhand import Notice, hooks
from evenhand.hooks import HOOKS_AT_ONCE, Hook

from .apps import PAGE, client, supporting, values

pytestmark = pytest.mark.anyio

P = "/reader-support"
ASK = f"{P}/notice?v=1&verdict=blocked&signs=&lang=en&path=/article"
SCOPE: dict[str, Any] = {"type": "http", "path": "/paid"}
Scope = Mapping[str, Any]


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "HOOK_SECONDS", 0.1)


@pytest.fixture
def hung() -> Iterator[threading.Event]:
    """What a plain hook waits for in vain; threads end with the test."""
    waited_for = threading.Event()
    yield waited_for
    waited_for.set()


class Paying:
    """A hook that is an object."""

    async def __call__(self, scope: Scope) -> bool:
        return bool(scope["path"] == "/paid")


async def paying(scope: Scope) -> bool:
    await anyio.lowlevel.checkpoint()
    return bool(scope["path"] == "/paid")


@pytest.mark.parametrize(
    "rule",
    [paying, Paying(), lambda scope: scope["path"] == "/paid", lambda scope: paying(scope)],
    ids=["async", "an object", "plain", "plain, and gives an awaitable"],
)
async def test_every_sort_of_hook_is_asked(rule: Any) -> None:
    assert await Hook(rule).allows(SCOPE) is True
    assert await Hook(rule).allows({**SCOPE, "path": "/"}) is False


async def test_a_plain_hook_keeps_the_loop_free(hung: threading.Event) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Hook(lambda _: hung.wait()).allows, SCOPE)
        await anyio.sleep(0.05)
        hung.set()  # it could not be, were the loop blocked


async def never(_: Scope) -> bool:
    await anyio.sleep_forever()
    return False


@pytest.mark.usefixtures("brief")
async def test_a_hook_that_never_answers_is_given_up(hung: threading.Event) -> None:
    with pytest.raises(TimeoutError):
        await Hook(never).allows(SCOPE)
    with pytest.raises(TimeoutError):
        await Hook(lambda _: hung.wait()).allows(SCOPE)


@pytest.mark.usefixtures("brief")
async def test_hooks_that_hang_take_so_many_threads_and_none_of_the_apps(
    hung: threading.Event,
) -> None:
    began: list[int] = []

    def hanging(_: Scope) -> bool:
        began.append(1)
        return hung.wait()

    hook = Hook(hanging)

    async def given_up() -> None:
        with pytest.raises(TimeoutError):
            await hook.allows(SCOPE)

    async with anyio.create_task_group() as tasks:
        for _ in range(5 * HOOKS_AT_ONCE):
            tasks.start_soon(given_up)
    assert len(began) == HOOKS_AT_ONCE
    assert anyio.to_thread.current_default_thread_limiter().borrowed_tokens == 0


@pytest.mark.usefixtures("brief")
@pytest.mark.parametrize("kind", ["plain", "async"])
async def test_meanwhile_pages_arrive_and_nobody_is_asked(kind: str, hung: threading.Event) -> None:
    rule = never if kind == "async" else lambda _: hung.wait()
    with supporting(notice=Notice(), exempt=rule, dashboard=rule) as support:
        async with client(support) as reader:
            await reader.get(f"{P}/pair/ads728x90.gif")
            assert (await reader.get(ASK)).status_code == 204
            assert (await reader.get(f"{P}/dashboard")).status_code == 403
            page = await reader.get("/")
        assert page.text.replace(support.tag(), "") == PAGE
        assert values(support, "fault") == {"notice": 1, "route": 1}
        assert values(support, "notice") == {"withheld": 1}
