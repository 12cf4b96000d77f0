"""How many hits arrive at each site of a host: a page of memory that its workers share."""

from __future__ import annotations  # memoryview takes no parameter at run time

import mmap
import os
from array import array
from hashlib import blake2b
from pathlib import Path

from evenhand.crowds import Usual, ceilings, learnt
from evenhand.faults import OnFault, ignore_fault

SITES = 64
FILE = "arrivals-1"  # 1: the layout

_NAME, _MINUTE, _ARRIVED, _COUNTED, _USUAL, _MINUTES, _CROWDED_AT = range(7)
_WORDS = 8
_SIZE = SITES * _WORDS * 8


class SiteArrivals:
    """One site's numbers. Nothing is locked: of two workers that add at the same moment, one
    may be lost, and a ceiling needs no more exactness."""

    def __init__(self, words: memoryview[float]) -> None:
        self._words = words

    @property
    def usual(self) -> Usual:
        """What is usual."""
        return Usual(self._words[_USUAL], self._words[_MINUTES])

    def add(self, minute: float, arrived: int, counted: int, budget: int) -> tuple[bool, bool]:
        """Add a worker's hits; gives whether the site is crowded, and whether it is full."""
        words = self._words
        if minute != words[_MINUTE]:
            usual = learnt(self.usual, words[_COUNTED], minute - words[_MINUTE])
            words[_MINUTE] = minute
            words[_USUAL], words[_MINUTES] = usual
            words[_ARRIVED] = words[_COUNTED] = 0.0
        words[_ARRIVED] += arrived
        words[_COUNTED] += counted
        bounds = ceilings(self.usual, budget)
        if words[_ARRIVED] > bounds.crowded:
            words[_CROWDED_AT] = minute
        return self.is_crowded(minute), words[_COUNTED] >= bounds.full

    def is_crowded(self, minute: float) -> bool:
        """Whether it has been in this minute, or was in the one before."""
        return 0 < self._words[_CROWDED_AT] <= minute <= self._words[_CROWDED_AT] + 1


class Arrivals:
    """All sites of a host; without a folder, those of this process."""

    def __init__(self, folder: Path | None, on_fault: OnFault = ignore_fault) -> None:
        self._words: memoryview[float] = memoryview(array("d", bytes(_SIZE)))
        if folder is not None:
            try:
                self._words = _mapped(folder / FILE)
            except OSError as error:
                on_fault("state_dir", error)

    def of(self, site: str) -> SiteArrivals:
        """A site's numbers; the worker's own where the page has no room for one more site."""
        name = float(int.from_bytes(blake2b(site.encode(), digest_size=6).digest()) + 1)
        for start in range(0, SITES * _WORDS, _WORDS):
            words = self._words[start : start + _WORDS]
            if words[_NAME] in (0.0, name):
                words[_NAME] = name
                return SiteArrivals(words)
        return SiteArrivals(memoryview(array("d", bytes(_WORDS * 8))))


def _mapped(path: Path) -> memoryview[float]:
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        # Written, not left as a hole: a full disk must show here, and not as a fatal signal. Never
        # shortened either: another worker may have it mapped.
        if os.fstat(file).st_size < _SIZE and os.pwrite(file, bytes(_SIZE), 0) != _SIZE:
            raise OSError("there is no room for it")
        return memoryview(mmap.mmap(file, _SIZE)).cast("d")
    finally:
        os.close(file)
