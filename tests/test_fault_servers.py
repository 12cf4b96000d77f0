# Long: one law, and every way in which a process may fail it.
"""Workers and databases killed under load: acknowledged <= stored <= sent, every time."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import psycopg
import pytest

from evenhand.errors import StoreError
from evenhand.keys import Key
from evenhand.record import Record
from evenhand.record.audit import audit
from evenhand.store import Row, Store, open_store
from evenhand.store.postgres import PostgresStore
from evenhand.store.sums import Transaction

from .browser.servers import serving as running
from .postgres import Server, serving, standby_of

pytestmark = pytest.mark.server

SCRIPT = Path(__file__).with_name("fault_server.py")
REPORT = b'{"v":1,"kind":"verdict","verdict":"loaded","site":"default"}'
HEADERS = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Content-Type": "text/plain",
    "Sec-Fetch-Site": "same-origin",
}
BAIT = Key("gazette", "", "firefox", "desktop", "pair", "bait")


class Load:
    """Browsers that report as fast as they are answered, and count what they sent."""

    def __init__(self, port: int, browsers: int = 3) -> None:
        self.sent = self.acknowledged = 0
        self._port, self._ending, self._lock = port, threading.Event(), threading.Lock()
        self._threads = [threading.Thread(target=self._browse) for _ in range(browsers)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, more: int) -> None:
        """Until so many more were acknowledged."""
        wanted, deadline = self.acknowledged + more, time.monotonic() + 30
        while self.acknowledged < wanted:
            assert time.monotonic() < deadline, "nobody answers"
            time.sleep(0.005)

    def _browse(self) -> None:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=10)
        while not self._ending.is_set():
            try:
                with self._lock:
                    self.sent += 1
                connection.request("POST", "/reader-support/outcome", REPORT, HEADERS)
                answer = connection.getresponse()
                answer.read()
                assert answer.status == 204
                with self._lock:
                    self.acknowledged += 1
            except (OSError, HTTPException):
                connection.close()
        connection.close()


class Supervised:
    """fault_server.py, and the workers that it has."""

    def __init__(self, folder: Path, store: str | None, workers: int = 2) -> None:
        options = {"state_dir": str(folder), "store": store, "flush_seconds": 0.1}
        command = [sys.executable, "-W", "ignore", str(SCRIPT), json.dumps(options), str(workers)]
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        self.workers: list[int] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def kill_one(self, chance: random.Random) -> None:
        """SIGKILL a worker, and wait for the next one."""
        worker = self.workers.pop(chance.randrange(len(self.workers)))
        count = len(self.workers)
        os.kill(worker, signal.SIGKILL)
        deadline = time.monotonic() + 30
        while len(self.workers) <= count:
            assert time.monotonic() < deadline, "no worker was started"
            time.sleep(0.002)

    def end(self) -> None:
        self._process.terminate()
        try:
            assert self._process.wait(60) == 0
        finally:
            with suppress(ProcessLookupError):  # a worker that hears nothing must not outlive us
                os.killpg(self._process.pid, signal.SIGKILL)
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.workers.append(int(line))


@contextmanager
def supervised(folder: Path, store: str | None) -> Iterator[Supervised]:
    server = Supervised(folder, store)
    try:
        yield server
    finally:
        server.end()


def events(store: Store, kind: str = "verdict") -> int:
    return sum(row.n for row in store.rows(0, 2**40) if row.kind == kind)


def settle(folder: Path, url: str | None, load: Load) -> None:
    """Once all has calmed down: everything is in the store, once."""
    store = open_store(url, folder)
    record = Record(folder, store, interval=1e6)
    deadline = time.monotonic() + 30
    while not record.flush():
        assert time.monotonic() < deadline, "the store does not take what waits"
        time.sleep(0.1)
    law, stored = record.law(), events(store)
    record.close()
    store.close()
    assert load.acknowledged <= stored <= load.sent
    assert (law.stored, law.received, law.pending, law.dropped) == (stored, stored, 0, {})
    assert audit(folder).holds
    assert load.acknowledged > 200, "there was no load to speak of"


@pytest.fixture(scope="module")
def database() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture
def own(database: Server) -> Iterator[str]:
    """The name of a database of the test's own."""
    database.query("CREATE DATABASE own")
    yield "own"
    database.query("DROP DATABASE own WITH (FORCE)")


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_thirty_workers_killed_under_load(
    tmp_path: Path, database: Server, own: str, engine: str
) -> None:
    """Of each engine: sixty in all."""
    chance = random.Random(engine)
    url = database.url_of(own) if engine == "postgresql" else None
    with supervised(tmp_path, url) as server, Load(server.port) as load:
        load.wait_for(50)
        for _ in range(30):
            server.kill_one(chance)
            assert audit(tmp_path).holds, "at every snapshot"
            load.wait_for(chance.randrange(1, 60))
    settle(tmp_path, url, load)


def test_a_server_that_ends_in_the_middle_of_a_flush_ships_everything(
    tmp_path: Path, database: Server, own: str
) -> None:
    url = database.url_of(own)
    waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = 'own' AND wait_event_type = 'Lock'"
    command = ("-m", "uvicorn", "--app-dir", "examples", "starlette_app:app", "--port", "{port}")
    env = {"EVENHAND_STATE_DIR": str(tmp_path), "EVENHAND_STORE": url}
    with closing(PostgresStore(url)) as store:
        store.migrate()
        with psycopg.connect(url) as in_the_way, running(*command, env=env) as server:
            in_the_way.execute("LOCK TABLE evenhand_batch IN ACCESS EXCLUSIVE MODE")
            report(server.port)
            deadline = time.monotonic() + 30
            while not database.query(waiting):
                assert time.monotonic() < deadline, "no flush has begun"
                time.sleep(0.01)
            report(server.port)  # after what is being sent was sealed
            threading.Timer(0.5, in_the_way.rollback).start()
        assert events(store) == 2


def report(port: int) -> None:
    """One page view's outcome."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", "/reader-support/outcome", REPORT, HEADERS)
    assert connection.getresponse().status == 204
    connection.close()


def test_a_database_killed_under_load_and_started_again(
    tmp_path: Path, database: Server, own: str
) -> None:
    chance, url = random.Random(3), database.url_of(own)
    with supervised(tmp_path, url) as server, Load(server.port) as load:
        for _ in range(4):
            load.wait_for(100)
            database.kill()
            load.wait_for(100)
            server.kill_one(chance)
            assert audit(tmp_path).holds
            database.start()
    settle(tmp_path, url, load)


def test_a_fail_over_to_a_synchronous_standby_under_load(tmp_path: Path) -> None:
    with serving() as primary, standby_of(primary) as standby:
        url = primary.url_of("postgres", standby)
        with supervised(tmp_path, url) as server, Load(server.port) as load:
            load.wait_for(300)
            primary.kill()
            load.wait_for(100)
            assert audit(tmp_path).holds
            standby.promote()
            load.wait_for(300)
        settle(tmp_path, url, load)


def test_a_database_that_hangs_is_given_up_and_counts_nothing_twice(
    database: Server, own: str
) -> None:
    store = PostgresStore(database.url_of(own), patience=0.5)
    record = Record(None, store, interval=1e6)
    record.count(BAIT, 3)
    assert record.flush()
    record.count(BAIT, 4)
    # Whoever waits for this lock looks like a server that hangs.
    blocker = PostgresStore(database.url_of(own))
    release, locked = threading.Event(), threading.Event()

    def hold(db: Transaction) -> None:
        db.execute("UPDATE evenhand_rollup SET n = n")
        locked.set()
        release.wait(30)

    holder = threading.Thread(target=blocker._database.run, args=(hold, "write"))
    holder.start()
    assert locked.wait(10)
    begun = time.monotonic()
    assert not record.flush()
    assert time.monotonic() - begun < 10
    release.set()
    holder.join()
    deadline = time.monotonic() + 30
    while not record.flush():
        assert time.monotonic() < deadline
    assert sum(row.n for row in store.rows(0, 2**40)) == record.law().stored == 7
    for each in (record, store, blocker):
        each.close()


def test_a_database_down_until_the_queue_is_full(
    tmp_path: Path, database: Server, own: str
) -> None:
    now = 1_700_000_000.0 // 86_400 * 86_400
    store = open_store(database.url_of(own), None)
    record = Record(tmp_path, store, clock=lambda: now, interval=1e6, outbox_rows=60)
    sent = 0
    record.count(BAIT)
    assert record.flush()
    database.kill()
    for hour in range(24 * 30):
        now += 3600
        for browser in ("firefox", "chrome", "bot"):
            record.count(BAIT._replace(browser=browser, section=str(hour % 3)), 2)
            sent += 2
        if hour % 6 == 0:
            assert not record.flush()
            found = audit(tmp_path)
            assert found.holds
            assert found.law.received == sent + 1
    dropped = record.law().dropped["queue_full"]
    assert dropped > 0
    database.start()
    assert record.flush()
    rows = store.rows(0, 2**40)
    assert sum(row.n for row in rows) == sent + 1 - dropped == record.law().stored
    assert {row.span for row in rows} == {"hour", "day"}
    assert sum(row.n for row in rows if row.browser == "bot") > 0, "bots stay told apart"
    assert sum(row.n for row in rows) > sent / 2, "most of it is merged, not dropped"
    record.close()
    store.close()


def test_the_password_is_in_no_log_and_no_error(
    database: Server, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    from .postgres import PASSWORD

    said: list[str] = []
    secrets = (PASSWORD, "barn%23door", "barn#door")
    urls = [
        database.url_of("missing"),
        database.url.replace("barn%23door", "barn%23door2"),
        database.url.replace(str(database.port), "1"),
        database.url.replace("127.0.0.1", "no.such.host.invalid"),
        database.url + "?options=-c%20nonsense%3D1",
        database.url.replace("%2F", "/"),
        database.url.replace("%40", "@"),
        database.url.replace("%23", "#"),
        database.url + "?nonsense=1",
    ]
    for url in urls:
        try:
            store = open_store(url, None)
            record = Record(None, store, interval=1e6, on_fault=lambda _, e: said.append(repr(e)))
            record.count(BAIT)
            if record.flush():
                said.append("this one works")
            record.close()
            store.close()
        except Exception as refused:
            said.append(f"{refused} {refused!r} {refused.__cause__}")
    assert len(said) >= len(urls)
    heard = "\n".join([*said, caplog.text, (database.folder / "log").read_text(errors="replace")])
    assert [secret for secret in secrets if secret in heard] == []


def test_a_store_without_a_primary_says_so(tmp_path: Path) -> None:
    with serving() as primary, standby_of(primary) as standby:
        store = PostgresStore(standby.url)
        with pytest.raises(StoreError, match=r"read-only|read-write"):
            store.sites()
        store.close()


def test_rows_are_read_while_others_write(database: Server, own: str) -> None:
    url = database.url_of(own)
    writer, reader = open_store(url, None), open_store(url, None)
    record = Record(None, writer, interval=1e6)
    for n in range(20):
        record.count(BAIT, n)
        record.flush()
        found: list[Row] = reader.rows(0, 2**40)
        assert sum(row.n for row in found) == sum(range(n + 1))
    record.close()
    writer.close()
    reader.close()
