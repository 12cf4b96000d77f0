"""Whether the conservation law holds on a host, by numbers that don't come from one another."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from evenhand.errors import StoreError
from evenhand.faults import ignore_fault
from evenhand.keys import EVENT_KINDS
from evenhand.record.hostdb import HostDatabase
from evenhand.record.locks import HostLocks
from evenhand.record.snapshot import Law, law_of
from evenhand.record.tallies import TallyFolder


@dataclass(frozen=True, slots=True)
class Audit:
    """The account of a host, and what is really there of what it calls pending.

    ``queued`` waits for the store in sealed batches, ``unsealed`` stands in the workers' files
    and in no batch yet.
    """

    law: Law
    queued: int
    unsealed: int

    @property
    def holds(self) -> bool:
        """Whether everything that was received is where the account says."""
        law = self.law
        accounted = law.stored + law.pending + sum(law.dropped.values())
        return law.received == accounted and law.pending == self.queued + self.unsealed


def audit(folder: Path) -> Audit:
    """Look at a state folder, whether its workers run or not, and change no count in it.

    (Its locks are made where they are missing, and older tables brought to this release's.)
    Raises `StoreError` where there is no account or it can't be read.
    """
    if not (folder / "host.db").is_file():
        raise StoreError(f"{folder} holds no counts: there is no host.db in it")
    host, tallies = (
        HostDatabase(folder / "host.db", 0),
        TallyFolder(folder / "counts", ignore_fault),
    )
    try:
        with HostLocks(folder).reading():
            books = host.books()
            counts, unsealed = Counter(books.totals), 0
            for name in {*tallies.names(), *books.sealed} - books.folded:
                sealed, reading = books.sealed.get(name, Counter()), tallies.read(name)
                # A file that is gone, torn or older than its seal is worth what was sealed of it.
                counted = Counter(sealed)
                if reading is not None:
                    counted |= Counter(dict(zip(reading.keys, reading.counts, strict=True)))
                counts.update(counted)
                unsealed += sum(
                    n - sealed[key] for key, n in counted.items() if key.kind in EVENT_KINDS
                )
    except OSError as error:
        raise StoreError(f"{folder} can't be read: {error.strerror}") from error
    finally:
        host.close()
    return Audit(law_of(counts, books.stored), books.queued, unsealed)
