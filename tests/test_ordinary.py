"""The short way for ordinary pages: it sends what the long one sends."""

import asyncio
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.asgi_harness import (
    App,
    Exchange,
    Headers,
    Message,
    Scope,
    body,
    exchange,
    http_scope,
    insert,
    inserter_for,
    page,
    sending,
    start,
)
from tests.test_insertion_properties import ORDINARY, PAGES, modest

from evenhand.insertion.ordinary import Ordinary

UTF8 = (b"content-type", b"text/html; charset=utf-8")
MORE_HEADERS: list[tuple[bytes, bytes]] = [
    (b"set-cookie", b"a=b"),
    (b"cache-control", b"max-age=60"),
    (b"cache-control", b"max-age=60, No-Transform"),
    (b"Cache-Control", b"no-transform"),
    (b"etag", b'"a"'),
    (b"last-modified", b"Sun, 22 Nov 2026 10:00:00 GMT"),
    (b"content-security-policy", b"default-src 'none'"),
    (b"Content-Encoding", b"gzip"),
    (b"content-length", b"7"),
    (b"Content-Length", b"many"),
    (b"content-type", b"text/html; charset=utf-16"),
    (b"X-Frame-Options", b"DENY"),
    (b"Content-Type", b"text/html"),
    (b"content-type", b"image/png"),
]
TYPES = [UTF8, (b"Content-Type", b"Text/HTML;charset=ascii"), (b"content-type", b"text/html")]
PLAIN = b"<!doctype html><html><head><meta charset=utf-8><title>A</title></head><body>B</body>"


def both_ways(apps: list[App], root_path: str = "") -> tuple[Exchange, Exchange]:
    """The same requests through one inserter that may take the short way, and one that can't."""
    short, long = Exchange(), Exchange()
    for seen in (short, long):
        inserter = inserter_for(seen)
        if seen is long:
            inserter.response = inserter.closely

        async def receive() -> Message:
            raise AssertionError

        async def send(message: Message, seen: Exchange = seen) -> None:
            seen.messages.append(message)

        for app in apps:
            scope: Scope = http_scope(root_path=root_path)
            asyncio.run(insert(inserter, app, scope, receive, send))
    return short, long


def assert_same_both_ways(apps: list[App], root_path: str = "") -> None:
    short, long = both_ways(apps, root_path)
    assert short.messages == long.messages
    assert short.results == long.results
    assert short.faults == long.faults == []


def streamed(content: bytes, cut: int, headers: Headers) -> App:
    return sending(start(headers), body(content[:cut], True), body(content[cut:]))


@given(
    st.lists(st.tuples(ORDINARY | PAGES, st.integers(0, 60)), min_size=1, max_size=4),
    st.sampled_from(TYPES),
    st.lists(st.sampled_from(MORE_HEADERS), max_size=2),
    st.sampled_from(["", "/news"]),
)
@modest
def test_both_ways_send_the_same(
    pages: list[tuple[bytes, int]],
    content_type: tuple[bytes, bytes],
    more: Headers,
    root_path: str,
) -> None:
    headers = [content_type, *more]
    apps = [page(content, headers) for content, _ in pages]
    apps += [streamed(content, cut, headers) for content, cut in pages]
    assert_same_both_ways(apps, root_path)


@pytest.mark.parametrize("status", [200, 204, 206, 301, 304, 404, 500])
def test_both_ways_agree_on_a_status(status: int) -> None:
    assert_same_both_ways([page(PLAIN, [UTF8], status), page(PLAIN, [UTF8])])


@pytest.mark.parametrize(
    "app",
    [
        page(PLAIN + b"x" * 200_000, [UTF8]),
        sending(start([UTF8])),
        sending(start([UTF8]), body()),
        sending(start([UTF8]), body(bytearray(PLAIN))),
        sending(start([UTF8]), {"type": "http.response.body"}),
        sending(start([UTF8]), {"type": "http.response.push", "path": "/a"}, body(PLAIN)),
        sending(start([UTF8]), {"type": "http.response.pathsend", "path": "/a"}),
        sending(start([UTF8], trailers=True), body(PLAIN), {"type": "http.response.trailers"}),
    ],
    ids=["big", "no_body", "empty", "bytearray", "no_key", "push", "pathsend", "trailers"],
)
def test_both_ways_agree_on_unusual_messages(app: App) -> None:
    assert_same_both_ways([app, page(PLAIN, [UTF8]), app])


def test_a_prolog_that_only_begins_like_the_last_one_is_looked_at_again() -> None:
    """The remembered prolog ends behind what decides: <title> and <titles> are not the same."""
    ends = [b"<title>", b"<titles>", b"<title", b"<title/>", b"<meta charset=utf-8>", b"<p>"]
    prolog = PLAIN[: PLAIN.index(b"<title>")]
    pages = [prolog + end + b"A" for pair in product(ends, ends) for end in pair]
    assert_same_both_ways([page(content, [UTF8]) for content in pages])


def test_a_page_like_the_last_one_is_not_searched_again(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Exchange()
    inserter = inserter_for(seen)

    async def receive() -> Message:
        raise AssertionError

    async def send(message: Message) -> None:
        seen.messages.append(message)

    async def visits() -> None:
        for _ in range(2):
            await insert(inserter, page(PLAIN, [UTF8]), http_scope(), receive, send)
            monkeypatch.setattr(Ordinary, "find", None)

    asyncio.run(visits())
    first, second = seen.messages[:2], seen.messages[2:]
    assert (first, seen.results, seen.faults) == (second, ["inserted"] * 2, [])


@pytest.mark.parametrize(
    "header", [(b"purpose", b"prefetch"), (b"sec-purpose", b"prefetch;prerender")]
)
def test_a_prefetched_page_takes_the_long_way(header: tuple[bytes, bytes]) -> None:
    assert exchange(page(PLAIN), http_scope(headers=[header])).results == ["prefetched"]
