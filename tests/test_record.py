# Long: one law, under forks, kills, clocks and stores that fail.
import gc
import logging
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from fcntl import LOCK_EX, LOCK_SH
from pathlib import Path
from shutil import rmtree
from typing import Protocol
from weakref import ref

import pytest

from evenhand import statedir
from evenhand.annotation import Annotation
from evenhand.errors import StoreError
from evenhand.keys import EVENT_KINDS, Key
from evenhand.record import LAST_PATIENCE, Record
from evenhand.record.hostdb import HostDatabase
from evenhand.record.locks import flocked
from evenhand.record.tallies import TallyFolder
from evenhand.record.tally import Reading
from evenhand.store import Batch, Row, Versions
from evenhand.store.sqlite import SQLiteStore
from evenhand.vocabulary import FaultStep, Kind

NOON = 1_700_000_000 // 3600 * 3600
BAIT = Key("gazette", "", "firefox", "desktop", "pair", "bait")
CONTROL = BAIT._replace(value="control")
PAGE = Key("gazette", "", "", "", "page", "inserted")
MALFORMED = Key("gazette", "", "", "", "dropped", "malformed")


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = float(NOON)

    def __call__(self) -> float:
        return self.now


class Unsteady:
    """A store in memory that fails when it is told to, before or after it applied a batch."""

    def __init__(self) -> None:
        self.inner = SQLiteStore(None)
        self.fails_before = self.fails_after = False
        self.answers: list[bool] = []
        self.pace = 0.0

    def apply(self, batch: Batch) -> bool:
        if self.fails_before:
            raise StoreError("away")
        self.answers.append(self.inner.apply(batch))
        if self.fails_after:
            raise StoreError("gone before it could answer")
        return self.answers[-1]

    def rows(self, since: int, until: int, site: str | None = None) -> list[Row]:
        return self.inner.rows(since, until, site)

    def sums(
        self,
        since: int,
        until: int,
        site: str | None = None,
        *,
        step: int = 86_400,
        kind: Kind | None = None,
    ) -> list[Row]:
        return self.inner.sums(since, until, site, step=step, kind=kind)

    def sites(self) -> list[str]:
        return self.inner.sites()

    def annotate(self, annotation: Annotation) -> bool:
        return self.inner.annotate(annotation)

    def remove_annotations(self, text: str) -> int:
        return self.inner.remove_annotations(text)

    def annotations(self, since: int, until: int, site: str | None = None) -> list[Annotation]:
        return self.inner.annotations(since, until, site)

    def retain(self, now: float) -> bool:
        return self.inner.retain(now)

    def migrate(self) -> Versions:
        return self.inner.migrate()

    def close(self) -> None:
        self.inner.close()


class Heard(list[FaultStep]):
    """The steps of the faults that were reported."""

    def __call__(self, step: FaultStep, error: Exception) -> None:
        self.append(step)


class MakeRecord(Protocol):
    def __call__(self, folder: Path | None, **options: object) -> Record: ...


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def store() -> Iterator[Unsteady]:
    unsteady = Unsteady()
    yield unsteady
    unsteady.close()


@pytest.fixture
def make(clock: Clock, store: Unsteady, heard: Heard) -> Iterator[MakeRecord]:
    """Records whose background thread stays asleep."""
    made: list[Record] = []

    def make_record(folder: Path | None, **options: object) -> Record:
        settings = {"clock": clock, "interval": 1e6, "on_fault": heard} | options
        made.append(Record(folder, store, **settings))  # type: ignore[arg-type]  # options by name
        return made[-1]

    yield make_record
    store.fails_before = store.fails_after = False
    for record in made:
        record.close()


def stored_events(rows: list[Row]) -> int:
    return sum(row.n for row in rows if row.kind in EVENT_KINDS)


def holds(record: Record) -> bool:
    law = record.law()
    return law.pending >= 0 and law.received == law.stored + law.pending + sum(law.dropped.values())


def in_host_db(folder: Path, query: str) -> int:
    db = sqlite3.connect(folder / "host.db")
    try:
        return int(db.execute(query).fetchone()[0])
    finally:
        db.close()


@pytest.mark.parametrize("filed", [True, False], ids=["folder", "memory"])
def test_counts_reach_the_store_hour_by_hour(
    tmp_path: Path, make: MakeRecord, store: Unsteady, clock: Clock, filed: bool
) -> None:
    record = make(tmp_path if filed else None)
    record.count(BAIT)
    record.count(CONTROL, 2)
    record.count(PAGE)
    record.count(MALFORMED, 5)
    law = record.law()
    assert (law.received, law.stored, law.pending, law.dropped) == (8, 0, 3, {"malformed": 5})
    assert record.last_flush is None

    assert record.flush()
    assert (record.law().stored, record.law().pending) == (3, 0)
    assert record.last_flush == clock.now
    clock.now += 3600
    record.count(BAIT, 10)
    assert record.flush()
    assert store.rows(0, 2**40) == [
        Row(NOON, *PAGE, 1),
        Row(NOON, *BAIT, 1),
        Row(NOON, *CONTROL, 2),
        Row(NOON + 3600, *BAIT, 10),
    ]
    assert record.totals() == {BAIT: 11, CONTROL: 2, PAGE: 1, MALFORMED: 5}
    assert record.flush()
    assert store.answers == [True, True], "nothing new, nothing sent"
    assert record.snapshot().flush_seconds.count == 3
    assert record.snapshot().flush_seconds.buckets[float("inf")] == 3
    assert record.degraded is None


def test_an_hour_that_is_over_is_folded_and_still_counted(
    tmp_path: Path, make: MakeRecord, clock: Clock
) -> None:
    record = make(tmp_path)
    record.count(BAIT, 3)
    record.count(MALFORMED)
    clock.now += 3600
    record.count(BAIT)
    assert len(list((tmp_path / "counts").iterdir())) == 2
    record.flush()
    assert len(list((tmp_path / "counts").iterdir())) == 1
    assert record.totals() == {BAIT: 4, MALFORMED: 1}
    assert in_host_db(tmp_path, "SELECT count(*) FROM folded") == 1
    clock.now += 3600
    record.count(BAIT)
    record.flush()
    assert in_host_db(tmp_path, "SELECT count(*) FROM folded") == 1, "forgotten once they are gone"
    assert in_host_db(tmp_path, "SELECT count(DISTINCT tally) FROM sealed") == 1


def test_totals_outlive_every_worker(tmp_path: Path, make: MakeRecord) -> None:
    first = make(tmp_path)
    first.count(BAIT, 3)
    first.close()
    first.close()
    assert first.totals() == {BAIT: 3}
    second, third = make(tmp_path), make(tmp_path)
    second.count(BAIT, 4)
    third.count(CONTROL)
    assert second.totals() == third.totals() == {BAIT: 7, CONTROL: 1}
    second.close()
    assert third.totals() == {BAIT: 7, CONTROL: 1}


def test_counts_after_closing_are_shipped_by_the_next(
    tmp_path: Path, make: MakeRecord, store: Unsteady
) -> None:
    record = make(tmp_path)
    record.count(BAIT)
    record.close()
    record.count(BAIT)
    after = make(tmp_path)
    assert after.flush()
    assert after.totals() == {BAIT: 2}
    assert stored_events(store.rows(0, 2**40)) == 2
    record._counters.close()


def test_a_retry_after_a_crash_between_store_and_outbox_is_a_no_op(
    tmp_path: Path, make: MakeRecord, store: Unsteady
) -> None:
    record = make(tmp_path)
    record.count(BAIT, 3)
    store.fails_after = True
    assert not record.flush()
    assert (record.law().stored, record.law().pending) == (0, 3)
    record.count(BAIT, 4)
    record.flush()
    store.fails_after = False
    assert make(tmp_path).flush()
    assert store.answers == [True, False, False, True]
    assert store.rows(0, 2**40) == [Row(NOON, *BAIT, 7)]
    assert (record.law().stored, record.law().pending) == (7, 0)


def test_a_crash_between_folding_and_unlinking_counts_nothing_twice(
    tmp_path: Path, make: MakeRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path).count(BAIT, 3)
    gone = make(tmp_path)
    gone.count(BAIT, 4)
    gone._counters.close()
    with monkeypatch.context() as patched:
        patched.setattr(TallyFolder, "remove", lambda *_: 1 / 0)
        assert not gone.flush()
    assert len(list((tmp_path / "counts").iterdir())) == 2
    record = make(tmp_path)
    assert record.totals() == {BAIT: 7}
    assert record.flush()
    assert record.totals() == {BAIT: 7}


def test_a_store_that_fails_and_recovers_loses_nothing_and_is_logged_once(
    tmp_path: Path,
    make: MakeRecord,
    store: Unsteady,
    heard: Heard,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    record = make(tmp_path)
    store.fails_before = True
    for _ in range(30):
        record.count(BAIT)
        record.count(PAGE)
        clock.now += 600
        assert not record.flush()
        assert holds(record)
    assert heard == ["store"] * 30
    assert len(caplog.records) == 1
    assert record.law().pending == 30
    assert record.last_flush is None
    assert in_host_db(tmp_path, "SELECT count(DISTINCT seq) FROM outbox") == 2, "batches merge"

    store.fails_before = False
    assert record.flush()
    assert len(store.rows(0, 2**40)) == 2 * 5
    assert record.law().stored == 30
    assert [entry.levelno for entry in caplog.records] == [logging.WARNING] * 2


def test_a_queue_over_its_bound_merges_then_drops_the_oldest_and_counts_the_loss(
    make: MakeRecord, store: Unsteady, clock: Clock
) -> None:
    record = make(None, outbox_rows=4)
    store.fails_before = True
    for _ in range(10):
        record.count(BAIT, 7)
        record.count(PAGE)
        clock.now += 20 * 3600
        record.flush()
        assert holds(record)
    # The first batch may have been tried and stays; of the other, at most four rows do.
    law = record.law()
    assert law.received == 70
    assert 14 <= law.pending <= 35
    assert law.dropped == {"queue_full": 70 - law.pending}
    assert record.series_dropped > 0, "browsers were merged before anything was dropped"
    store.fails_before = False
    assert record.flush()
    stored = store.rows(0, 2**40)
    assert stored_events(stored) == record.law().stored == law.pending
    assert {row.span for row in stored} == {"hour", "day"}
    assert max(row.hour for row in stored) >= NOON + 8 * 20 * 3600, "the newest are kept"
    assert record.totals()[BAIT] == 70


def test_a_batch_number_that_was_used_before_is_given_up_and_counted(
    tmp_path: Path, make: MakeRecord, store: Unsteady, heard: Heard
) -> None:
    record = make(tmp_path)
    record.count(BAIT, 3)
    assert record.flush()
    db = sqlite3.connect(tmp_path / "host.db", isolation_level=None)
    db.execute("UPDATE meta SET value = 1 WHERE name = 'next_seq'")
    db.close()
    record.count(BAIT, 4)
    assert record.flush(), "nothing waits any more"
    assert heard == ["store"]
    assert record.law().dropped == {"restored": 4}
    assert (record.law().received, record.law().pending) == (7, 0)
    record.count(BAIT, 5)
    assert record.flush()
    assert stored_events(store.rows(0, 2**40)) == record.law().stored == 8
    assert holds(record)


def test_only_one_worker_flushes(tmp_path: Path, make: MakeRecord, store: Unsteady) -> None:
    record = make(tmp_path)
    record.count(BAIT)
    with flocked(tmp_path / "flusher.lock", LOCK_EX, os.O_CREAT | os.O_RDWR):
        assert not record.flush()
    assert store.answers == []
    assert record.flush()


def test_nothing_is_folded_while_somebody_reads(
    tmp_path: Path, make: MakeRecord, clock: Clock
) -> None:
    record = make(tmp_path)
    record.count(BAIT)
    clock.now += 3600
    record.count(BAIT)
    with flocked(tmp_path / "fold.lock", LOCK_SH, os.O_CREAT | os.O_RDWR):
        assert record.flush()
        assert len(list((tmp_path / "counts").iterdir())) == 2
        assert record.totals() == {BAIT: 2}
    record.flush()
    assert len(list((tmp_path / "counts").iterdir())) == 1
    assert record.totals() == {BAIT: 2}


@pytest.mark.parametrize("how", ["torn", "removed"])
def test_a_lost_file_is_worth_what_was_sealed_of_it(
    tmp_path: Path, make: MakeRecord, heard: Heard, how: str
) -> None:
    dead, record = make(tmp_path), make(tmp_path)
    dead.count(BAIT, 5)
    (path,) = (tmp_path / "counts").iterdir()
    record.flush()
    dead.count(BAIT)
    dead._counters.close()
    if how == "torn":
        os.truncate(path, 99)
    else:
        path.unlink()
    assert record.totals() == {BAIT: 5}
    assert holds(record)
    record.flush()
    assert record.totals() == {BAIT: 5}
    assert (record.law().stored, record.law().pending) == (5, 0)
    assert heard == (["state_dir"] if how == "torn" else [])
    assert in_host_db(tmp_path, "SELECT count(*) FROM sealed") == 0


def test_counts_that_a_power_cut_took_back_do_not_count_twice(
    tmp_path: Path, make: MakeRecord, store: Unsteady
) -> None:
    dead, record = make(tmp_path), make(tmp_path)
    dead.count(BAIT, 5)
    (path,) = (tmp_path / "counts").iterdir()
    record.flush()
    dead._counters.close()
    with path.open("r+b") as file:  # the second slot: the first is that of lost series
        file.seek((8 + 1) * 8)
        file.write((3).to_bytes(8, sys.byteorder))
    assert holds(record)
    record.flush()
    assert record.totals() == {BAIT: 5}
    assert stored_events(store.rows(0, 2**40)) == 5


def test_a_fault_reported_while_counting_may_be_counted(
    tmp_path: Path, store: Unsteady, clock: Clock
) -> None:
    counted: list[Record] = []

    def count_it(step: FaultStep, error: Exception) -> None:
        counted[0].count(Key("", "", "", "", "fault", step))
        raise RuntimeError("and the handler fails on top")

    record = Record(tmp_path, store, clock=clock, interval=1e6, on_fault=count_it)
    counted.append(record)
    (tmp_path / "counts").touch()  # where the folder of counts should be
    record.count(BAIT)
    (tmp_path / "counts").unlink()
    record._tend()
    assert record.totals()[BAIT] == 1
    assert record.totals()[Key("", "", "", "", "fault", "state_dir")] == 1
    record.close()


def test_a_fault_that_cannot_be_counted_ends_there(
    make: MakeRecord, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[FaultStep] = []

    def count_it(step: FaultStep, error: Exception) -> None:
        heard.append(step)
        record.count(Key("", "", "", "", "fault", step))

    record = make(None, clock=lambda: float("nan"), on_fault=count_it)
    record.count(BAIT)
    record.count(BAIT)
    assert heard == ["recording"] * 2
    assert len(caplog.records) == 1
    record._clock = Clock()


def test_counting_never_raises(make: MakeRecord, heard: Heard) -> None:
    record = make(None, clock=lambda: float("nan"))
    record.count(BAIT)
    assert heard == ["recording"]
    record.count(None)  # type: ignore[arg-type]  # wrong on purpose
    assert heard == ["recording"] * 2
    record._clock = Clock()


UNUSABLE = [
    pytest.param(lambda path: path / "not there", "missing", id="missing"),
    pytest.param(lambda path: file_at(path / "file"), "not_a_folder", id="a file"),
    pytest.param(lambda path: file_at(path / "file") / "below", "not_a_folder", id="below a file"),
    pytest.param(lambda _: Path("/proc/self"), None, id="read only"),
]


def file_at(path: Path) -> Path:
    path.touch()
    return path


@pytest.mark.parametrize(("place", "reason"), UNUSABLE)
def test_a_folder_that_cannot_be_used_means_memory_and_a_warning(
    tmp_path: Path,
    make: MakeRecord,
    heard: Heard,
    caplog: pytest.LogCaptureFixture,
    place: Callable[[Path], Path],
    reason: str | None,
) -> None:
    record = make(place(tmp_path))
    assert record.degraded == reason or (reason is None and record.degraded)
    assert record.folder is None
    assert len(caplog.records) == 1
    record.count(BAIT)
    record.count(CONTROL)
    assert heard == ["state_dir"], "not before the first count"
    assert len(caplog.records) == 1
    assert record.flush()
    assert record.totals() == {BAIT: 1, CONTROL: 1}


def test_a_network_file_system_means_memory(
    tmp_path: Path, make: MakeRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/vda / ext4 rw 0 0\nserver:/export {tmp_path} nfs4 rw 0 0\n")
    monkeypatch.setattr(statedir, "_MOUNTS", mounts)
    assert make(tmp_path).degraded == "network_file_system"


@pytest.mark.parametrize(
    ("folder", "file_system"),
    [
        ("/", "ext4"),
        ("/srv/state", "nfs"),
        ("/srv/state/deeper", "nfs"),
        ("/srv/stately", "ext4"),
        ("/with space/x", "cifs"),
        ("/over", "tmpfs"),
    ],
)
def test_the_mount_nearest_to_a_folder_tells_its_file_system(folder: str, file_system: str) -> None:
    mounts = (
        "/dev/vda / ext4 rw 0 0\nh:/x /srv/state nfs rw 0 0\n//h/x /with\\040space cifs rw 0 0\n"
        "/dev/vdb /over xfs rw 0 0\nnone /over tmpfs rw 0 0"
    )
    assert statedir.file_system_of(Path(folder), mounts) == file_system
    assert statedir.file_system_of(Path(folder), "") is None


def test_a_damaged_host_database_means_memory(tmp_path: Path, make: MakeRecord) -> None:
    (tmp_path / "host.db").write_text("not a database" * 99)
    record = make(tmp_path)
    assert record.degraded == "database"
    record.count(BAIT)
    assert record.flush()


@pytest.mark.parametrize("how", ["moved", "removed", "replaced"])
def test_a_folder_that_vanishes_loses_no_count_and_is_not_counted_twice(
    tmp_path: Path, make: MakeRecord, heard: Heard, store: Unsteady, how: str
) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    record, sibling = make(folder), make(folder)
    record.count(BAIT)
    assert record.flush()
    record.count(BAIT, 2)
    sibling.count(BAIT, 4)
    if how == "moved":
        folder.rename(tmp_path / "elsewhere")
    else:
        rmtree(folder)
    if how == "replaced":
        folder.mkdir()
        newcomer = make(folder)
        newcomer.count(BAIT, 8)
        assert newcomer.flush()
    for worker in (record, sibling):
        worker.count(BAIT, 16)
        worker._tick()
        assert worker.flush()
        assert holds(worker)
        assert (worker.degraded, worker.folder) == ("gone", None)
    assert heard == ["state_dir"] * 2
    expected = 1 + 2 + 4 + 2 * 16 + (8 if how == "replaced" else 0)
    assert stored_events(store.rows(0, 2**40)) == expected


def test_what_a_lost_folder_held_is_sent_once_the_store_is_back(
    tmp_path: Path, make: MakeRecord, store: Unsteady
) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    record = make(folder)
    record.count(BAIT, 3)
    store.fails_before = True
    record._tick()
    rmtree(folder)
    record._tick()
    store.fails_before = False
    record._tick()
    assert record._farewell is None
    assert stored_events(store.rows(0, 2**40)) == 3


def test_whoever_flushed_hears_the_totals(make: MakeRecord, heard: Heard) -> None:
    seen: list[dict[Key, int]] = []

    def hear(totals: dict[Key, int]) -> None:
        seen.append(totals)
        raise ValueError("its own fault")

    record = make(None, on_flush=hear)
    record.count(BAIT)
    assert record.flush()
    assert seen == [{BAIT: 1}]
    assert heard == ["guard"]


def test_the_background_thread_flushes_by_itself(tmp_path: Path, make: MakeRecord) -> None:
    flushed = threading.Event()
    record = make(tmp_path, interval=0.01, on_flush=lambda _: flushed.set())
    record.count(BAIT)
    assert flushed.wait(10)
    record.close()
    assert record.law().stored == 1


@pytest.mark.parametrize("ending", [Record.close, lambda record: record.flush(LAST_PATIENCE)])
@pytest.mark.parametrize("whose", ["own", "another worker's", "own, in memory"])
def test_the_last_flush_waits_for_one_that_is_under_way(
    ending: Callable[[Record], object],
    whose: str,
    tmp_path: Path,
    make: MakeRecord,
    store: Unsteady,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    under_way, may_end = threading.Event(), threading.Event()

    def slow(batch: Batch) -> bool:
        under_way.set()
        assert may_end.wait(30)
        return store.inner.apply(batch)

    record = make(None if whose == "own, in memory" else tmp_path)
    flushing = make(tmp_path) if whose == "another worker's" else record
    record.count(BAIT)
    monkeypatch.setattr(store, "apply", slow)
    first = threading.Thread(target=flushing.flush)
    first.start()
    assert under_way.wait(30)
    record.count(CONTROL)  # after what is being sent was sealed
    last = threading.Thread(target=ending, args=[record])
    last.start()
    last.join(0.2)
    may_end.set()
    first.join()
    last.join()
    assert stored_events(store.rows(0, 2**40)) == 2


@pytest.mark.parametrize("filed", [True, False], ids=["folder", "memory"])
def test_a_flush_that_does_not_end_is_not_waited_for_long(
    filed: bool, tmp_path: Path, make: MakeRecord, store: Unsteady, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = make(tmp_path if filed else None)
    answers: list[bool] = []

    def apply(batch: Batch) -> bool:
        answers.append(record.flush(0.05))
        return store.inner.apply(batch)

    monkeypatch.setattr(store, "apply", apply)
    record.count(BAIT)
    assert record.flush()
    assert answers == [False]


def test_a_pass_leaves_the_flush_to_whoever_did_it_lately(
    tmp_path: Path, make: MakeRecord, clock: Clock, store: Unsteady
) -> None:
    record, sibling = make(tmp_path, interval=60.0), make(tmp_path, interval=60.0)
    record.count(BAIT)
    sibling._tick()
    assert store.answers == [True]
    record.count(BAIT)
    record._tick()
    assert store.answers == [True]
    clock.now += 60
    record._tick()
    assert store.answers == [True, True]


def test_a_store_that_is_away_is_tried_less_and_less(make: MakeRecord, heard: Heard) -> None:
    record = make(None, interval=60.0)
    record._store.fails_before = True  # type: ignore[attr-defined]  # the test's own store
    record.count(BAIT)
    for _ in range(5):
        record._tick()
    assert heard == ["store"]
    assert record.law().pending == 1


def test_a_tally_is_folded_only_once_all_of_it_is_sealed() -> None:
    host = HostDatabase(None, 100)
    sealed, later = (Reading("worker", NOON, [BAIT, PAGE], [n, 1]) for n in (3, 4))
    host.seal([sealed])
    assert host.fold([later], present=["worker"]) == []
    assert host.figures().totals == {}
    host.seal([later])
    assert host.fold([later], present=["worker"]) == ["worker"]
    assert host.figures().totals == {BAIT: 4, PAGE: 1}
    host.close()


def test_a_forgotten_record_is_kept_alive_by_nothing() -> None:
    record = Record(None, Unsteady(), interval=0.01)
    record.count(BAIT)
    thread = record._ticker._thread  # type: ignore[union-attr]  # it runs here
    forgotten = ref(record)
    record._host.close()
    del record
    gc.collect()
    thread.join(10)
    assert not thread.is_alive()
    assert forgotten() is None


COUNTING = """
import sys
from pathlib import Path
from evenhand.record.hostdb import HostDatabase
from evenhand.keys import Key
from evenhand.record import Record
from evenhand.store import open_store

folder, interval = Path(sys.argv[1]), float(sys.argv[2])
record = Record(folder, open_store(None, folder), interval=interval)
sections = [str(number) for number in range(20)]
number = 0
while number != int(sys.argv[3]):
    record.count(Key("gazette", sections[number % 20], "", "", "pair", "bait"))
    number += 1
    if number % 25 == 0:
        print(number, flush=True)
"""


def counting(folder: Path, interval: float, number: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", COUNTING, str(folder), str(interval), str(number)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def acknowledged(worker: "subprocess.Popen[str]", patience: int) -> int:
    """Kill the worker after some of its acknowledgements; gives the last that it sent whole."""
    assert worker.stdout is not None
    last = "0"
    for _ in range(patience):
        last = worker.stdout.readline()
    worker.kill()
    *whole, _ = worker.stdout.read().split("\n")
    worker.stdout.close()
    assert worker.wait() == -signal.SIGKILL
    return int(whole[-1] if whole else last)


def test_sigkill_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    chance = random.Random(7)
    acks, kills = 0, 8
    for _ in range(kills):
        # So short an interval that some of them die in the middle of a flush.
        worker = counting(tmp_path, 0.002, -1)
        acks += acknowledged(worker, chance.randrange(1, 400))
    store = SQLiteStore(tmp_path / "history.db")
    record = Record(tmp_path, store, interval=1e6)
    assert record.flush()
    stored = stored_events(store.rows(0, 2**40))
    # A worker acknowledges every 25th count: at most 25 more were under way when it died.
    assert acks <= stored <= acks + 25 * kills
    assert record.law().stored == record.law().received == sum(record.totals().values()) == stored
    assert not list((tmp_path / "counts").glob("*.broken"))
    record.close()
    store.close()


def test_workers_that_count_at_once_agree_and_the_law_holds_meanwhile(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "history.db")
    records = [Record(tmp_path, store, interval=1e6) for _ in range(2)]
    workers = [counting(tmp_path, 0.01, 100_000) for _ in range(3)]
    drains = [threading.Thread(target=worker.communicate) for worker in workers]
    for drain in drains:
        drain.start()
    received = stored = 0
    while any(worker.poll() is None for worker in workers):
        for record in records:
            law = record.law()
            assert law.received == law.stored + law.pending + sum(law.dropped.values())
            assert law.received >= received, "monotonic, whoever answers"
            assert law.stored >= stored
            received, stored = law.received, law.stored
    for drain in drains:
        drain.join()
    assert [worker.returncode for worker in workers] == [0, 0, 0]
    assert records[0].flush()
    assert records[0].totals() == records[1].totals()
    assert set(records[0].totals().values()) == {15_000}
    assert stored_events(store.rows(0, 2**40)) == 300_000
    for record in records:
        record.close()
    store.close()


LEAVING = """
import sys
from pathlib import Path
from evenhand.record.hostdb import HostDatabase
from evenhand.keys import Key
from evenhand.record import Record
from evenhand.store import open_store
record = Record(Path(sys.argv[1]), open_store(None, Path(sys.argv[1])), interval=1e6)
record.count(Key("gazette", "", "", "", "pair", "bait"), 3)
"""


def test_a_process_that_ends_flushes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", LEAVING, tmp_path], check=True)
    store = SQLiteStore(tmp_path / "history.db")
    assert stored_events(store.rows(0, 2**40)) == 3
    assert list((tmp_path / "counts").iterdir()) == []
    store.close()


FORKING = """
import os, sys
from pathlib import Path
from evenhand.record.hostdb import HostDatabase
from evenhand.keys import Key
from evenhand.record import Record
from evenhand.store import open_store

key = Key("gazette", "", "", "", "pair", "bait")
folder = Path(sys.argv[1]) if sys.argv[1] else None
record = Record(folder, open_store(None, folder), interval=0.002)
record.count(key, 100)  # the thread runs, and may be in the middle of a flush
children = []
for number in range(6):
    child = os.fork()
    if child == 0:
        record.count(key, 10)
        assert record.totals()[key] >= 10
        while not record.flush() and folder:
            pass
        os._exit(0 if record._ticker else 1)
    children.append(child)
    record.count(key, 1)
statuses = [os.waitpid(child, 0)[1] for child in children]
while not record.flush():
    pass
print(statuses, record.totals()[key], record.law().stored)
"""


@pytest.mark.parametrize("filed", [True, False], ids=["folder", "memory"])
def test_forked_workers_count_and_flush_for_themselves(tmp_path: Path, filed: bool) -> None:
    # From 3.12 on, Python warns of any fork beside threads: this is what is tested here.
    command = [sys.executable, "-W", "ignore", "-c", FORKING, str(tmp_path) if filed else ""]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    total = 166 if filed else 106
    assert ran.stdout == f"{[0] * 6} {total} {total}\n"
    assert ran.stderr == ""


def test_a_killed_flusher_locks_nobody_out(tmp_path: Path, make: MakeRecord) -> None:
    worker = counting(tmp_path, 0.001, -1)
    acknowledged(worker, 50)
    record = make(tmp_path)
    assert record.flush()
    assert holds(record)


def test_a_store_with_a_pace_is_sent_to_less_often_than_counts_are_sealed(
    tmp_path: Path, make: MakeRecord, store: Unsteady, clock: Clock
) -> None:
    store.pace = 60.0
    record, sibling, memory = (make(folder, interval=5.0) for folder in (tmp_path, tmp_path, None))
    for _ in range(24):  # two minutes
        record.count(BAIT)
        memory.count(CONTROL)
        for worker in (record, sibling, memory):
            worker._tick()
        clock.now += 5
    sent = store.rows(0, 2**40)
    assert {row.value: row.n for row in sent} == {"bait": 13, "control": 24}
    assert in_host_db(tmp_path, "SELECT sum(n) FROM outbox") == 11, "the rest is safe on disk"
    assert len(store.answers) == 2 + 24, "one batch each time"
