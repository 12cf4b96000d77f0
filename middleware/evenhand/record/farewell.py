"""Sending what a worker has left of a folder that is gone, or that can't be written."""

from collections.abc import Sequence

from evenhand.errors import StoreError
from evenhand.faults import Faults
from evenhand.record.hostdb import HostDatabase
from evenhand.record.shipping import ship
from evenhand.record.tally import Reading
from evenhand.store import Store


class Farewell:
    """One worker's last counts, with the host's database in which earlier ones were sealed.

    The other workers of the host may be at it too: the batches keep their numbers, so that the
    store adds each of them once.
    """

    def __init__(
        self, host: HostDatabase, readings: Sequence[Reading], store: Store, faults: Faults
    ) -> None:
        self._host, self._readings = host, readings
        self._store, self._faults = store, faults

    def send(self) -> bool:
        """Whether nothing is left to send; try again later if not."""
        try:
            if self._readings:
                self._host.seal(self._readings)
                self._readings = ()
            if not ship(self._host, self._store, self._faults):
                return False
        except StoreError as error:
            # The folder's database was closed before its file was removed: nobody can tell any
            # more what of these counts was sealed.
            self._faults("state_dir", error)
        self._host.close()
        return True
