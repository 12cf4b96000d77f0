"""Locks between the workers of one host; the kernel frees them when their holder is killed."""

import fcntl
import os
import threading
import time
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from evenhand.forks import watch_forks

_PAUSE = 0.02  # seconds between attempts at a lock that another worker holds


class _OpenLocks:
    """The lock files that this process has open.

    A forked child shares the locks behind them and would hold them after its parent's death:
    it closes its copies at once.
    """

    def __init__(self) -> None:
        self._files: set[int] = set()
        self._lock = threading.Lock()
        watch_forks(self)

    def open(self, path: Path, flags: int) -> int:
        with self._lock:
            file = os.open(path, flags | os.O_CLOEXEC, 0o644)
            self._files.add(file)
            return file

    def close(self, file: int) -> None:
        with self._lock:
            self._files.remove(file)
            os.close(file)

    def before_fork(self) -> None:
        self._lock.acquire()

    def after_fork(self, *, in_child: bool) -> None:
        if in_child:
            for file in self._files:
                os.close(file)
            self._files.clear()
        self._lock.release()


_open_locks = _OpenLocks()


@contextmanager
def flocked(
    path: Path, operation: int, flags: int = os.O_RDONLY, patience: float = 0.0
) -> Generator[bool]:
    """Hold an flock on `path`; gives ``False`` when it was not to be had in `patience` seconds."""
    file = _open_locks.open(path, flags)
    try:
        yield _obtained(file, operation, time.monotonic() + patience)
    finally:
        _open_locks.close(file)


def _obtained(file: int, operation: int, deadline: float) -> bool:
    while True:
        try:
            fcntl.flock(file, operation)
            return True
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_PAUSE)


@contextmanager
def _held(lock: threading.Lock, patience: float) -> Generator[bool]:
    """As `flocked`, within a process; a `patience` of -1 has no end."""
    held = lock.acquire(timeout=patience)
    try:
        yield held
    finally:
        if held:
            lock.release()


class HostLocks:
    """Who flushes, and who moves counts while others read; ``None`` is one process alone."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._flush, self._fold = threading.Lock(), threading.Lock()

    def flushing(self, patience: float = 0.0) -> AbstractContextManager[bool]:
        """Only one worker flushes at a time; ``False`` for the others, after so many seconds."""
        if self._folder is None:
            return _held(self._flush, patience)
        return self._flocked("flusher.lock", fcntl.LOCK_EX | fcntl.LOCK_NB, patience)

    def folding(self) -> AbstractContextManager[bool]:
        """Counts move from a file to the totals; ``False`` while someone reads."""
        if self._folder is None:
            return _held(self._fold, 0)
        return self._flocked("fold.lock", fcntl.LOCK_EX | fcntl.LOCK_NB)

    def reading(self) -> AbstractContextManager[bool]:
        """Nothing is folded meanwhile; waits for a fold under way, which is short."""
        if self._folder is None:
            return _held(self._fold, -1)
        return self._flocked("fold.lock", fcntl.LOCK_SH)

    def _flocked(
        self, name: str, operation: int, patience: float = 0.0
    ) -> AbstractContextManager[bool]:
        assert self._folder is not None
        return flocked(self._folder / name, operation, os.O_RDWR | os.O_CREAT, patience)
