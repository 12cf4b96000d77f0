"""The newspaper with its HTML changed on the way out, as a publisher or a second layer would."""

import os

from starlette.types import Message, Receive, Scope, Send

from evenhand import ReaderSupport, ReaderSupportMiddleware
from evenhand.demo.site import create_app

support = ReaderSupport()
inner = ReaderSupportMiddleware(create_app(None, "http://127.0.0.1:1"), support)
CHANGES = {
    "off": (b'<html lang="en">', b'<html lang="en" data-reader-support="off">'),
    "twice": (b"</body>", support.tag().encode() + b"</body>"),
}
old, new = CHANGES[os.environ["CHANGE"]]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Every page with one change."""

    async def changed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [h for h in message["headers"] if h[0] != b"content-length"]
            message = {**message, "headers": headers}
        elif message.get("body"):
            message = {**message, "body": bytes(message["body"]).replace(old, new)}
        await send(message)

    await inner(scope, receive, changed)
