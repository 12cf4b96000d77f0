"""The short way for ordinary responses, which nearly all are, at a fraction of the cost.

It is a shortcut and nothing else: a ``Response`` would come to the same messages (a property test
holds the two together). It passes what is no HTML, and takes a whole page that nobody asked about
specially, whose headers say nothing that matters to the tag, and whose prolog is like most and
comes with the first bytes of the body. With all else it steps aside.

Its functions are few, and so they are long: between two requests a processor's caches forget our
code, and entering a function costs ten times what it does in a loop, a microsecond or more.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from evenhand.insertion.headers import MATTERING, charset_is_known, is_transformable, media_type
from evenhand.insertion.page import JOINED, Message, more
from evenhand.insertion.response import Response, Scope, Send, nothing, without_files
from evenhand.insertion.tag import Tag
from evenhand.insertion.validators import Header
from evenhand.insertion.walk import usual_prolog

if TYPE_CHECKING:
    from evenhand.insertion.responder import Inserter

_START, _BODY = "http.response.start", "http.response.body"
_SEQUENCES = (list, tuple)
_NO_LENGTH = -1
_PLAIN, _UNUSUAL, _NO_HTML = "plain", "unusual", ""
# Without any of these, nothing about an ordinary page depends on who asks.
_ASKED = frozenset((b"if-none-match", b"purpose", b"sec-purpose"))


class Ordinary:
    """What holds for all ordinary pages of one inserter."""

    __slots__ = ("_tag", "inserter", "last", "on_inserted")

    def __init__(
        self, inserter: "Inserter", tag: Tag, on_inserted: Callable[[Scope], None]
    ) -> None:
        self.inserter, self._tag, self.on_inserted = inserter, tag, on_inserted
        # A site's pages begin alike. The first belongs to no root path that there is.
        self.last = Prolog("\0", b"", b"", b"", 0)

    def find(self, body: bytes, root_path: str) -> "Prolog | None":
        """How a page begins, if it is like most; remembered for the next one."""
        match = usual_prolog(body)
        if match is None:
            return None
        at, tag = match.end(), self._tag.render(root_path)
        seen, before = body[: match.end("next")], body[:at]
        self.last = Prolog(root_path, seen, before, before + tag, len(tag))
        return self.last


class OrdinaryResponse:
    """One request's response, as long as it is ordinary; a ``Response`` goes on with any other.

    ``scope`` is what the app gets; ``waits`` says that `release` may have something to send.
    """

    __slots__ = (
        "_length_at",
        "_ordinary",
        "_passing",
        "_path",
        "_response",
        "_root",
        "_send",
        "_start",
        "scope",
        "waits",
    )

    def __init__(self, ordinary: Ordinary, scope: Scope, send: Send) -> None:
        self._ordinary = ordinary
        self._send = send
        self.scope = scope
        # As they are now: to an app that it mounts, a router gives the same scope, changed.
        self._path: str = scope["path"]
        self._root: str = scope.get("root_path", "")
        self._start: Message | None = None  # of a page whose body has not begun
        self._response: Response | None = None
        self._passing = self.waits = False
        try:
            for name, _ in scope["headers"]:
                if name in _ASKED:
                    self._step_aside()
                    return
            if "extensions" in scope:
                self.scope = without_files(scope)
        except Exception as error:
            ordinary.inserter.blame(error)

    # Not a coroutine: a message that only passes costs one call and no frame of its own.
    def send(self, message: Message) -> Awaitable[None]:
        """The app's ``send``."""
        if self._passing:
            return self._send(message)
        start = self._start
        if start is not None:
            self._start = None
            self._passing = True
            return self._follow(start, message)
        if message["type"] != _START:
            return self._send(message)
        kind, at, length_at, lengths, usual = _NO_HTML, -1, _NO_LENGTH, 0, True
        try:
            headers: Sequence[Header] = message.get("headers", ())
            if type(headers) not in _SEQUENCES:  # some can be read only once
                headers, kind = (), _UNUSUAL
            for name, value in headers:
                at += 1
                if name == b"content-length":
                    lengths += 1
                    length_at = at
                    usual = usual and value.isdigit()
                elif name == b"content-type":
                    if kind:
                        usual = False
                    elif not (kind := _kind(value)):  # the first one decides
                        break
                elif (lower := name.lower()) == b"content-type":
                    kind = _UNUSUAL
                elif lower in MATTERING and not (
                    lower == b"cache-control" and is_transformable(value)
                ):
                    # No word yet on what has one: files do, and are no pages.
                    usual = False
        except Exception:
            kind = _UNUSUAL  # the long way tells of it
        self._passing = True
        if not kind:
            return self._send(message)
        if (
            kind == _PLAIN
            and usual
            and lengths < 2
            and message["status"] == 200
            and self.scope["method"] == "GET"
            and not (
                (inserter := self._ordinary.inserter).excludes
                and inserter.is_excluded(self._path, self._root)
            )
        ):
            self._passing = False
            self._start, self._length_at, self.waits = message, length_at, True
            return nothing()
        return self._step_aside().send(message)

    async def release(self) -> None:
        """Send what is still held."""
        start, self._start = self._start, None
        if start is not None:
            await self._step_aside().send(start)
        if self._response is not None:
            await self._response.release()

    def _step_aside(self) -> Response:
        """From here on a `Response` has the word."""
        self._response = response = Response(
            self._ordinary.inserter, self.scope, self._send, self._path, self._root
        )
        self.scope, self._send = response.scope, response.send
        self._passing = self.waits = True
        return response

    async def _follow(self, start: Message, message: Message) -> None:
        """A page's second message, and the first one with it."""
        ordinary = self._ordinary
        body = message.get("body") if message["type"] == _BODY else None
        rest: Message | None = None
        first, second = start, message
        try:
            known = None
            if type(body) is bytes:
                known = ordinary.last
                if known.root_path != self._root or not body.startswith(known.seen):
                    known = ordinary.find(body, self._root)
                if known is not None:
                    at = self._length_at
                    if at != _NO_LENGTH:
                        headers = list(start["headers"])
                        name, length = headers[at]
                        headers[at] = (name, b"%d" % (int(length) + known.size))
                        first = {**start, "headers": headers}
                    if len(body) <= JOINED:
                        # It begins with what is replaced: found at once, and copied once.
                        joined = body.replace(known.before, known.after, 1)
                        second = {**message, "body": joined}
                    else:
                        rest = {**message, "body": memoryview(body)[len(known.before) :]}
                        second = more(known.after)
        except Exception as error:
            ordinary.inserter.blame(error)
            ordinary.inserter.tell(self.scope, "fault")
            first, second, rest = start, message, None
        else:
            if known is None:
                response = self._step_aside()
                await response.send(start)
                await response.send(message)
                return
            try:
                ordinary.on_inserted(self.scope)
            except Exception as error:
                ordinary.inserter.blame(error)
        self.waits = False
        send = self._send
        await send(first)
        await send(second)
        if rest is not None:
            await send(rest)


class Prolog(NamedTuple):
    """How pages begin, and with our tag."""

    root_path: str
    seen: bytes  # as far as it was looked at
    before: bytes  # a page's beginning, up to where the tag goes...
    after: bytes  # ...and with the tag
    size: int  # of the tag, in bytes


@lru_cache(maxsize=256)
def _kind(content_type: bytes) -> str:
    kind = media_type(content_type)
    if kind == b"html" and charset_is_known(content_type):
        return _PLAIN
    return _UNUSUAL if kind else _NO_HTML
