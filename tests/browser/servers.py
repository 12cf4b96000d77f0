"""Starts real servers for a test, on loopback ports of their own."""

from __future__ import annotations

import fcntl
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
PORTS = range(20_000, 32_768)  # below the ports that the system hands out to clients
PATIENCE = 60  # seconds for a server to answer


@dataclass
class Server:
    """A running server; `log` is what it has written so far."""

    port: int
    process: subprocess.Popen[bytes]
    log_path: Path
    command: list[str] = field(repr=False)

    @property
    def url(self) -> str:
        return self.at("127.0.0.1")

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def at(self, host: str, path: str = "/") -> str:
        """The same server under a host name, such as `gazette.localhost`: browsers resolve those
        to this machine, treat them as secure, and filter lists hide elements there."""
        return f"http://{host}:{self.port}{path}"


_claims = (Path(tempfile.gettempdir()) / f"evenhand-ports-{os.getuid()}").open("ab")
_claimed: set[int] = set()
RUNNING: list[Server] = []  # for the report of a failed test


class ServerError(Exception):
    """The server ended or did not answer; carries its log."""


def free_port() -> int:
    """A port that nobody listens on, from a range that clients are not given.

    Never given twice while this process lives: a server takes a moment to listen, and whoever
    else was given its port would be answered by a stranger.
    """
    for port in random.sample(PORTS, 200):
        with socket.socket() as candidate:
            try:
                fcntl.lockf(_claims, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
                candidate.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in _claimed:  # the lock only keeps other processes away
            _claimed.add(port)
            return port
    raise ServerError(f"no free port in {PORTS}")


def _answers(url: str) -> bool:
    # Without the proxy that the environment may name.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(url, timeout=2).close()
    except urllib.error.HTTPError as answer:
        answer.close()
    except OSError:
        return False
    return True


def _wait_until_ready(server: Server, path: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not _answers(server.at("127.0.0.1", path)):
        ended = server.process.poll()
        if ended is not None:
            raise ServerError(f"{server.command} ended with {ended}:\n{server.log}")
        if time.monotonic() > deadline:
            raise ServerError(f"{server.command} did not answer in {PATIENCE} s:\n{server.log}")
        time.sleep(0.05)


def _end(server: Server) -> None:
    process = server.process
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise ServerError(f"{server.command} did not end:\n{server.log}") from None


@contextmanager
def serving(
    *command: str, env: Mapping[str, str] | None = None, ready: str = "/"
) -> Iterator[Server]:
    """Run a server; `{port}` in the command stands for a free port.

    A command that starts with `-` is given to this Python: `serving("-m", "uvicorn", …)`.
    """
    port = free_port()
    words = [word.replace("{port}", str(port)) for word in command]
    if words[0].startswith("-"):
        words.insert(0, sys.executable)
    with tempfile.TemporaryDirectory() as folder:
        log_path = Path(folder) / "server.log"
        with log_path.open("wb") as log:
            process = subprocess.Popen(
                words,
                cwd=ROOT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})},
                stdout=log,
                stderr=log,
            )
        server = Server(port, process, log_path, words)
        RUNNING.append(server)
        try:
            _wait_until_ready(server, ready)
            yield server
        finally:
            RUNNING.remove(server)
            _end(server)
