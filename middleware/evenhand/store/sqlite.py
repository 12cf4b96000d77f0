"""The history in a SQLite file, shared by the workers and the dashboard of one host."""

from pathlib import Path

from evenhand.store import Batch, Row
from evenhand.store.database import Database

_MIGRATIONS = (
    (
        """CREATE TABLE rollup (
           hour INTEGER, site TEXT, section TEXT, browser TEXT, device TEXT,
           kind TEXT, value TEXT, detail TEXT, variant TEXT, n INTEGER NOT NULL,
           PRIMARY KEY (hour, site, section, browser, device, kind, value, detail, variant)
           ) WITHOUT ROWID""",
        """CREATE TABLE batch (producer TEXT, epoch TEXT, seq INTEGER,
           PRIMARY KEY (producer, epoch, seq)) WITHOUT ROWID""",
        "CREATE TABLE site (name TEXT PRIMARY KEY) WITHOUT ROWID",
    ),
)

_COLUMNS = "hour, site, section, browser, device, kind, value, detail, variant"


class SQLiteStore:
    """A `Store` in one file; ``None`` keeps it in this process's memory."""

    def __init__(self, path: Path | None) -> None:
        self._database = Database(path, _MIGRATIONS)

    def apply(self, batch: Batch) -> bool:
        identity = (batch.producer, batch.epoch, batch.seq)
        with self._database.writing() as db:
            if not db.execute("INSERT OR IGNORE INTO batch VALUES (?, ?, ?)", identity).rowcount:
                return False
            db.executemany(
                "INSERT OR IGNORE INTO site VALUES (?)",
                [(site,) for site in {row.site for row in batch.rows}],
            )
            db.executemany(
                f"""INSERT INTO rollup VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT ({_COLUMNS}) DO UPDATE SET n = n + excluded.n""",
                [_values(row) for row in batch.rows],
            )
        return True

    def rows(self, since: int, until: int, site: str | None = None) -> list[Row]:
        query = f"""SELECT {_COLUMNS}, n FROM rollup
            WHERE hour >= :since AND hour < :until AND (:site IS NULL OR site = :site)
            ORDER BY {_COLUMNS}"""
        with self._database.reading() as db:
            found = db.execute(query, {"since": since, "until": until, "site": site}).fetchall()
        return [Row(*values) for values in found]

    def sites(self) -> list[str]:
        with self._database.reading() as db:
            return [name for (name,) in db.execute("SELECT name FROM site ORDER BY name")]

    def close(self) -> None:
        self._database.close()


def _values(row: Row) -> tuple[int | str, ...]:
    return (
        row.hour,
        row.site,
        row.section,
        row.browser,
        row.device,
        row.kind,
        row.value,
        row.detail,
        row.variant,
        row.n,
    )
