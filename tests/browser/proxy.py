"""A proxy between a browser and a server that spoils what it is told to, and remembers it all."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal

HEAD = 65_536  # bytes of a request's head at most


@dataclass(frozen=True)
class Rule:
    """What happens to requests whose path matches: wait, then go on, answer or break off."""

    path: str  # a pattern, searched in path and query
    action: Literal["pass", "answer", "reset"] = "pass"
    after: float = 0  # seconds
    status: int = 503
    body: str = "Spoiled on the way.\n"
    headers: tuple[tuple[str, str], ...] = (("content-type", "text/plain"),)


@dataclass(frozen=True)
class Seen:
    """One request that came, and what became of it."""

    host: str
    method: str
    path: str
    agent: str
    body: bytes
    fate: str  # "pass", "reset" or a status of the proxy's own

    @property
    def report(self) -> dict[str, Any] | None:
        """The report in it, if it is one."""
        if self.method != "POST" or not self.path.endswith("/outcome"):
            return None
        told: dict[str, Any] = json.loads(self.body)
        return told


@dataclass
class Proxy:
    """Rules and ports are looked up by host name, without `.localhost` and port."""

    rules: Callable[[str], Sequence[Rule]]
    upstream: Callable[[str], int]
    seen: list[Seen] = field(default_factory=list[Seen])
    port: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers one request and closes: nothing then depends on an older connection."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)  # asyncio alone would forget one that waits
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                await self._answer(reader, writer)
        finally:
            writer.close()
            self._tasks.discard(task)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")[:-2]
        fields = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        body = await reader.readexactly(int(fields.get("content-length", "0")))
        method, path, _ = first.split(" ", 2)
        host = fields.get("host", "").partition(":")[0].removesuffix(".localhost")
        rule = next((r for r in self.rules(host) if re.search(r.path, path)), Rule(""))
        fate = str(rule.status) if rule.action == "answer" else rule.action
        self.seen.append(Seen(host, method, path, fields.get("user-agent", ""), body, fate))
        await asyncio.sleep(rule.after)
        if rule.action == "reset":
            reset(writer)
        elif rule.action == "answer":
            kept = [*rule.headers, ("connection", "close"), ("content-length", str(len(rule.body)))]
            told = "".join(f"{name}: {value}\r\n" for name, value in kept)
            writer.write(f"HTTP/1.1 {rule.status} Spoiled\r\n{told}\r\n{rule.body}".encode())
            await writer.drain()
        else:
            kept_lines = [line for line in lines if not line.lower().startswith("connection:")]
            asked = "\r\n".join([first, *kept_lines, "connection: close", "", ""])
            await self._forward(asked.encode("latin-1") + body, self.upstream(host), writer)

    async def _forward(self, request: bytes, port: int, writer: asyncio.StreamWriter) -> None:
        answer, onward = await asyncio.open_connection("127.0.0.1", port)
        try:
            onward.write(request)
            while piece := await answer.read(65_536):
                writer.write(piece)
                await writer.drain()
        finally:
            onward.close()


def reset(writer: asyncio.StreamWriter) -> None:
    """Breaks a connection off with a TCP reset, not with an orderly end."""
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@contextmanager
def proxying(
    rules: Callable[[str], Sequence[Rule]], upstream: Callable[[str], int]
) -> Iterator[Proxy]:
    """Run a proxy on a loopback port, in a thread of its own."""
    proxy = Proxy(rules, upstream)
    ready, ending = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        server = await asyncio.start_server(proxy.handle, "127.0.0.1", 0, limit=HEAD)
        proxy.port = server.sockets[0].getsockname()[1]
        ready.set()
        await ending.wait()
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    try:
        if not ready.wait(10):
            raise RuntimeError("the proxy did not start")
        yield proxy
    finally:
        loop.call_soon_threadsafe(ending.set)
        thread.join(10)
        loop.close()
