"""The demo's newspaper as an importable app, so that servers with several workers can run it.

Its options come from ``EVENHAND_…``; ``AD_ORIGIN`` names the stand-in ad server.
"""

import os

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from evenhand import Notice, ReaderSupport
from evenhand.demo.site import create_app

support = ReaderSupport(
    site="The Gazette",
    ad_slots=[".ad-slot"],
    notice=Notice(after_pages=1),
    dashboard=lambda _: True,
)
STRICT = """<!doctype html><html lang="en"><title>Strict</title><link rel="icon" href="data:,">
<meta http-equiv="Content-Security-Policy" content="img-src 'none'; style-src example.com">
<p>A policy that stands behind the tag."""


async def strict(_: Request) -> HTMLResponse:
    """A page whose own head forbids two types of baits."""
    return HTMLResponse(STRICT)


app = create_app(support, os.environ.get("AD_ORIGIN", "http://127.0.0.1:1"))
app.router.routes.append(Route("/strict", strict))
