"""Litestar. Its own list of middleware runs behind its router, which knows none of our routes."""

from typing import Any

from litestar import HttpMethod, Litestar, Response, get, route
from litestar.response import Stream
from litestar.static_files import create_static_files_router

from evenhand import ReaderSupportMiddleware

from . import shared
from .shared import ETAG, HTML, PAGE, SITE, Watch, support


@route("/", http_method=[HttpMethod.GET, HttpMethod.HEAD])
async def page() -> Response[str]:
    return Response(PAGE, media_type=HTML, headers={"etag": ETAG})


@get("/stream")
async def stream() -> Stream:
    return Stream(shared.pieces(), media_type=HTML)


@get("/broken")
async def broken() -> Stream:
    return Stream(shared.broken_pieces(), media_type=HTML)


@get("/data")
async def data() -> dict[str, Any]:
    return shared.data()


litestar = Litestar(
    [page, stream, broken, data, create_static_files_router("/static", [SITE])],
    on_startup=[shared.start],
)
app = Watch(ReaderSupportMiddleware(litestar, support=support))
