"""The middleware: our routes are answered here, everything else is the app's."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from starlette.types import ASGIApp

from evenhand.insertion.response import added
from evenhand.lifespan import live_with
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
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await live_with(self.app, scope, receive, self.support.lifespan(send))
            else:
                await self.app(scope, receive, send)
            return
        support = self.support
        # Nearly all paths are told by the first look.
        if support.below in scope["path"] and (handler := support.route(scope)) is not None:
            await support.routes.answer(handler, scope, receive, send)
            return
        inserter = support.inserter
        if inserter is None:
            await self.app(scope, receive, send)
            return
        response = inserter.response(scope, send)
        try:
            # Here and not in a coroutine of its own: every request to the site pays for each.
            await self.app(response.scope, receive, response.send)
        except Exception:
            # The app's own error is the one to be seen.
            with suppress(Exception):
                await response.release()
            raise
        else:
            if response.waits:
                await response.release()
        finally:
            if response.scope is not scope:
                # Outer middleware reads what the app adds, its route for one.
                scope.update(added(response.scope))
