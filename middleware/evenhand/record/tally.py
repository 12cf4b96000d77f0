"""One worker's counts of one hour, and the file that lets them outlive the worker.

A file is a header of eight words, an array of counts and an array of keys, all of fixed size.
Its owner maps the counts and adds to them in place, so that a killed worker loses nothing that
it had counted. A key is written before the header's `used` covers it: readers in other
processes never see half a key.
"""

from __future__ import annotations  # memoryview takes no parameter at run time

import errno
import fcntl
import mmap
import os
import secrets
import sys
from array import array
from pathlib import Path
from typing import NamedTuple

from evenhand.keys import KEY_BYTES, Key, decode, encode

SLOTS = 8192
SUFFIX = ".counts"

_MAGIC_WORD = int.from_bytes(b"evenhand", sys.byteorder)
_LAYOUT = 1
_MAGIC, _VERSION, _CAPACITY, _HOUR, _USED = range(5)
_HEADER_WORDS = 8
_COUNTS_END = (_HEADER_WORDS + SLOTS) * 8
_SIZE = _COUNTS_END + SLOTS * KEY_BYTES


class TallyFullError(Exception):
    """Every slot that this key may have is taken."""


class TornTallyError(Exception):
    """A file that is not, or no longer, one of ours."""


class LaterTallyError(Exception):
    """A file of a later release, whose workers know how to read it."""


class Reading(NamedTuple):
    """What a tally held at one moment."""

    name: str
    hour: int
    keys: list[Key]
    counts: list[int]


class Tally:
    """Counts of one hour by one worker: a slot for each key."""

    counts: memoryview[int]

    def __init__(self, hour: int) -> None:
        self.hour = hour
        self.name = f"{hour}-{os.getpid()}-{secrets.token_hex(8)}{SUFFIX}"
        self.keys: list[Key] = []
        self.finished = False

    def claim(self, key: Key, limit: int = SLOTS) -> int:
        """A new slot for `key`; `TallyFullError` when `limit` slots are taken."""
        slot = len(self.keys)
        if slot >= limit:
            raise TallyFullError
        self._publish(slot, encode(key))
        self.keys.append(key)
        return slot

    def read(self) -> Reading:
        keys = list(self.keys)
        return Reading(self.name, self.hour, keys, self.counts[: len(keys)].tolist())

    def finish(self) -> None:
        """Its worker has moved on."""
        self.finished = True

    def _publish(self, slot: int, encoded: bytes) -> None:
        """Let other processes see the key."""


class MemoryTally(Tally):
    """A tally in this process's memory, where nobody else sees it."""

    def __init__(self, hour: int) -> None:
        super().__init__(hour)
        self.counts = memoryview(array("Q", bytes(8 * SLOTS)))


class FiledTally(Tally):
    """A tally in a mapped file, locked for as long as its worker counts into it."""

    def __init__(self, folder: Path, hour: int) -> None:
        super().__init__(hour)
        self.path = folder / self.name
        temporary = folder / f".{self.name}.tmp"
        self._file = temporary.open("x+b", buffering=0)
        try:
            # Locked before it has its name: nobody takes it for a dead worker's file.
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._reserve()
            self._mapping = mmap.mmap(self._file.fileno(), _COUNTS_END)
            temporary.rename(self.path)
        except BaseException:
            self._file.close()
            temporary.unlink(missing_ok=True)
            raise
        self._words = memoryview(self._mapping).cast("Q")
        self.counts = self._words[_HEADER_WORDS:]

    def is_in_place(self) -> bool:
        """Whether the file still stands where the other workers look for it."""
        try:
            return os.path.samestat(self.path.stat(), os.fstat(self._file.fileno()))
        except OSError:
            return False

    def finish(self) -> None:
        super().finish()
        self.counts.release()
        self._words.release()
        # The mapping holds a copy of the file's descriptor, and with it the lock.
        self._mapping.close()
        self._file.close()

    def _reserve(self) -> None:
        """Write the header and the zeroes, and leave a hole for the keys.

        A full disk must show here: in a mapping it would be a fatal signal.
        """
        header = array("Q", bytes(8 * _HEADER_WORDS))
        header[_MAGIC], header[_VERSION], header[_CAPACITY] = _MAGIC_WORD, _LAYOUT, SLOTS
        header[_HOUR] = self.hour
        _write(self._file.fileno(), header.tobytes() + bytes(8 * SLOTS), 0)
        self._file.truncate(_SIZE)

    def _publish(self, slot: int, encoded: bytes) -> None:
        place = _COUNTS_END + slot * KEY_BYTES
        _write(self._file.fileno(), encoded.ljust(KEY_BYTES, b"\0"), place)
        self._words[_USED] = slot + 1


def read_tally(path: Path, keys: list[Key]) -> Reading:
    """Read a worker's file; `keys`, known from earlier readings of it, is brought up to date.

    Raises `TornTallyError`, `LaterTallyError` or ``OSError``.
    """
    with path.open("rb", buffering=0) as file:
        if os.fstat(file.fileno()).st_size != _SIZE:
            raise TornTallyError(f"{path} has not the size of a counts file")
        with (
            mmap.mmap(file.fileno(), _COUNTS_END, access=mmap.ACCESS_READ) as mapping,
            memoryview(mapping) as octets,
            octets.cast("Q") as words,
        ):
            used = _checked_use(path, words)
            counts = words[_HEADER_WORDS : _HEADER_WORDS + used].tolist()
            hour = words[_HOUR]
        keys.extend(_read_keys(file.fileno(), path, len(keys), used))
    return Reading(path.name, hour, keys[:used], counts)


def _checked_use(path: Path, words: memoryview[int]) -> int:
    """How many slots are in use, if the header is sound."""
    if words[_MAGIC] != _MAGIC_WORD:
        raise TornTallyError(f"{path} is not a counts file")
    if words[_VERSION] > _LAYOUT:
        raise LaterTallyError(f"{path} was written by a later release")
    if words[_CAPACITY] != SLOTS or words[_USED] > SLOTS:
        raise TornTallyError(f"{path} has a damaged header")
    return words[_USED]


def _read_keys(file: int, path: Path, known: int, used: int) -> list[Key]:
    if used <= known:
        return []
    octets = os.pread(file, (used - known) * KEY_BYTES, _COUNTS_END + known * KEY_BYTES)
    try:
        return [
            decode(octets[start : start + KEY_BYTES].rstrip(b"\0"))
            for start in range(0, len(octets), KEY_BYTES)
        ]
    except ValueError as error:
        raise TornTallyError(f"{path} has a damaged key") from error


def _write(file: int, octets: bytes, place: int) -> None:
    if os.pwrite(file, octets, place) != len(octets):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
