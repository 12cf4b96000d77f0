"""A store on any SQL database: the statements are the same, plain ones for all of them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, Protocol, TypeVar

from evenhand.keys import BOT
from evenhand.store import Batch, BatchConflictError, Row, Versions
from evenhand.store.retention import DAY, bounds, end_of, start_of
from evenhand.vocabulary import SIMULATED, Kind, Span

T = TypeVar("T")
Access = Literal["read", "write", "exclusive"]

LEDGER_WINDOW = 100
"""How many batches of an epoch the ledger remembers: a producer sends them in order."""

_UNSUMMED: frozenset[Kind] = frozenset({"bait_ad"})  # which no report shows
_COLUMNS = "hour, site, section, browser, device, kind, value, detail, variant"
_KEY = _COLUMNS.removeprefix("hour, ")
_ROWS_AT_ONCE = 90  # in one statement: older SQLites take 999 values
_UPKEEP = 3600  # seconds between two looks at what has grown old
_SUMMED = 3 * DAY  # the age from which a day's hours are added up: few still come...
_LATE = 2 * DAY  # ...and one from which an hour may meet a day that is being added up


class Found(Protocol):
    """What a statement gave."""

    @property
    def rowcount(self) -> int: ...

    def fetchall(self) -> list[Any]: ...


class Transaction(Protocol):
    """An open transaction; `?` stands for a value."""

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Found: ...


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

    ``rollup_sum`` holds the hours of past days once more, added up by day: a report of a year
    would else spend most of its time on the last weeks. ``upkeep`` has the day up to which it is
    complete; an hour before it that comes late is added to both.
    """

    def __init__(self, database: SQLDatabase, prefix: str = "", pace: float = 0.0) -> None:
        self._database, self._prefix, self.pace = database, prefix, pace
        self._tables: Mapping[Span, str] = {
            "hour": f"{prefix}rollup",
            "day": f"{prefix}rollup_day",
            "month": f"{prefix}rollup_month",
        }
        self._sum = f"{prefix}rollup_sum"
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
        return [Row(*values) for values in found]

    def sums(self, since: int, until: int, site: str | None = None) -> list[Row]:
        return self._database.run(lambda db: self._sums(db, since, until, site), "read")

    def sites(self) -> list[str]:
        query = f"SELECT name FROM {self._prefix}site"
        found = self._database.run(lambda db: db.execute(query).fetchall(), "read")
        return sorted(name for (name,) in found)

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

    def _sums(self, db: Transaction, since: int, until: int, site: str | None) -> list[Row]:
        where = f"hour >= ? AND hour < ? AND site {'<>' if site is None else '='} ?"
        name = SIMULATED if site is None else site
        unsummed = max(since, self._summed_until(db))
        tables = [(table, since) for table in (*self._tables.values(), self._sum)]
        tables[0] = (self._tables["hour"], unsummed)
        sums = defaultdict[tuple[int, str, str, str, str, str, str, str], int](int)
        # Each groups by as few columns as will do: most of the time is sorting.
        for table, start in tables:
            values = (start, until, name)
            day = f"hour / {DAY} * {DAY}"
            for begun, browser, device, value, n in db.execute(
                f"SELECT {day}, browser, device, value, CAST(sum(n) AS BIGINT) FROM {table}"
                f" WHERE {where} AND kind = 'pair' GROUP BY {day}, browser, device, value",
                values,
            ).fetchall():
                sums[begun, "", browser, device, "pair", value, "", ""] += n
            for section, value, n in db.execute(
                f"SELECT section, value, CAST(sum(n) AS BIGINT) FROM {table}"
                f" WHERE {where} AND kind = 'verdict' AND browser <> '{BOT}'"
                " GROUP BY section, value",
                values,
            ).fetchall():
                sums[since, section, "", "", "verdict", value, "", ""] += n
            for kind, value, detail, variant, n in db.execute(
                f"SELECT kind, value, detail, variant, CAST(sum(n) AS BIGINT) FROM {table}"
                f" WHERE {where} AND kind IN ('page', 'revised', 'notice')"
                " GROUP BY kind, value, detail, variant",
                values,
            ).fetchall():
                sums[since, "", "", "", kind, value, detail, variant] += n
        return [Row(key[0], site or "", *key[1:], n, "day") for key, n in sorted(sums.items())]

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
        if hours := by_table.get(self._tables["hour"]):
            by_table[self._sum] = self._to_sums(db, hours)
        for table, added in by_table.items():
            self._add(db, table, added)
        return True

    def _to_sums(self, db: Transaction, hours: Sequence[Row]) -> list[Row]:
        """What belongs to days that are added up already."""
        upkeep = f"{self._prefix}upkeep"
        ((until, clock),) = db.execute(
            f"SELECT done, {self._database.clock} FROM {upkeep} WHERE name = 'sums'"
        ).fetchall()
        if min(row.hour for row in hours) < clock - _LATE:
            # Nobody may add a day up while one of its hours comes; all others need not wait.
            db.execute(f"UPDATE {upkeep} SET done = done WHERE name = 'sums'")
            until = self._summed_until(db)
        late = (
            replace(row, hour=start_of(row.hour, "day"))
            for row in hours
            if row.hour < until and row.kind not in _UNSUMMED
        )
        return list(_merged(late))

    def _summed_until(self, db: Transaction) -> int:
        query = f"SELECT done FROM {self._prefix}upkeep WHERE name = 'sums'"
        ((until,),) = db.execute(query).fetchall()
        return int(until)

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
        self._merge(db, "hour", "day", kept.hours)
        self._merge(db, "day", "month", kept.days)
        self._sum_up(db, kept.hours, start_of(now - _SUMMED, "day"))
        ledger = f"{self._prefix}batch"
        db.execute(
            f"DELETE FROM {ledger} WHERE applied < ? AND seq < (SELECT max(newer.seq)"
            f" FROM {ledger} AS newer WHERE newer.producer = {ledger}.producer"
            f" AND newer.epoch = {ledger}.epoch)",
            (kept.ledger,),
        )
        db.execute(f"DELETE FROM {ledger} WHERE applied < ?", (kept.epochs,))
        return True

    def _sum_up(self, db: Transaction, since: int, until: int) -> None:
        """Add up the days that are over, and forget those whose hours are gone."""
        summed = self._summed_until(db)
        day = f"hour / {DAY} * {DAY}"
        if summed < until:
            db.execute(
                f"INSERT INTO {self._sum} ({_COLUMNS}, n)"
                f" SELECT {day}, {_KEY}, CAST(sum(n) AS BIGINT) FROM {self._tables['hour']}"
                f" WHERE hour >= ? AND hour < ? AND kind NOT IN ({_quoted(_UNSUMMED)})"
                f" GROUP BY {day}, {_KEY}",
                (max(since, summed), until),
            )
            db.execute(f"UPDATE {self._prefix}upkeep SET done = ? WHERE name = 'sums'", (until,))
        db.execute(f"DELETE FROM {self._sum} WHERE hour < ?", (since,))

    def _merge(self, db: Transaction, fine: Span, coarse: Span, until: int) -> None:
        """Move what is older than `until` from one table to the next coarser one."""
        source, target = self._tables[fine], self._tables[coarse]
        hours = db.execute(f"SELECT DISTINCT hour FROM {source} WHERE hour < ?", (until,))
        for start in sorted({start_of(hour, coarse) for (hour,) in hours.fetchall()}):
            end = end_of(start, coarse)
            db.execute(
                f"INSERT INTO {target} ({_COLUMNS}, n)"
                f" SELECT CAST(? AS BIGINT), {_KEY}, CAST(sum(n) AS BIGINT) FROM {source}"
                f" WHERE hour >= ? AND hour < ? GROUP BY {_KEY} {_adding_to(target)}",
                (start, start, end),
            )
            db.execute(f"DELETE FROM {source} WHERE hour >= ? AND hour < ?", (start, end))


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _adding_to(table: str) -> str:
    return f"ON CONFLICT ({_COLUMNS}) DO UPDATE SET n = {table}.n + excluded.n"


def _merged(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows, those of one key added up: no statement may meet a key twice."""
    sums: dict[tuple[int | str, ...], Row] = {}
    for row in rows:
        place = (row.span, *row.key)
        known = sums.get(place)
        sums[place] = row if known is None else replace(row, n=known.n + row.n)
    yield from sums.values()
