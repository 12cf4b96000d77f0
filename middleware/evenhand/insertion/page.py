"""One HTML response on its way out: what is held, and what goes out instead.

Nothing here waits or sends: a message from the app is exchanged for messages to the server.
"""

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from evenhand.insertion.headers import Answer
from evenhand.insertion.tag import Tag
from evenhand.insertion.validators import Header, Validators
from evenhand.insertion.walk import Decision, Leave, Walk
from evenhand.vocabulary import Result

Message = MutableMapping[str, Any]

JOINED = 120 * 1024
"""Bytes; up to here a copy costs less than a second message. (Above 128 KB a C library may get
fresh memory from the system for each copy, which costs a multiple.)"""

_BODY = "http.response.body"
_FILES = ("http.response.pathsend", "http.response.zerocopysend")
_VARY = (b"vary", b"HX-Boosted, HX-Request, Sec-Fetch-Dest")


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for every page of one inserter."""

    tag: Tag
    validators: Validators
    varies: bool  # whether the tag depends on request headers
    debug_header: bool

    def start(self, message: Message, headers: Sequence[Header], result: Result) -> Message:
        """The start message with those headers and what we say about ourselves."""
        if self.varies and result in ("inserted", "prefetched", "not_document"):
            headers = [*headers, _VARY]
        if self.debug_header:
            headers = [*headers, (b"x-reader-support", result.encode("ascii"))]
        return message if headers is message["headers"] else {**message, "headers": headers}


class Request(NamedTuple):
    """What of the request matters to its page."""

    root_path: str
    host: str
    is_head: bool
    is_prefetch: bool


class Page:
    """Holds a response from its start until the place is found; then ``result`` says so."""

    __slots__ = ("_answer", "_held", "_nonce", "_request", "_start", "_terms", "_walk", "result")

    def __init__(
        self, terms: Terms, request: Request, start: Message, answer: Answer, nonce: str
    ) -> None:
        self.result: Result | None = None
        self._terms = terms
        self._request = request
        self._start = start
        self._answer = answer
        self._nonce = nonce
        self._walk = Walk(charset_known=answer.charset_known())
        self._held: list[Message] = []

    def take(self, message: Message) -> list[Message]:
        """What goes out for the app's next message; nothing as long as the place is unknown."""
        kind = message["type"]
        if kind in _FILES:
            return self.leave("no_place", message)
        if kind != _BODY:
            self._held.append(message)
            return []
        body = message.get("body", b"")
        if not isinstance(body, bytes):
            body = memoryview(body).cast("B")
        decision = self._walk.feed(body)
        if decision is None and not message.get("more_body", False):
            decision = self._walk.end()
        if decision is None:
            # The app may use its buffer again once send() has returned.
            self._held.append({**message, "body": bytes(body)})
            return []
        return self._settle(decision, message, body)

    def leave(self, reason: Result, *messages: Message) -> list[Message]:
        """All that was held, and those messages, as the app gave them."""
        self.result = reason
        start = self._terms.start(self._start, self._start["headers"], reason)
        return [start, *self._held, *messages]

    def _settle(
        self, decision: Decision, message: Message, body: bytes | memoryview
    ) -> list[Message]:
        if isinstance(decision, Leave):
            if decision.reason == "empty" and self._request.is_head:
                return [self._begin(None), *self._held, message]
            return self.leave(decision.reason, message)
        nonce: str | None = self._nonce
        if decision.policies:
            nonce = self._answer.nonce(self._request.host, decision.policies)
        if nonce is None:
            return self.leave("csp", message)
        without = self._answer.forbidden(nonce, self._request.host, decision.policies)
        tag = self._terms.tag.render(self._request.root_path, nonce, without)
        if decision.room is not None and len(tag) > decision.room:
            return self.leave("charset", message)
        return [self._begin(len(tag)), *self._bodies(decision.at, tag, message, body)]

    def _begin(self, size: int | None) -> Message:
        """The start of a page with our tag. The length of a HEAD's page may be unknown: None."""
        self.result = "prefetched" if self._request.is_prefetch else "inserted"
        headers = self._answer.with_tag(size, self._terms.validators)
        return self._terms.start(self._start, headers, self.result)

    def _bodies(
        self, at: int, tag: bytes, message: Message, body: bytes | memoryview
    ) -> list[Message]:
        others = [held for held in self._held if held["type"] != _BODY]
        prolog = b"".join([held["body"] for held in self._held if held["type"] == _BODY])
        here = at - len(prolog)  # the place within this message's body
        if here <= 0:
            first = b"".join((prolog[:at], tag, prolog[at:]))
            return [*others, more(first), message]
        if len(body) <= JOINED:
            whole = b"".join((prolog, body[:here], tag, body[here:]))
            return [*others, {**message, "body": whole}]
        first = b"".join((prolog, body[:here], tag))
        return [*others, more(first), {**message, "body": memoryview(body)[here:]}]


def more(body: bytes) -> Message:
    """A piece of a body that others follow."""
    return {"type": _BODY, "body": body, "more_body": True}
