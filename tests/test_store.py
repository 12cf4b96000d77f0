import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from evenhand.errors import OptionError, StoreError
from evenhand.store import Batch, Row, open_store
from evenhand.store.sqlite import SQLiteStore

HOUR = 3600


def row(n: int, *, hour: int = 0, site: str = "gazette", value: str = "bait") -> Row:
    return Row(hour * HOUR, site, "", "firefox", "desktop", "pair", value, "", "", n)


def batch(seq: int, *rows: Row) -> Batch:
    return Batch("host", "epoch", seq, rows)


def test_a_file_keeps_its_rows_and_other_connections_see_them(tmp_path: Path) -> None:
    first, second = SQLiteStore(tmp_path / "h.db"), SQLiteStore(tmp_path / "h.db")
    first.apply(batch(1, row(2)))
    assert second.rows(0, HOUR) == [row(2)]
    second.apply(batch(2, row(2)))
    first.close()
    assert first.rows(0, HOUR) == [row(4)], "a closed store opens again"
    first.close()
    second.close()


def test_a_reader_does_not_stop_a_writer(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "h.db")
    store.apply(batch(1, row(2)))
    reader = sqlite3.connect(tmp_path / "h.db", isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT n FROM rollup").fetchall() == [(2,)]
    assert store.apply(batch(2, row(2)))
    assert reader.execute("SELECT n FROM rollup").fetchall() == [(2,)]
    reader.close()
    store.close()


def test_a_file_that_is_no_database_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "h.db").write_text("this is not a database, however long it may be" * 99)
    store = SQLiteStore(tmp_path / "h.db")
    with pytest.raises(StoreError, match=r"h\.db: file is not a database"):
        store.rows(0, HOUR)
    with pytest.raises(StoreError):
        store.apply(batch(1, row(1)))


def test_a_file_of_a_later_release_is_refused(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "h.db")
    store.apply(batch(1, row(2)))
    store.close()
    changed = sqlite3.connect(tmp_path / "h.db", isolation_level=None)
    changed.execute("INSERT INTO schema_version VALUES (99)")
    changed.close()
    with pytest.raises(StoreError, match="later release"):
        store.rows(0, HOUR)
    store.close()


APPLYING = """
import sys
from pathlib import Path
from evenhand.store import Batch, Row
from evenhand.store.sqlite import SQLiteStore
store = SQLiteStore(Path(sys.argv[1]))
for seq in range(50):
    row = Row(0, "gazette", "", "", "", "pair", "bait", "", "", 1)
    assert store.apply(Batch(sys.argv[2], "epoch", seq, [row]))
store.close()
"""


def test_processes_that_open_a_new_file_at_once_all_get_their_say(tmp_path: Path) -> None:
    command = [sys.executable, "-c", APPLYING, str(tmp_path / "h.db")]
    workers = [subprocess.Popen([*command, str(number)]) for number in range(3)]
    assert [worker.wait() for worker in workers] == [0, 0, 0]
    store = SQLiteStore(tmp_path / "h.db")
    assert [found.n for found in store.rows(0, HOUR)] == [150]
    store.close()


FORKING = """
import os, sys
from pathlib import Path
from evenhand.store import Batch, Row
from evenhand.store.sqlite import SQLiteStore
store = SQLiteStore(Path(sys.argv[1]))
row = Row(0, "gazette", "", "", "", "pair", "bait", "", "", 1)
store.apply(Batch("parent", "epoch", 1, [row]))
child = os.fork()
store.apply(Batch(str(child), "epoch", 2, [row]))
if child == 0:
    os._exit(0)
os.wait()
print(store.rows(0, 1)[0].n)
store.close()
"""


def test_a_store_works_on_both_sides_of_a_fork(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FORKING, str(tmp_path / "h.db")]
    assert subprocess.run(command, capture_output=True, check=True).stdout == b"3\n"


@pytest.mark.parametrize(
    ("url", "file"),
    [
        pytest.param(None, "history.db", id="default"),
        pytest.param("sqlite:///{}/own.db", "own.db", id="absolute"),
        pytest.param("sqlite:///relative.db", "relative.db", id="relative"),
        pytest.param("sqlite:///with%20space.db", "with space.db", id="quoted"),
    ],
)
def test_a_store_is_opened_by_its_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str | None, file: str
) -> None:
    monkeypatch.chdir(tmp_path)
    store = open_store(url and url.format(tmp_path), tmp_path)
    store.apply(batch(1, row(2)))
    assert (tmp_path / file).exists()
    store.close()


@pytest.mark.parametrize("folder", [None, Path("/nowhere/at/all")], ids=["none", "missing"])
def test_without_a_folder_the_history_is_in_memory(folder: Path | None) -> None:
    store = open_store(None, folder)
    store.apply(batch(1, row(2)))
    assert store.rows(0, HOUR) == [row(2)]
    store.close()
    assert store.rows(0, HOUR) == []
    store.close()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        pytest.param("postgresql://u:secret@db:x/y", "as %XX", id="postgresql port"),
        pytest.param("postgresql://u:sec/secret@db/x", "as %XX", id="unquoted password"),
        pytest.param("postgresql://u:an@secret@db/x", "as %XX", id="unquoted at"),
        pytest.param("postgresql://u:secret@db/x?pass=1", "as %XX", id="unknown option"),
        pytest.param("mysql://u:secret@db/x", "sqlite:///relative/path", id="unknown"),
        pytest.param("mysql://db/x?password=secret", "sqlite:///relative/path", id="in a query"),
        pytest.param("host=db password=secret", "sqlite:///relative/path", id="keywords"),
        pytest.param("sqlite://", "give the path", id="no path"),
        pytest.param("sqlite://host/path.db", "give the path", id="with a host"),
        pytest.param("sqlite:////nowhere/at/all.db", "create /nowhere/at", id="no folder"),
        pytest.param("history.db", "sqlite:///relative/path", id="no scheme"),
    ],
)
def test_other_urls_are_refused_with_what_would_do(url: str, words: str) -> None:
    with pytest.raises(OptionError) as refused:
        open_store(url, None)
    assert words in str(refused.value)
    assert refused.value.option == "store"
    assert "secret" not in str(refused.value)


def test_failures_of_the_disk_are_store_errors(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "missing" / "h.db")
    with pytest.raises(StoreError, match="unable to open"):
        store.sites()
    (tmp_path / "missing").mkdir()
    assert store.sites() == []
    store.close()


def test_without_psycopg_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "evenhand.store.postgres", None)
    with pytest.raises(OptionError, match=r"pip install 'evenhand\[postgres\]'") as refused:
        open_store("postgresql://u:secret@db/x", None)
    assert "secret" not in str(refused.value)


def test_a_file_that_was_replaced_is_opened_anew(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "h.db")
    store.apply(batch(1, row(2)))
    (tmp_path / "h.db").rename(tmp_path / "moved.db")
    (tmp_path / "h.db-wal").unlink(missing_ok=True)
    (tmp_path / "h.db-shm").unlink(missing_ok=True)
    assert store.apply(batch(2, row(3)))
    assert store.rows(0, HOUR) == [row(3)]
    store.close()
