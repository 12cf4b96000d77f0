"""Drives an ASGI app in memory: no server, no socket, no wait."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from evenhand.asgi import ReaderSupportMiddleware
from evenhand.insertion.responder import Inserter, Tag
from evenhand.vocabulary import Result

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

TAG = Tag("/reader-support", "0123456789ab")
ELEMENT = TAG.render()
HTML: Headers = [(b"content-type", b"text/html; charset=utf-8")]


def http_scope(
    path: str = "/",
    *,
    method: str = "GET",
    headers: Iterable[tuple[bytes, bytes]] = (),
    **more: Any,
) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "method": method,
        "path": path,
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"gazette.example"), *headers],
        **more,
    }


def start(headers: Any = HTML, status: int = 200, **more: Any) -> Message:
    return {"type": "http.response.start", "status": status, "headers": headers, **more}


def body(content: Any = b"", more_body: bool = False) -> Message:
    return {"type": "http.response.body", "body": content, "more_body": more_body}


def sending(*messages: Message) -> App:
    """An app that sends these messages and returns."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for message in messages:
            await send(message)

    return app


def page(content: bytes, headers: Iterable[tuple[bytes, bytes]] = HTML, status: int = 200) -> App:
    """An app that answers with one body, and its length if there is none in the headers."""
    given = list(headers)
    if not any(name.lower() == b"content-length" for name, _ in given):
        given.append((b"content-length", b"%d" % len(content)))
    return sending(start(given, status), body(content))


def chunked(content: bytes, size: int, headers: Iterable[tuple[bytes, bytes]] = HTML) -> App:
    """An app that streams the content in pieces of that size."""
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    return sending(start(list(headers)), *(body(piece, True) for piece in pieces), body())


@dataclass
class Exchange:
    """What the server got, and what was reported about it."""

    messages: list[Message] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)

    @property
    def types(self) -> list[str]:
        return [message["type"].removeprefix("http.response.") for message in self.messages]

    @property
    def start(self) -> Message:
        (message,) = [m for m in self.messages if m["type"] == "http.response.start"]
        return message

    @property
    def headers(self) -> dict[bytes, bytes]:
        return {name.lower(): value for name, value in self.start["headers"]}

    @property
    def bodies(self) -> list[bytes]:
        return [
            bytes(message.get("body", b""))
            for message in self.messages
            if message["type"] == "http.response.body"
        ]

    @property
    def content(self) -> bytes:
        return b"".join(self.bodies)


def exchange(app: App, scope: Scope | None = None, **options: Any) -> Exchange:
    """One request through an inserter; an error of the app's comes out of here."""
    seen = Exchange()
    run(app, seen, scope, **options)
    return seen


def exchange_plain(app: App, scope: Scope | None = None) -> Exchange:
    """One request without an inserter of its own."""
    seen = Exchange()
    asyncio.run(_call(app, http_scope() if scope is None else scope, *_ends(seen)))
    return seen


def bare(app: App) -> list[Message]:
    """What the server gets without us."""
    return exchange_plain(app).messages


def run(
    app: App,
    seen: Exchange,
    scope: Scope | None = None,
    *,
    fails: Callable[[Message], bool] = lambda message: False,
    **options: Any,
) -> None:
    """One request, noted in ``seen``; ``fails`` says which messages the server can't send."""
    inserter = inserter_for(seen, **options)
    receive, send = _ends(seen, fails)
    asyncio.run(insert(inserter, app, http_scope() if scope is None else scope, receive, send))


def inserter_for(seen: Exchange, **options: Any) -> Inserter:
    settings: dict[str, Any] = {
        "tag": TAG,
        "on_result": lambda scope, result: seen.results.append(result),
        "on_fault": lambda step, error: seen.faults.append(error),
    }
    return Inserter(**(settings | options))


def _ends(
    seen: Exchange, fails: Callable[[Message], bool] = lambda message: False
) -> tuple[Receive, Send]:
    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if fails(message):
            raise OSError("the client has left")
        seen.messages.append(message)

    return receive, send


async def _call(app: App, scope: Scope, receive: Receive, send: Send) -> None:
    await app(scope, receive, send)


async def insert(inserter: Inserter, app: App, scope: Scope, receive: Receive, send: Send) -> None:
    """Through the middleware, with an inserter and nothing else behind it."""
    support: Any = SimpleNamespace(inserter=inserter, below="/nowhere/")
    await ReaderSupportMiddleware(app, support)(scope, receive, send)
