"""A store on any SQL database: the statements are the same, plain ones for all of them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal, Protocol, TypeVar

from evenhand.annotation import Annotation
from evenhand.store import Batch, BatchConflictError, Row, Versions
from evenhand.store.annotations import Annotations
from evenhand.store.retention import DAY, bounds, end_of, start_of
from evenhand.store.sums import Sums, Transaction
from evenhand.vocabulary import Kind, Span

T = TypeVar("T")
Access = Literal["read", "write", "exclusive"]

LEDGER_WINDOW = 100
"""How many batches of an epoch the ledger remembers: a producer sends them in order."""

_COLUMNS = "hour, site, section, browser, device, kind, value, detail, variant"
_KEY = _COLUMNS.removeprefix("hour, ")
_ROWS_AT_ONCE = 90  # in one statement: older SQLites take 999 values
_UPKEEP = 3600  # seconds between two looks at what has grown old


class SQLDatabase(Protocol):
    """Runs work in transactions. Failures are `evenhand.errors.StoreError`."""

    clock: str
    """An expression for the server's time in Unix seconds."""

    def run(self, work: Callable[[Transaction], T], access: Access) -> T:
        """One transaction: all of it, or nothing when the work raises.

        The work may run more than once, after a conflict or on a new connection. ``exclusive``
        work sees one unchanging view, and fails where others change what it changes.
        """
        ...

    def migrate(self) -> Versions: ...

    def close(self) -> None: ...


class SQLStore:
    """A `Store` in the tables ``rollup``, ``rollup_day``, ``rollup_month``, ``batch``, ``site``
    and ``upkeep``, each named with ``prefix`` before it.

    ``rollup_sum`` is what `Sums` makes of them, ``annotation`` the table of `Annotations`.
    """

    def __init__(self, database: SQLDatabase, prefix: str = "", pace: float = 0.0) -> None:
        self._database, self._prefix, self.pace = database, prefix, pace
        self._tables: Mapping[Span, str] = {
            "hour": f"{prefix}rollup",
            "day": f"{prefix}rollup_day",
            "month": f"{prefix}rollup_month",
        }
        self._sums = Sums(self._tables, prefix, database.clock)
        self._annotations = Annotations(prefix)
        self._looked = float("-inf")

    def apply(self, batch: Batch) -> bool:
        rows = list(_merged(batch.rows))
        fingerprint = batch.fingerprint()
        return self._database.run(lambda db: self._apply(db, batch, rows, fingerprint), "write")

    def rows(self, since: int, until: int, site: str | None = None) -> list[Row]:
        narrowed = "" if site is None else "AND site = ?"
        values = (since, until) if site is None else (since, until, site)
        query = " UNION ALL ".join(
            f"SELECT {_COLUMNS}, n, '{span}' FROM {table} WHERE hour >= ? AND hour < ? {narrowed}"
            for span, table in self._tables.items()
        )
        found = self._database.run(
            lambda db: db.execute(f"{query} ORDER BY {_COLUMNS}", values * 3).fetchall(), "read"
        )
        return [Row._make(values) for values in found]

    def sums(
        self,
        since: int,
        until: int,
        site: str | None = None,
        *,
        step: int = DAY,
        kind: Kind | None = None,
    ) -> list[Row]:
        read = self._sums.read
        return self._database.run(lambda db: read(db, since, until, site, step, kind), "read")

    def sites(self) -> list[str]:
        query = f"SELECT name FROM {self._prefix}site"
        found = self._database.run(lambda db: db.execute(query).fetchall(), "read")
        return sorted(name for (name,) in found)

    def annotate(self, annotation: Annotation) -> bool:
        return self._database.run(lambda db: self._annotations.add(db, annotation), "write")

    def remove_annotations(self, text: str) -> int:
        return self._database.run(lambda db: self._annotations.remove(db, text), "write")

    def annotations(self, since: int, until: int, site: str | None = None) -> list[Annotation]:
        return self._database.run(lambda db: self._annotations.read(db, since, until, site), "read")

    def retain(self, now: float) -> bool:
        if 0 <= now - self._looked < _UPKEEP:
            return False
        done = self._database.run(lambda db: self._retain(db, int(now)), "exclusive")
        self._looked = now
        return done

    def migrate(self) -> Versions:
        return self._database.migrate()

    def close(self) -> None:
        self._database.close()

    def _apply(self, db: Transaction, batch: Batch, rows: Sequence[Row], fingerprint: str) -> bool:
        ledger, epoch = f"{self._prefix}batch", (batch.producer, batch.epoch)
        fresh = db.execute(
            f"INSERT INTO {ledger} (producer, epoch, seq, fingerprint, applied)"
            f" VALUES (?, ?, ?, ?, {self._database.clock}) ON CONFLICT DO NOTHING",
            (*epoch, batch.seq, fingerprint),
        ).rowcount
        known = db.execute(
            f"SELECT max(seq), max(CASE WHEN seq = ? THEN fingerprint ELSE '' END) FROM {ledger}"
            " WHERE producer = ? AND epoch = ?",
            (batch.seq, *epoch),
        ).fetchall()
        ((newest, recorded),) = known
        # Batches of the first schema have no fingerprint.
        forgotten = batch.seq <= newest - LEDGER_WINDOW
        if recorded not in ("", fingerprint) or (fresh and forgotten):
            raise BatchConflictError(
                f"batch {batch.seq} of producer {batch.producer} was stored before, with other"
                " counts: its state_dir was copied, or set back to an earlier day"
            )
        if not fresh:
            return False
        db.execute(
            f"DELETE FROM {ledger} WHERE producer = ? AND epoch = ? AND seq <= ?",
            (*epoch, batch.seq - LEDGER_WINDOW),
        )
        self._note_sites(db, rows)
        by_table = defaultdict[str, list[Row]](list)
        for row in rows:
            by_table[self._tables[row.span]].append(row)
        by_table[self._sums.table] = list(_merged(self._sums.of_late(db, rows))) if rows else []
        for table, added in by_table.items():
            self._add(db, table, added)
        return True

    def _note_sites(self, db: Transaction, rows: Iterable[Row]) -> None:
        for site in sorted({row.site for row in rows}):
            db.execute(
                f"INSERT INTO {self._prefix}site (name) VALUES (?) ON CONFLICT DO NOTHING", (site,)
            )

    def _add(self, db: Transaction, table: str, rows: Iterable[Row]) -> None:
        # All hosts in one order: two that lock the same rows can't wait for each other.
        added = sorted(rows, key=lambda row: row.key)
        for start in range(0, len(added), _ROWS_AT_ONCE):
            some = added[start : start + _ROWS_AT_ONCE]
            places = ", ".join(["(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"] * len(some))
            db.execute(
                f"INSERT INTO {table} ({_COLUMNS}, n) VALUES {places} {_adding_to(table)}",
                [value for row in some for value in (*row.key, row.n)],
            )

    def _retain(self, db: Transaction, now: int) -> bool:
        # The server's clock holds back a host whose own runs ahead: merging can't be undone.
        ((clock,),) = db.execute(f"SELECT {self._database.clock}").fetchall()
        now = min(now, clock)
        mine = db.execute(
            f"UPDATE {self._prefix}upkeep SET done = ?"
            " WHERE name = 'retention' AND (done <= ? OR done > ?)",
            (now, now - _UPKEEP, now),
        ).rowcount
        if not mine:
            return False
        kept = bounds(now)
        if self._merge(db, "hour", "day", kept.hours):
            self._sums.merge(db, kept.hours)
        self._merge(db, "day", "month", kept.days)
        self._sums.update(db, now, kept.days, kept.hours)
        ledger = f"{self._prefix}batch"
        db.execute(
            f"DELETE FROM {ledger} WHERE applied < ? AND seq < (SELECT max(newer.seq)"
            f" FROM {ledger} AS newer WHERE newer.producer = {ledger}.producer"
            f" AND newer.epoch = {ledger}.epoch)",
            (kept.ledger,),
        )
        db.execute(f"DELETE FROM {ledger} WHERE applied < ?", (kept.epochs,))
        return True

    def _merge(self, db: Transaction, fine: Span, coarse: Span, until: int) -> bool:
        """Move what is older than `until` from one table to the next coarser one, if anything."""
        source, target = self._tables[fine], self._tables[coarse]
        hours = db.execute(f"SELECT DISTINCT hour FROM {source} WHERE hour < ?", (until,))
        starts = sorted({start_of(hour, coarse) for (hour,) in hours.fetchall()})
        for start in starts:
            end = end_of(start, coarse)
            db.execute(
                f"INSERT INTO {target} ({_COLUMNS}, n)"
                f" SELECT CAST(? AS BIGINT), {_KEY}, CAST(sum(n) AS BIGINT) FROM {source}"
                f" WHERE hour >= ? AND hour < ? GROUP BY {_KEY} {_adding_to(target)}",
                (start, start, end),
            )
            db.execute(f"DELETE FROM {source} WHERE hour >= ? AND hour < ?", (start, end))
        return bool(starts)


def _adding_to(table: str) -> str:
    return f"ON CONFLICT ({_COLUMNS}) DO UPDATE SET n = {table}.n + excluded.n"


def _merged(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows, those of one key added up: no statement may meet a key twice."""
    sums: dict[tuple[int | str, ...], Row] = {}
    for row in rows:
        place = (row.span, *row.key)
        known = sums.get(place)
        sums[place] = row if known is None else row._replace(n=known.n + row.n)
    yield from sums.values()
