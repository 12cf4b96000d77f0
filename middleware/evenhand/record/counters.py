"""Counting: one look-up and one addition into mapped memory."""

import threading
from collections.abc import Callable
from pathlib import Path

from evenhand.faults import OnFault, ignore_fault
from evenhand.forks import watch_forks
from evenhand.keys import SERIES_DROPPED, Key, coarser
from evenhand.record.tallies import MemoryTallies, Tallies, TallyFolder
from evenhand.record.tally import SLOTS, FiledTally, Reading, Tally, TallyFullError
from evenhand.vocabulary import OTHER

HOUR = 3600  # seconds

# When the slots are full, coarser keys take over, at last those that name no site.
_OWN_SLOTS, _COARSE_SLOTS = SLOTS - 512, SLOTS - 256
_LATE = 60.0  # seconds by which another thread's clock reading may precede the hour's start


class Counters:
    """The counts of this process, hour by hour, where its siblings can read them.

    ``folder`` is where the mapped files go; ``None`` keeps the counts in memory. Every process
    that was forked from this one counts into a tally of its own. A full disk costs nothing but
    durability: counts then wait in memory until `tend` finds room for them.
    """

    def __init__(self, folder: Path | None, on_fault: OnFault = ignore_fault) -> None:
        self._on_fault = on_fault
        self._faults: list[Exception] = []
        self._waiting = MemoryTallies()
        self.tallies: Tallies = self._waiting if folder is None else TallyFolder(folder, on_fault)
        self._lock = threading.Lock()
        self._forget()
        watch_forks(self)

    def count(self, key: Key, now: float, n: int = 1) -> None:
        """Add `n` to `key` in the hour of `now`."""
        with self._lock:
            if not self._earliest <= now < self._until:
                self._turn(now)
            try:
                self._counts[self._slots[key]] += n
                return
            except KeyError:
                self._count_first(key, n)
        self._report()

    def counter(
        self, key: Key, clock: Callable[[], float], count: Callable[[Key], None]
    ) -> Callable[..., None]:
        """Counts one of `key`, whatever it is called with: by `count`, and once that has found
        the key a slot, at less cost; for what every page view counts."""
        lock, tally, slot = self._lock, None, 0

        # One function and no look-up: cold caches make each cost more than the counting.
        def count_one(*_: object) -> None:
            nonlocal tally, slot
            with lock:
                if self._tally is tally and self._earliest <= clock() < self._until:
                    self._counts[slot] += 1
                    return
            count(key)
            with lock:
                slot = self._slots.get(key, 0)
                tally = self._tally if slot else None

        return count_one

    def tend(self, now: float) -> None:
        """Let go of an hour that is over or a file that was moved; file what waits in memory."""
        with self._lock:
            tally = self._tally
            moved = isinstance(tally, FiledTally) and not tally.is_in_place()
            if moved or now >= self._until:
                self._finish()
            if self._waiting is not self.tallies:
                self._file_waiting()
        self._report()

    def close(self) -> None:
        """Let go of the current tally; a later count starts another."""
        with self._lock:
            self._finish()

    def leave_folder(self) -> list[Reading]:
        """Count in memory from here on; gives what the file held that was counted into."""
        with self._lock:
            tally = self._tally
            held = [tally.read()] if isinstance(tally, FiledTally) else []
            if held:
                self._finish()
            self.tallies = self._waiting
        return held

    def take_waiting(self) -> list[Reading]:
        """What had to wait in memory for a folder; nobody else counts it any more."""
        with self._lock:
            if self._waiting is self.tallies:
                return []
            self._finish()
            held = [tally.read() for tally in self._waiting.values()]
            self._waiting.clear()
            return held

    def before_fork(self) -> None:
        self._lock.acquire()

    def after_fork(self, *, in_child: bool) -> None:
        if in_child:
            # The parent goes on counting into its own, and keeps the lock on it.
            self._finish()
            self._waiting.clear()
        self._lock.release()

    def _forget(self) -> None:
        self._tally: Tally | None = None
        self._slots: dict[Key, int] = {}
        self._counts: memoryview[int] = memoryview(b"")
        self._earliest, self._until = 0.0, 0.0

    def _finish(self) -> None:
        if self._tally is not None:
            self._tally.finish()
        self._forget()

    def _turn(self, now: float) -> None:
        """Begin the hour of `now`."""
        self._finish()
        hour = max(0, int(now // HOUR) * HOUR)
        try:
            self._use(self.tallies.create(hour))
        except OSError as error:
            self._wait_in_memory(hour, error)

    def _use(self, tally: Tally) -> None:
        """Count into a tally that is new or was filled slot by slot."""
        self._tally, self._counts = tally, tally.counts
        if not tally.keys:
            tally.claim(SERIES_DROPPED)
        self._slots = {key: slot for slot, key in enumerate(tally.keys)}
        self._earliest, self._until = tally.hour - _LATE, tally.hour + HOUR

    def _wait_in_memory(self, hour: int, error: OSError) -> None:
        self._faults.append(error)
        self._finish()
        self._use(self._waiting.create(hour))

    def _count_first(self, key: Key, n: int) -> None:
        """Count a key that has no slot yet."""
        tally = self._tally
        assert tally is not None
        try:
            self._counts[self._claim(tally, key, n)] += n
        except OSError as error:
            self._wait_in_memory(tally.hour, error)
            self._count_first(key, n)

    def _claim(self, tally: Tally, key: Key, n: int) -> int:
        """A slot for `key`, or that of a coarser key; at worst, that of lost series."""
        try:
            slot = tally.claim(key, _OWN_SLOTS)
            self._slots[key] = slot
            return slot
        except (TallyFullError, ValueError):
            pass
        coarse = coarser(key)
        for spare, limit in ((coarse, _COARSE_SLOTS), (coarse._replace(site=OTHER), SLOTS)):
            shared = self._shared_slot(tally, spare, limit)
            if shared is not None:
                self._counts[self._slots[SERIES_DROPPED]] += n
                return shared
        return self._slots[SERIES_DROPPED]

    def _shared_slot(self, tally: Tally, key: Key, limit: int) -> int | None:
        if key not in self._slots:
            try:
                self._slots[key] = tally.claim(key, limit)
            except (TallyFullError, ValueError):
                return None
        return self._slots[key]

    def _file_waiting(self) -> None:
        """Move tallies that had to wait in memory into files."""
        for waiting in self._waiting.values():
            try:
                filed = self._filed(waiting)
            except OSError as error:
                self._faults.append(error)
                return
            self._waiting.remove(waiting.name)
            if waiting is self._tally:
                self._use(filed)
            else:
                filed.finish()

    def _filed(self, waiting: Tally) -> Tally:
        filed = self.tallies.create(waiting.hour)
        try:
            for key in waiting.keys:
                filed.claim(key)
        except OSError:
            filed.finish()
            raise
        for slot, n in enumerate(waiting.read().counts):
            filed.counts[slot] = n
        return filed

    def _report(self) -> None:
        """Tell faults outside the lock: whoever hears of them may count them."""
        while self._faults:
            self._on_fault("state_dir", self._faults.pop(0))
