"""On every event loop that an ASGI server brings: pages, counts, slow bodies, and how it ends."""

import socket
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from shutil import copy

import httpx
import pytest

from .browser.servers import Server, serving
from .test_servers import GAZETTE, REPORT, P, reader, stored_rows, total

pytestmark = pytest.mark.server

TESTS = Path(__file__).parent
HYPERCORN = ("-m", "hypercorn", "--bind", "127.0.0.1:{port}", "tests.gazette:app")
SERVERS = {
    "asyncio": (*GAZETTE, "--loop", "asyncio", "--http", "h11"),
    "uvloop": (*GAZETTE, "--loop", "uvloop"),
    "trio": (*HYPERCORN, "-k", "trio"),
}
SLOW = (
    b"POST /reader-support/outcome HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-Fetch-Site: same-origin\r\n"
    b"Content-Length: 60\r\n\r\n{"
)


@dataclass
class Running:
    """A server and its state, and a reader whose report never comes whole."""

    server: Server
    state: Path
    slow: socket.socket
    begun: float


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Running]]:
    """All of them at once: each has a body to wait for."""
    # Not by the threads: pytest would make, and remove, its folder in each of them.
    states = {loop: tmp_path_factory.mktemp(loop) for loop in SERVERS}
    with ExitStack() as stack:

        def started(loop: str) -> Running:
            state = states[loop]
            env = {"EVENHAND_STATE_DIR": str(state)}
            server = stack.enter_context(serving(*SERVERS[loop], env=env, ready="/favicon.svg"))
            slow = socket.create_connection(("127.0.0.1", server.port), 20)
            stack.enter_context(slow)
            slow.sendall(SLOW)
            return Running(server, state, slow, time.monotonic())

        with ThreadPoolExecutor() as pool:
            yield dict(zip(SERVERS, pool.map(started, SERVERS), strict=True))


def visit(server: Server) -> httpx.Response:
    """What one reader's browser asks for."""
    with reader(server) as client:
        page = client.get("/article")
        for half in ("ads728x90.gif", "zx728q90.gif"):
            client.get(f"{P}/pair/{half}").raise_for_status()
        assert client.post(f"{P}/outcome", content=REPORT).status_code == 204
        asked = client.get(f"{P}/notice?v=1&verdict=blocked&signs=&path=/article")
        assert asked.status_code == 200
        assert "reader-support" in asked.text
        client.get(f"{P}/dashboard").raise_for_status()
    return page


@pytest.mark.parametrize("loop", SERVERS)
def test_everything_works_and_the_last_count_is_kept(
    running: dict[str, Running], loop: str
) -> None:
    at = running[loop]
    pages = [visit(at.server) for _ in range(3)]
    assert at.slow.recv(4096).startswith(b"HTTP/1.1 204")
    assert time.monotonic() - at.begun > 4.5
    with reader(at.server) as client:
        metrics = client.get("/metrics").text
    assert total(metrics, "evenhand_reports_received_total") == 10
    assert total(metrics, "evenhand_reports_dropped_total", reason="too_slow") == 1
    assert total(metrics, "evenhand_faults_total") == 0
    for page in pages:
        assert page.text.count("data-evenhand") == 1
        assert int(page.headers["content-length"]) == len(page.content)
    at.server.process.terminate()
    at.server.process.wait(20)
    assert stored_rows(at.state) == 9, "the last flush comes with the end"


def test_a_worker_that_is_reloaded_counts_on(tmp_path: Path) -> None:
    """As a developer's does at every change."""
    app = Path(copy(TESTS / "gazette.py", tmp_path))
    state = tmp_path / "state"
    state.mkdir()
    command = ("-m", "uvicorn", "gazette:app", "--app-dir", str(tmp_path), "--port", "{port}")
    options = ("--reload", "--reload-dir", str(tmp_path), "--reload-include", "gazette.py")
    env = {"EVENHAND_STATE_DIR": str(state)}
    with serving(*command, *options, env=env, ready="/favicon.svg") as server:
        visit(server)
        seen = server.log.count("Application startup complete")
        app.touch()
        deadline = time.monotonic() + 30
        while server.log.count("Application startup complete") == seen:
            assert time.monotonic() < deadline, server.log
            time.sleep(0.05)
        visit(server)
        with reader(server) as client:
            metrics = client.get("/metrics").text
        assert total(metrics, "evenhand_verdicts_total") == 2
        assert total(metrics, "evenhand_reports_received_total") == 6
    assert stored_rows(state) == 6


def test_a_worker_that_ends_amid_a_flush_loses_and_doubles_nothing(tmp_path: Path) -> None:
    env = {"EVENHAND_STATE_DIR": str(tmp_path), "EVENHAND_FLUSH_SECONDS": "0.2"}
    with serving(*GAZETTE, env=env, ready="/favicon.svg") as server:
        visit(server)
        # Somebody else has the history; the flush that comes with the end waits for it.
        held = sqlite3.connect(tmp_path / "history.db", isolation_level=None)
        held.execute("BEGIN EXCLUSIVE")
        visit_without_dashboard(server)
        time.sleep(0.5)
    held.execute("ROLLBACK")
    held.close()
    before = stored_rows(tmp_path)
    assert before in (3, 6)
    with serving(*GAZETTE, env=env, ready="/favicon.svg") as server:
        visit(server)
        with reader(server) as client:
            metrics = client.get("/metrics").text
        assert total(metrics, "evenhand_reports_received_total") == 9
    assert stored_rows(tmp_path) == 9


def visit_without_dashboard(server: Server) -> None:
    """A visit that doesn't wait for the history."""
    with reader(server) as client:
        for half in ("ads728x90.gif", "zx728q90.gif"):
            client.get(f"{P}/pair/{half}").raise_for_status()
        assert client.post(f"{P}/outcome", content=REPORT).status_code == 204
