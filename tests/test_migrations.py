"""Databases of every schema that ever landed come up to date and keep every count.

`tests/migrations` holds what the releases of their day really wrote, dumped and never edited.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from evenhand.cli import app
from evenhand.keys import Key
from evenhand.record import Record
from evenhand.record.audit import audit
from evenhand.record.hostdb import HostDatabase
from evenhand.record.schema import MIGRATIONS as HOST
from evenhand.store import Batch, Row, Versions
from evenhand.store.database import Database
from evenhand.store.postgres_schema import MIGRATIONS as POSTGRES
from evenhand.store.sqlite import MIGRATIONS as SQLITE
from evenhand.store.sqlite import SQLiteStore

from .postgres import serving

DUMPS = Path(__file__).parent / "migrations"
BAIT = Key("gazette", "", "firefox", "desktop", "pair", "bait")
CONTROL = BAIT._replace(value="control")
BLOCKED = Key("gazette", "news", "firefox", "desktop", "verdict", "blocked")
FIRST = 1_699_999_200

Restore = Callable[[str, int], Path]


@pytest.fixture
def restore(tmp_path: Path) -> Restore:
    """Puts a dump back; gives the file."""

    def put_back(name: str, version: int) -> Path:
        path = tmp_path / f"{name}.db"
        db = sqlite3.connect(path)
        db.executescript((DUMPS / f"{name}-{version}.sql").read_text())
        db.close()
        return path

    return put_back


@pytest.mark.parametrize(("name", "migrations"), [("history", SQLITE), ("host", HOST)])
def test_every_older_schema_has_its_dump(name: str, migrations: tuple[object, ...]) -> None:
    versions = {int(path.stem.rpartition("-")[2]) for path in DUMPS.glob(f"{name}-*.sql")}
    assert versions == set(range(1, len(migrations))), "dump the last release's file, see above"


@pytest.mark.parametrize("version", range(1, len(SQLITE)))
def test_an_old_history_keeps_its_counts_and_its_ledger(restore: Restore, version: int) -> None:
    store = SQLiteStore(restore("history", version))
    assert store.migrate() == Versions(version, len(SQLITE))
    assert store.migrate() == Versions(len(SQLITE), len(SQLITE))
    rows = [
        Row(FIRST, *BAIT, 3),
        Row(FIRST, *CONTROL, 5),
        Row(FIRST, *BLOCKED, 2),
        Row(FIRST + 3600, *BAIT, 4),
        Row(FIRST + 3600, *BLOCKED, 1),
    ]
    assert store.rows(0, 2**40) == rows
    assert store.sites() == ["gazette"]
    for seq, some in ((1, rows[:3]), (2, rows[3:])):
        assert not store.apply(Batch("4ecd78a84286c16b", "08120c535c15f6c2", seq, some))
    assert store.rows(0, 2**40) == rows
    assert store.retain(FIRST + 10 * 86_400)
    sums = store.sums(0, 2**40, step=21_600)
    assert {(row.value, row.n) for row in sums} == {("bait", 7), ("control", 5), ("blocked", 3)}
    evening = FIRST // 21_600 * 21_600
    assert {row.hour for row in sums if row.kind == "pair"} == {evening}, "not midnight"
    store.close()


@pytest.mark.parametrize("version", range(1, len(HOST)))
def test_a_host_that_was_updated_with_batches_waiting_loses_nothing(
    restore: Restore, version: int
) -> None:
    store = SQLiteStore(restore("history", version))
    folder = restore("host", version).parent
    before = audit(folder)
    assert before.holds
    assert (before.law.stored, before.law.pending, before.queued) == (15, 9, 9)
    record = Record(folder, store, interval=1e6)
    assert record.flush()
    assert (record.law().stored, record.law().pending, record.law().received) == (24, 0, 26)
    assert sum(row.n for row in store.rows(0, 2**40)) == 24
    record.close()
    store.close()


@pytest.mark.parametrize("version", range(1, len(HOST)))
def test_a_host_database_says_from_where_to_where(restore: Restore, version: int) -> None:
    host = HostDatabase(restore("host", version), 100)
    assert host.migrate() == Versions(version, len(HOST))
    host.close()


def columns(path: Path) -> dict[str, list[tuple[object, ...]]]:
    db = sqlite3.connect(path)
    names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {name: db.execute(f"PRAGMA table_info({name})").fetchall() for name in names}
    db.close()
    return found


@pytest.mark.parametrize(("name", "migrations"), [("history", SQLITE), ("host", HOST)])
def test_an_updated_file_has_the_tables_of_a_new_one(
    restore: Restore, tmp_path: Path, name: str, migrations: tuple[tuple[str, ...], ...]
) -> None:
    fresh = Database(tmp_path / "fresh.db", migrations)
    fresh.migrate()
    for version in range(1, len(migrations)):
        path = restore(name, version)
        Database(path, migrations).migrate()
        assert columns(path) == columns(tmp_path / "fresh.db")
        path.unlink()


@pytest.mark.server
@pytest.mark.parametrize("version", range(1, len(POSTGRES)))
def test_an_old_postgresql_keeps_its_counts(version: int) -> None:
    from evenhand.store.postgres import PostgresStore

    with serving() as server:
        server.query("CREATE TABLE evenhand_schema_version (version BIGINT PRIMARY KEY)")
        for number, statements in enumerate(POSTGRES[:version], 1):
            server.query(f"INSERT INTO evenhand_schema_version VALUES ({number})")
            for statement in statements:
                server.query(statement)
        values = ", ".join(f"'{value}'" for value in BAIT)
        server.query(f"INSERT INTO evenhand_rollup VALUES ({FIRST}, {values}, 3)")
        store = PostgresStore(server.url)
        assert store.migrate() == Versions(version, len(POSTGRES))
        assert store.rows(0, 2**40) == [Row(FIRST, *BAIT, 3)]
        assert store.retain(FIRST + 10 * 86_400)
        assert store.apply(Batch("p", "e", 1, [Row(FIRST, *BAIT, 4)]))
        assert [row.n for row in store.sums(0, 2**40)] == [7]
        store.close()


@pytest.mark.server
def test_many_hosts_may_set_up_postgresql_at_once_and_older_ones_stand_back() -> None:
    from concurrent.futures import ThreadPoolExecutor

    from evenhand.errors import StoreError
    from evenhand.store.postgres import PostgresStore

    with serving() as server:
        stores = [PostgresStore(server.url) for _ in range(12)]
        with ThreadPoolExecutor(len(stores)) as pool:
            found = list(pool.map(lambda store: store.migrate(), stores))
        assert {versions.after for versions in found} == {len(POSTGRES)}
        assert sum(versions.before == 0 for versions in found) >= 1
        steps = server.query("SELECT version FROM evenhand_schema_version")
        assert len(steps) == len(POSTGRES)

        server.query("CREATE DATABASE by_command")
        by_command = server.url_of("by_command")
        for told in (f"0 -> {len(POSTGRES)}", f"{len(POSTGRES)} already"):
            done = CliRunner().invoke(app, ["migrate", "--store", by_command])
            assert (done.exit_code, done.output) == (0, f"history: schema {told}\n")

        server.query("CREATE ROLE reader LOGIN PASSWORD 'reader'")
        server.query("CREATE DATABASE another")
        port = server.port
        weak = PostgresStore(f"postgresql://reader:reader@127.0.0.1:{port}/another")
        with pytest.raises(StoreError, match="run `evenhand migrate"):
            weak.sites()

        server.query("INSERT INTO evenhand_schema_version VALUES (99)")
        late = PostgresStore(server.url)
        with pytest.raises(StoreError, match="later release"):
            late.sites()
        for store in (*stores, weak, late):
            store.close()
