"""The history in PostgreSQL, written by many hosts."""

import os
import random
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import psycopg
from psycopg.conninfo import conninfo_to_dict

from evenhand.errors import OptionError, StoreError
from evenhand.forks import watch_forks
from evenhand.store import Versions, without_secrets
from evenhand.store.postgres_schema import MIGRATIONS, PREFIX
from evenhand.store.sql import Access, SQLStore
from evenhand.store.sums import Found, Transaction

T = TypeVar("T")

_CLOCK = "CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) AS BIGINT)"
_CONFLICTS = 8  # attempts at work that other hosts' transactions get into the way of
# What waits is safe on its host meanwhile, and merges: a server can so do with many more hosts.
_PACE = 60.0  # seconds between two batches of a host
_PATIENCE = 30.0  # seconds for one transaction, after which the server is taken for hung
_DEFAULTS = {
    # Of several hosts, the one that may write: after a fail-over that is another one.
    "target_session_attrs": "read-write",
    "connect_timeout": "5",  # seconds, for each host
    "application_name": "evenhand",
    "client_encoding": "utf8",
}


class PostgresStore(SQLStore):
    """A `Store` in a PostgreSQL database; `url` is libpq's, of one host or several.

    Raises `OptionError` for a URL that libpq can't read. ``patience`` is how many seconds a
    transaction may take before its connection is given up.
    """

    def __init__(self, url: str, *, patience: float = _PATIENCE) -> None:
        super().__init__(_Postgres(url, patience), PREFIX, _PACE)


class _Postgres:
    """One connection, opened at first use, as a `SQLDatabase`.

    A lost connection is opened again at once, and work that was under way is done again: every
    change of a `SQLStore` may be repeated.
    """

    clock = _CLOCK

    def __init__(self, url: str, patience: float) -> None:
        self._options = _checked(url)
        self._patience = patience
        self._secret = str(self._options.get("password") or "")
        self._lock = threading.RLock()
        self._connection: psycopg.Connection | None = None
        self._is_migrated = False
        watch_forks(self)

    def run(self, work: Callable[[Transaction], T], access: Access) -> T:
        with self._lock:
            return self._persist(lambda: self._worked(work, access))

    def migrate(self) -> Versions:
        with self._lock:
            # While other hosts are at it too, an attempt may find a part of it done.
            before = self._persist(self._found)
            return self._persist(self._migrated)._replace(before=before)

    def close(self) -> None:
        with self._lock:
            # Whoever answers next time may be another server, with another schema.
            self._is_migrated = False
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def before_fork(self) -> None:
        """Nothing: waiting here for a server that is away would hold up the fork."""

    def after_fork(self, *, in_child: bool) -> None:
        if not in_child:
            return
        self._lock = threading.RLock()
        if self._connection is not None:
            # The session is the parent's. Our copy of its socket must go, or the server would
            # keep the session's locks after the parent's death; but it must hear nothing of it.
            with suppress(psycopg.Error), Path(os.devnull).open("rb") as nothing:
                os.dup2(nothing.fileno(), self._connection.fileno())
            self._connection.close()
            self._connection = None

    def _persist(self, work: Callable[[], T]) -> T:
        """Try again where that may help; any last failure is a `StoreError`."""
        for attempt in range(1, _CONFLICTS + 1):
            reused = self._connection is not None
            try:
                return work()
            except psycopg.Error as error:
                conflict = _is_conflict(error)
                lost = self._connection is None or self._connection.broken
                if not conflict:
                    # A server that no longer takes writes is left too, not only one that is gone.
                    self.close()
                if attempt == _CONFLICTS or not (conflict or (lost and reused)):
                    raise StoreError(self._told(error)) from None
                time.sleep(random.uniform(0, 0.02) * attempt)
            except BaseException:
                self._drop_unfinished()
                raise
        raise AssertionError("the last attempt returns or raises")

    def _drop_unfinished(self) -> None:
        if self._connection is not None and self._connection.broken:
            self.close()

    def _worked(self, work: Callable[[Transaction], T], access: Access) -> T:
        if not self._is_migrated:
            self._migrated()
        connection = self._connected()
        with _Watch(connection, self._patience), connection.transaction():
            if access == "exclusive":
                connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            return work(_Statements(connection))

    def _connected(self) -> psycopg.Connection:
        if self._connection is None or self._connection.closed:
            # No prepared statements: poolers between us and the server may mix up sessions.
            self._connection = psycopg.connect(
                **cast(Any, self._options), autocommit=True, prepare_threshold=None
            )
        return self._connection

    def _found(self) -> int:
        connection = self._connected()
        with _Watch(connection, self._patience):
            return _version(connection)

    def _migrated(self) -> Versions:
        connection = self._connected()
        with _Watch(connection, self._patience):
            before = _version(connection)
            if before > len(MIGRATIONS):
                raise StoreError(
                    f"{self._place()} was written by a later release (schema {before}; this one"
                    f" knows {len(MIGRATIONS)}). Update evenhand here too"
                )
            for number in range(before, len(MIGRATIONS)):
                self._step(connection, number)
        self._is_migrated = True
        return Versions(before, len(MIGRATIONS))

    def _step(self, connection: psycopg.Connection, number: int) -> None:
        """One migration; where another host is at it too, one of them fails and tries again."""
        try:
            with connection.transaction():
                if number == 0:
                    connection.execute(
                        "CREATE TABLE evenhand_schema_version (version BIGINT PRIMARY KEY)"
                    )
                connection.execute("INSERT INTO evenhand_schema_version VALUES (%s)", (number + 1,))
                for statement in MIGRATIONS[number]:
                    connection.execute(statement.encode())
        except psycopg.errors.InsufficientPrivilege as error:
            raise StoreError(
                f"{self._told(error)}. The tables are missing or old and this role may not make"
                " them: run `evenhand migrate --store URL` once, as a role that may"
            ) from None

    def _told(self, error: psycopg.Error) -> str:
        """What libpq said, on one line, without the password."""
        said = " ".join(str(error).split()) or type(error).__name__
        return f"{self._place()}: {said.replace(self._secret, '…') if self._secret else said}"

    def _place(self) -> str:
        hosts = self._options.get("host") or self._options.get("hostaddr") or "local socket"
        return f"PostgreSQL at {hosts}"


class _Statements:
    """A psycopg connection as a `Transaction`."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Found:
        return self._connection.execute(statement.replace("?", "%s").encode(), values)


class _Watch:
    """Ends a connection whose server takes too long, so that whoever waits for it is freed.

    A time-out of the server's own would not do: it also ends the wait for a synchronous standby,
    and would so confirm what a fail-over may lose.
    """

    def __init__(self, connection: psycopg.Connection, patience: float) -> None:
        self._socket = socket.socket(fileno=os.dup(connection.fileno()))
        self._timer = threading.Timer(patience, self._cut)
        self._timer.daemon = True

    def _cut(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._timer.join()
        self._socket.close()


def _checked(url: str) -> dict[str, Any]:
    try:
        given = conninfo_to_dict(url)
    except psycopg.Error:
        given = {}
    if not given or not _is_plausible(given):
        # libpq's own words, now or when it connects, would quote pieces of the password.
        raise OptionError(
            "store",
            without_secrets(url),
            "postgresql://user:password@host:port/database?option=value",
            "write special characters in the password as %XX, and only options that libpq knows",
        )
    return {**_DEFAULTS, **given}


def _is_plausible(given: Mapping[str, Any]) -> bool:
    """Whether no piece of an unquoted password was taken for something else."""
    ports = str(given.get("port") or "").split(",")
    places = f"{given.get('host')}{given.get('dbname')}"
    return "@" not in places and all(port == "" or port.isdigit() for port in ports)


def _version(connection: psycopg.Connection) -> int:
    """How many migrations the database has seen."""
    try:
        found = connection.execute("SELECT max(version) FROM evenhand_schema_version").fetchone()
    except psycopg.errors.UndefinedTable:
        return 0
    return int(found[0]) if found and found[0] else 0


def _is_conflict(error: psycopg.Error) -> bool:
    """Whether other hosts were in the way: a deadlock, a conflict, or two that set up at once."""
    return (error.sqlstate or "").startswith("40") or isinstance(
        error,
        psycopg.errors.UniqueViolation
        | psycopg.errors.DuplicateTable
        | psycopg.errors.DuplicateObject,
    )
