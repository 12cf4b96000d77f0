"""Three targets, each a function of bytes that raises `AssertionError` on a wrong answer.

None of them takes our code's word for anything it can check otherwise: a page's place is judged
by two HTML parsers, a response by what the app sent, a report by the standard library's JSON.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

from tests.asgi_harness import Exchange, Headers, body, http_scope, insert, inserter_for, start
from tests.asgi_harness import Message as Sent
from tests.asgi_harness import Scope as Asked
from tests.fuzz.reports import check_report
from tests.test_insertion_properties import assert_same_for_html5lib, assert_same_for_lexbor

from evenhand.insertion.walk import LOOK_AHEAD, MARKER, Decision, Leave, Walk

Target = Callable[[bytes], str]
"""Checks one input and gives a word for what came of it, for the figures."""

FOR_HTML5LIB = 64  # one page of so many is shown to html5lib too, which is slow
MOST_PIECES = 80  # into which a page is cut
TAG = b'<script defer="" src="/r/0/probe.js" data-evenhand=""></script>'
UTF8 = (b"content-type", b"text/html; charset=utf-8")
HEADERS: list[Headers] = [
    [UTF8],
    [(b"content-type", b"text/html")],
    [(b"Content-Type", b"TEXT/HTML; charset=latin-1"), (b"x-own", b"1")],
    [UTF8, (b"content-security-policy", b"script-src 'nonce-a'")],
    [UTF8, (b"content-security-policy", b"img-src 'none'")],
    [UTF8, (b"etag", b'"a"'), (b"last-modified", b"x")],
    [UTF8, (b"cache-control", b"no-transform")],
    [(b"content-type", b"application/json")],
]  # fmt: skip
ROOTS = ("", "/news", "//evil.example", '/"><b>')


def walk(data: bytes) -> str:
    """The walk over a page: the same place however it is cut, and the page stays the same page."""
    if not data:
        return "nothing"
    known, page = bool(data[0] & 1), lengthened(data[0], data[1:])
    step = max(1 + (data[0] >> 1), len(page) // MOST_PIECES)
    decision = decided(page, len(page) + 1, known=known)
    assert decided(page, step, known=known) == decision, "cut into pieces"
    assert decided(page, step, known=known, shortcut=False) == decision, "without the shortcut"
    if isinstance(decision, Leave):
        return decision.reason
    assert 0 <= decision.at <= min(len(page), LOOK_AHEAD)
    tagged = page[: decision.at] + TAG + page[decision.at :]
    assert_same_for_lexbor(page, tagged)
    if zlib.crc32(page) % FOR_HTML5LIB == 0:
        assert_same_for_html5lib(page, tagged)
    return "inserted"


def lengthened(choice: int, page: bytes) -> bytes:
    """For one choice in 16, a page whose prolog ends about where we look no further."""
    if choice < 240:
        return page
    return b"<!--" + b"x" * (LOOK_AHEAD - 7 - (choice - 240) * 8) + b"-->" + page


def decided(page: bytes, step: int, *, known: bool, shortcut: bool = True) -> Decision:
    """What the walk decides about a page that comes in pieces of so many bytes."""
    looked_at = Walk(charset_known=known)
    if not shortcut:
        looked_at.feed(b"")
    for begin in range(0, len(page), step):
        if decision := looked_at.feed(page[begin : begin + step]):
            return decision
    return looked_at.end()


def page(data: bytes) -> str:
    """A whole response: untouched to the byte, or with our tag once and the right length."""
    if len(data) < 2:
        return "nothing"
    choice, content = data[0], lengthened(data[0], data[2:])
    step = max(1 + data[1], len(content) // MOST_PIECES)
    headers = list(HEADERS[choice % len(HEADERS)])
    if choice & 64:
        headers.append((b"content-length", b"%d" % len(content)))
    root = ROOTS[choice >> 4 & 3]
    whole = answered(content, len(content) + 1, headers, root)
    pieces = answered(content, step, headers, root)
    assert whole.results == pieces.results, "cut into pieces"
    assert whole.content == pieces.content, "cut into pieces"
    for seen in (whole, pieces):
        check_answer(seen, content, headers)
    return whole.results[0] if whole.results else "no page"


def answered(content: bytes, step: int, headers: Headers, root: str) -> Exchange:
    """What a server gets from an app that sends its page in pieces of so many bytes."""

    async def app(_: Asked, __: object, send: Callable[[Sent], object]) -> None:
        await send(start(headers))  # type: ignore[misc]  # the harness's own send
        for begin in range(0, len(content), step):
            await send(body(content[begin : begin + step], True))  # type: ignore[misc]  # the harness's own send
        await send(body())  # type: ignore[misc]  # the harness's own send

    async def receive() -> Sent:
        raise AssertionError("nobody asks for the request's body")

    async def send(message: Sent) -> None:
        seen.messages.append(message)

    seen = Exchange()
    running = insert(inserter_for(seen), app, http_scope(root_path=root), receive, send)
    try:
        running.send(None)
    except StopIteration:
        return seen
    raise AssertionError("it waits for something")


def check_answer(seen: Exchange, content: bytes, headers: Headers) -> None:
    """Holds an answer against what the app sent."""
    assert seen.faults == []
    sent, length = seen.content, len(content)
    if not seen.results or seen.results[0] not in ("inserted", "prefetched"):
        assert sent == content
        assert list(seen.messages[0]["headers"]) == headers
        return
    size = len(sent) - length
    at = next(
        (
            at
            for at in range(min(length, LOOK_AHEAD) + 1)
            if sent.startswith(b'<script defer src="/', at)
            and sent[:at] + sent[at + size :] == content
        ),
        None,
    )
    assert at is not None, "the page is not the app's with one tag in it"
    tag = sent[at : at + size]
    assert tag.endswith(b"></script>")
    assert tag.count(b"<") == tag.count(b">") == 2, "the tag is one element"
    assert b'src="//' not in tag, "on the page's own host"
    assert MARKER in tag
    told = [value for name, value in seen.messages[0]["headers"] if name == b"content-length"]
    assert told in ([], [b"%d" % len(sent)])


def report(data: bytes) -> str:
    """The report's decoder: see `tests.fuzz.reports`."""
    return check_report(data)


TARGETS: dict[str, Target] = {"walk": walk, "page": page, "report": report}
