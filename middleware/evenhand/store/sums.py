"""Counts added up as they grow old, so that a report of a year reads few rows.

Every hour and day that began before the moment in ``upkeep`` stands once more in ``rollup_sum``,
without what no report asks for: hours by quarter of a day, the finest step of a week's trend, and
by day once they are days themselves. A row that comes late is added there too.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

from evenhand.keys import BOT
from evenhand.store import Row
from evenhand.store.retention import DAY, start_of
from evenhand.vocabulary import SIMULATED, Kind, Span

QUARTER = DAY // 4  # seconds
_OLD = DAY // 4  # the age from which a quarter is added up: few of its counts still come...
_LATE = DAY // 8  # ...and one from which they may meet it being added up
_AT_ONCE = 31 * DAY  # writers wait meanwhile

COLUMNS = ("section", "browser", "device", "kind", "value", "detail", "variant")


class Found(Protocol):
    """What a statement gave."""

    @property
    def rowcount(self) -> int: ...

    def fetchall(self) -> list[Any]: ...


class Transaction(Protocol):
    """An open transaction; `?` stands for a value."""

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Found: ...


class Folding(NamedTuple):
    """What a report keeps of a kind; it groups by as few columns as will do, for most of its time
    goes into sorting."""

    kind: str
    columns: tuple[str, ...]
    by_time: bool = False  # or once for the whole time
    people_only: bool = False

    @property
    def condition(self) -> str:
        """The rows that it is about, in SQL."""
        return f"kind = '{self.kind}'" + (f" AND browser <> '{BOT}'" if self.people_only else "")

    @property
    def selected(self) -> str:
        """All `COLUMNS` of a sum, in SQL; those that are not kept are empty."""
        fixed = {"kind": f"'{self.kind}'"}
        return ", ".join(
            name if name in self.columns else fixed.get(name, "''") for name in COLUMNS
        )

    @property
    def placed(self) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
        """Places the values of its columns, with `""` and the kind behind them, as `COLUMNS`."""
        given = (*self.columns, "", "kind")
        return itemgetter(*(given.index(name if name in given else "") for name in COLUMNS))

    def folded(self, row: Row) -> Row | None:
        """The row with the columns that are kept; None: it is left out."""
        if row.kind != self.kind or (self.people_only and row.browser == BOT):
            return None
        kept = (*self.columns, "kind")
        values = (
            value if name in kept else "" for name, value in zip(COLUMNS, row.key[2:], strict=True)
        )
        return Row._make((row.hour, row.site, *values, row.n, row.span))


FOLDINGS = (
    Folding("pair", ("browser", "device", "value"), by_time=True),
    Folding("bait_ad", ("value", "detail"), by_time=True, people_only=True),
    Folding("verdict", ("section", "value"), people_only=True),
    Folding("page", ("value",), by_time=True),
    Folding("revised", ("value", "detail")),
    Folding("notice", ("value", "detail", "variant")),
)


class Sums:
    """The sums of one store; ``clock`` is an expression for its server's time."""

    def __init__(self, tables: Mapping[Span, str], prefix: str, clock: str) -> None:
        self._tables, self._clock = tables, clock
        self._upkeep = f"{prefix}upkeep"
        self.table = f"{prefix}rollup_sum"
        self._adding = (
            f"ON CONFLICT (hour, site, {', '.join(COLUMNS)})"
            f" DO UPDATE SET n = {self.table}.n + excluded.n"
        )

    def read(
        self,
        db: Transaction,
        since: int,
        until: int,
        site: str | None,
        step: int,
        kind: Kind | None,
    ) -> list[Row]:
        """See `evenhand.store.Store.sums`."""
        tables = dict.fromkeys(self._tables.values(), since)
        if step % QUARTER == 0:
            rest = max(since, self._until(db))
            tables |= {self._tables["hour"]: rest, self._tables["day"]: rest, self.table: since}
        sites = "site <> ?" if site is None else "site = ?"
        named = SIMULATED if site is None else site
        values = [value for start in tables.values() for value in (start, until, named)]
        sums = defaultdict[tuple[int, tuple[str, ...]], int](int)
        foldings = [each for each in FOLDINGS if kind in (None, each.kind)]
        for folding in foldings:
            time = f"hour / {step} * {step}" if folding.by_time else str(since)
            columns, placed = ", ".join(folding.columns), folding.placed
            groups = f"{time}, {columns}" if folding.by_time else columns
            query = " UNION ALL ".join(
                f"SELECT {time}, CAST(sum(n) AS BIGINT), {columns} FROM {table}"
                f" WHERE hour >= ? AND hour < ? AND {sites} AND {folding.condition}"
                f" GROUP BY {groups}"
                for table in tables
            )
            for begun, n, *found in db.execute(query, values).fetchall():
                sums[begun, placed((*found, "", folding.kind))] += n
        return [
            Row._make((begun, site or "", *key, n, "day"))
            for (begun, key), n in sorted(sums.items())
        ]

    def of_late(self, db: Transaction, rows: Sequence[Row]) -> list[Row]:
        """What is to be added of rows that arrive now: of those whose days are added up."""
        ((until, clock),) = db.execute(
            f"SELECT done, {self._clock} FROM {self._upkeep} WHERE name = 'sums'"
        ).fetchall()
        if min(row.hour for row in rows) < clock - _LATE:
            # Nobody may add a quarter up while more of it comes; all others need not wait.
            db.execute(f"UPDATE {self._upkeep} SET done = done WHERE name = 'sums'")
            until = self._until(db)
        return [
            folded
            for row in rows
            if row.hour < until and row.span != "month"
            for folded in _folded(row._replace(hour=row.hour // QUARTER * QUARTER, span="day"))
        ]

    def update(self, db: Transaction, now: int, since: int, hours: int) -> None:
        """Add up what has grown old, and forget what is older than ``since``.

        Before ``hours`` (the start of a day) there are no hours any more.
        """
        fine = self._tables["hour"], self._tables["day"]
        done = max(self._begun_day(db, hours), since)
        firsts = [
            db.execute(f"SELECT min(hour) FROM {table} WHERE hour >= ?", (done,)).fetchall()[0][0]
            for table in fine
        ]
        first = min((hour for hour in firsts if hour is not None), default=now)
        until = min((now - _OLD) // QUARTER * QUARTER, start_of(first, "day") + _AT_ONCE)
        if done < until:
            for table in fine:
                for folding in FOLDINGS:
                    self._add_up(db, table, folding, done, until)
            db.execute(f"UPDATE {self._upkeep} SET done = ? WHERE name = 'sums'", (until,))
        db.execute(f"DELETE FROM {self.table} WHERE hour < ?", (since,))

    def merge(self, db: Transaction, until: int) -> None:
        """Make days of the quarters before ``until``, the start of a day, as their hours are."""
        key = f"site, {', '.join(COLUMNS)}"
        quarters = f"hour < ? AND hour <> hour / {DAY} * {DAY}"
        db.execute(
            f"INSERT INTO {self.table} (hour, {key}, n) SELECT hour / {DAY} * {DAY}, {key},"
            f" CAST(sum(n) AS BIGINT) FROM {self.table} WHERE {quarters}"
            f" GROUP BY hour / {DAY}, {key} {self._adding}",
            (until,),
        )
        db.execute(f"DELETE FROM {self.table} WHERE {quarters}", (until,))

    def _begun_day(self, db: Transaction, hours: int) -> int:
        """From where to go on. A day of which a part was added up, and whose hours have meanwhile
        become a day (nobody was there for long), begins anew."""
        done = self._until(db)
        day = start_of(done, "day")
        if done == day or done > hours:
            return done
        db.execute(f"DELETE FROM {self.table} WHERE hour >= ? AND hour < ?", (day, done))
        return day

    def _add_up(
        self, db: Transaction, table: str, folding: Folding, since: int, until: int
    ) -> None:
        quarter = f"hour / {QUARTER} * {QUARTER}"
        db.execute(
            f"INSERT INTO {self.table} (hour, site, {', '.join(COLUMNS)}, n)"
            f" SELECT {quarter}, site, {folding.selected}, CAST(sum(n) AS BIGINT) FROM {table}"
            f" WHERE hour >= ? AND hour < ? AND {folding.condition}"
            f" GROUP BY {quarter}, site, {', '.join(folding.columns)} {self._adding}",
            (since, until),
        )

    def _until(self, db: Transaction) -> int:
        query = f"SELECT done FROM {self._upkeep} WHERE name = 'sums'"
        ((until,),) = db.execute(query).fetchall()
        return int(until)


def _folded(row: Row) -> Iterator[Row]:
    for folding in FOLDINGS:
        if (folded := folding.folded(row)) is not None:
            yield folded
