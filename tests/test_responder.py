# Long: one response, and all that may become of it on its way.
"""What is ours in a response: validators, lengths, faults, reports and the tag itself."""

import re
from html import unescape
from typing import Any

import pytest
from tests.asgi_harness import (
    ELEMENT,
    HTML,
    TAG,
    App,
    Exchange,
    Headers,
    Message,
    Receive,
    Scope,
    Send,
    bare,
    body,
    chunked,
    exchange,
    http_scope,
    insert,
    inserter_for,
    page,
    run,
    sending,
    start,
)

from evenhand.errors import OptionError
from evenhand.insertion.ordinary import Ordinary
from evenhand.insertion.responder import Tag
from evenhand.insertion.walk import Walk
from evenhand.vocabulary import Result

PLAIN = b"<!doctype html><html><head><meta charset=utf-8><title>A</title></head><body>B</body>"
OLD = Tag("/reader-support", "fedcba987654")


def etag_of(app_etag: bytes, tag: Tag = TAG) -> bytes:
    return exchange(page(PLAIN, [*HTML, (b"etag", app_etag)]), tag=tag).headers[b"etag"]


def seen_by_app(name: bytes, value: bytes) -> bytes:
    """What the app gets for a request header."""
    seen: list[bytes] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(dict(scope["headers"])[name])
        scope["route"] = "/a"

    scope = http_scope(headers=[(name, value)])
    exchange(app, scope)
    assert scope["route"] == "/a"
    assert dict(scope["headers"])[name] == value
    return seen[0]


@pytest.mark.parametrize("etag", [b'"abc"', b'W/"abc"', b'""'])
def test_an_etag_finds_its_way_back(etag: bytes) -> None:
    ours = etag_of(etag)
    assert ours.startswith(b'W/"')
    assert ours != etag
    assert seen_by_app(b"if-none-match", ours) == etag
    assert seen_by_app(b"if-none-match", b'"x", ' + ours) == b'"x", ' + etag


def test_another_version_of_the_tag_means_nothing_to_the_app() -> None:
    old = etag_of(b'"abc"', OLD)
    assert seen_by_app(b"if-none-match", old) == old
    assert old != etag_of(b'"abc"')


def test_what_is_no_etag_stays_as_it_is() -> None:
    assert etag_of(b"abc") == b"abc"


def test_if_range_never_asks_for_a_piece_of_a_page_that_the_reader_does_not_have() -> None:
    ours = etag_of(b'"abc"')
    assert seen_by_app(b"if-range", ours) == ours


def test_a_304_carries_the_etag_that_the_page_had() -> None:
    ours = etag_of(b'"abc"')
    scope = http_scope(headers=[(b"if-none-match", ours)])
    app = sending(start([(b"etag", b'"abc"'), (b"last-modified", b"x")], 304), body())
    seen = exchange(app, scope)
    assert seen.start["headers"] == [(b"etag", ours)]
    assert seen.results == []


def test_a_304_for_an_etag_that_is_not_ours_is_the_apps() -> None:
    app = sending(start([(b"etag", b'"abc"')], 304), body())
    seen = exchange(app, http_scope(headers=[(b"if-none-match", b'"abc"')]))
    assert seen.messages == bare(app)


def test_an_ordinary_request_reaches_the_app_as_the_very_same_scope() -> None:
    scope, seen = http_scope(), []

    async def app(inner: Scope, receive: Receive, send: Send) -> None:
        seen.append(inner)

    exchange(app, scope)
    assert seen[0] is scope


@pytest.mark.parametrize(
    "headers",
    [
        [(b"content-length", b"80"), (b"content-length", b"80")],
        [(b"content-length", b"-1")],
        [(b"content-length", "٣".encode())],
    ],
    ids=["two", "negative", "other_digits"],
)
def test_a_broken_length_is_left_as_the_app_gave_it(headers: Headers) -> None:
    app = page(PLAIN, [*HTML, *headers])
    seen = exchange(app)
    assert seen.messages == bare(app)
    assert seen.results == ["length"]


def test_a_big_body_is_not_copied() -> None:
    big = PLAIN + b"x" * 200_000
    first, second = exchange(page(big)).messages[1:]
    assert first["body"].endswith(ELEMENT)
    assert isinstance(second["body"], memoryview)
    assert second["body"].obj is big
    assert (first["more_body"], second["more_body"]) == (True, False)


def test_an_app_may_use_its_buffer_again() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        buffer = bytearray(1)
        for byte in PLAIN:
            buffer[0] = byte
            await send(body(memoryview(buffer), True))
            seen.messages[:] = [{**m, "body": bytes(m.get("body", b""))} for m in seen.messages]
        await send(body())

    seen = Exchange()
    run(app, seen)
    assert b"".join(m["body"] for m in seen.messages).replace(ELEMENT, b"") == PLAIN


@pytest.mark.parametrize("size", [1, 7, 10**6])
def test_a_fault_of_ours_costs_the_page_nothing(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("ours")

    monkeypatch.setattr(Walk, "feed", broken)
    if size > len(PLAIN):
        monkeypatch.setattr(Ordinary, "find", broken)
    app = chunked(PLAIN, size)
    seen = exchange(app)
    assert seen.messages == bare(app)
    assert seen.results == ["fault"]
    assert [str(fault) for fault in seen.faults] == ["ours"]


def test_a_fault_behind_held_bytes_lets_them_go(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Tag, root_path: str, nonce: str) -> bytes:
        raise RuntimeError("ours")

    monkeypatch.setattr(Tag, "render", broken)
    app = chunked(PLAIN, 5)
    seen = exchange(app)
    assert seen.messages == bare(app)
    assert seen.results == ["fault"]


@pytest.mark.parametrize("broken", [[(b"content-type",)], [(None, b"x")]])
def test_headers_that_nobody_understands_are_passed_on(broken: Any) -> None:
    app = sending({"type": "http.response.start", "status": 200, "headers": broken}, body(b"A"))
    seen = exchange(app)
    assert seen.messages == bare(app)
    assert seen.results == ["fault"]


def test_a_request_that_nobody_understands_is_passed_on() -> None:
    seen = exchange(page(PLAIN), {**http_scope(), "headers": [b"x"]})
    assert seen.content.count(ELEMENT) == 1
    assert len(seen.faults) == 1


def test_listeners_that_fail_do_not_hurt_the_page(caplog: pytest.LogCaptureFixture) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("theirs")

    seen = exchange(page(PLAIN), on_result=broken)
    assert (seen.content.count(ELEMENT), len(seen.faults)) == (1, 1)
    assert exchange(page(PLAIN), on_result=broken, on_fault=broken).content == seen.content
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("content", "result"), [(PLAIN, b"inserted"), (b"<p>", b"fragment"), (b"", b"empty")]
)
def test_the_debug_header_says_what_became_of_a_page(content: bytes, result: bytes) -> None:
    seen = exchange(page(content), debug_header=True)
    assert seen.headers[b"x-reader-support"] == result


def test_the_debug_header_is_on_refused_pages_and_on_nothing_else() -> None:
    refused = exchange(page(PLAIN, status=206), debug_header=True)
    assert refused.headers[b"x-reader-support"] == b"partial"
    script = exchange(page(b"1", [(b"content-type", b"text/javascript")]), debug_header=True)
    assert b"x-reader-support" not in script.headers


@pytest.mark.parametrize(
    ("path", "root_path", "result"),
    [
        ("/admin", "", "excluded"),
        ("/admin/users", "", "excluded"),
        ("/administration", "", "inserted"),
        ("/sub/admin/", "/sub", "excluded"),
        ("/", "", "inserted"),
    ],
)
def test_excluded_paths_are_prefixes_of_whole_segments(
    path: str, root_path: str, result: Result
) -> None:
    scope = http_scope(path, root_path=root_path)
    assert exchange(page(PLAIN), scope, exclude=("/admin/",)).results == [result]


def test_a_path_that_only_begins_like_the_root_path_is_a_path() -> None:
    scope = http_scope("/application", root_path="/app")
    assert exchange(page(PLAIN), scope, exclude=("/application",)).results == ["excluded"]


def test_a_router_that_changes_the_scope_changes_neither_the_url_nor_what_is_excluded() -> None:
    def mounting(app: App) -> App:
        async def router(scope: Scope, receive: Receive, send: Send) -> None:
            scope["root_path"] = "/news"
            await app(scope, receive, send)

        return router

    for path, excluded in (("/news/admin", "/news/admin"), ("/news/a", "/a")):
        seen = exchange(mounting(page(PLAIN)), http_scope(path), exclude=(excluded,))
        left = path == excluded
        assert seen.results == ["excluded" if left else "inserted"]
        assert seen.content.count(ELEMENT) == (not left)


@pytest.mark.parametrize("path", ["admin", "/", "/admin*", ""])
def test_an_exclude_that_can_not_work_fails_at_once(path: str) -> None:
    with pytest.raises(OptionError, match="exclude"):
        inserter_for(Exchange(), exclude=(path,))


def test_requests_do_not_meet() -> None:
    seen = Exchange()
    inserter = inserter_for(seen)

    async def receive() -> Message:
        return {}

    async def outer(scope: Scope, receive: Receive, send: Send) -> None:
        async def within(message: Message) -> None:
            if message["type"] == "http.response.body":
                await insert(inserter, page(PLAIN), http_scope(), receive, send)

        await insert(inserter, page(b"<div>"), scope, receive, within)

    bare(outer)
    assert seen.results == ["fragment", "inserted"]


class TestTag:
    def test_the_same_for_every_reader(self) -> None:
        assert TAG.render() == ELEMENT
        assert TAG.markup() == ELEMENT.decode()

    def test_a_nonce_is_escaped(self) -> None:
        assert TAG.markup(nonce='"><b') == TAG.markup(nonce='"><b')
        assert 'nonce="&quot;&gt;&lt;b"' in TAG.markup(nonce='"><b')

    @pytest.mark.parametrize(
        ("root_path", "source"),
        [
            ("/a", "/a/reader-support/0123456789ab/probe.js"),
            ("/a/", "/a/reader-support/0123456789ab/probe.js"),
            ("//evil.example", "/evil.example/reader-support/0123456789ab/probe.js"),
            ("/\\evil", "/%5Cevil/reader-support/0123456789ab/probe.js"),
            ('/"é&', "/%22%C3%A9&/reader-support/0123456789ab/probe.js"),
        ],
    )
    def test_its_address_is_on_the_pages_own_host(self, root_path: str, source: str) -> None:
        match = re.search(r'src="([^"]*)"', TAG.markup(root_path))
        assert match
        assert unescape(match[1]) == source

    def test_versions_differ_where_the_bytes_do(self) -> None:
        others = [Tag("/other", "0123456789ab"), OLD]
        assert len({TAG.version, *(tag.version for tag in others)}) == 3


def test_the_tag_names_the_baits_that_a_policy_refuses() -> None:
    policy = (b"content-security-policy", b"default-src 'self'; img-src https://cdn.example")
    seen = exchange(page(PLAIN, [*HTML, policy]))
    assert b' data-without="image"></script>' in seen.content
