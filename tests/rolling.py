"""Two builds at once, as in a rolling deploy: one made the page, the other answers its requests."""

import os

from starlette.types import Receive, Scope, Send

from evenhand import Notice, ReaderSupport, ReaderSupportMiddleware
from evenhand.demo.site import create_app

builds = (
    ReaderSupport(ad_slots=["h1"], notice=Notice(after_pages=1)),
    ReaderSupport(ad_slots=["h1"]),
)
made_page, answers = builds if os.environ["NEWER"] == "server" else builds[::-1]

bare = create_app(None, "http://127.0.0.1:1")
bare.mount("/metrics", answers.metrics_app())
page = ReaderSupportMiddleware(bare, made_page)
routes = ReaderSupportMiddleware(bare, answers)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Requests below the prefix reach one build, all others the other."""
    ours = scope.get("path", "").startswith("/reader-support/")
    await (routes if ours else page)(scope, receive, send)
