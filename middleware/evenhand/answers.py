"""Complete answers of our own routes, and how one is sent over ASGI."""

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from starlette.types import Send

Headers: TypeAlias = list[tuple[bytes, bytes]]

HTML: Headers = [
    (b"content-type", b"text/html; charset=utf-8"),
    (b"x-robots-tag", b"noindex"),
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; form-action 'none'; base-uri 'none'; "
        b"frame-ancestors 'none'",
    ),
]
"""What every page for readers is sent with."""

_ALWAYS: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
]


@dataclass(frozen=True)
class Answer:
    """A status, headers besides those of every answer, and the whole body."""

    status: int
    headers: Headers
    body: bytes = b""

    @cached_property
    def all_headers(self) -> Headers:
        """Those of every answer too."""
        # Where there is no content, nothing can be mistaken, embedded or followed.
        length = (b"content-length", b"%d" % len(self.body))
        more = [] if self.status == 204 else [length, *_ALWAYS]
        return [*self.headers, *more]

    async def send(self, send: Send, *, head: bool = False) -> None:
        """Sends it; to a HEAD request without its body."""
        # New ones each time: middleware around us adds its own headers to the message, cookies too.
        headers = self.all_headers.copy()
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if head else self.body})


NO_STORE = (b"cache-control", b"private, no-store")
NOTHING = Answer(204, [NO_STORE])
"""What a report gets, accepted or not, and a notice that isn't shown."""
