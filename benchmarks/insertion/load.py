"""A load generator for answers whose size is known: no parsing, so that it outruns the server."""

import select
import socket
import time
from http.client import HTTPConnection
from typing import NamedTuple

CONNECTIONS = 32
# What a browser sends, less its cookies: servers and middleware look through these.
HEADERS = {
    "Connection": "keep-alive",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "en-GB,en;q=0.5",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Upgrade-Insecure-Requests": "1",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Site": "none",
    "Priority": "u=0, i",
}
_BUFFER = 1024 * 1024
_PATIENCE = 30.0  # seconds without an answer


class BrokenAnswerError(Exception):
    """An answer was not as long as the first one, or did not come."""


class Cell(NamedTuple):
    """What one stretch of load gave."""

    requests: int
    seconds: float
    latencies: list[float]


class Fetched(NamedTuple):
    """One answer, read with care."""

    status: int
    headers: dict[str, str]
    body: bytes


def request_for(path: str) -> bytes:
    """A request's bytes."""
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in HEADERS.items()]
    return "\r\n".join([*lines, "", ""]).encode("ascii")


def fetch(port: int, path: str) -> Fetched:
    """One answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    try:
        connection.request("GET", path, headers=HEADERS)
        response = connection.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Fetched(response.status, headers, response.read())
    finally:
        connection.close()


def answer_size(port: int, path: str) -> int:
    """How many bytes an answer has on the wire, headers and framing included."""
    request = request_for(path).replace(b"keep-alive", b"close")
    with socket.create_connection(("127.0.0.1", port), _PATIENCE) as connection:
        connection.sendall(request)
        size = 0
        while received := len(connection.recv(_BUFFER)):
            size += received
    return size - len(b"connection: close\r\n")


class Load:
    """Connections to one server that are used again for every kind of request."""

    def __init__(self, port: int) -> None:
        self._connections: dict[int, socket.socket] = {}
        self._poll = select.epoll()
        self._buffer = bytearray(_BUFFER)
        for _ in range(CONNECTIONS):
            connection = socket.create_connection(("127.0.0.1", port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.setblocking(False)
            self._connections[connection.fileno()] = connection
            self._poll.register(connection, select.EPOLLIN)

    def close(self) -> None:
        for connection in self._connections.values():
            connection.close()
        self._poll.close()

    def run(self, request: bytes, size: int, seconds: float) -> Cell:
        """Ask on all connections, again and again; all answers have come when this returns."""
        clock = time.perf_counter
        begun = clock()
        deadline = begun + seconds
        latencies: list[float] = []
        asked = dict.fromkeys(self._connections, begun)
        missing = dict.fromkeys(self._connections, size)
        for connection in self._connections.values():
            connection.send(request)
        while missing:
            events = self._poll.poll(_PATIENCE)
            if not events:
                raise BrokenAnswerError(f"{len(missing)} answers did not come")
            for number, _ in events:
                connection = self._connections[number]
                left = missing[number] - connection.recv_into(self._buffer)
                missing[number] = left
                if left > 0:
                    continue
                if left < 0:
                    raise BrokenAnswerError(f"an answer has {-left} bytes more than expected")
                now = clock()
                latencies.append(now - asked[number])
                if now < deadline:
                    missing[number], asked[number] = size, now
                    connection.send(request)
                else:
                    del missing[number]
        return Cell(len(latencies), clock() - begun, latencies)
