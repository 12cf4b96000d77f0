"""Starlette: `uvicorn starlette_app:app`, then http://127.0.0.1:8000/ and /metrics/."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route

from evenhand import Notice, ReaderSupport, ReaderSupportMiddleware

# At import: a wrong option ends the process with a sentence that says what to change.
support = ReaderSupport(site="The Gazette", ad_slots=[".ad-slot"], notice=Notice(after_pages=1))

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>The Gazette</title></head>
<body><h1>A bridge opens</h1><p>It is green.</p><div class="ad-slot"></div></body>
</html>
"""


async def front_page(_: Request) -> Response:
    return HTMLResponse(PAGE)


app = Starlette(routes=[Route("/", front_page), Mount("/metrics", support.metrics_app())])
app.add_middleware(ReaderSupportMiddleware, support=support)
