"""The short way for ordinary pages, which nearly all are; it spares them most of what they cost.

It is a shortcut and nothing else: where it applies, a ``Page`` would come to the same messages
(a property test holds the two together). It takes a whole page that nobody asked about specially,
whose headers say nothing that matters to the tag, and whose prolog is like most and comes with
the first bytes of the body.
"""

from collections.abc import MutableMapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from evenhand.insertion.headers import MATTERING, charset_is_known, is_transformable, media_type
from evenhand.insertion.tag import Tag
from evenhand.insertion.validators import Header
from evenhand.insertion.walk import usual_prolog

Message = MutableMapping[str, Any]

JOINED = 120 * 1024
"""Bytes; up to here a copy costs less than a second message. (Above 128 KB a C library may get
fresh memory from the system for each copy, which costs a multiple.)"""

NO_LENGTH, NO_HTML, UNUSUAL = -1, -2, -3
PLAIN = 0
_BODY = "http.response.body"


class Ordinary:
    """What holds for all ordinary pages of one inserter."""

    __slots__ = ("_last", "_tag")

    def __init__(self, tag: Tag) -> None:
        self._tag = tag
        # A site's pages begin alike. The first belongs to no root path that there is.
        self._last = _Prolog("\0", b"", b"", b"", 0)

    def length_at(self, headers: Sequence[Header]) -> int:
        """Where among an ordinary page's headers its length stands: `NO_LENGTH` where it doesn't;
        `NO_HTML` for what is none, and `UNUSUAL` for all that has to be looked at closely."""
        at, length_at, types, usual = -1, NO_LENGTH, 0, True
        for name, value in headers:
            at += 1
            if name == b"content-length":
                usual = usual and length_at == NO_LENGTH and value.isdigit()
                length_at = at
            elif name == b"content-type":
                kind = _kind(value)
                if kind == NO_HTML and not types:  # the first one decides
                    return NO_HTML
                types += 1
                usual = usual and kind == PLAIN
            elif name.lower() in MATTERING and not (
                name == b"cache-control" and is_transformable(value)
            ):
                # No word yet on what has one: files do, and are no pages.
                usual = False
        return length_at if usual and types == 1 else UNUSUAL

    def messages(
        self, start: Message, length_at: int, message: Message, root_path: str
    ) -> list[Message] | None:
        """The page's beginning with our tag in it; None: it isn't ordinary after all."""
        body = message.get("body") if message["type"] == _BODY else None
        if type(body) is not bytes:
            return None
        root, prolog, before, after, size = self._last
        if root != root_path or not body.startswith(prolog):
            found = self._find(body, root_path)
            if found is None:
                return None
            root, prolog, before, after, size = self._last = found
        if length_at != NO_LENGTH:
            headers = list(start["headers"])
            name, length = headers[length_at]
            headers[length_at] = (name, b"%d" % (int(length) + size))
            start = {**start, "headers": headers}
        if len(body) <= JOINED:
            # It begins with what is replaced: found at once, and copied once.
            return [start, {**message, "body": body.replace(before, after, 1)}]
        return [start, more(after), {**message, "body": memoryview(body)[len(before) :]}]

    def _find(self, body: bytes, root_path: str) -> "_Prolog | None":
        match = usual_prolog(body)
        if match is None:
            return None
        at, tag = match.end(), self._tag.render(root_path)
        return _Prolog(root_path, body[: match.end("next")], body[:at], body[:at] + tag, len(tag))


@lru_cache(maxsize=256)
def _kind(content_type: bytes) -> int:
    """`PLAIN` HTML, `NO_HTML`, or something `UNUSUAL`."""
    kind = media_type(content_type)
    if kind == b"html" and charset_is_known(content_type):
        return PLAIN
    return UNUSUAL if kind else NO_HTML


class _Prolog(NamedTuple):
    """How pages begin, and with our tag."""

    root_path: str
    prolog: bytes  # as far as it was looked at
    before: bytes  # a page's beginning, up to where the tag goes...
    after: bytes  # ...and with the tag
    size: int  # of the tag


def more(body: bytes) -> Message:
    """A piece of a body that others follow."""
    return {"type": _BODY, "body": body, "more_body": True}
