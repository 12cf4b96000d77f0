"""The site that all detectors are asked on: the pages of ``tests.conditions``, each with ours or
with one peer. The first label of the host name says which: ``site2.any.localhost``."""

from benchmarks.detect.detectors import PEERS, Detector
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from tests import conditions

from evenhand.settings import hostname

_AD = "window.canRunAds = true;"
# What a frame says, the page around it says again.
_EARS = (
    'addEventListener("message", ({ data }) => document.dispatchEvent('
    'new CustomEvent("reader-support:verdict", data)));'
)


def _javascript(source: str) -> Response:
    headers = {"cache-control": "no-store"}
    return Response(source, media_type="text/javascript", headers=headers)


class Peer:
    """The site with one peer on every page that ours would be on."""

    def __init__(self, detector: Detector) -> None:
        self._asks_for = detector.asks_for
        self._script = detector.script
        self.app = Starlette(
            routes=[
                Route("/page/{name}", self._page),
                Route("/part.js", self._part),
                Route("/ears.js", self._ears),
                Route("/ads.js", self._ad),
                Route("/worker-{name}.js", conditions.worker),
                Route("/creative.svg", conditions.creative),
                Route("/favicon.ico", conditions.icon),
            ]
        )

    def _page(self, request: Request) -> Response:
        name = request.path_params["name"]
        page = conditions.PAGES.get(name)
        if page is None:
            return Response(status_code=404)
        nonce = f' nonce="{conditions.NONCE}"' if conditions.NONCE in page.policy else ""
        scripts = ["/ears.js"] if name.startswith("outer") else ["/part.js", self._asks_for]
        tags = "".join(f'<script{nonce} src="{path}"></script>' for path in scripts if path)
        headers = {"cache-control": "no-store"}
        if page.policy:
            headers["content-security-policy"] = page.policy
        return HTMLResponse(
            f"<!doctype html><html {page.html}><head><meta charset=utf-8><title>A</title>{tags}"
            f"<link rel=icon href=data:,>{page.head}</head><body>{page.body}</body></html>",
            headers=headers,
        )

    def _part(self, _: Request) -> Response:
        return _javascript(self._script)

    def _ears(self, _: Request) -> Response:
        return _javascript(_EARS)

    def _ad(self, _: Request) -> Response:
        return _javascript(_AD)


_PEERS: dict[str, ASGIApp] = {each.label: Peer(each).app for each in PEERS}


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Ours answers for every other host."""
    host = dict(scope.get("headers", ())).get(b"host", b"").decode("latin-1")
    label = hostname(host).partition(".")[0]
    await _PEERS.get(label, conditions.app)(scope, receive, send)
