"""The self-check opens the guard by itself where the bait is reached as readers reach it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from evenhand import ReaderSupport, selfcheck
from evenhand.baits import CONTENT, baits
from evenhand.selfcheck import SelfCheck

from .apps import publisher, supporting, values

PAIR = baits().pairs[0]
BAIT = CONTENT[PAIR.type][1]


@contextmanager
def answering(app: Starlette, listening: socket.socket) -> Iterator[str]:
    """The app on a real server, from the start of its lifespan to the end."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)


def eventually(support: ReaderSupport) -> bool:
    deadline = time.monotonic() + 30
    while not support.guard.state("The Gazette").open and time.monotonic() < deadline:
        time.sleep(0.01)
    return support.guard.state("The Gazette").open


def test_a_quiet_site_opens_its_guard_by_itself() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with supporting(site="The Gazette", public_url=address) as support:
            assert not support.guard.state("The Gazette").open
            with answering(publisher(support), listening) as url:
                assert eventually(support)
                assert httpx.get(url, trust_env=False).status_code == 200
            assert values(support, "pair") == {"bait": 1}, "counted, as a bot's"
            assert support._selfcheck is not None
            support._selfcheck.start()  # a server may start the app once more
            support._selfcheck.stop()


@pytest.mark.parametrize(
    ("content", "status"), [(BAIT, 200), (BAIT + b"\n", 200), (b"", 200), (BAIT, 404)]
)
def test_only_the_bait_itself_will_do(
    content: bytes, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def bait(_: object) -> Response:
        return Response(content, status)

    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        answering(Starlette(routes=[Route("/bait", bait)]), listening) as url,
    ):
        came = SelfCheck(f"{url}/bait", BAIT, lambda: None).check()
    assert came is (content == BAIT and status == 200)
    assert ("does not answer with the bait" in caplog.text) is (status == 404)


def test_what_is_no_http_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that is just starting, say: the check goes on."""
    monkeypatch.setattr(selfcheck, "EVERY", 0.01)
    arrived = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/bait"
        check = SelfCheck(url, BAIT, arrived.set)
        check.start()
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BAIT)
        for answer in (b"garbage\r\n\r\n", head + BAIT[:1], head + BAIT):
            peer, _ = listening.accept()
            with peer:
                peer.recv(4096)
                peer.sendall(answer)
        assert arrived.wait(10)
        check.stop()


def test_a_host_that_is_not_there_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    assert not SelfCheck("http://127.0.0.1:1/bait", BAIT, lambda: None).check()
    assert "self-check: http://127.0.0.1:1/bait does not answer with the bait" in caplog.text
