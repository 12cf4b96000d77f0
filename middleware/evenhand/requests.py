"""A request to one of our routes: who sends it, for which site, and its bounded body."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine, Generator
from functools import cached_property
from types import coroutine
from typing import Any, TypeAlias, cast
from urllib.parse import parse_qs

import anyio
from starlette.types import Receive, Scope

from evenhand.addresses import is_loopback, is_public, packed, peer_of
from evenhand.answers import Answer
from evenhand.languages.tags import accepted
from evenhand.report import MAX_BYTES
from evenhand.settings import Settings, hostname
from evenhand.vocabulary import DropReason

BODY_SECONDS = 5.0  # a report's body that takes longer is given up
_FORWARDED = b"x-forwarded-for"
_WEIGHT_0 = re.compile(rb"q=0(\.0*)?")
MAX_FORWARDED = 1024  # bytes of it that are kept and looked at, from the right
Handler: TypeAlias = Callable[["Request"], Awaitable[Answer]]


class Request:
    """What our routes look at in a request."""

    def __init__(self, scope: Scope, receive: Receive, settings: Settings) -> None:
        self.scope, self.receive = scope, receive
        self.method: str = scope["method"]
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self._settings = settings
        # The host is rarely looked at where there is one site.
        self.site = settings.site_of(self.host) if settings.sites else settings.site

    @property
    def host(self) -> str:
        """The host that the reader asked for."""
        return self._settings.host_of(self.scope, self.headers)

    @property
    def local(self) -> bool:
        """Whether it is for a loopback name, and nobody on the internet is seen behind it: then no
        CDN or firewall eats baits on the way. The Host alone doesn't say so: anybody may send any.
        Private addresses do: the machine around a container has one."""
        if not is_loopback(hostname(self.host)):
            return False
        peer, forwarded = self.source
        hops = forwarded.decode("latin-1").split(",") if forwarded else []
        octets = [packed(hop) for hop in (*hops, *filter(None, (peer,)))]
        return bool(octets) and all(hop and not is_public(hop) for hop in octets)

    @property
    def source(self) -> tuple[str, bytes]:
        """The peer's address, empty at a Unix socket, and X-Forwarded-For as it stands;
        `addresses.reader_of` says whose they are."""
        peer = peer_of(self.scope)
        forwarded = self.headers.get(_FORWARDED)
        if forwarded is None:
            return peer, b""
        if len(self.headers) != len(self.scope["headers"]):  # there may be more lines of it
            lines = (value for name, value in self.scope["headers"] if name == _FORWARDED)
            forwarded = b",".join(lines)
        return peer, forwarded[-MAX_FORWARDED:]

    @property
    def agent(self) -> bytes:
        """The User-Agent header's value."""
        return self.headers.get(b"user-agent", b"")

    @property
    def takes_gzip(self) -> bool:
        """Whether the browser takes gzip, as far as it says: an RFC 9110 list, with weights."""
        coded = self.headers.get(b"accept-encoding", b"").lower()
        return any(
            name.strip() == b"gzip" and not _WEIGHT_0.fullmatch(weight.strip())
            for name, _, weight in (each.partition(b";") for each in coded.split(b","))
        )

    def given(self, name: str) -> str:
        """The first value of a name in the query string, or nothing."""
        return self._query.get(name, [""])[0]

    @cached_property
    def _query(self) -> dict[str, list[str]]:
        return parse_qs(self.scope["query_string"][:MAX_BYTES].decode("latin-1"))

    @property
    def languages(self) -> list[str]:
        """The languages that the reader's browser asks for, the best liked first."""
        return accepted(self.headers.get(b"accept-language", b""))

    @property
    def opted_out(self) -> bool:
        """Whether the reader sends Global Privacy Control or Do Not Track."""
        return self.headers.get(b"sec-gpc") == b"1" or self.headers.get(b"dnt") == b"1"

    @property
    def foreign(self) -> bool:
        """Whether another origin's page sent this. Browsers say so themselves: by fetch metadata
        on secure pages, by Origin on every POST."""
        fetch_site = self.headers.get(b"sec-fetch-site")
        if fetch_site is not None:
            return fetch_site != b"same-origin"
        if self.method != "POST":
            return False
        origin = self.headers.get(b"origin", b"").decode("latin-1")
        return origin.partition("://")[2].lower() != self.host.lower()

    async def body(self) -> bytes | DropReason:
        """The body, read no further than just over the bound and no longer than the deadline."""
        if self.headers.get(b"content-encoding", b"identity") != b"identity":
            return "encoded"
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return await self._arriving_on_trio()
        arriving = self._arriving()
        try:
            # Nearly every body is there already: then nothing waits, and no deadline is needed.
            waiting = arriving.send(None)
        except StopIteration as whole:
            return cast("bytes | DropReason", whole.value)
        try:
            # Not a cancel scope, which must not begin within one that `receive` has begun.
            async with asyncio.timeout(BODY_SECONDS):
                return await _resumed(arriving, waiting)
        except TimeoutError:
            return "too_slow"

    async def _arriving_on_trio(self) -> bytes | DropReason:
        with anyio.move_on_after(BODY_SECONDS):
            return await self._arriving()
        return "too_slow"

    async def _arriving(self) -> bytes | DropReason:
        body: bytes = b""
        while len(body) <= MAX_BYTES:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                return "malformed"  # cut short, whatever it looks like
            body += message.get("body", b"")
            if len(body) <= MAX_BYTES and not message.get("more_body"):
                return body
        return "too_large"


@coroutine
def _resumed(
    begun: Coroutine[Any, Any, bytes | DropReason], waiting: Any
) -> Generator[Any, Any, bytes | DropReason]:
    """Goes on awaiting a coroutine that was begun by hand and is waiting for something."""
    try:
        while True:
            try:
                given = yield waiting
            except BaseException as thrown:
                waiting = begun.throw(thrown)
            else:
                waiting = begun.send(given)
    except StopIteration as ended:
        return cast("bytes | DropReason", ended.value)


async def same(answer: Answer, _: Request) -> Answer:
    """Of an answer that never differs, the handler: ``partial(same, answer)``."""
    return answer


def bearer(authorization: bytes) -> bytes:
    """The bearer token of an Authorization header, or nothing."""
    scheme, _, value = authorization.partition(b" ")
    return value.strip() if scheme.lower() == b"bearer" else b""
