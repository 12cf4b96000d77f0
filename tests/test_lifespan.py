"""Apps live and end as they did before, and those that know no lifespan get one."""

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from evenhand import ReaderSupportMiddleware

from .apps import supporting

pytestmark = pytest.mark.anyio


class Server:
    """One server's side of a lifespan."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self._events = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive(self) -> Message:
        return {"type": next(self._events)}

    async def send(self, message: Message) -> None:
        self.sent.append(message["type"])


async def refusing(scope: Scope, receive: Receive, send: Send) -> None:
    raise ValueError(f"can't handle {scope['type']}")


async def leaving(scope: Scope, receive: Receive, send: Send) -> None:
    assert scope["type"] != "http"


async def living(scope: Scope, receive: Receive, send: Send) -> None:
    for _ in range(2):
        phase = (await receive())["type"]
        await send({"type": f"{phase}.complete", "by": "the app"})


@pytest.mark.parametrize("app", [refusing, leaving, living])
async def test_a_server_is_answered_once_whatever_the_app_knows(app: ASGIApp) -> None:
    server = Server()
    with supporting() as support:
        middleware = ReaderSupportMiddleware(app, support)
        await middleware({"type": "lifespan"}, server.receive, server.send)
    assert server.sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_a_start_that_fails_is_the_servers_to_hear() -> None:
    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        raise RuntimeError("no database")

    server = Server()
    with supporting() as support, pytest.raises(RuntimeError, match="no database"):
        await ReaderSupportMiddleware(failing, support)(
            {"type": "lifespan"}, server.receive, server.send
        )
    assert server.sent == []
