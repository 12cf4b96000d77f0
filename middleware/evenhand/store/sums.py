"""Counts added up by day as they grow old, so that a report of a year reads few rows.

Every hour and day that began before the day in ``upkeep`` stands once more in ``rollup_sum``,
without what no report asks for. A row that comes late is added there too.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Protocol

from evenhand.keys import BOT
from evenhand.store import Row
from evenhand.store.retention import DAY, start_of
from evenhand.vocabulary import SIMULATED, Kind, Span

_OLD = DAY  # the age from which a day is added up: few of its counts still come...
_LATE = DAY // 2  # ...and one from which they may meet it being added up
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
    """What a report keeps of some kinds; it groups by as few columns as will do, for most of its
    time goes into sorting."""

    kinds: tuple[str, ...]
    columns: tuple[str, ...]
    by_time: bool = False  # or once for the whole time
    people_only: bool = False

    @property
    def condition(self) -> str:
        """The rows that it is about, in SQL."""
        kinds = ", ".join(f"'{kind}'" for kind in self.kinds)
        return f"kind IN ({kinds})" + (f" AND browser <> '{BOT}'" if self.people_only else "")

    def only(self, kind: Kind | None) -> "Folding":
        """The same for one kind, should it be among them."""
        return self._replace(kinds=tuple(each for each in self.kinds if kind in (None, each)))

    def folded(self, row: Row) -> Row | None:
        """The row with the columns that are kept; None: it is left out."""
        if row.kind not in self.kinds or (self.people_only and row.browser == BOT):
            return None
        kept = (*self.columns, "kind")
        values = (
            value if name in kept else "" for name, value in zip(COLUMNS, row.key[2:], strict=True)
        )
        return Row(row.hour, row.site, *values, row.n, row.span)  # type: ignore[call-arg, arg-type]


FOLDINGS = (
    Folding(("pair",), ("browser", "device", "value"), by_time=True),
    Folding(("bait_ad",), ("value", "detail"), by_time=True, people_only=True),
    Folding(("verdict",), ("section", "value"), people_only=True),
    Folding(("page", "revised", "notice"), ("value", "detail", "variant")),
)


class Sums:
    """The sums of one store; ``clock`` is an expression for its server's time."""

    def __init__(self, tables: Mapping[Span, str], prefix: str, clock: str) -> None:
        self._tables, self._clock = tables, clock
        self._upkeep = f"{prefix}upkeep"
        self.table = f"{prefix}rollup_sum"

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
        if step % DAY == 0:
            rest = max(since, self._until(db))
            tables |= {self._tables["hour"]: rest, self._tables["day"]: rest, self.table: since}
        where = f"hour >= ? AND hour < ? AND site {'<>' if site is None else '='} ?"
        named = SIMULATED if site is None else site
        sums = defaultdict[tuple[int, tuple[str, ...]], int](int)
        foldings = [one for each in FOLDINGS if (one := each.only(kind)).kinds]
        for table, start in tables.items():
            for folding in foldings:
                time = f"hour / {step} * {step}" if folding.by_time else str(since)
                columns = ", ".join(_kept(folding))
                groups = f"{time}, {columns}" if folding.by_time else columns
                for begun, n, *key in db.execute(
                    f"SELECT {time}, CAST(sum(n) AS BIGINT), {columns} FROM {table}"
                    f" WHERE {where} AND {folding.condition} GROUP BY {groups}",
                    (start, until, named),
                ).fetchall():
                    sums[begun, _placed(folding, key)] += n
        return [
            Row(begun, site or "", *key, n, "day")  # type: ignore[call-arg, arg-type]
            for (begun, key), n in sorted(sums.items())
        ]

    def of_late(self, db: Transaction, rows: Sequence[Row]) -> list[Row]:
        """What is to be added of rows that arrive now: of those whose days are added up."""
        ((until, clock),) = db.execute(
            f"SELECT done, {self._clock} FROM {self._upkeep} WHERE name = 'sums'"
        ).fetchall()
        if min(row.hour for row in rows) < clock - _LATE:
            # Nobody may add a day up while more of it comes; all others need not wait.
            db.execute(f"UPDATE {self._upkeep} SET done = done WHERE name = 'sums'")
            until = self._until(db)
        return [
            folded
            for row in rows
            if row.hour < until and row.span != "month"
            for folded in _folded(replace(row, hour=start_of(row.hour, "day"), span="day"))
        ]

    def update(self, db: Transaction, now: int, since: int) -> None:
        """Add up what has grown old, and forget what is older than ``since``."""
        fine = self._tables["hour"], self._tables["day"]
        done = max(self._until(db), since)
        firsts = [
            db.execute(f"SELECT min(hour) FROM {table} WHERE hour >= ?", (done,)).fetchall()[0][0]
            for table in fine
        ]
        first = min((hour for hour in firsts if hour is not None), default=now)
        until = min(start_of(now - _OLD, "day"), start_of(first, "day") + _AT_ONCE)
        if done < until:
            for table in fine:
                for folding in FOLDINGS:
                    self._add_up(db, table, folding, done, until)
            db.execute(f"UPDATE {self._upkeep} SET done = ? WHERE name = 'sums'", (until,))
        db.execute(f"DELETE FROM {self.table} WHERE hour < ?", (since,))

    def _add_up(
        self, db: Transaction, table: str, folding: Folding, since: int, until: int
    ) -> None:
        kept = ", ".join(("site", *_kept(folding)))
        day = f"hour / {DAY} * {DAY}"
        every = ", ".join(name if name in _kept(folding) else "''" for name in COLUMNS)
        db.execute(
            f"INSERT INTO {self.table} (hour, site, {', '.join(COLUMNS)}, n)"
            f" SELECT {day}, site, {every}, CAST(sum(n) AS BIGINT) FROM {table}"
            f" WHERE hour >= ? AND hour < ? AND {folding.condition} GROUP BY {day}, {kept}"
            f" ON CONFLICT (hour, site, {', '.join(COLUMNS)})"
            f" DO UPDATE SET n = {self.table}.n + excluded.n",
            (since, until),
        )

    def _until(self, db: Transaction) -> int:
        query = f"SELECT done FROM {self._upkeep} WHERE name = 'sums'"
        ((until,),) = db.execute(query).fetchall()
        return int(until)


def _kept(folding: Folding) -> tuple[str, ...]:
    return ("kind", *folding.columns)


def _placed(folding: Folding, key: Iterable[str]) -> tuple[str, ...]:
    given = dict(zip(_kept(folding), key, strict=True))
    return tuple(given.get(name, "") for name in COLUMNS)


def _folded(row: Row) -> Iterator[Row]:
    for folding in FOLDINGS:
        if (folded := folding.folded(row)) is not None:
            yield folded
