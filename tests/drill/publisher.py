"""The publisher's app of the drill; its options come from ``EVENHAND_…``."""

import os
import time
from collections.abc import Callable
from dataclasses import replace

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from tests.drill.clock import HOUR, NAME, Clock

from evenhand import Notice, ReaderSupport, ReaderSupportMiddleware
from evenhand.dashboard import routes
from evenhand.store import Batch

PAGE = "<!doctype html><html><head><title>A</title></head><body><p class=ad></p></body></html>"

support = ReaderSupport(
    site="gazette",
    ad_slots=[".ad"],
    notice=Notice(after_pages=1),
    dashboard=lambda _: True,
)
support.store.pace = 0.0  # a drill's minute is a second


def hurried(apply: Callable[[Batch], bool], clock: Clock) -> Callable[[Batch], bool]:
    """The counts of a batch stand under the drill's hour."""

    def applied(batch: Batch) -> bool:
        hour = int(clock.at(time.time())) // HOUR * HOUR
        return apply(replace(batch, rows=[row._replace(hour=hour) for row in batch.rows]))

    return applied


if NAME in os.environ:
    # Only the history and the dashboard live faster: what Prometheus sees stays in real time.
    clock = Clock.given()
    vars(support.store)["apply"] = hurried(support.store.apply, clock)
    routes.__dict__["time"] = lambda: clock.at(time.time())


async def page(_: Request) -> Response:
    return HTMLResponse(PAGE)


app = Starlette(
    routes=[
        Route("/", page),
        Mount("/metrics", support.metrics_app(os.environ.get("METRICS_TOKEN"))),
    ]
)
app.add_middleware(ReaderSupportMiddleware, support=support)
