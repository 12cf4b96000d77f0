"""Clients whose reports never come whole: a byte a second, until the server has had enough."""

import socket
import threading
import time

from benchmarks.load.mix import AGENT, P

_HEAD = (
    f"POST {P}/outcome HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: {AGENT}\r\n"
    "Sec-Fetch-Site: same-origin\r\nContent-Length: 500\r\n\r\n"
).encode()


class SlowClients:
    """Some of them, each with a connection after the other."""

    def __init__(self, port: int, number: int) -> None:
        self._port, self._stopping = port, threading.Event()
        self.sent = 0  # reports that the server has begun to read
        self.given_up_after: list[float] = []  # seconds until it answered
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._drip, daemon=True) for _ in range(number)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Begin nothing more, and wait for what is under way."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(30)

    def _drip(self) -> None:
        while not self._stopping.is_set():
            with socket.create_connection(("127.0.0.1", self._port), 30) as connection:
                connection.sendall(_HEAD)
                begun = time.monotonic()
                answered = self._until_answered(connection)
                with self._lock:
                    self.sent += 1
                    if answered:
                        self.given_up_after.append(time.monotonic() - begun)

    def _until_answered(self, connection: socket.socket) -> bool:
        connection.settimeout(1)
        for _ in range(30):
            try:
                connection.sendall(b" ")
                return connection.recv(4096).startswith(b"HTTP/1.1 204")
            except TimeoutError:
                continue
            except OSError:
                return False
        return False
