"""Starlette apps put together in the ways that sites do, each under a host name of its own."""

from typing import Any

from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from evenhand import ReaderSupport, ReaderSupportMiddleware

from .shared import PAGE, Watch, by_host

LONG = PAGE.replace("</p>", " more" * 200 + "</p>")  # worth compressing


async def page(_: Request) -> Response:
    return HTMLResponse(LONG)


def site(*more: BaseRoute, support: ReaderSupport | None = None) -> Starlette:
    """An app with a page, its own metrics if it has our middleware, and what is mounted."""
    app = Starlette(routes=[Route("/", page), *more])
    if support is not None:
        app.mount("/metrics", support.metrics_app())
        app.add_middleware(ReaderSupportMiddleware, support=support)
    return app


def one(**options: Any) -> ReaderSupport:
    return ReaderSupport(site="The Gazette", **options)


def mounted(app: ASGIApp) -> Mount:
    return Mount("/news", app)


def two_at_once() -> Starlette:
    inner, outer = one(prefix="/inner"), one(prefix="/outer")
    app = site(Mount("/outer-metrics", outer.metrics_app()), support=inner)
    app.add_middleware(ReaderSupportMiddleware, support=outer)
    return app


def inside_a_compressor() -> Starlette:
    app = site(support=one())
    app.add_middleware(GZipMiddleware)
    return app


def outside_a_compressor() -> Starlette:
    support = one()
    app = site(Mount("/metrics", support.metrics_app()))
    app.add_middleware(GZipMiddleware)
    app.add_middleware(ReaderSupportMiddleware, support=support)
    return app


app = Watch(
    by_host(
        parent=site(mounted(site()), support=one()),
        child=site(mounted(site(support=one()))),
        both=site(mounted(site(support=one())), support=one()),
        two=two_at_once(),
        inside=inside_a_compressor(),
        outside=outside_a_compressor(),
    )
)
