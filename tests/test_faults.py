"""Our own code failing at each of its steps: the page arrives whole, the fault is counted."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from evenhand import Notice, ReaderSupport
from evenhand.errors import StoreError

from .apps import PAGE, client, supporting, values

pytestmark = pytest.mark.anyio

P = "/reader-support"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def fail(*_: object, **__: object) -> None:
    raise RuntimeError("our own code")


def insertion(support: ReaderSupport, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("evenhand.insertion.tag.Tag.render", fail)


def recording(support: ReaderSupport, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(support.record._counters, "count", fail)


def store(support: ReaderSupport, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(support.store, "apply", fail)


def notice(support: ReaderSupport, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("evenhand.asking.page.NoticePage.render", fail)


def guard(support: ReaderSupport, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(support.guard, "is_open", fail)
    patch.setattr(support.guard, "review", fail)


def state_dir(support: ReaderSupport, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(support.record._host, "figures", fail)


async def visit(reader: httpx.AsyncClient) -> httpx.Response:
    """What a blocked reader's browser does."""
    page = await reader.get("/")
    await reader.get(f"{P}/pair/ads728x90.gif")
    await reader.get(f"{P}/pair/zx728q90.gif")
    report = b'{"v":1,"kind":"verdict","verdict":"blocked","site":"default"}'
    assert (await reader.post(f"{P}/outcome", content=report)).status_code == 204
    asked = await reader.get(f"{P}/notice?v=1&verdict=blocked")
    assert asked.status_code in (200, 204)
    return page


@pytest.mark.parametrize("step", [insertion, recording, store, notice, guard, state_dir])
async def test_the_page_still_arrives_whole(
    step: Callable[[ReaderSupport, pytest.MonkeyPatch], None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    with supporting(notice=Notice(), state_dir=tmp_path) as support:
        tag = support.tag()
        with monkeypatch.context() as patch:
            step(support, patch)
            async with client(support) as reader:
                page = await visit(reader)
            support.record.flush()
        assert page.status_code == 200
        assert page.text.replace(tag, "") == PAGE
        assert int(page.headers["content-length"]) == len(page.content)
        if step is insertion:
            assert page.text == PAGE
            assert values(support, "page") == {"fault": 1}
        if step not in (recording, state_dir):
            assert values(support, "fault").get(step.__name__ if step is not guard else "route")


async def test_a_store_that_comes_back_gets_everything(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def away(*_: object) -> None:
        raise StoreError("the database is away")

    with supporting(state_dir=tmp_path) as support:
        with monkeypatch.context() as patch:
            patch.setattr(support.store, "apply", away)
            async with client(support) as reader:
                await visit(reader)
            assert not support.record.flush()
            assert support.record.law().pending == 3
        assert support.record.flush()
        law = support.record.law()
        assert (law.received, law.stored, law.pending, law.dropped) == (3, 3, 0, {})


@pytest.mark.parametrize("kind", ["missing", "a file"])
async def test_a_state_dir_that_cannot_be_used_costs_no_page(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "state"
    if kind == "a file":
        folder.write_text("")
    with supporting(state_dir=folder) as support:
        async with client(support) as reader:
            page = await visit(reader)
        assert support.tag() in page.text
        assert support.record.folder is None
        assert values(support, "fault") == {"state_dir": 1}
        assert values(support, "pair") == {"bait": 1, "control": 1}
