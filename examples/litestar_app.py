"""Litestar: `uvicorn litestar_app:app`, then http://127.0.0.1:8000/ and /metrics/.

Evenhand is put around the app: Litestar's own list of middleware runs behind its router, which
doesn't know Evenhand's routes.
"""

from litestar import Litestar, MediaType, asgi, get
from litestar.types import Receive, Scope, Send

from evenhand import Notice, ReaderSupport, ReaderSupportMiddleware

# At import: a wrong option ends the process with a sentence that says what to change.
support = ReaderSupport(site="The Gazette", ad_slots=[".ad-slot"], notice=Notice(after_pages=1))
serve_metrics = support.metrics_app()

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>The Gazette</title></head>
<body><h1>A bridge opens</h1><p>It is green.</p><div class="ad-slot"></div></body>
</html>
"""


@get("/", media_type=MediaType.HTML)
async def front_page() -> str:
    return PAGE


@asgi("/metrics", is_mount=True, copy_scope=True)
async def metrics(scope: Scope, receive: Receive, send: Send) -> None:
    await serve_metrics(scope, receive, send)


app = ReaderSupportMiddleware(Litestar([front_page, metrics]), support=support)
