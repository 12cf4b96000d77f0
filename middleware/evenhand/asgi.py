"""The middleware: our routes are answered here, everything else is the app's."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.types import ASGIApp

from evenhand.support import ReaderSupport

# Each framework has types of its own for these three, and takes no other's.
AnyApp = Callable[[Any, Any, Any], Awaitable[None]]


class ReaderSupportMiddleware:
    """Adds reader support to an ASGI app: ``app.add_middleware(ReaderSupportMiddleware)``.

    ``support`` holds the options; without one it is built from ``EVENHAND_…`` and defaults.
    Add it before a compressor is added (last added is outermost): it must see plain HTML.
    """

    def __init__(self, app: AnyApp, support: ReaderSupport | None = None) -> None:
        self.app: ASGIApp = app
        self.support = support or ReaderSupport()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handles one connection."""
        support = self.support
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                send = support.lifespan(send)
            await self.app(scope, receive, send)
            return
        # Nearly all paths are told by the first look.
        handler = support.route(scope) if support.settings.prefix in scope["path"] else None
        if handler is not None:
            await support.routes.answer(handler, scope, receive, send)
        elif support.settings.off:
            await self.app(scope, receive, send)
        else:
            await support.inserter(self.app, scope, receive, send)
