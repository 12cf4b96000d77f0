"""A publisher's app in miniature, with our middleware around it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from evenhand import ReaderSupport, ReaderSupportMiddleware
from evenhand.keys import Key

PAGE = "<!doctype html><html><head><meta charset=utf-8><title>A</title></head><body>B</body></html>"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
READER = {"user-agent": FIREFOX, "sec-fetch-site": "same-origin"}
ORIGIN = "http://gazette.example"


async def page(_: Request) -> Response:
    return HTMLResponse(PAGE)


async def data(_: Request) -> Response:
    return JSONResponse({"a": 1})


def publisher(support: ReaderSupport) -> Starlette:
    app = Starlette(routes=[Route("/", page), Route("/data", data)])
    app.add_middleware(ReaderSupportMiddleware, support=support)
    return app


def client(support: ReaderSupport, **options: Any) -> httpx.AsyncClient:
    """A reader's browser, as far as headers go."""
    transport = httpx.ASGITransport(publisher(support), **options)
    return httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=READER)


@contextmanager
def supporting(**options: Any) -> Iterator[ReaderSupport]:
    """A support that is closed in the end."""
    support = ReaderSupport(**options)
    try:
        yield support
    finally:
        support.close()


def counted(support: ReaderSupport, kind: str) -> Counter[Key]:
    """What was counted of a kind."""
    totals = support.record.totals()
    return Counter({key: n for key, n in totals.items() if key.kind == kind})


def values(support: ReaderSupport, kind: str) -> dict[str, int]:
    """What was counted of a kind, by value."""
    found: Counter[str] = Counter()
    for key, n in counted(support, kind).items():
        found[key.value] += n
    return dict(found)
