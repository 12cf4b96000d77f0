"""The short way for ordinary pages, which nearly all are; it spares them most of what they cost.

It is a shortcut and nothing else: where it applies, a ``Page`` would come to the same messages
(a property test holds the two together). It takes a whole page that nobody asked about specially,
whose headers say nothing that matters to the tag, and whose prolog is like most and comes with
the first bytes of the body.
"""

from collections.abc import MutableMapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from evenhand.insertion.headers import (
    READ_OF_ORDINARY,
    SPECIAL,
    charset_is_known,
    is_transformable,
)
from evenhand.insertion.tag import Tag
from evenhand.insertion.validators import Header
from evenhand.insertion.walk import usual_prolog

Message = MutableMapping[str, Any]

JOINED = 120 * 1024
"""Bytes; up to here a copy costs less than a second message. (Above 128 KB a C library may get
fresh memory from the system for each copy, which costs a multiple.)"""

NO_LENGTH = -1
_BODY = "http.response.body"


class Ordinary:
    """What holds for all ordinary pages of one inserter."""

    __slots__ = ("_last", "_tag")

    def __init__(self, tag: Tag) -> None:
        self._tag = tag
        # A site's pages begin alike: the last prolog, as far as it was looked at, and our place.
        self._last = (b"", 0)

    def length_at(self, status: int, headers: Sequence[Header]) -> int | None:
        """Where among an ordinary page's headers its length stands; None: it isn't ordinary."""
        layout = _layout(tuple([name for name, _ in headers]))
        if layout is None or status != 200:
            return None
        type_at, length_at, cache_at = layout
        if not charset_is_known(headers[type_at][1]):
            return None
        if cache_at is not None and not is_transformable(headers[cache_at][1]):
            return None
        if length_at != NO_LENGTH and not headers[length_at][1].isdigit():
            return None
        return length_at

    def messages(
        self, start: Message, length_at: int, message: Message, root_path: str
    ) -> list[Message] | None:
        """The page's beginning with our tag in it; None: it isn't ordinary after all."""
        body = message.get("body") if message["type"] == _BODY else None
        if type(body) is not bytes:
            return None
        prolog, at = self._last
        if not (prolog and body.startswith(prolog)):
            at = self._find(body)
            if not at:
                return None
        tag = self._tag.render(root_path)
        if length_at != NO_LENGTH:
            headers = list(start["headers"])
            name, length = headers[length_at]
            headers[length_at] = (name, b"%d" % (int(length) + len(tag)))
            start = {**start, "headers": headers}
        if len(body) <= JOINED:
            whole = b"".join((body[:at], tag, memoryview(body)[at:]))
            return [start, {**message, "body": whole}]
        return [start, more(body[:at] + tag), {**message, "body": memoryview(body)[at:]}]

    def _find(self, body: bytes) -> int:
        match = usual_prolog(body)
        if match is None:
            return 0
        self._last = (body[: match.end("next")], match.end())
        return match.end()


def more(body: bytes) -> Message:
    """A piece of a body that others follow."""
    return {"type": _BODY, "body": body, "more_body": True}


class _Layout(NamedTuple):
    """Where in an ordinary page's headers those stand that are looked at."""

    type_at: int
    length_at: int
    cache_at: int | None


@lru_cache(maxsize=256)
def _layout(names: tuple[bytes, ...]) -> _Layout | None:
    """None: there is a header that makes a page special, or one twice."""
    lowered = [name.lower() for name in names]
    read = [name for name in lowered if name in READ_OF_ORDINARY]
    if not SPECIAL.isdisjoint(lowered) or len(set(read)) < len(read):
        return None
    places = {name: at for at, name in enumerate(lowered)}
    return _Layout(
        places[b"content-type"],
        places.get(b"content-length", NO_LENGTH),
        places.get(b"cache-control"),
    )
