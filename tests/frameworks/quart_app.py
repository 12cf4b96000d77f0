"""Quart, with its ``asgi_app`` wrapped."""

from collections.abc import AsyncIterator
from typing import Any

from quart import Quart, Response

from evenhand import ReaderSupportMiddleware

from . import shared
from .shared import ETAG, HTML, PAGE, SITE, Watch, support

quart = Quart(__name__, static_folder=str(SITE), static_url_path="/static")
quart.asgi_app = ReaderSupportMiddleware(quart.asgi_app, support=support)  # type: ignore[method-assign]  # as Quart's own documents do


@quart.before_serving
async def start() -> None:
    shared.start()


@quart.get("/")
async def page() -> Response:
    return Response(PAGE, headers={"etag": ETAG})


@quart.get("/stream")
async def stream() -> tuple[AsyncIterator[bytes], dict[str, str]]:
    return shared.pieces(), {"content-type": HTML}


@quart.get("/broken")
async def broken() -> tuple[AsyncIterator[bytes], dict[str, str]]:
    return shared.broken_pieces(), {"content-type": HTML}


@quart.get("/data")
async def data() -> dict[str, Any]:
    return shared.data()


app = Watch(quart)
