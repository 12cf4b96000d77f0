"""What a host remembers besides its live counts: sealed counts, batches to send, totals."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from sqlite3 import Connection
from typing import NamedTuple

from evenhand.keys import EVENT_KINDS, SERIES_DROPPED, STORED_KINDS, Key, decode, encode
from evenhand.record.queue import Place, shed
from evenhand.record.schema import MIGRATIONS
from evenhand.record.tally import Reading
from evenhand.store import Batch, Row, Versions
from evenhand.store.database import Database
from evenhand.vocabulary import DropReason


class Figures(NamedTuple):
    """What the host's database says at one moment."""

    stored: int
    totals: Mapping[Key, int]
    folded: frozenset[str]
    sealed: frozenset[str]


class Books(NamedTuple):
    """All that the host's database says at one moment; ``queued`` are events in batches."""

    stored: int
    totals: Mapping[Key, int]
    folded: frozenset[str]
    sealed: Mapping[str, Counter[Key]]
    queued: int


class _Delta(NamedTuple):
    """What was counted under one key since the tally was last sealed."""

    tally: str
    hour: int
    key: bytes
    counted: int
    fresh: int


class HostDatabase:
    """The database that the workers of a host share; only the one that flushes writes to it.

    The outbox holds at most two batches. One that may have been sent never changes; whatever is
    sealed is added to the other, until that holds `bound` rows. Then it is made coarser, and at
    last shortened.
    """

    def __init__(self, path: Path | None, bound: int) -> None:
        # FULL: a batch must not be in the store while a power cut made us forget its number.
        # Pinned: a file of the same name that somebody put there knows nothing of our counts.
        self._database = Database(path, MIGRATIONS, "FULL", pinned=True)
        self._bound = bound
        self._totals: tuple[int, Mapping[Key, int]] = (-1, {})

    def close(self) -> None:
        self._database.close()

    def hold(self) -> None:
        """Open the file if it is closed: what is open can be read after somebody removed it."""
        self._database.hold()

    def is_in_place(self) -> bool:
        """Whether the file still stands where the other workers look for it."""
        return self._database.is_in_place()

    def migrate(self) -> Versions:
        """Bring the schema up to date."""
        return self._database.migrate()

    def figures(self) -> Figures:
        with self._database.reading() as db:
            return Figures(
                stored=_number(db, "stored"),
                totals=self._folded_totals(db),
                folded=_names(db, "SELECT tally FROM folded"),
                sealed=_names(db, "SELECT DISTINCT tally FROM sealed"),
            )

    def books(self) -> Books:
        with self._database.reading() as db:
            names = _names(db, "SELECT DISTINCT tally FROM sealed")
            queued = db.execute("SELECT key, n FROM outbox").fetchall()
            return Books(
                stored=_number(db, "stored"),
                totals=self._folded_totals(db),
                folded=_names(db, "SELECT tally FROM folded"),
                sealed={
                    name: Counter({decode(key): n for key, n in _sealed(db, name).items()})
                    for name in names
                },
                queued=_events_by_site(queued).total(),
            )

    def sealed(self, tallies: Iterable[str]) -> Counter[Key]:
        """What was sealed of these tallies."""
        counts = Counter[Key]()
        with self._database.reading() as db:
            for tally in tallies:
                for key, n in _sealed(db, tally).items():
                    counts[decode(key)] += n
        return counts

    def seal(self, readings: Iterable[Reading]) -> None:
        """Add what is new in these tallies to a batch, and remember it as sealed."""
        with self._database.reading() as db:
            deltas = [delta for reading in readings for delta in _deltas(db, reading)]
        if not deltas:
            return
        with self._database.writing() as db:
            db.executemany(
                """INSERT INTO sealed VALUES (?, ?, ?)
                   ON CONFLICT (tally, key) DO UPDATE SET n = excluded.n""",
                [(delta.tally, delta.key, delta.counted) for delta in deltas],
            )
            seq = _open_batch(db)
            db.executemany(
                """INSERT INTO outbox VALUES (?, 'hour', ?, ?, ?)
                   ON CONFLICT (seq, span, hour, key) DO UPDATE SET n = n + excluded.n""",
                [(seq, delta.hour, delta.key, delta.fresh) for delta in deltas],
            )
            _shed(db, seq, self._bound)

    def next_batch(self) -> Batch | None:
        """The oldest batch that the store has not confirmed; from here on it won't change."""
        with self._database.reading() as db:
            if db.execute("SELECT min(seq) FROM outbox").fetchone()[0] is None:
                return None
        with self._database.writing() as db:
            seq = db.execute("SELECT min(seq) FROM outbox").fetchone()[0]
            if seq is None:
                return None
            db.execute("UPDATE meta SET value = ? WHERE name = 'tried' AND value < ?", (seq, seq))
            rows = _waiting(db, seq)
            producer, epoch = _meta(db, "producer"), _meta(db, "epoch")
            nonces = db.execute("SELECT nonce FROM nonce WHERE seq = ?", (seq,)).fetchall()
        nonce = nonces[0][0] if nonces else ""  # one that the first schema sealed
        sealed = tuple(Row(hour, *key, n, span) for (span, hour, key), n in rows.items())
        return Batch(str(producer), str(epoch), seq, sealed, nonce)

    def confirm(self, batch: Batch) -> None:
        """The store has it."""
        events = sum(row.n for row in batch.rows if row.kind in EVENT_KINDS)
        with self._database.writing() as db:
            db.execute("DELETE FROM outbox WHERE seq = ?", (batch.seq,))
            db.execute("DELETE FROM nonce WHERE seq = ?", (batch.seq,))
            db.execute("UPDATE meta SET value = value + ? WHERE name = 'stored'", (events,))

    def begin_epoch(self) -> None:
        """Number batches anew, and give up those that wait: the store knows their numbers."""
        with self._database.writing() as db:
            keys = db.execute("SELECT key, n FROM outbox").fetchall()
            _count_lost(db, "restored", _events_by_site(keys))
            db.execute("DELETE FROM outbox")
            db.execute("DELETE FROM nonce")
            db.execute("UPDATE meta SET value = lower(hex(randomblob(8))) WHERE name = 'epoch'")
            db.execute("UPDATE meta SET value = 1 WHERE name = 'next_seq'")
            db.execute("UPDATE meta SET value = 0 WHERE name = 'tried'")

    def fold(self, readings: Sequence[Reading], present: Iterable[str]) -> list[str]:
        """Move finished tallies that are sealed to the last count into the totals.

        Gives their names: from here on nobody may read them.
        """
        with self._database.writing() as db:
            names = [reading.name for reading in readings if _fold(db, reading)]
            for name in _names(db, "SELECT tally FROM folded").difference(present):
                db.execute("DELETE FROM folded WHERE tally = ?", (name,))
        return names

    def write_off(self, tallies: Iterable[str]) -> None:
        """Keep of these tallies, which can't be read any more, what was sealed of them."""
        with self._database.writing() as db:
            for tally in tallies:
                _fold(db, Reading(tally, 0, [], []))

    def _folded_totals(self, db: Connection) -> Mapping[Key, int]:
        """The totals, decoded again only after they changed."""
        folds = _number(db, "folds")
        if folds != self._totals[0]:
            rows = db.execute("SELECT key, n FROM totals")
            self._totals = (folds, {decode(key): n for key, n in rows})
        return self._totals[1]


def _meta(db: Connection, name: str) -> str | int:
    value: str | int = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()[0]
    return value


def _number(db: Connection, name: str) -> int:
    return int(_meta(db, name))


def _names(db: Connection, query: str) -> frozenset[str]:
    return frozenset(name for (name,) in db.execute(query))


def _sealed(db: Connection, tally: str) -> dict[bytes, int]:
    return dict(db.execute("SELECT key, n FROM sealed WHERE tally = ?", (tally,)))


def _deltas(db: Connection, reading: Reading) -> list[_Delta]:
    sealed = _sealed(db, reading.name)
    deltas: list[_Delta] = []
    for key, count in zip(reading.keys, reading.counts, strict=True):
        if key.kind in STORED_KINDS:
            encoded = encode(key)
            fresh = count - sealed.get(encoded, 0)
            if fresh > 0:
                deltas.append(_Delta(reading.name, reading.hour, encoded, count, fresh))
    return deltas


def _open_batch(db: Connection) -> int:
    """The number of the batch that may still be added to."""
    last = db.execute("SELECT max(seq) FROM outbox").fetchone()[0]
    if last is not None and last > _number(db, "tried"):
        return int(last)
    seq = _number(db, "next_seq")
    db.execute("UPDATE meta SET value = ? WHERE name = 'next_seq'", (seq + 1,))
    # Tells this batch from one with the same counts that a copy of this file numbers alike.
    db.execute("INSERT INTO nonce VALUES (?, lower(hex(randomblob(8))))", (seq,))
    return seq


def _waiting(db: Connection, seq: int) -> dict[Place, int]:
    rows = db.execute("SELECT span, hour, key, n FROM outbox WHERE seq = ?", (seq,))
    return {Place(span, hour, decode(key)): n for span, hour, key, n in rows}


def _shed(db: Connection, seq: int, bound: int) -> None:
    """Make a batch that outgrew its bound coarser or shorter, and count what that costs."""
    size = db.execute("SELECT count(*) FROM outbox WHERE seq = ?", (seq,)).fetchone()[0]
    if size <= bound:
        return
    left = shed(_waiting(db, seq), bound)
    db.execute("DELETE FROM outbox WHERE seq = ?", (seq,))
    db.executemany(
        "INSERT INTO outbox VALUES (?, ?, ?, ?, ?)",
        [(seq, span, hour, encode(key), n) for (span, hour, key), n in left.rows.items()],
    )
    _add_totals(db, {SERIES_DROPPED: left.coarsened})
    _count_lost(db, "queue_full", left.lost)


def _events_by_site(keys: Iterable[tuple[bytes, int]]) -> Counter[str]:
    events = Counter[str]()
    for encoded, n in keys:
        key = decode(encoded)
        if key.kind in EVENT_KINDS:
            events[key.site] += n
    return events


def _count_lost(db: Connection, reason: DropReason, lost: Mapping[str, int]) -> None:
    _add_totals(db, {Key(site, "", "", "", "dropped", reason): n for site, n in lost.items() if n})


def _fold(db: Connection, reading: Reading) -> bool:
    """Add one tally to the totals, unless something in it still has to be sealed."""
    if _deltas(db, reading):
        return False
    counts = Counter({decode(key): n for key, n in _sealed(db, reading.name).items()})
    # After a power cut the file may be older than what was sealed of it: the higher count holds.
    counts |= Counter(dict(zip(reading.keys, reading.counts, strict=True)))
    _add_totals(db, counts)
    db.execute("DELETE FROM sealed WHERE tally = ?", (reading.name,))
    db.execute("INSERT OR IGNORE INTO folded VALUES (?)", (reading.name,))
    return True


def _add_totals(db: Connection, counts: Mapping[Key, int]) -> None:
    db.executemany(
        "INSERT INTO totals VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET n = n + excluded.n",
        [(encode(key), n) for key, n in counts.items()],
    )
    db.execute("UPDATE meta SET value = value + 1 WHERE name = 'folds'")
