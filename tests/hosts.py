"""One server for many sites, told apart by the host: what each test's pages are made of."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from evenhand.settings import hostname


class Hosts:
    """Makes a host's site when it is first asked for; ``x.localhost`` is the host ``x``."""

    def __init__(self, site: Callable[[str], ASGIApp]) -> None:
        self._site = site
        self._sites: dict[str, ASGIApp] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope.get("headers", ()))
        name = hostname(headers.get(b"host", b"").decode("latin-1")).removesuffix(".localhost")
        if name not in self._sites:
            self._sites[name] = self._site(name)
        await self._sites[name](scope, receive, send)


async def creative(_: Request) -> Response:
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="250"/>'
    return Response(drawing, media_type="image/svg+xml")


async def icon(_: Request) -> Response:
    return Response(status_code=204)
