"""A publisher's app under load, bare and with reader support; uvicorn imports one of them."""

import os

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from evenhand import Notice, ReaderSupport, ReaderSupportMiddleware

_PARAGRAPH = "<p>" + "The council met on Tuesday to discuss the new tram line. " * 16 + "</p>\n"
PAGE = (
    "<!doctype html>\n<html lang=en><head><meta charset=utf-8><title>Gazette</title></head><body>"
    + _PARAGRAPH * 11
    + "</body></html>"
)  # 10 KB


async def _page(_: Request) -> Response:
    return HTMLResponse(PAGE)


def bare() -> ASGIApp:
    """The app alone."""
    return Starlette(routes=[Route("/", _page)])


def ours() -> ASGIApp:
    """With everything on: a notice, the metrics, budgets by the address that a proxy tells."""
    support = ReaderSupport(
        notice=Notice(after_pages=1),
        state_dir=os.environ["LOAD_STATE_DIR"],
        trusted_proxies=["127.0.0.1"],
    )
    app = Starlette(routes=[Route("/", _page), Mount("/metrics", support.metrics_app())])
    app.add_middleware(ReaderSupportMiddleware, support=support)
    return app
