"""FastAPI, with ``add_middleware``."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from fastapi.staticfiles import StaticFiles

from evenhand import ReaderSupportMiddleware

from . import shared
from .shared import ETAG, HTML, PAGE, SITE, Watch, support


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    shared.start()
    yield


api = FastAPI(lifespan=lifespan)
api.add_middleware(ReaderSupportMiddleware, support=support)
api.mount("/static", StaticFiles(directory=SITE))


@api.api_route("/", methods=["GET", "HEAD"])
async def page() -> Response:
    return HTMLResponse(PAGE, headers={"etag": ETAG})


@api.get("/stream")
async def stream() -> Response:
    return StreamingResponse(shared.pieces(), media_type=HTML)


@api.get("/broken")
async def broken() -> Response:
    return StreamingResponse(shared.broken_pieces(), media_type=HTML)


@api.get("/data")
async def data() -> dict[str, Any]:
    return shared.data()


app = Watch(api)
