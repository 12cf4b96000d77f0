"""An app with metrics of its own in several workers, and our collector beside them."""

from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from evenhand import ReaderSupport, ReaderSupportMiddleware

VIEWS = Counter("views", "Page views, counted by the app itself.")
support = ReaderSupport()


async def page(_: Request) -> Response:
    VIEWS.inc()
    return HTMLResponse("<!doctype html><title>A</title>")


async def metrics(_: Request) -> Response:
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the client has no types here
    registry.register(support.collector)
    return PlainTextResponse(generate_latest(registry))


app = Starlette(routes=[Route("/", page), Route("/metrics", metrics)])
app.add_middleware(ReaderSupportMiddleware, support=support)
