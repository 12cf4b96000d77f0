"""What a host remembers besides its live counts: sealed counts, batches to send, totals."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from sqlite3 import Connection
from typing import NamedTuple

from evenhand.keys import EVENT_KINDS, STORED_KINDS, Key, decode, encode
from evenhand.record.tally import Reading
from evenhand.store import Batch, Row
from evenhand.store.database import Database

_MIGRATIONS = (
    (
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID",
        # A new file gets a new epoch: numbers of a lost one are never used again.
        """INSERT INTO meta VALUES ('producer', lower(hex(randomblob(8)))),
           ('epoch', lower(hex(randomblob(8)))), ('next_seq', 1), ('stored', 0), ('folds', 0)""",
        """CREATE TABLE sealed (tally TEXT, key BLOB, n INTEGER NOT NULL,
           PRIMARY KEY (tally, key)) WITHOUT ROWID""",
        """CREATE TABLE outbox (seq INTEGER, hour INTEGER, key BLOB, n INTEGER NOT NULL,
           PRIMARY KEY (seq, hour, key)) WITHOUT ROWID""",
        "CREATE TABLE totals (key BLOB PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID",
        "CREATE TABLE folded (tally TEXT PRIMARY KEY) WITHOUT ROWID",
    ),
)


class Figures(NamedTuple):
    """What the host's database says at one moment."""

    stored: int
    totals: Mapping[Key, int]
    folded: frozenset[str]
    sealed: frozenset[str]


class _Delta(NamedTuple):
    """What was counted under one key since the tally was last sealed."""

    tally: str
    hour: int
    key: bytes
    counted: int
    fresh: int


class HostDatabase:
    """The database that the workers of a host share; only the one that flushes writes to it.

    The outbox holds at most two batches. The first may have been tried, so it never changes;
    whatever is sealed while it waits is added to the second, until that holds `bound` rows.
    """

    def __init__(self, path: Path | None, bound: int) -> None:
        # FULL: a batch must not be in the store while a power cut made us forget its number.
        self._database = Database(path, _MIGRATIONS, "FULL")
        self._bound = bound
        self._totals: tuple[int, Mapping[Key, int]] = (-1, {})

    def close(self) -> None:
        self._database.close()

    def figures(self) -> Figures:
        with self._database.reading() as db:
            return Figures(
                stored=_number(db, "stored"),
                totals=self._folded_totals(db),
                folded=_names(db, "SELECT tally FROM folded"),
                sealed=_names(db, "SELECT DISTINCT tally FROM sealed"),
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
                """INSERT INTO outbox VALUES (?, ?, ?, ?)
                   ON CONFLICT (seq, hour, key) DO UPDATE SET n = n + excluded.n""",
                [(seq, delta.hour, delta.key, delta.fresh) for delta in deltas],
            )
            _shed(db, seq, self._bound)

    def next_batch(self) -> Batch | None:
        """The oldest batch that the store has not confirmed."""
        with self._database.reading() as db:
            seq = db.execute("SELECT min(seq) FROM outbox").fetchone()[0]
            if seq is None:
                return None
            rows = db.execute("SELECT hour, key, n FROM outbox WHERE seq = ?", (seq,)).fetchall()
            producer, epoch = _meta(db, "producer"), _meta(db, "epoch")
        sealed = tuple(Row(hour, *decode(key), n) for hour, key, n in rows)
        return Batch(str(producer), str(epoch), seq, sealed)

    def confirm(self, batch: Batch) -> None:
        """The store has it."""
        events = sum(row.n for row in batch.rows if row.kind in EVENT_KINDS)
        with self._database.writing() as db:
            db.execute("DELETE FROM outbox WHERE seq = ?", (batch.seq,))
            db.execute("UPDATE meta SET value = value + ? WHERE name = 'stored'", (events,))

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
    first, last = db.execute("SELECT min(seq), max(seq) FROM outbox").fetchone()
    if first != last:
        return int(last)
    seq = _number(db, "next_seq")
    db.execute("UPDATE meta SET value = ? WHERE name = 'next_seq'", (seq + 1,))
    return seq


def _shed(db: Connection, seq: int, bound: int) -> None:
    """Drop the oldest hours of a batch that outgrew its bound, and count the loss."""
    size = db.execute("SELECT count(*) FROM outbox WHERE seq = ?", (seq,)).fetchone()[0]
    if size <= bound:
        return
    rows = db.execute(
        "SELECT hour, key, n FROM outbox WHERE seq = ? ORDER BY hour LIMIT ?", (seq, size - bound)
    ).fetchall()
    db.executemany(
        "DELETE FROM outbox WHERE seq = ? AND hour = ? AND key = ?",
        [(seq, hour, key) for hour, key, _ in rows],
    )
    lost = Counter[Key]()
    for _, encoded, n in rows:
        key = decode(encoded)
        if key.kind in EVENT_KINDS:
            lost[Key(key.site, "", "", "", "dropped", "queue_full")] += n
    _add_totals(db, lost)


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
