"""Sanic as an ASGI app, wrapped; not for Sanic's own server, which is none of ASGI."""

from collections.abc import AsyncIterator
from typing import Any

from sanic import HTTPResponse, Request, Sanic
from sanic.response import html, json

from evenhand import ReaderSupportMiddleware

from . import shared
from .shared import ETAG, HTML, PAGE, SITE, Watch, support

sanic: Sanic[Any, Any] = Sanic("evenhand_tests")
sanic.static("/static", SITE)


@sanic.before_server_start
async def start(_: Sanic[Any, Any]) -> None:
    shared.start()


@sanic.route("/", methods=["GET", "HEAD"])
async def page(_: Request) -> HTTPResponse:
    return html(PAGE, headers={"etag": ETAG})


@sanic.get("/stream")
async def stream(request: Request) -> None:
    await _send(request, shared.pieces())


@sanic.get("/broken")
async def broken(request: Request) -> None:
    await _send(request, shared.broken_pieces())


async def _send(request: Request, pieces: AsyncIterator[bytes]) -> None:
    response = await request.respond(content_type=HTML)
    async for piece in pieces:
        await response.send(piece)
    await response.eof()


@sanic.get("/data")
async def data(_: Request) -> HTTPResponse:
    return json(shared.data())


app = Watch(ReaderSupportMiddleware(sanic, support=support))
