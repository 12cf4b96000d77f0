# Long: one law, and every way in which a disk may fail it.
"""The state folder and its disk failing under real processes: nothing is lost uncounted."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

from evenhand.keys import EVENT_KINDS
from evenhand.record.audit import audit
from evenhand.store import open_store

SCRIPT = Path(__file__).with_name("fault_worker.py")
NOBODY = 65534
HOUR = 3600


class Process:
    """A worker of its own, see fault_worker.py."""

    def __init__(self, folder: Path, url: str, *, user: int = 0, outbox_rows: int = 9999) -> None:
        command = [sys.executable, str(SCRIPT), str(folder), url, str(user), str(outbox_rows)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._answer() == "ready"

    def __call__(self, command: str) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        return self._answer()

    def kill(self) -> None:
        self._process.kill()
        self.end()

    def end(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    @property
    def running(self) -> bool:
        return self._process.returncode is None

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


Start = Callable[..., Process]


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that an unprivileged worker may reach, with the store beside its state."""
    folder = Path(mkdtemp(prefix="evenhand-fault-"))
    (folder / "state").mkdir()
    if os.geteuid() == 0:
        for path in (folder, folder / "state"):
            os.chown(path, NOBODY, NOBODY)
    yield folder
    (folder / "state").chmod(0o755) if (folder / "state").exists() else None
    shutil.rmtree(folder)


@pytest.fixture
def start(place: Path) -> Iterator[Start]:
    started: list[Process] = []

    def begin(folder: Path | None = None, **options: int) -> Process:
        # Permissions don't hold root back.
        user = NOBODY if os.geteuid() == 0 else 0
        url = f"sqlite:///{place}/history.db"
        started.append(Process(folder or place / "state", url, **{"user": user} | options))
        return started[-1]

    yield begin
    for process in started:
        if process.running:
            process.kill()


def stored(place: Path) -> int:
    store = open_store(f"sqlite:///{place}/history.db", None)
    rows = store.rows(0, 2**40)
    store.close()
    return sum(row.n for row in rows if row.kind in EVENT_KINDS)


def test_a_folder_that_turns_read_only_holds_counts_until_it_is_writable_again(
    place: Path, start: Start
) -> None:
    worker = start()
    worker("count 5")
    assert worker("flush") == "True"
    (place / "state").chmod(0o500)
    (place / "state" / "counts").chmod(0o500)
    worker("count 3")
    worker(f"ahead {HOUR}")  # the new hour needs a new file
    worker("count 4")
    worker("flush")
    assert worker("faulty") == "state_dir"
    worker("count 6")
    (place / "state").chmod(0o700)
    (place / "state" / "counts").chmod(0o700)
    assert worker("flush") == "True"
    assert worker("law") == "18 0 0"
    assert stored(place) == 18
    assert audit(place / "state").holds


def test_what_a_read_only_folder_could_not_take_is_sent_when_the_worker_ends(
    place: Path, start: Start
) -> None:
    worker = start()
    worker("count 5")
    worker("flush")
    for path in (place / "state" / "counts", place / "state"):
        path.chmod(0o500)
    worker(f"ahead {HOUR}")
    worker("count 4")
    assert worker("leave") == "left"
    worker.end()
    assert stored(place) == 9


def test_a_folder_that_was_never_writable_costs_nothing_but_sharing(
    place: Path, start: Start
) -> None:
    (place / "state").chmod(0o500)
    workers = [start(), start()]
    for worker in workers:
        assert worker("degraded") == "not_writable"
        worker("count 5")
        assert worker("law") == "0 5 0"
    assert workers[0]("flush") == "True"
    assert workers[1]("leave") == "left"
    assert stored(place) == 10


@pytest.mark.parametrize("again", [False, True], ids=["removed", "replaced"])
def test_a_folder_that_is_removed_under_its_workers_loses_and_doubles_nothing(
    place: Path, start: Start, again: bool
) -> None:
    workers = [start(), start()]
    for worker in workers:
        worker("count 5")
    assert workers[0]("flush") == "True"
    for worker in workers:
        worker("count 2")
    shutil.rmtree(place / "state")
    if again:
        (place / "state").mkdir()
        if os.geteuid() == 0:
            os.chown(place / "state", NOBODY, NOBODY)
        newcomer = start()
        newcomer("count 100")
        assert newcomer("flush") == "True"
    for worker in workers:
        worker("count 3")
        assert worker("flush") == "True"
        assert worker("degraded") == "gone"
        assert worker("faulty") == "state_dir"
        worker("count 1")
        worker("leave")
    assert stored(place) == 2 * (5 + 2 + 3 + 1) + (100 if again else 0)


@pytest.mark.parametrize(
    ("damage", "kept"),
    [
        pytest.param("cut", 5, id="cut"),
        pytest.param("header", 5, id="header"),
        # Whoever read the keys before needs them no more.
        pytest.param("keys", 7, id="keys"),
    ],
)
def test_a_torn_file_of_a_killed_worker_costs_what_was_not_sealed(
    place: Path, start: Start, damage: str, kept: int
) -> None:
    dead, worker = start(), start()
    dead("count 5")
    (path,) = (place / "state" / "counts").iterdir()
    assert worker("flush") == "True"
    worker("count 1")
    dead("count 2")
    dead.kill()
    if damage == "cut":
        os.truncate(path, 5000)
    else:
        with path.open("r+b") as file:
            file.seek(0 if damage == "header" else (8 + 8192) * 8)
            file.write(b"\xff" * 256)
    assert worker("flush") == "True"
    assert worker("faulty") == ("none" if damage == "keys" else "state_dir")
    assert worker("law") == f"{kept + 1} 0 0"
    worker("count 3")
    assert worker("flush") == "True"
    assert stored(place) == kept + 4
    assert audit(place / "state").holds


def test_a_restored_backup_counts_nothing_twice_and_counts_its_loss(
    place: Path, start: Start
) -> None:
    worker = start()
    worker("count 10")
    worker("flush")
    worker("leave")
    worker.end()
    shutil.copytree(place / "state", place / "backup")
    worker = start()
    worker("count 7")
    worker("flush")
    worker.kill()
    shutil.rmtree(place / "state")
    shutil.copytree(place / "backup", place / "state")
    if os.geteuid() == 0:
        for path in [place / "state", *(place / "state").rglob("*")]:
            os.chown(path, NOBODY, NOBODY)
    worker = start()
    worker("count 7")  # the very same counts in the same hour
    assert worker("flush") == "True"
    assert worker("faulty") == "store"
    assert worker("law") == "10 0 7"
    worker("count 4")
    assert worker("flush") == "True"
    assert stored(place) == 10 + 7 + 4
    assert audit(place / "state").holds


def test_two_hosts_with_one_name_share_nothing(place: Path, start: Start) -> None:
    """A cloned machine: its state folder, and so its producer's name, is a copy."""
    first = start()
    first("count 10")
    first("flush")
    first("leave")
    first.end()
    shutil.copytree(place / "state", place / "clone")
    if os.geteuid() == 0:
        for path in [place / "clone", *(place / "clone").rglob("*")]:
            os.chown(path, NOBODY, NOBODY)
    hosts = [start(), start(place / "clone")]
    sent = 10
    for turn in range(6):
        for host in hosts:
            host(f"count {turn + 1}")
            sent += turn + 1
            host("flush")
    accounts = [audit(place / name) for name in ("state", "clone")]
    assert all(account.holds for account in accounts)
    lost = sum(sum(account.law.dropped.values()) for account in accounts)
    assert stored(place) == sent - lost
    assert lost == 1, "only the batch by which they were told apart"


def test_a_full_disk_holds_counts_until_there_is_room(place: Path, start: Start) -> None:
    worker = start()
    worker("count 5")
    assert worker("flush") == "True"
    worker("limit 4096")
    worker("count 3")
    worker(f"ahead {HOUR}")
    worker("count 4")
    assert worker("flush") == "False"
    assert worker("faulty") == "state_dir"
    for number in range(50):
        worker(f"count 1 {'firefox' if number % 2 else 'chrome'}")
    worker("flush")
    worker("limit -1")
    assert worker("flush") == "True"
    assert worker("law") == "62 0 0"
    assert stored(place) == 62
    assert audit(place / "state").holds


def test_a_clock_that_jumps_back_and_forth_moves_no_count_twice(place: Path, start: Start) -> None:
    worker, sent = start(), 0
    for jump in (0, -3 * HOUR, -90, 2 * HOUR, -48 * HOUR, 0, -1, 400 * 24 * HOUR, 0):
        worker(f"ahead {jump}")
        worker("count 3")
        sent += 3
        assert worker("flush") == "True"
        assert worker("law") == f"{sent} 0 0"
    worker.kill()
    again = start()
    again("count 1")
    assert again("flush") == "True"
    assert stored(place) == sent + 1
    assert audit(place / "state").holds


def test_killed_workers_leave_everything_that_they_counted(place: Path, start: Start) -> None:
    sent = 0
    for number in range(4):
        worker = start()
        worker("count 9")
        if number % 2:
            worker("flush")
        worker("count 2")
        sent += 11
        os.kill(worker._process.pid, signal.SIGKILL)
        worker.end()
    last = start()
    assert last("flush") == "True"
    assert stored(place) == sent
    assert audit(place / "state").holds
