"""The apps that are compared: the same routes, bare and inside each middleware."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from importlib import import_module
from types import SimpleNamespace
from typing import cast

from benchmarks.insertion.scenarios import CHUNK, ITEMS, JSON, Scenario
from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from evenhand.asgi import ReaderSupportMiddleware
from evenhand.support import ReaderSupport

SNIPPET = b'<script defer src="/reader-support/0123456789ab/probe.js"></script>'
"""What the others insert, where they can be told: about as much as we do."""


def _bare(app: ASGIApp) -> ASGIApp:
    return app


class _Wrapper:
    """What any middleware costs that sees the messages: it hands on each, and does nothing."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, _Sender(send).send)


class _Sender:
    __slots__ = ("_send",)

    def __init__(self, send: Send) -> None:
        self._send = send

    def send(self, message: Message) -> Awaitable[None]:
        return self._send(message)


def _evenhand(app: ASGIApp) -> ASGIApp:
    # It counts into a folder that the parent process made and named in the environment.
    return ReaderSupportMiddleware(app, ReaderSupport())


def _gzip(app: ASGIApp) -> ASGIApp:
    return GZipMiddleware(app)


class _NaiveInjector(BaseHTTPMiddleware):
    """What most people write first."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        if not response.headers.get("content-type", "").startswith("text/html"):
            return response
        chunks = [chunk async for chunk in cast(StreamingResponse, response).body_iterator]
        body = b"".join(cast(list[bytes], chunks)).replace(b"</head>", SNIPPET + b"</head>", 1)
        headers = {k: v for k, v in response.headers.items() if k != "content-length"}
        return Response(body, response.status_code, headers)


def _newrelic(app: ASGIApp) -> ASGIApp:
    """Its insertion alone: the agent around it, which costs more, is a stub that allows it."""
    middleware = import_module("newrelic.api.asgi_application").ASGIBrowserMiddleware
    transaction = SimpleNamespace(
        enabled=True,
        autorum_disabled=False,
        rum_header_generated=False,
        settings=SimpleNamespace(browser_monitoring=SimpleNamespace(content_type=["text/html"])),
        browser_timing_header=SNIPPET.decode,
    )

    async def instrumented(scope: Scope, receive: Receive, send: Send) -> None:
        # One object for each request, as its agent does it.
        await middleware(app, transaction)(scope, receive, send)

    return instrumented


def _autobuild(app: ASGIApp) -> ASGIApp:
    middleware = import_module("sphinx_autobuild.middleware").JavascriptInjectorMiddleware
    inserting: ASGIApp = middleware(app, "127.0.0.1:8000")
    return inserting


VARIANTS: dict[str, Callable[[ASGIApp], ASGIApp]] = {
    "bare": _bare,
    "wrapper": _Wrapper,
    "evenhand": _evenhand,
    "gzip": _gzip,
    "naive": _NaiveInjector,
    "newrelic": _newrelic,
    "autobuild": _autobuild,
}
INSERTING = frozenset(("evenhand", "naive", "newrelic", "autobuild"))


def app_for(variant: str, scenarios: Iterable[Scenario]) -> ASGIApp:
    """The app of that name, with these answers."""
    return VARIANTS[variant](Starlette(routes=[_route(each) for each in scenarios]))


def _route(scenario: Scenario) -> Route:
    body = scenario.body
    chunks = [body[at : at + CHUNK] for at in range(0, len(body), CHUNK)]

    async def pieces() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    async def whole(request: Request) -> Response:
        return Response(body, media_type=scenario.media_type)

    async def streamed(request: Request) -> Response:
        return StreamingResponse(pieces(), media_type=scenario.media_type)

    async def rendered(request: Request) -> Response:
        return JSONResponse(ITEMS)

    if scenario.media_type == JSON:
        return Route(scenario.path, rendered)
    return Route(scenario.path, streamed if scenario.is_streamed else whole)
