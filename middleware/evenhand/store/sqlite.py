"""The history in a SQLite file, shared by the workers and the dashboard of one host."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from evenhand.store import Versions
from evenhand.store.database import Database
from evenhand.store.sql import Access, SQLStore
from evenhand.store.sums import Transaction

T = TypeVar("T")

_COLUMNS = """hour INTEGER, site TEXT, section TEXT, browser TEXT, device TEXT,
    kind TEXT, value TEXT, detail TEXT, variant TEXT, n INTEGER NOT NULL"""
_REST = "section, browser, device"
_ROLLUP = f"{_COLUMNS}, PRIMARY KEY (hour, site, {_REST}, kind, value, detail, variant)"
# In the order in which reports ask.
_SUM = f"{_COLUMNS}, PRIMARY KEY (kind, site, hour, {_REST}, value, detail, variant)"

_CLOCK = "CAST(strftime('%s', 'now') AS INTEGER)"

MIGRATIONS = (
    (
        f"CREATE TABLE rollup ({_ROLLUP}) WITHOUT ROWID",
        """CREATE TABLE batch (producer TEXT, epoch TEXT, seq INTEGER,
           PRIMARY KEY (producer, epoch, seq)) WITHOUT ROWID""",
        "CREATE TABLE site (name TEXT PRIMARY KEY) WITHOUT ROWID",
    ),
    (
        f"CREATE TABLE rollup_day ({_ROLLUP}) WITHOUT ROWID",
        f"CREATE TABLE rollup_month ({_ROLLUP}) WITHOUT ROWID",
        "ALTER TABLE batch ADD COLUMN fingerprint TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE batch ADD COLUMN applied INTEGER NOT NULL DEFAULT 0",
        f"UPDATE batch SET applied = {_CLOCK}",
        "CREATE TABLE upkeep (name TEXT PRIMARY KEY, done INTEGER NOT NULL) WITHOUT ROWID",
        "INSERT INTO upkeep VALUES ('retention', 0)",
    ),
    (
        f"CREATE TABLE rollup_sum ({_SUM}) WITHOUT ROWID",
        "INSERT INTO upkeep VALUES ('sums', 0)",
    ),
    (
        # Sums were of whole days. Where there are hours, they are made anew by quarter of a day.
        """UPDATE upkeep SET done = min(done,
           coalesce((SELECT min(hour) FROM rollup) / 86400 * 86400, done)) WHERE name = 'sums'""",
        """DELETE FROM rollup_sum
           WHERE hour >= (SELECT done FROM upkeep WHERE name = 'sums')""",
        """CREATE TABLE annotation (at INTEGER, site TEXT, kind TEXT, text TEXT,
           PRIMARY KEY (at, site, kind, text)) WITHOUT ROWID""",
    ),
)


class SQLiteStore(SQLStore):
    """A `Store` in one file; ``None`` keeps it in this process's memory."""

    def __init__(self, path: Path | None) -> None:
        super().__init__(_SQLite(path))


class _SQLite:
    """The file as a `SQLDatabase`."""

    clock = _CLOCK

    def __init__(self, path: Path | None) -> None:
        # FULL: a batch that was confirmed must outlast a power cut, for nobody has it any more.
        self._database = Database(path, MIGRATIONS, "FULL")

    def run(self, work: Callable[[Transaction], T], access: Access) -> T:
        # One writer at a time is as exclusive as it gets.
        begun = self._database.reading() if access == "read" else self._database.writing()
        with begun as connection:
            return work(connection)

    def migrate(self) -> Versions:
        return self._database.migrate()

    def close(self) -> None:
        self._database.close()
