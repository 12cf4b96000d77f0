"""All the tallies of a host: a folder of mapped files, or one process's memory."""

import fcntl
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Protocol

from evenhand.faults import OnFault
from evenhand.forks import watch_forks
from evenhand.keys import Key
from evenhand.record.locks import flocked
from evenhand.record.tally import (
    SUFFIX,
    FiledTally,
    LaterTallyError,
    MemoryTally,
    Reading,
    Tally,
    TornTallyError,
    read_tally,
)

_ABANDONED = 3600.0  # seconds after which a file that never got its name is litter


class Tallies(Protocol):
    """Where tallies are made, found and removed."""

    def create(self, hour: int) -> Tally: ...

    def names(self) -> list[str]: ...

    def read(self, name: str) -> Reading | None:
        """What the tally holds; ``None`` when it is gone or can't be read."""
        ...

    def take(self, name: str, holding: ExitStack) -> Reading | None:
        """Like `read`, of a tally that no worker counts into while `holding` is open."""
        ...

    def remove(self, name: str) -> None: ...

    def tidy(self) -> None:
        """Set torn tallies aside; for the one worker that flushes."""
        ...


class MemoryTallies:
    """Tallies of one process, gone with it."""

    def __init__(self) -> None:
        self._tallies: dict[str, Tally] = {}

    def create(self, hour: int) -> Tally:
        tally = MemoryTally(hour)
        self._tallies[tally.name] = tally
        return tally

    def names(self) -> list[str]:
        return list(self._tallies)

    def read(self, name: str) -> Reading | None:
        tally = self._tallies.get(name)
        return tally.read() if tally else None

    def take(self, name: str, holding: ExitStack) -> Reading | None:
        tally = self._tallies.get(name)
        return tally.read() if tally and tally.finished else None

    def remove(self, name: str) -> None:
        self._tallies.pop(name, None)

    def tidy(self) -> None:
        """Memory doesn't tear."""

    def values(self) -> list[Tally]:
        return list(self._tallies.values())

    def clear(self) -> None:
        self._tallies.clear()


class TallyFolder:
    """The mapped files of all workers of a host."""

    def __init__(self, folder: Path, on_fault: OnFault) -> None:
        self._folder = folder
        self._on_fault = on_fault
        self._known_keys: dict[str, list[Key]] = {}
        self._told: set[str] = set()
        self._lock = threading.Lock()
        watch_forks(self)

    def create(self, hour: int) -> FiledTally:
        self._folder.mkdir(exist_ok=True)
        return FiledTally(self._folder, hour)

    def names(self) -> list[str]:
        with suppress(FileNotFoundError):
            return sorted(path.name for path in self._folder.iterdir() if path.suffix == SUFFIX)
        return []

    def read(self, name: str) -> Reading | None:
        try:
            return self._read(name)
        except (OSError, TornTallyError, LaterTallyError) as error:
            self._tell_once(name, error)
            return None

    def take(self, name: str, holding: ExitStack) -> Reading | None:
        try:
            free = holding.enter_context(
                flocked(self._folder / name, fcntl.LOCK_EX | fcntl.LOCK_NB)
            )
        except OSError:
            return None
        return self.read(name) if free else None

    def remove(self, name: str) -> None:
        (self._folder / name).unlink(missing_ok=True)
        with self._lock:
            self._known_keys.pop(name, None)

    def tidy(self) -> None:
        for name in self.names():
            try:
                self._read(name)
            except TornTallyError as error:
                self._tell_once(name, error)
                (self._folder / name).rename(self._folder / f"{name}.broken")
            except (OSError, LaterTallyError) as error:
                self._tell_once(name, error)
        self._sweep()

    def before_fork(self) -> None:
        self._lock.acquire()

    def after_fork(self, *, in_child: bool) -> None:
        self._lock.release()

    def _read(self, name: str) -> Reading:
        with self._lock:
            keys = self._known_keys.setdefault(name, [])
            return read_tally(self._folder / name, keys)

    def _tell_once(self, name: str, error: Exception) -> None:
        """A tally that can't be read is a fault once, however often somebody tries."""
        if isinstance(error, FileNotFoundError) or name in self._told:
            return
        self._told.add(name)
        self._on_fault("state_dir", error)

    def _sweep(self) -> None:
        """Forget what is gone, and remove files whose worker died before it named them."""
        present = set(self.names())
        with self._lock:
            for name in self._known_keys.keys() - present:
                del self._known_keys[name]
        self._told &= present
        for path in self._folder.glob(f".*{SUFFIX}.tmp"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < time.time() - _ABANDONED:
                    path.unlink()
