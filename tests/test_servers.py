"""On real servers: start-up errors, several workers, killed workers, bytes as the app made them."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from .apps import READER
from .browser.servers import Server, serving

pytestmark = pytest.mark.server

TESTS = Path(__file__).parent
P = "/reader-support"
REPORT = b'{"v":1,"kind":"verdict","verdict":"loaded","site":"The Gazette"}'
GAZETTE = ("-m", "uvicorn", "gazette:app", "--app-dir", str(TESTS), "--port", "{port}")


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    with ExitStack() as stack:
        yield lambda *command, **options: stack.enter_context(serving(*command, **options))


def reader(server: Server) -> httpx.Client:
    return httpx.Client(base_url=server.at("127.0.0.1", ""), headers=READER, trust_env=False)


def total(metrics: str, family: str, **labels: str) -> int:
    """A family's samples with these labels, summed."""
    found = 0
    for line in metrics.splitlines():
        wanted = all(f'{name}="{value}"' in line for name, value in labels.items())
        if re.match(rf"{family}[ {{]", line) and wanted:
            found += int(float(line.rpartition(" ")[2]))
    return found


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("EVENHAND_MODE", "ful", "'count', 'local', 'full'"),
        ("EVENHAND_SAMPLE_RATE", "7", "a number above 0 and up to 1"),
        ("EVENHAND_PREFIX", "reader-support", "a leading slash"),
        ("EVENHAND_STORE", "mysql://db/history", "sqlite:///"),
    ],
)
def test_a_wrong_option_ends_the_server_at_start(name: str, value: str, allowed: str) -> None:
    command = [sys.executable, *(word.format(port=28_431) for word in GAZETTE)]
    ended = subprocess.run(
        command, env={**os.environ, name: value}, capture_output=True, timeout=30, check=False
    )
    said = ended.stderr.decode()
    assert ended.returncode != 0
    last = said.strip().splitlines()[-1]
    assert value.partition("://")[0] in last, "the value seen"
    assert allowed in last, "what is allowed"
    assert "Fix: " in last, "the fix"


@pytest.mark.parametrize("http", ["h11", "httptools"])
@pytest.mark.parametrize("path", ["/article", "/", "/about-us"])
def test_a_page_minus_the_tag_is_the_page_without_us(
    serve: Callable[..., Server], http: str, path: str
) -> None:
    with_us = serve(*GAZETTE, "--http", http, ready="/favicon.svg")
    without = serve(*GAZETTE, "--http", http, env={"EVENHAND_OFF": "1"}, ready="/favicon.svg")
    with reader(with_us) as one, reader(without) as two:
        page, bare = one.get(path), two.get(path)
    tag = re.search(rb"<script defer [^>]*data-evenhand[^>]*></script>", page.content)
    assert tag is not None
    assert page.content.replace(tag[0], b"", 1) == bare.content
    assert tag[0] not in bare.content
    assert int(page.headers["content-length"]) == len(page.content)


def test_an_app_without_a_lifespan_loses_nothing_at_its_end(tmp_path: Path) -> None:
    """Nothing is on disk before: there is no folder, and the end comes before the first flush."""
    history = tmp_path / "history.db"
    env = {"EVENHAND_STORE": f"sqlite:///{history}", "EVENHAND_FLUSH_SECONDS": "60"}
    app = ("-m", "uvicorn", "no_lifespan:application", "--app-dir", str(TESTS), "--port", "{port}")
    with serving(*app, env=env) as server, reader(server) as client:
        sent = client.post(f"{P}/outcome", content=REPORT.replace(b"The Gazette", b"default"))
        assert sent.status_code == 204
    database = sqlite3.connect(history)
    stored = database.execute("SELECT sum(n) FROM rollup WHERE kind = 'verdict'").fetchone()
    database.close()
    assert stored == (1,)


def children(pid: int) -> list[int]:
    """The worker processes of a server."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    commands = {int(child): Path(f"/proc/{child}/cmdline").read_bytes() for child in found}
    return [child for child, command in commands.items() if b"spawn_main" in command]


def test_two_workers_give_one_answer_and_one_may_die(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    env = {"EVENHAND_STATE_DIR": str(tmp_path)}
    server = serve(*GAZETTE, "--workers", "2", env=env, ready="/favicon.svg")
    sent, acknowledged = 0, 0

    def hit(number: int) -> int:
        with reader(server) as client:
            half = "ads728x90.gif" if number % 4 else "zx728q90.gif"
            try:
                client.get(f"{P}/pair/{half}").raise_for_status()
                client.post(f"{P}/outcome", content=REPORT).raise_for_status()
            except httpx.TransportError:
                return 0  # the worker died with our request
            return 1

    with ThreadPoolExecutor(4) as pool:
        for round_ in range(3):
            if round_ == 1:
                os.kill(children(server.process.pid)[0], signal.SIGKILL)
            results = list(pool.map(hit, range(60)))
            sent += len(results)
            acknowledged += sum(results)

    with reader(server) as client:
        client.get(f"{P}/dashboard").raise_for_status()  # flushes
    answers: list[str] = []
    for _ in range(8):
        with reader(server) as client:
            answers.append(client.get("/metrics").text)
    counted = {total(text, "evenhand_verdicts_total") for text in answers}
    assert len(counted) == 1, "whichever worker answers"
    verdicts = counted.pop()
    assert acknowledged <= verdicts <= sent
    hits = total(answers[0], "evenhand_pair_hits_total")
    assert verdicts <= hits <= sent
    received = total(answers[0], "evenhand_reports_received_total")
    stored = total(answers[0], "evenhand_reports_stored_total")
    pending = total(answers[0], "evenhand_reports_pending")
    assert received == hits + verdicts == stored + pending
    deadline = time.monotonic() + 20
    while stored_rows(tmp_path) != received and time.monotonic() < deadline:
        time.sleep(0.2)  # the background flush comes every few seconds
    assert stored_rows(tmp_path) == received


def stored_rows(folder: Path) -> int:
    """Events in the history."""
    database = sqlite3.connect(folder / "history.db")
    query = "SELECT coalesce(sum(n), 0) FROM rollup WHERE kind IN ('pair', 'verdict')"
    n: int = database.execute(query).fetchone()[0]
    database.close()
    return n


def test_counts_go_on_after_a_restart(serve: Callable[..., Server], tmp_path: Path) -> None:
    env = {"EVENHAND_STATE_DIR": str(tmp_path)}
    for run in (1, 2):
        with serving(*GAZETTE, env=env, ready="/favicon.svg") as server:
            with reader(server) as client:
                client.post(f"{P}/outcome", content=REPORT)
                metrics = client.get("/metrics").text
            assert total(metrics, "evenhand_verdicts_total", verdict="loaded") == run
        assert stored_rows(tmp_path) == run, "the last flush comes with the shutdown"


def test_without_a_state_dir_a_worker_says_that_it_counts_alone(
    serve: Callable[..., Server],
) -> None:
    server = serve(*GAZETTE, ready="/favicon.svg")
    with reader(server) as client:
        metrics = client.get("/metrics").text
    assert total(metrics, "evenhand_worker_local") == 1
    assert "No state_dir" in server.log


def test_our_collector_stands_beside_a_multiprocess_one(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    command = ("-m", "uvicorn", "multiprocess:app", "--app-dir", str(TESTS), "--port", "{port}")
    env = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    server = serve(*command, "--workers", "2", env=env, ready="/")
    for _ in range(20):
        with reader(server) as client:
            client.get("/")
            client.post(f"{P}/outcome", content=REPORT.replace(b"The Gazette", b"default"))
    answers = set()
    for _ in range(8):
        with reader(server) as client:
            metrics = client.get("/metrics").text
        own, ours = total(metrics, "views_total"), total(metrics, "evenhand_verdicts_total")
        assert total(metrics, "evenhand_worker_local") == 0
        answers.add((own, ours))
    assert len(answers) == 1
    own, ours = answers.pop()
    assert ours == 20
    assert own >= 20
