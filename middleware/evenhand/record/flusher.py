"""One flush of a host: seal what is new, ship it to the store, fold what is finished."""

from contextlib import ExitStack

from evenhand.faults import Faults
from evenhand.record.hostdb import HostDatabase
from evenhand.record.locks import HostLocks
from evenhand.record.shipping import ship
from evenhand.record.tallies import Tallies
from evenhand.record.tally import Reading
from evenhand.store import Store


class Flusher:
    """The steps of a flush; the caller sees to it that only one worker is at it."""

    def __init__(
        self,
        tallies: Tallies,
        host: HostDatabase,
        store: Store,
        locks: HostLocks,
        faults: Faults,
    ) -> None:
        self._tallies, self._host, self._store = tallies, host, store
        self._locks, self._faults = locks, faults

    def flush(self, now: float, *, shipping: bool = True) -> bool:
        """Whether everything that was counted before is confirmed by the store."""
        self._seal()
        shipped = shipping and self._ship(now)
        self._fold()
        return shipped

    def _seal(self) -> None:
        self._tallies.tidy()
        figures = self._host.figures()
        names = self._tallies.names()
        readings = [self._tallies.read(name) for name in names if name not in figures.folded]
        self._host.seal(reading for reading in readings if reading is not None)
        lost = figures.sealed.difference(names)
        if lost:
            self._write_off(lost)

    def _ship(self, now: float) -> bool:
        if not ship(self._host, self._store, self._faults):
            return False
        try:
            self._store.retain(now)
        except Exception as error:
            self._faults("store", error)
        else:
            self._faults.over("store")
        return True

    def _fold(self) -> None:
        folded = self._host.figures().folded
        names = self._tallies.names()
        for name in folded.intersection(names):
            # A flusher was killed between the commit and this.
            self._tallies.remove(name)
        with ExitStack() as holding:
            finished = self._finished(frozenset(names) - folded, holding)
            if not finished:
                return
            with self._locks.folding() as alone:
                if alone:
                    for name in self._host.fold(finished, present=names):
                        self._tallies.remove(name)

    def _finished(self, names: frozenset[str], holding: ExitStack) -> list[Reading]:
        readings = [self._tallies.take(name, holding) for name in names]
        return [reading for reading in readings if reading is not None]

    def _write_off(self, names: frozenset[str]) -> None:
        """Keep what was sealed of tallies that somebody removed."""
        with self._locks.folding() as alone:
            if alone:
                self._host.write_off(names)
