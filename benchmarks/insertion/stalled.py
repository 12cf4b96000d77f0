"""Memory that a server holds for readers who have stopped reading a big page."""

import socket
import time
from contextlib import ExitStack
from typing import NamedTuple

from benchmarks.insertion.load import request_for
from benchmarks.insertion.process import ServerProcess
from benchmarks.insertion.scenarios import Scenario

READERS = 40
_QUIET = 0.02  # of a core
_LOOK_EVERY = 0.25  # seconds
_QUIET_LOOKS = 4  # one after the other: on a busy machine a server may have to wait for its turn
_PATIENCE = 60.0  # seconds


class Held(NamedTuple):
    """Resident memory in MB."""

    before: float
    stalled: float

    @property
    def extra(self) -> float:
        return self.stalled - self.before


def measure(variant: str, scenario: Scenario) -> Held:
    """Ask for the page 40 times, read none of the answers, and look at the server."""
    with ServerProcess(variant, "stalled") as server, ExitStack() as readers:
        # What one answer leaves behind is no reader's.
        with _reader(server, scenario) as first:
            _read_all(first)
        before = server.rss_mb()
        stalled = [readers.enter_context(_reader(server, scenario)) for _ in range(READERS)]
        for reader in stalled:
            reader.recv(1, socket.MSG_PEEK)  # wait until its answer has begun
        _settle(server)
        return Held(before, server.rss_mb())


def _reader(server: ServerProcess, scenario: Scenario) -> socket.socket:
    reader = socket.create_connection(("127.0.0.1", server.port), _PATIENCE)
    reader.sendall(request_for(scenario.path).replace(b"keep-alive", b"close"))
    return reader


def _read_all(reader: socket.socket) -> None:
    while reader.recv(1_048_576):
        pass


def _settle(server: ServerProcess) -> None:
    """Wait until the server has done what it can for its readers."""
    given_up = time.monotonic() + _PATIENCE
    quiet = 0
    while quiet < _QUIET_LOOKS and time.monotonic() < given_up:
        spent = server.cpu_seconds()
        time.sleep(_LOOK_EVERY)
        is_quiet = server.cpu_seconds() - spent < _QUIET * _LOOK_EVERY
        quiet = quiet + 1 if is_quiet else 0
