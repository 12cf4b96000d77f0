"""The record: what this host has counted, exact over killed workers, and its way to the store."""

import atexit
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from weakref import WeakSet

from evenhand.errors import StoreError
from evenhand.faults import Faults, OnFault, ignore_fault
from evenhand.forks import watch_forks
from evenhand.keys import Key
from evenhand.record.counters import Counters
from evenhand.record.farewell import Farewell
from evenhand.record.flusher import Flusher
from evenhand.record.hostdb import HostDatabase
from evenhand.record.locks import HostLocks
from evenhand.record.marks import Marks
from evenhand.record.snapshot import Law, Snapshot, flush_keys, take_snapshot
from evenhand.record.ticker import Ticker
from evenhand.statedir import StateDirError, check_state_dir
from evenhand.store import Store

OUTBOX_ROWS = 100_000
"""How many rows, merged by hour and key, may wait for a store that is away."""

LAST_PATIENCE = 5.0
"""Seconds that a worker's last flush waits for one under way, of its own or another's."""

_LONGEST_WAIT = 120.0  # seconds between attempts at a store that is away

OnFlush = Callable[[Mapping[Key, int]], None]


class Record:
    """Counts of one host, shared by its workers through ``folder``.

    ``folder`` ``None``, or one that can't be used (`degraded` then says why), keeps the counts
    in this process's memory, and so does one that was removed or replaced while it was in use;
    the attribute is the folder in use, if any. A background thread, started by the first count
    in each process, seals the counts to disk about every ``interval`` seconds and ships them to
    ``store`` about as often, or at the store's own `pace` where that is slower; the store stays
    the caller's to close. ``on_flush`` is given the totals after each flush, by one worker of
    the host at a time. ``on_fault`` hears of every failure of ours, of a folder that can't be
    used at the first count; none of them reaches whoever counts.
    """

    def __init__(
        self,
        folder: Path | None,
        store: Store,
        *,
        clock: Callable[[], float] = time.time,
        interval: float = 5.0,
        on_fault: OnFault = ignore_fault,
        on_flush: OnFlush | None = None,
        outbox_rows: int = OUTBOX_ROWS,
    ) -> None:
        self._store, self._clock, self.interval = store, clock, interval
        self._on_flush, self._outbox_rows = on_flush, outbox_rows
        self._faults = Faults(on_fault)
        self._starting = threading.Lock()
        self._ticker: Ticker | None = None
        self._closed = False
        self._failures, self._retry_at = 0, 0.0
        self._marks = Marks(clock)
        self._last_snapshot: Snapshot | None = None
        self._unheard: StateDirError | None = None
        self._moving = threading.Lock()
        self._farewell: Farewell | None = None
        self.degraded = self._open(folder)
        watch_forks(self)
        _open_records.add(self)

    def count(self, key: Key, n: int = 1) -> None:
        """Add `n` to `key` in the current hour; never raises, never waits for the store."""
        try:
            self._counters.count(key, self._clock(), n)
            if self._ticker is None:
                self.start()
        except Exception as error:
            self._faults("recording", error)

    def counter(self, key: Key) -> Callable[..., None]:
        """Counts one of `key`, as `count` does, whatever it is called with."""
        return self._counters.counter(key, self._clock, self.count)

    def snapshot(self) -> Snapshot:
        """Everything below, from one consistent look; after `close`, the last one."""
        if self._closed and self._last_snapshot is not None:
            return self._last_snapshot
        try:
            self._last_snapshot = take_snapshot(self._host, self._counters.tallies, self._locks)
        except (OSError, StoreError) as error:
            self._faults("state_dir", error)
        return self._last_snapshot or Snapshot.empty()

    def totals(self) -> Mapping[Key, int]:
        """Counts of all workers since the folder began, of hours and workers long gone too."""
        return self.snapshot().totals

    def law(self) -> Law:
        """What was received, and what became of it."""
        return self.snapshot().law

    @property
    def series_dropped(self) -> int:
        """Counts that found no slot of their own and were merged with others."""
        return self.snapshot().series_dropped

    @property
    def last_flush(self) -> float | None:
        """When a worker last saw everything confirmed by the store."""
        return self._marks.at("flushed")

    def flush(self, patience: float = 0.0) -> bool:
        """Ship what was counted; ``True`` when the store has confirmed all of it.

        Nothing happens, and the answer is ``False``, while a flush is under way, here or in
        another worker, that doesn't end in `patience` seconds.
        """
        return self._flush(ship=True, patience=patience)

    def start(self) -> None:
        """Start the background thread of this process, if it isn't running."""
        with self._starting:
            if self._ticker is None and not self._closed:
                self._ticker = Ticker(self._tick, self.interval)
        if self._unheard is not None:
            # Told only now: whoever counts faults in this record has none while it is built.
            error, self._unheard = self._unheard, None
            self._faults("state_dir", error)

    def close(self) -> None:
        """Flush for the last time and let go of everything but the store.

        Counting goes on to work: with a folder, another worker or the next start ships it.
        """
        with self._starting:
            if self._closed:
                return
            self._closed = True
        if self._ticker is not None:
            self._ticker.stop()
        self._tend()
        self._send_waiting()
        self._counters.close()
        self._flush(ship=True, patience=LAST_PATIENCE)
        self._counters.close()  # a flush that failed is counted too
        self._last_snapshot = None
        self.snapshot()
        self._host.close()

    def before_fork(self) -> None:
        self._starting.acquire()

    def after_fork(self, *, in_child: bool) -> None:
        if in_child:
            self._ticker = None
            self._locks = HostLocks(self.folder)
            self._moving = threading.Lock()
            self._farewell = None  # the parent's
            self._flusher = self._new_flusher()
        self._starting.release()

    def _open(self, folder: Path | None) -> str | None:
        """Use the folder, or else memory; gives the reason if the folder can't be used."""
        if folder is not None:
            try:
                check_state_dir(folder)
                self._use(folder)
                self._check_database(folder)
                return None
            except StateDirError as error:
                self._use(None)
                self._faults.log("state_dir", error)
                self._unheard = error
                return error.reason
        self._use(None)
        return None

    def _use(self, folder: Path | None) -> None:
        self.folder = self._marks.folder = folder
        self._locks = HostLocks(folder)
        self._counters = Counters(folder and folder / "counts", self._faults)
        self._host = HostDatabase(folder and folder / "host.db", self._outbox_rows)
        self._flusher = self._new_flusher()

    def _new_flusher(self) -> Flusher:
        return Flusher(self._counters.tallies, self._host, self._store, self._locks, self._faults)

    def _check_database(self, folder: Path) -> None:
        try:
            self._host.figures()
        except StoreError as error:
            raise StateDirError(folder, "database", error) from error

    def _tick(self) -> float:
        """One pass of the background thread."""
        self._tend()
        self._take_leave()
        # One flush per interval and host is enough: every worker sees the counts of all.
        if not self._marks.is_recent("sealed", self.interval / 2):
            self._flush(ship=self._is_shipping_due())
        return self.interval

    def _is_shipping_due(self) -> bool:
        # Counts in memory die with their process: those don't wait.
        pace = self._store.pace if self.folder is not None else 0.0
        due = not self._marks.is_recent("flushed", pace - self.interval / 2)
        return due and time.monotonic() >= self._retry_at

    def _tend(self) -> None:
        try:
            self._mind_folder()
            if self.folder is not None:
                self._host.hold()
        except (OSError, StoreError) as error:
            self._faults("state_dir", error)
        try:
            self._counters.tend(self._clock())
        except Exception as error:
            self._faults("recording", error)

    def _mind_folder(self) -> tuple[HostLocks, Flusher]:
        """Leave a folder that somebody removed or replaced: the next worker begins a new one.

        Gives what to flush with, either all of the folder's or all of memory's.
        """
        with self._moving:
            folder = self.folder
            if folder is None or self._host.is_in_place():
                return self._locks, self._flusher
            error = StateDirError(folder, "gone", "it was removed or replaced while in use")
            self._farewell = Farewell(
                self._host, self._counters.leave_folder(), self._store, self._faults
            )
            self.folder = self._marks.folder = None
            self.degraded = error.reason
            self._locks = HostLocks(None)
            self._host = HostDatabase(None, self._outbox_rows)
            self._flusher = self._new_flusher()
        self._faults("state_dir", error)
        return self._locks, self._flusher

    def _take_leave(self) -> None:
        farewell = self._farewell
        if farewell is not None and farewell.send():
            self._farewell = None

    def _send_waiting(self) -> None:
        """Send what waits in memory for a folder that can't be written: it ends with us."""
        self._take_leave()
        waiting = self._counters.take_waiting()
        if waiting:
            host = HostDatabase(None, self._outbox_rows)
            Farewell(host, waiting, self._store, self._faults).send()

    def _flush(self, *, ship: bool, patience: float = 0.0) -> bool:
        try:
            locks, flusher = self._mind_folder()
            with locks.flushing(patience) as mine:
                return mine and self._timed_flush(flusher, ship=ship)
        except Exception as error:
            self._faults("state_dir", error)
            return False

    def _timed_flush(self, flusher: Flusher, *, ship: bool) -> bool:
        started = time.perf_counter()
        shipped = flusher.flush(self._clock(), shipping=ship)
        if not self._closed:
            for key, n in flush_keys(time.perf_counter() - started):
                self._counters.count(key, self._clock(), n)
            self._tell_totals()
        self._marks.put("sealed")
        if shipped:
            self._failures, self._retry_at = 0, 0.0
            self._marks.put("flushed")
        elif ship:
            self._failures += 1
            wait = min(self.interval * 2**self._failures, _LONGEST_WAIT)
            self._retry_at = time.monotonic() + wait
        return shipped

    def _tell_totals(self) -> None:
        if self._on_flush is not None:
            try:
                self._on_flush(self.totals())
            except Exception as error:
                self._faults("guard", error)


_open_records: WeakSet[Record] = WeakSet()


@atexit.register
def _close_records() -> None:
    for record in list(_open_records):
        record.close()
