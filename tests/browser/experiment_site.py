"""A publisher whose notice is an experiment; a page draws what its address says."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

from evenhand import Arm, Experiment, Notice, ReaderSupport, ReaderSupportMiddleware

EXPERIMENT = Experiment(
    name="words",
    arms=(Arm("plain"), Arm("corner", title="Ads pay us", placement="corner")),
    smallest=0.01,
    hold_out=0.2,
)
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>The ferry</title>
<script>Math.random = () => Number(new URL(location).searchParams.get("at") ?? 0.5);</script>
<link rel="icon" href="data:,"></head><body><main><h1>The ferry that waited</h1>
<p>Jory Penhale casts off when he sees nobody running.</p></main></body></html>"""

PLAIN, CORNER, HELD = Notice(experiment=EXPERIMENT).variants.values()


async def page(_: Request) -> Response:
    return HTMLResponse(PAGE)


async def ready(_: Request) -> Response:
    return PlainTextResponse("ready")


def create_app() -> Starlette:
    support = ReaderSupport(notice=Notice(after_pages=1, experiment=EXPERIMENT))
    routes = [
        Route("/ready", ready),
        Mount("/metrics", support.metrics_app()),
        *(Route(path, page) for path in ("/", "/two", "/next")),
    ]
    app = Starlette(routes=routes)
    app.add_middleware(ReaderSupportMiddleware, support=support)
    return app
