"""Publishers' apps, well and badly set up, in one process: the header ``x-app`` chooses."""

import os
import time
from pathlib import Path

if late := float(os.environ.get("LATE", "0")):
    # Before anything takes the clock: a machine whose time is wrong.
    _time = time.time
    time.time = lambda: _time() - late

from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from evenhand import Notice, ReaderSupport, statedir
from evenhand.demo.site import create_app

from .recipe import TOKEN

PAGE = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title></head>'
WORKER = "addEventListener('fetch', (e) => e.respondWith(caches.match(e.request)))"
REGISTERS = "<script>navigator.serviceWorker.register('/offline.js')</script>"
folder = Path(os.environ["FOLDER"])
mounts = folder / "mounts"


def build(name: str, **options: object) -> ASGIApp:
    """A newspaper with these options; its folder is on a disk, as far as the kernel tells."""
    given: dict[str, object] = {
        "site": "The Gazette",
        "ad_slots": [".ad-slot"],
        "notice": Notice(after_pages=1),
        "dashboard": TOKEN,
        "exclude": ["/excluded"],
    }
    if "state_dir" not in options:
        given["state_dir"] = folder / name
        (folder / name).mkdir(exist_ok=True)
    support = ReaderSupport(**(given | options))  # type: ignore[arg-type]  # options by name
    app = create_app(support, "http://127.0.0.1:1")
    app.router.routes.extend(ROUTES)
    return app


def page(body: str = "", **headers: str) -> Route:
    async def serve(_: Request) -> Response:
        return HTMLResponse(
            PAGE + body, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )

    return Route("/", serve)


async def nonce(_: Request) -> Response:
    """A page with a fresh nonce each time."""
    fresh = os.urandom(12).hex()
    return HTMLResponse(PAGE, headers={"content-security-policy": f"script-src 'nonce-{fresh}'"})


async def worker(_: Request) -> Response:
    return Response(WORKER, media_type="text/javascript")


ROUTES = [
    Mount("/gzipped", GZipMiddleware(page(" long" * 400))),
    Mount("/no-transform", routes=[page(cache_control="max-age=60, no-transform")]),
    Mount("/strict", routes=[page(content_security_policy="script-src 'none'")]),
    Mount("/excluded", routes=[page()]),
    Mount("/offline", routes=[page(REGISTERS)]),
    Route("/offline.js", worker),
    Route("/nonce", nonce),
]


def apps() -> dict[str, ASGIApp]:
    # Containers have no disk of their own: their folders would be a finding everywhere.
    real = [line for line in statedir._MOUNTS.read_text().splitlines() if "/dev/shm" in line]
    mounts.write_text("\n".join(["disk / ext4 rw 0 0", *real]))
    statedir._MOUNTS = mounts
    found = {
        "app": build("app"),
        "twin": build("twin"),  # alike, with a folder of its own
        "other": build("app", sample_rate=0.5),  # another build
        "varying": build("varying", html_cached=False),
        "bare": build("bare", off=True),
        "open": build("open", dashboard=lambda _: True),
        "faulty": build("faulty"),
        "listed": build("listed", prefix="/admanager"),
        "missing": build("missing", state_dir=folder / "typo"),
    }
    if shm := os.environ.get("SHM"):
        found["shm"] = build("shm", state_dir=shm)
    return found


def alone() -> dict[str, ASGIApp]:
    """For a server with several workers, that share nothing."""
    return {"app": build("alone", state_dir=None)}


class ByHeader:
    """Hands a request to the app that the proxy names, below the path that it names."""

    def __init__(self, apps: dict[str, ASGIApp]) -> None:
        self.apps = apps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.apps["app"](scope, receive, send)
            return
        headers = dict(scope["headers"])
        if root := headers.get(b"x-root", b"").decode():
            scope = {**scope, "root_path": root}
        await self.apps[headers.get(b"x-app", b"app").decode()](scope, receive, send)


app = ByHeader(alone() if os.environ.get("ALONE") else apps())
