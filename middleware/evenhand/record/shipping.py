"""Sending sealed batches to the store, in order."""

from evenhand.faults import Faults
from evenhand.record.hostdb import HostDatabase
from evenhand.store import BatchConflictError, Store


def ship(host: HostDatabase, store: Store, faults: Faults) -> bool:
    """Send every batch; the ledger makes a second attempt at one of them harmless.

    Gives whether the store has confirmed them all.
    """
    while (batch := host.next_batch()) is not None:
        try:
            store.apply(batch)
        except BatchConflictError as error:
            # Part of it is in the store already, and nobody can tell which: given up, counted.
            faults("store", error)
            host.begin_epoch()
        except Exception as error:
            faults("store", error)
            return False
        else:
            host.confirm(batch)
    return True
