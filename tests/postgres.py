"""Real PostgreSQL servers on loopback, in temporary folders, ended by their own process ids."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import mkdtemp

import psycopg
import pytest

from .browser.servers import free_port

PASSWORD = "wider/than@a:barn#door"
_QUOTED = "wider%2Fthan%40a%3Abarn%23door"
_USER = "evenhand"

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "120",
    "shared_buffers": "16MB",
    # Processes are killed here, not machines: what was written survives in the page cache.
    "fsync": "off",
    "wal_level": "replica",
    "max_wal_senders": "4",
}


def programs() -> Path | None:
    """The folder of PostgreSQL's programs, the newest where there are several."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=_major)
    on_path = shutil.which("postgres")
    if found:
        return found[-1].parent
    return Path(on_path).resolve().parent if on_path else None


def _major(program: Path) -> int:
    name = program.parts[-3]
    return int(name) if name.isdigit() else 0


class Server:
    """One server; `start` it, `kill` it, `start` it again."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder, self._programs = folder, programs
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        # PostgreSQL refuses to run as root.
        self._as: dict[str, str | int | list[str]] = {}
        if os.geteuid() == 0:
            self._as = {"user": "nobody", "group": "nogroup", "extra_groups": []}
        self._environ = {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"}

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def url(self) -> str:
        return self.url_of("postgres")

    def url_of(self, database: str, *others: Server) -> str:
        """The address of a database, here or on whichever of these servers may write."""
        hosts = ",".join(f"127.0.0.1:{server.port}" for server in (self, *others))
        return f"postgresql://{_USER}:{_QUOTED}@{hosts}/{database}"

    def create(self) -> None:
        """A new, empty database cluster."""
        self._own_folder()
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        self._run(
            *("initdb", "-D", str(self.data), "-U", _USER, "--no-sync", "-E", "UTF8"),
            *("--auth=scram-sha-256", f"--pwfile={secret}"),
        )
        with (self.data / "pg_hba.conf").open("a") as rules:
            rules.write("host replication all 127.0.0.1/32 scram-sha-256\n")

    def copy_of(self, primary: Server) -> None:
        """A standby that follows `primary`, under the name ``standby``."""
        self._own_folder()
        source = f"{primary.url}?application_name=standby"
        self._run("pg_basebackup", "-D", str(self.data), "-d", source, "-R", "-c", "fast", "-N")

    def start(self, **settings: str) -> None:
        """Start it and wait until it takes connections."""
        chosen = _SETTINGS | {"port": str(self.port)} | settings
        options = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
        log = (self.folder / "log").open("ab")
        deadline = time.monotonic() + 60
        with closing(log):
            while True:
                # After a kill, the dead server's children may take a moment to go.
                self._process = subprocess.Popen(
                    [self._programs / "postgres", "-D", self.data, *options],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=self._environ,
                    **self._as,  # type: ignore[call-overload]  # options by name
                )
                while self._process.poll() is None:
                    if self.answers():
                        return
                    assert time.monotonic() < deadline, (self.folder / "log").read_text()
                    time.sleep(0.02)
                assert time.monotonic() < deadline, (self.folder / "log").read_text()
                time.sleep(0.05)

    def answers(self) -> bool:
        try:
            with psycopg.connect(self.url, connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    def kill(self) -> None:
        """Kill it as a crash would: no clean-up, no farewell."""
        self.signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait()
        self._process = None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the server process."""
        os.kill(self.pid, number)

    def stop(self) -> None:
        """Immediate shutdown, if it still runs."""
        if self._process is not None and self._process.poll() is None:
            self.signal(signal.SIGQUIT)
            self._process.wait(30)
        self._process = None

    def promote(self) -> None:
        """Make this standby the primary."""
        self.query("SELECT pg_promote(true, 30)")

    def query(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run one statement as the owner."""
        with psycopg.connect(self.url_of(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def _own_folder(self) -> None:
        self.folder.chmod(0o755)
        if self._as:
            shutil.chown(self.folder, "nobody", "nogroup")

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._programs / program, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=self._environ,
            cwd=self.folder,
            timeout=120,
            **self._as,  # type: ignore[call-overload]  # options by name
        )
        assert done.returncode == 0, done.stderr


@contextmanager
def folder_for_servers() -> Iterator[Path]:
    """A folder that an unprivileged user may reach, which pytest's own are not."""
    folder = Path(mkdtemp(prefix="evenhand-postgres-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def serving() -> Iterator[Server]:
    """A server of its own; skips the test where PostgreSQL is not installed."""
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL is not installed (scripts/setup-server.sh)")
    with folder_for_servers() as folder:
        server = Server(folder, found)
        try:
            server.create()
            server.start()
            yield server
        finally:
            server.stop()


@contextmanager
def standby_of(primary: Server) -> Iterator[Server]:
    """A streaming standby whose answer the primary waits for before it confirms a commit."""
    found = programs()
    assert found is not None
    with folder_for_servers() as folder:
        standby = Server(folder, found)
        try:
            standby.copy_of(primary)
            # The name decides: a standby that inherits the setting would wait for itself.
            standby.start(synchronous_standby_names="")
            primary.query("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
            primary.query("SELECT pg_reload_conf()")
            deadline = time.monotonic() + 30
            while primary.query("SELECT sync_state FROM pg_stat_replication") != [("sync",)]:
                assert time.monotonic() < deadline, "the standby does not follow"
                time.sleep(0.05)
            yield standby
        finally:
            standby.stop()
