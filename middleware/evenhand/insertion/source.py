"""The first bytes of a page, read as far as they have come and never twice.

A scanner is a generator: it yields where the bytes run out and goes on where it stopped, so a
page cut into single bytes costs what a whole one does.
"""

import re
from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")
Scan = Generator[None, None, T]
"""A computation that yields whenever it needs more bytes."""

_NAME_END = re.compile(rb"[\t\n\f\r />]")
_ATTRIBUTE = re.compile(rb"[^\t\n\f\r /]")
_ATTRIBUTE_NAME_END = re.compile(rb"[\t\n\f\r />=]")
_NOT_SPACE = re.compile(rb"[^\t\n\f\r ]")
_UNQUOTED_END = re.compile(rb"[\t\n\f\r >]")
_COMMENT_END = re.compile(rb"--!?>")
_ENDS = {byte: re.compile(bytes((byte,))) for byte in b"\"'>"}

Attributes = dict[bytes, bytes]


class CutOffError(Exception):
    """The page, or what we may look at of it, ends inside a token."""


class Source:
    """The bytes seen so far, at most ``limit`` of them, and the HTML standard's ways through them.

    ``full`` says that the limit was reached: more may follow, and it is not looked at.
    """

    __slots__ = ("_closed", "full", "limit", "text")

    def __init__(self, limit: int) -> None:
        self.text = bytearray()
        self.limit = limit
        self.full = False
        self._closed = False

    def add(self, chunk: bytes | memoryview) -> None:
        room = self.limit - len(self.text)
        self.text += chunk[:room]
        self.full = len(self.text) >= self.limit
        self._closed = self._closed or self.full

    def close(self) -> None:
        self._closed = True

    def more(self) -> Scan[None]:
        """Wait for at least one more byte."""
        size = len(self.text)
        while len(self.text) == size:
            if self._closed:
                raise CutOffError
            yield

    def byte(self, at: int) -> Scan[int]:
        while len(self.text) <= at:
            yield from self.more()
        return self.text[at]

    def at_least(self, size: int) -> Scan[None]:
        """Wait for ``size`` bytes, or for all there are."""
        while len(self.text) < size and not self._closed:
            yield

    def search(
        self, pattern: re.Pattern[bytes], at: int, overlap: int = 0
    ) -> Scan[tuple[int, int]]:
        """Where the pattern matches first; ``overlap`` is its greatest length less one."""
        while (match := pattern.search(self.text, at)) is None:
            at = max(at, len(self.text) - overlap)
            yield from self.more()
        return match.span()

    def after(self, byte: int, at: int) -> Scan[int]:
        return (yield from self.search(_ENDS[byte], at))[1]

    def after_space(self, at: int) -> Scan[int]:
        return (yield from self.search(_NOT_SPACE, at))[0]

    def after_comment(self, at: int) -> Scan[int]:
        """The end of a comment whose text starts at ``at``; ``<!-->`` and ``<!--->`` are whole."""
        first = yield from self.byte(at)
        if first == b">"[0]:
            return at + 1
        if first == b"-"[0] and (yield from self.byte(at + 1)) == b">"[0]:
            return at + 2
        return (yield from self.search(_COMMENT_END, at, overlap=3))[1]

    def name(self, at: int) -> Scan[tuple[bytes, int]]:
        """The tag name that starts at ``at``, in lower case, and where it ends."""
        end, _ = yield from self.search(_NAME_END, at)
        return bytes(self.text[at:end]).lower(), end

    def attributes(self, at: int) -> Scan[tuple[Attributes, int]]:
        """A tag's attributes from the end of its name on, and the end of the tag."""
        found: Attributes = {}
        while True:
            at, _ = yield from self.search(_ATTRIBUTE, at)
            if self.text[at] == b">"[0]:
                return found, at + 1
            # An attribute's name may start with "=".
            end, _ = yield from self.search(_ATTRIBUTE_NAME_END, at + 1)
            name = bytes(self.text[at:end]).lower()
            value, at = yield from self._value(end)
            found.setdefault(name, value)

    def _value(self, at: int) -> Scan[tuple[bytes, int]]:
        equals = yield from self.after_space(at)
        if self.text[equals] != b"="[0]:
            return b"", equals
        start = yield from self.after_space(equals + 1)
        quote = self.text[start]
        if quote == b">"[0]:
            return b"", start
        if quote in b"\"'":
            end = yield from self.after(quote, start + 1)
            return bytes(self.text[start + 1 : end - 1]), end
        end, _ = yield from self.search(_UNQUOTED_END, start)
        return bytes(self.text[start:end]), end
