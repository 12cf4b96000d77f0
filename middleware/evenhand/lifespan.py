"""The lifespan of an app, also of one that knows nothing of lifespans: Django's, for one."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


async def live(receive: Receive, send: Send) -> None:
    """A lifespan in which nothing happens: each event is answered as done."""
    while True:
        phase = (await receive())["type"]
        await send({"type": f"{phase}.complete"})
        if phase == "lifespan.shutdown":
            return


async def live_with(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """The app's lifespan, or `live` where it refuses to have one.

    An app that has waited for an event has a lifespan, and what it raises is the server's to hear.
    """
    waited = False

    async def waiting() -> Message:
        nonlocal waited
        waited = True
        return await receive()

    try:
        await app(scope, waiting, send)
    except Exception:
        if waited:
            raise
    if not waited:
        await live(receive, send)
