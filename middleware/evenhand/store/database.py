"""A SQLite file that several processes and threads share, or a database in memory."""

import os
import sqlite3
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from evenhand.errors import StoreError
from evenhand.forks import watch_forks
from evenhand.store import Versions

Migration = Sequence[str]
"""The statements that lead from one version of a schema to the next."""

_PATIENCE = 5.0  # seconds to wait for another process's transaction


class Database:
    """One connection, opened at first use and brought to the newest schema.

    SQLite's locks don't survive a fork, so a file is closed before one and opened again when it
    is next needed. A file that somebody removed or replaced is opened anew too; with ``pinned``
    it is not, and what is left of the old one can be read for as long as it stays open. Every
    failure is a `StoreError`.
    """

    def __init__(
        self,
        path: Path | None,
        migrations: Sequence[Migration],
        synchronous: Literal["NORMAL", "FULL"] = "NORMAL",
        *,
        pinned: bool = False,
    ) -> None:
        self._path, self._migrations, self._synchronous = path, migrations, synchronous
        self._pinned = pinned
        self._file: os.stat_result | None = None
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        watch_forks(self)

    @contextmanager
    def writing(self) -> Generator[sqlite3.Connection]:
        """One transaction: all of it, or nothing when the block raises."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def reading(self) -> Generator[sqlite3.Connection]:
        """One unchanging view; writers go on meanwhile."""
        with self._transaction("BEGIN") as connection:
            yield connection

    def is_in_place(self) -> bool:
        """Whether the path still leads to the file that was opened first."""
        return self._path is None or self._file is None or _is_same(self._path, self._file)

    def hold(self) -> None:
        """Open the file if it is closed."""
        with self.reading():
            pass

    def migrate(self) -> Versions:
        """Bring the schema up to date."""
        with self._lock:
            self.close()
            try:
                connection = self._opened()
                try:
                    before = _version(connection)
                    self._prepare(connection)
                    return Versions(before, _version(connection))
                finally:
                    connection.close()
            except sqlite3.Error as error:
                raise StoreError(f"{self._path or 'memory'}: {error}") from error

    def close(self) -> None:
        """Close the connection; what was in memory is gone."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def before_fork(self) -> None:
        self._lock.acquire()
        if self._path is not None:
            self.close()

    def after_fork(self, *, in_child: bool) -> None:
        if in_child:
            self.close()
        self._lock.release()

    @contextmanager
    def _transaction(self, begin: str) -> Generator[sqlite3.Connection]:
        with self._lock:
            try:
                connection = self._connected()
                connection.execute(begin)
                try:
                    yield connection
                    connection.execute("COMMIT")
                except BaseException:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise
            except sqlite3.Error as error:
                raise StoreError(f"{self._path or 'memory'}: {error}") from error

    def _connected(self) -> sqlite3.Connection:
        if self._connection is not None and not self._pinned and not self.is_in_place():
            self.close()
        if self._connection is None:
            connection = self._opened()
            try:
                self._prepare(connection)
                self._remember_file()
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _opened(self) -> sqlite3.Connection:
        return sqlite3.connect(
            self._path or ":memory:",
            timeout=_PATIENCE,
            isolation_level=None,
            check_same_thread=False,
        )

    def _remember_file(self) -> None:
        if self._path is None:
            return
        if self._pinned and not self.is_in_place():
            raise StoreError(f"{self._path} was replaced while it was in use")
        try:
            self._file = self._path.stat()
        except OSError as error:
            raise StoreError(f"{self._path}: {error.strerror}") from error

    def _prepare(self, connection: sqlite3.Connection) -> None:
        _use_wal(connection)
        connection.execute(f"PRAGMA synchronous = {self._synchronous}")
        if _version(connection) == len(self._migrations):
            return
        connection.execute("BEGIN IMMEDIATE")
        self._migrate(connection)
        connection.execute("COMMIT")

    def _migrate(self, connection: sqlite3.Connection) -> None:
        version = _version(connection)
        if version > len(self._migrations):
            raise StoreError(f"{self._path} was written by a later release (schema {version})")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY)"
        )
        for number, statements in enumerate(self._migrations[version:], version + 1):
            for statement in statements:
                connection.execute(statement)
            connection.execute("INSERT INTO schema_version VALUES (?)", (number,))


def _is_same(path: Path, file: os.stat_result) -> bool:
    try:
        return os.path.samestat(path.stat(), file)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:  # nobody can tell, and what is open may do
        return True


def _version(connection: sqlite3.Connection) -> int:
    """How many migrations the file has seen."""
    named = "SELECT count(*) FROM sqlite_master WHERE name = 'schema_version'"
    if not connection.execute(named).fetchone()[0]:
        return 0
    newest: int = connection.execute("SELECT max(version) FROM schema_version").fetchone()[0]
    return newest


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log.

    SQLite does not wait for other processes here when several of them open a new file at once.
    """
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
