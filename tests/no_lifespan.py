"""Apps that know nothing of a lifespan, wrapped as their publishers do it."""

from django.conf import settings  # type: ignore[import-untyped]  # Django has no types
from django.core.asgi import get_asgi_application  # type: ignore[import-untyped]  # Django has no types
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from evenhand import ReaderSupportMiddleware

settings.configure(SECRET_KEY="for tests only", ALLOWED_HOSTS=["*"])


async def refusing(scope: Scope, receive: Receive, send: Send) -> None:
    assert scope["type"] == "http"
    await PlainTextResponse("")(scope, receive, send)


async def leaving(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await PlainTextResponse("")(scope, receive, send)


django = ReaderSupportMiddleware(get_asgi_application())
refuses = ReaderSupportMiddleware(refusing)
leaves = ReaderSupportMiddleware(leaving)
