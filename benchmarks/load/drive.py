"""Connections that ask and read, as fast as they are answered or at a given pace."""

import re
import select
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

_BUFFER = 256 * 1024
_PATIENCE = 30.0  # seconds without any answer
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


class NoAnswerError(Exception):
    """The servers have stopped to answer."""


@dataclass(slots=True)
class Answer:
    """What came back: the kind of request, its status, its head, and after how many seconds."""

    kind: str
    status: int
    head: bytes
    seconds: float


Next = Callable[[], tuple[str, bytes]]
Hear = Callable[[Answer], None]


class _Connection:
    """One request at a time; a connection that the server has closed is opened anew."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None
        self._got, self._left = b"", b""
        self.kind, self.begun = "", 0.0

    def fileno(self) -> int:
        assert self._socket is not None
        return self._socket.fileno()

    def open(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self._port), _PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setblocking(False)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def ask(self, kind: str, request: bytes, begun: float) -> None:
        assert self._socket is not None
        self.kind, self.begun, self._got = kind, begun, b""
        sent = 0
        with suppress(BlockingIOError, ConnectionError):
            sent = self._socket.send(request)
        self._left = request[sent:]

    def hear(self) -> tuple[Answer | None, bool]:
        """The answer, once it is whole; and whether the connection still lives."""
        assert self._socket is not None
        if self._left:  # a huge body, of which the server may want to read no more
            with suppress(BlockingIOError, ConnectionError):
                self._left = self._left[self._socket.send(self._left) :]
        try:
            received = self._socket.recv(_BUFFER)
        except BlockingIOError:
            return None, True
        except ConnectionError:
            received = b""
        self._got += received
        head, end, body = self._got.partition(b"\r\n\r\n")
        if not end:
            return None, bool(received)
        status = int(head[9:12])
        length = _LENGTH.search(head)
        size = int(length[1]) if length else 0
        if status not in (204, 304) and length is None:
            raise NoAnswerError(f"an answer without a length: {head!r}")
        if len(body) < size:
            return None, bool(received)
        lives = b"connection: close" not in head.lower() and not self._left and bool(received)
        seconds = time.perf_counter() - self.begun
        return Answer(self.kind, status, head, seconds), lives


class Drive:
    """Connections to one port."""

    def __init__(self, port: int, connections: int) -> None:
        self._poll = select.epoll()
        self._all = [_Connection(port) for _ in range(connections)]
        self._by_number: dict[int, _Connection] = {}
        self.broken = 0  # connections that ended without an answer
        for connection in self._all:
            self._open(connection)

    def close(self) -> None:
        for connection in self._all:
            connection.close()
        self._poll.close()

    def _open(self, connection: _Connection) -> None:
        connection.open()
        self._by_number[connection.fileno()] = connection
        self._poll.register(connection, select.EPOLLIN)

    def _again(self, connection: _Connection) -> None:
        del self._by_number[connection.fileno()]
        self._poll.unregister(connection)
        connection.close()
        self._open(connection)

    def run(self, seconds: float, following: Next, hear: Hear, pace: float = 0.0) -> None:
        """Ask for so long, and hear every answer. With a ``pace``, so many requests a second, each
        timed from the moment at which it was due; else as many as are answered."""
        idle, busy = list(self._all), set[_Connection]()
        begun = time.perf_counter()
        asked = 0
        while True:
            now = time.perf_counter()
            over = now - begun >= seconds
            while idle and not over:
                due = begun + asked / pace if pace else now
                if due > now:
                    break
                connection = idle.pop()
                connection.ask(*following(), due)
                busy.add(connection)
                asked += 1
            if over and not busy:
                return
            wait = _PATIENCE if not pace or over else max(0.0, begun + asked / pace - now)
            events = self._poll.poll(wait)
            if not events and (not pace or over):
                raise NoAnswerError(f"{len(busy)} answers did not come")
            for number, _ in events:
                connection = self._by_number[number]
                answer, lives = connection.hear()
                if answer is None and lives:
                    continue
                if answer is not None:
                    hear(answer)
                elif connection in busy:
                    self.broken += 1
                if not lives:
                    self._again(connection)
                if connection in busy:
                    busy.remove(connection)
                    idle.append(connection)
