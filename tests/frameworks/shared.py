"""What the app of every framework serves, and what tells the tests how it went there."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from evenhand import ReaderSupport
from evenhand.asgi import AnyApp

SITE = Path(__file__).parent / "site"
HTML = "text/html; charset=utf-8"
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Ça va</title>
</head>
<body><p>One page for all of them.</p></body>
</html>
"""
ETAG = '"page-1"'
PIECE = 7  # bytes
HELD_BACK = PAGE.index("<body>")  # what a stream sends only when it is told to

support = ReaderSupport(site="The Gazette")
events: list[str] = []
visitor: ContextVar[str] = ContextVar("visitor", default="nobody")
_scopes: dict[str, list[str]] = {}
_visitors: dict[str, str] = {}
_release = asyncio.Semaphore(0)
_started = False


def start() -> None:
    """For the framework's hook at start-up."""
    global _started
    _started = True


def data() -> dict[str, Any]:
    return {"started": _started, "words": ["<html>", "<head>", "</head>"]}


async def pieces() -> AsyncIterator[bytes]:
    """A page, piece by piece; its end comes after a request to ``/release``."""
    async for piece in first_pieces():
        yield piece
    await asyncio.wait_for(_release.acquire(), 10)
    for piece in _cut(PAGE[HELD_BACK:]):
        yield piece


async def broken_pieces() -> AsyncIterator[bytes]:
    """A page that fails on its way."""
    async for piece in first_pieces():
        yield piece
    raise RuntimeError("the app's own fault")


async def first_pieces() -> AsyncIterator[bytes]:
    for piece in _cut(PAGE[:HELD_BACK]):
        yield piece


def _cut(text: str) -> list[bytes]:
    content = text.encode()
    return [content[at : at + PIECE] for at in range(0, len(content), PIECE)]


class Watch:
    """Stands outside everything, as a tracing middleware would, and tells what it saw."""

    def __init__(self, app: AnyApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["path"].endswith("/watch"):
            await _answer(send, {"events": events, "scopes": _scopes, "visitors": _visitors})
        elif scope["path"] == "/release":
            _release.release()
            await _answer(send, None)
        else:
            await self._watch(scope, receive, send)

    async def _watch(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        try:
            await self.app(scope, receive, send)
        finally:
            _scopes[path] = sorted(scope)
            _visitors[path] = visitor.get()


async def _answer(send: Send, value: object) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(value).encode()})


def by_host(**apps: ASGIApp) -> ASGIApp:
    """Several apps on one server: the first label of the host name chooses."""

    async def chosen(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        host = next(value for name, value in scope["headers"] if name == b"host")
        await apps[host.decode().partition(".")[0]](scope, receive, send)

    return chosen


async def _lifespan(receive: Receive, send: Send) -> None:
    for _ in range(2):
        message = await receive()
        await send({"type": f"{message['type']}.complete"})


def noting(event: str) -> Callable[[], None]:
    """Something to run that leaves a note."""
    return lambda: events.append(event)
