"""The publisher's app of the drill; its options come from ``EVENHAND_…``."""

import os

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route

from evenhand import Notice, ReaderSupport, ReaderSupportMiddleware

PAGE = "<!doctype html><html><head><title>A</title></head><body><p class=ad></p></body></html>"

support = ReaderSupport(
    site="gazette",
    ad_slots=[".ad"],
    notice=Notice(after_pages=1),
    dashboard=lambda _: True,
)
support.store.pace = 0.0  # a drill's minute is a second


async def page(_: Request) -> Response:
    return HTMLResponse(PAGE)


app = Starlette(
    routes=[
        Route("/", page),
        Mount("/metrics", support.metrics_app(os.environ.get("METRICS_TOKEN"))),
    ]
)
app.add_middleware(ReaderSupportMiddleware, support=support)
