"""The report route and the counted pair against a bare ASGI 204, in turns on equal servers."""

import os
import socket
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import NamedTuple

from benchmarks.figures import Figures
from benchmarks.insertion.load import HEADERS, Load

_REPORT = (
    b'{"v":1,"kind":"verdict","site":"default","section":"","verdict":"loaded",'
    b'"signals":["image_bait_loaded","script_bait_loaded","no_ad_evidence"]}'
)
_FETCH = {
    "Accept": "*/*",
    "Sec-Fetch-Dest": "empty",
    "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Site": "same-origin",
    "X-Forwarded-For": "93.184.216.34",
}


# A floor gives our answers to the same requests and looks at nothing: no middleware can do better.
_PAIRED = (
    ("report", "bare POST"),
    ("report_floor", "bare POST"),
    ("pair", "bare GET"),
    ("pair_floor", "bare GET"),
)


class _Cell(NamedTuple):
    cpu_us: float
    rps: float
    p99_ms: float


class _Server:
    """Some workers behind one port, and their processor time."""

    def __init__(self, variant: str, workers: int) -> None:
        command = [sys.executable, "-m", "benchmarks.record.server", variant, str(workers)]
        environ = {k: v for k, v in os.environ.items() if not k.startswith("EVENHAND_")}
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environ
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        self._workers = [int(pid) for pid in self._process.stdout.readline().split()]

    def close(self) -> None:
        self._process.communicate()

    def cpu_seconds(self) -> float:
        # The number by which Linux knows another process's clock, see clock_getcpuclockid(3).
        return sum(time.clock_gettime(~pid << 3 | 2) for pid in self._workers)


class _Contestant:
    """One kind of request on one server."""

    def __init__(self, name: str, server: _Server, load: Load, request: bytes) -> None:
        self.name, self._server, self._load, self._request = name, server, load, request
        self._size = _answer_size(server.port, request)

    def measure(self, seconds: float) -> _Cell:
        self._load.run(self._request, self._size, seconds / 5)
        spent = self._server.cpu_seconds()
        cell = self._load.run(self._request, self._size, seconds)
        spent = self._server.cpu_seconds() - spent
        p99 = statistics.quantiles(cell.latencies, n=100)[-1]
        return _Cell(spent / cell.requests * 1e6, cell.requests / cell.seconds, p99 * 1e3)


def _request(method: str, path: str, body: bytes = b"") -> bytes:
    headers = {**HEADERS, **_FETCH}
    del headers["Upgrade-Insecure-Requests"]
    if body:
        headers |= {
            "Content-Type": "text/plain;charset=UTF-8",
            "Content-Length": str(len(body)),
            "Origin": "http://127.0.0.1",
        }
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


_POST = _request("POST", "/reader-support/outcome", _REPORT)
_BAIT = _request("GET", "/reader-support/pair/ads728x90.gif")


def _answer_size(port: int, request: bytes) -> int:
    """How many bytes an answer has on the wire."""
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(request.replace(b"keep-alive", b"close"))
        size = 0
        while received := len(connection.recv(65_536)):
            size += received
    return size - len(b"connection: close\r\n")


@contextmanager
def _contestants(workers: int) -> Iterator[list[_Contestant]]:
    with ExitStack() as stack:
        bare = stack.enter_context(closing(_Server("bare", workers)))
        ours = stack.enter_context(closing(_Server("evenhand", workers)))
        floor = stack.enter_context(closing(_Server("floor", workers)))
        on_bare = stack.enter_context(closing(Load(bare.port)))
        on_floor = stack.enter_context(closing(Load(floor.port)))
        on_ours = stack.enter_context(closing(Load(ours.port)))
        yield [
            _Contestant("bare POST", bare, on_bare, _POST),
            _Contestant("bare GET", bare, on_bare, _BAIT),
            _Contestant("report_floor", floor, on_floor, _POST),
            _Contestant("pair_floor", floor, on_floor, _BAIT),
            _Contestant("report", ours, on_ours, _POST),
            _Contestant("pair", ours, on_ours, _BAIT),
        ]


def measure(rounds: int, seconds: float) -> tuple[list[str], Figures]:
    """Lines for people and figures for ``build/bench.json``."""
    told: list[str] = []
    figures: Figures = {}
    for workers, prefix in ((1, ""), (2, "multi_worker_")):
        cells = defaultdict[str, list[_Cell]](list)
        with _contestants(workers) as contestants:
            for number in range(rounds):
                # In opposite orders, so that drift hits all alike.
                for each in contestants if number % 2 == 0 else contestants[::-1]:
                    cells[each.name].append(each.measure(seconds))
        told.append(f"{workers} worker(s), {rounds} rounds of {seconds} s")
        for name, found in cells.items():
            middle = [statistics.median(values) for values in zip(*found, strict=True)]
            told.append(
                f"  {name:<12} {middle[0]:8.1f} us CPU {middle[1]:9.0f} a second"
                f" {middle[2]:7.2f} ms p99"
            )
        for name, bare in _PAIRED:
            ratios = [b.cpu_us / o.cpu_us for b, o in zip(cells[bare], cells[name], strict=True)]
            ratio = statistics.median(ratios)
            low, high = min(ratios), max(ratios)
            told.append(f"  {name} CPU ratio {ratio:.3f} ({low:.3f} to {high:.3f})")
            figures[f"{name}_{prefix}cpu_ratio"] = round(ratio, 3)
            figures[f"{name}_{prefix}cpu_us"] = round(
                statistics.median(cell.cpu_us for cell in cells[name]), 1
            )
            figures[f"{name}_{prefix}rps"] = round(
                statistics.median(cell.rps for cell in cells[name])
            )
    return told, figures
