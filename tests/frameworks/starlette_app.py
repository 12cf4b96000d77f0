"""Starlette, with the middleware in its list."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from evenhand import ReaderSupportMiddleware

from . import shared
from .shared import ETAG, HTML, PAGE, SITE, Watch, support


async def page(_: Request) -> Response:
    shared.visitor.set("a reader")
    after = BackgroundTask(shared.noting("background task"))
    return HTMLResponse(PAGE, headers={"etag": ETAG}, background=after)


async def stream(_: Request) -> Response:
    return StreamingResponse(shared.pieces(), media_type=HTML)


async def broken(_: Request) -> Response:
    return StreamingResponse(shared.broken_pieces(), media_type=HTML)


async def data(_: Request) -> Response:
    return JSONResponse(shared.data())


class Endless:
    """A page that goes on until its reader has left."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", HTML.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        listening = asyncio.create_task(self._listen(receive))
        piece = PAGE.encode()
        try:
            while not listening.done():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                await asyncio.sleep(0.01)
        except OSError:
            await listening
        shared.events.append("the reader has left")

    async def _listen(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[None]:
    shared.start()
    yield


app = Watch(
    Starlette(
        routes=[
            Route("/", page),
            Route("/stream", stream),
            Route("/broken", broken),
            Route("/data", data),
            Route("/endless", Endless()),
            Mount("/static", StaticFiles(directory=SITE)),
        ],
        middleware=[Middleware(ReaderSupportMiddleware, support=support)],
        lifespan=lifespan,
    )
)
