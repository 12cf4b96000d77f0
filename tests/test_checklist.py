# Long: one checklist, a case for each trap that others fell into.
"""What went wrong in other tools that put something into pages: one case each."""

import asyncio
import gzip
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser
from starlette.background import BackgroundTask
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles
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
    exchange_plain,
    http_scope,
    insert,
    inserter_for,
    page,
    run,
    sending,
    start,
)

from evenhand.vocabulary import Result

PLAIN = b"<!doctype html><html><head><meta charset=utf-8><title>A</title></head><body>B</body>"
BARE: Headers = [(b"content-type", b"text/html")]
CSP = b"content-security-policy"
META_CSP = b"<meta http-equiv=Content-Security-Policy content=\"script-src 'nonce-r4nd0m'\">"
NONCE = TAG.render("", "r4nd0m")


def with_header(name: bytes, value: bytes) -> Headers:
    return [*HTML, (name, value)]


def with_policy(policy: bytes) -> Headers:
    return with_header(CSP, policy)


def split_at(content: bytes) -> tuple[bytes, bytes]:
    """The page before and behind the place, which the case marks with a bar."""
    before, _, behind = content.partition(b"|")
    return before, behind


PLACES = [
    ("plain", b"<!doctype html><html><head><meta charset=utf-8>|<title>A</title><p>B"),
    ("upper_case_tags", b"<!DOCTYPE HTML><HTML><HEAD>|<TITLE>A</TITLE></HEAD><BODY>B"),
    ("comment_before_head", b"<!doctype html><!-- <head><body></head> --><html><head>|<title>"),
    ("comment_in_head", b"<!doctype html><head><!-- </head><body> -->|<title>A</title>"),
    ("script_names_tags", b"<!doctype html><head>|<script>'</head><body>'</script></head>"),
    ("title_names_tags", b"<!doctype html><head>|<title></head></title></head><body>"),
    ("noscript_and_template", b"<!doctype html><head>|<noscript><body></noscript><template><body>"),
    ("attribute_names_tags", b'<!doctype html><html data-a="> <head>"><head>|<title>'),
    ("textarea_names_tags", b"<!doctype html>|<textarea></head></textarea>"),
    ("no_head_tag", b"<!doctype html><html>|<body><p>A"),
    ("doctype_and_text", b"<!doctype html>\n|Hello"),
    ("no_doctype", b"<html><head>|<title>A</title>"),
    ("header_is_no_head", b"<!doctype html>|<header>A</header>"),
    ("conditional_comments", b"<!doctype html><!--[if IE]><html><![endif]--><html><head>|<title>"),
    ("byte_order_mark", b"\xef\xbb\xbf<!doctype html><html><head>|<title>"),
    ("charset_stays_early", b"<!doctype html><head><meta charset=utf-8>|<script></script>"),
    ("latin_1", b"<!doctype html><html><head><!-- \xe9 -->|<title>\xe9\xff</title>"),
    ("head_of_more_than_64_kb", b"<!doctype html><head>|<style>" + b"a" * 70_000 + b"</style>"),
    ("own_element_in_a_comment", b"<!doctype html><!-- " + ELEMENT + b" -->|<p>"),
    ("base_to_another_host", b"<!doctype html><head><meta name=a>|<base href=https://x.example>"),
    ("unclosed_quote_behind_head", b'<!doctype html><head>|<link title="A'),
    ("stray_quote_in_head_tag", b'<!doctype html><head ">|<title>A'),
    ("ignored_end_tags", b"<!doctype html></p></ x></><head>|<title>A"),
    ("frameset", b"<html><head></p>|<title>A</title></head><frameset>"),
    ("import_map", b"<!doctype html><head>|<script type=importmap>{}</script>"),
    ("comment_endings", b"<!doctype html><!--><!---><!--a--!><!--!>--><head>|<title>"),
]


@pytest.mark.parametrize("size", [0, 1, 16], ids=["whole", "bytes", "16_bytes"])
@pytest.mark.parametrize("content", [pytest.param(c, id=name) for name, c in PLACES])
def test_the_tag_is_put_where_a_browser_runs_it(content: bytes, size: int) -> None:
    before, behind = split_at(content)
    plain = before + behind
    seen = exchange(chunked(plain, size) if size else page(plain))
    assert seen.content == before + ELEMENT + behind
    assert seen.results == ["inserted"]
    assert not seen.faults
    document = LexborHTMLParser(seen.content.removeprefix(b"\xef\xbb\xbf"))
    assert len(document.css("head > script[data-evenhand]")) == 1
    if not size:
        assert seen.headers[b"content-length"] == b"%d" % len(seen.content)


UTF_16: Headers = [(b"content-type", b"text/html; charset=utf-16")]
ATTACHMENT = with_header(b"Content-Disposition", b'attachment; filename="a"')
INTEGRITY = with_header(b"integrity-policy", b"blocked-destinations=(script)")
TWO_NONCES = with_policy(b"script-src 'nonce-a', script-src 'nonce-b'")
STRICT_DYNAMIC = with_policy(b"script-src 'self' 'strict-dynamic'")
MANY_METAS = b"<!doctype html><head>" + b"<meta name=a>" * 1500
LATE_CHARSET = b"<html><title>" + b"a" * 900 + b"</title><meta charset=utf-8>" + b" " * 99
UNTOUCHED: list[tuple[str, Result, bytes, Headers, int]] = [
    ("script_src_none", "csp", PLAIN, with_policy(b"script-src 'none'"), 200),
    ("two_layers", "already_inserted", PLAIN.replace(b"<title>", ELEMENT + b"<title>"), HTML, 200),
    ("fragment", "fragment", b"<div>A</div>", HTML, 200),
    ("fragment_of_rows", "fragment", b"<tr><td>A</td></tr>", HTML, 200),
    ("json", "mislabelled", b'{"a": "<html><head>"}', HTML, 200),
    ("xml", "mislabelled", b'<?xml version="1.0"?><rss></rss>', HTML, 200),
    ("svg", "mislabelled", b"<!DOCTYPE svg><svg></svg>", HTML, 200),
    ("empty", "empty", b"", HTML, 200),
    ("amp", "amp", b"<!doctype html><html amp lang=en><head><title>", HTML, 200),
    ("amp_lightning", "amp", "<!doctype html><html ⚡><head><title>".encode(), HTML, 200),
    ("xhtml", "xhtml", PLAIN, [(b"content-type", b"application/xhtml+xml")], 200),
    ("utf_16_header", "charset", PLAIN.decode().encode("utf-16-le"), UTF_16, 200),
    ("utf_16_mark", "charset", PLAIN.decode().encode("utf-16"), BARE, 200),
    ("utf_32_mark", "charset", b"\0\0\xfe\xff" + PLAIN.decode().encode("utf-32-be"), BARE, 200),
    ("gzip", "encoded", b"\x1f\x8b...", with_header(b"content-encoding", b"gzip"), 200),
    ("attachment", "attachment", PLAIN, ATTACHMENT, 200),
    ("no_transform", "no_transform", PLAIN, with_header(b"cache-control", b"a, No-Transform"), 200),
    ("range", "partial", PLAIN, with_header(b"content-range", b"bytes 0-9/99"), 206),
    ("not_modified", "partial", b"", with_header(b"etag", b'"a"'), 304),
    ("no_content", "partial", b"", HTML, 204),
    ("redirect", "partial", PLAIN, with_header(b"location", b"/"), 302),
    ("length_is_no_number", "length", PLAIN, with_header(b"content-length", b"many"), 200),
    ("white_space_of_64_kb", "no_place", b" " * 65_536 + PLAIN, HTML, 200),
    ("metas_beyond_the_look_ahead", "no_place", MANY_METAS, HTML, 200),
    ("charset_would_be_pushed_out", "charset", LATE_CHARSET, BARE, 200),
    ("sandbox", "csp", PLAIN, with_policy(b"sandbox allow-forms"), 200),
    ("strict_dynamic", "csp", PLAIN, STRICT_DYNAMIC, 200),
    ("integrity_policy", "csp", PLAIN, INTEGRITY, 200),
    ("two_nonces", "csp", PLAIN, TWO_NONCES, 200),
    ("excluded", "excluded", PLAIN, HTML, 200),
]  # fmt: skip


@pytest.mark.parametrize(
    ("result", "content", "headers", "status"),
    [pytest.param(*rest, id=name) for name, *rest in UNTOUCHED],
)
def test_a_page_left_alone_stays_as_it_is(
    result: Result, content: bytes, headers: Headers, status: int
) -> None:
    app = page(content, headers, status)
    scope = http_scope("/admin/a" if result == "excluded" else "/")
    seen = exchange(app, scope, exclude=("/admin",))
    assert seen.messages == bare(app)
    assert seen.results == [result]
    assert not seen.faults


IGNORED = [
    ("json", page(b"{}", [(b"content-type", b"application/json")])),
    ("event_stream", chunked(b"data: <html>\n\n", 4, [(b"content-type", b"text/event-stream")])),
    ("no_headers_key", sending({"type": "http.response.start", "status": 200}, body(PLAIN))),
    ("text_html_sandboxed", page(PLAIN, [(b"content-type", b"text/html-sandboxed")])),
]


@pytest.mark.parametrize("app", [pytest.param(app, id=name) for name, app in IGNORED])
def test_what_is_no_html_is_none_of_our_business(app: App) -> None:
    seen = exchange(app)
    assert seen.messages == bare(app)
    assert seen.results == []


ACCEPTED = [
    ("shouted_names", page(PLAIN, [(b"Content-Type", b"TEXT/HTML; Charset=UTF-8")]), ELEMENT),
    ("error_page", page(PLAIN, status=404), ELEMENT),
    ("header_nonce", page(PLAIN, with_header(CSP, b"script-src 'nonce-r4nd0m'")), NONCE),
    (
        "meta_nonce",
        page(PLAIN.replace(b"<title>", META_CSP + b"<title>")),
        NONCE,
    ),
    ("report_only", page(PLAIN, with_header(CSP + b"-report-only", b"script-src 'none'")), ELEMENT),
    (
        "trusted_types",
        page(PLAIN, with_header(CSP, b"require-trusted-types-for 'script'")),
        TAG.render(without="script"),
    ),
    ("empty_first_chunk", sending(start(), body(b"", True), body(PLAIN)), ELEMENT),
    ("headers_are_a_generator", None, ELEMENT),
    ("headers_are_a_tuple", sending(start(tuple(HTML)), body(PLAIN)), ELEMENT),
    ("body_is_a_view", sending(start(), body(memoryview(PLAIN))), ELEMENT),
    (
        "bodies_are_views",
        sending(start(), *(body(memoryview(PLAIN)[i : i + 1], True) for i in range(99)), body(b"")),
        ELEMENT,
    ),
    ("body_is_a_bytearray", sending(start(), body(bytearray(PLAIN))), ELEMENT),
    ("identity_encoding", page(PLAIN, with_header(b"content-encoding", b"identity")), ELEMENT),
    ("inline", page(PLAIN, with_header(b"content-disposition", b"inline")), ELEMENT),
]


@pytest.mark.parametrize(("app", "element"), [pytest.param(*r, id=name) for name, *r in ACCEPTED])
def test_a_page_that_can_carry_the_tag_does(app: App | None, element: bytes) -> None:
    seen = exchange(app or sending(start(header for header in HTML), body(PLAIN)))
    assert seen.content.count(element) == 1
    assert seen.results == ["inserted"]
    assert not seen.faults


def test_a_meta_policy_stays_before_the_tag() -> None:
    content = exchange(page(PLAIN.replace(b"<title>", META_CSP + b"<title>"))).content
    assert content.index(META_CSP) < content.index(NONCE)


@pytest.mark.parametrize(
    ("headers", "result"),
    [
        pytest.param([(b"hx-request", b"true")], "not_document", id="htmx"),
        pytest.param(
            [(b"hx-request", b"true"), (b"hx-boosted", b"true")], "inserted", id="boosted"
        ),
        pytest.param([(b"sec-fetch-dest", b"empty")], "not_document", id="fetch"),
        pytest.param([(b"sec-fetch-dest", b"iframe")], "inserted", id="frame"),
        pytest.param([], "inserted", id="plain"),
    ],
)
def test_pages_for_scripts_are_left_alone_only_without_a_cache(
    headers: Headers, result: Result
) -> None:
    scope = http_scope(headers=headers)
    direct = exchange(page(PLAIN), scope, html_cached=False)
    assert direct.results == [result]
    assert b"Sec-Fetch-Dest" in direct.headers[b"vary"]
    cached = exchange(page(PLAIN), scope)
    assert cached.results == ["inserted"]
    assert b"vary" not in cached.headers


@pytest.mark.parametrize("purpose", [b"prefetch", b"prefetch;prerender"])
def test_a_prefetched_page_is_the_same_page_and_counted_apart(purpose: bytes) -> None:
    seen = exchange(page(PLAIN), http_scope(headers=[(b"sec-purpose", purpose)]))
    assert seen.results == ["prefetched"]
    assert seen.content == exchange(page(PLAIN)).content


@pytest.mark.parametrize("content", [PLAIN, b""], ids=["with_body", "without_body"])
def test_head_never_states_the_old_length(content: bytes) -> None:
    headers = [*HTML, (b"content-length", b"%d" % len(PLAIN)), (b"etag", b'"a"')]
    seen = exchange(sending(start(headers), body(content)), http_scope(method="HEAD"))
    get = exchange(page(PLAIN, headers))
    assert seen.headers.get(b"content-length") in (None, get.headers[b"content-length"])
    assert seen.headers[b"etag"] == get.headers[b"etag"]
    assert seen.results == []


def test_what_was_true_of_the_apps_bytes_only_is_gone() -> None:
    headers = [*HTML, (b"ETag", b'"a"')]
    headers += [(name, b"x") for name in (b"Content-MD5", b"digest", b"content-digest")]
    headers += [(b"repr-digest", b"x"), (b"accept-ranges", b"bytes"), (b"last-modified", b"x")]
    seen = exchange(page(PLAIN, headers))
    assert seen.headers.keys() == {b"content-type", b"etag", b"content-length"}
    assert seen.headers[b"etag"].startswith(b'W/"a')


def test_the_first_bytes_do_not_wait_for_the_last() -> None:
    seen, early = Exchange(), []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        await send(body(PLAIN, True))
        early.extend(seen.messages)
        await send(body(b"end"))

    run(app, seen)
    assert [message["type"] for message in early] == ["http.response.start", "http.response.body"]


@pytest.mark.parametrize("kind", ["pathsend", "zerocopysend"])
def test_the_app_sees_no_way_around_us_for_a_page(kind: str) -> None:
    extensions: dict[str, Any] = {f"http.response.{kind}": {}, "tls": {}}
    seen: list[Any] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(sorted(scope["extensions"]))
        scope["route"] = "/"

    for path in ("/", "/page.html", "/app.js"):
        scope = http_scope(path, extensions=extensions)
        exchange(app, scope)
        assert scope["extensions"] is extensions
        assert scope["route"] == "/"
    assert seen == [["tls"], ["tls"], sorted(extensions)]


def test_a_static_page_gets_the_tag_on_a_server_with_pathsend(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(PLAIN)
    scope = http_scope("/a.html", extensions={"http.response.pathsend": {}})
    seen = exchange(StaticFiles(directory=tmp_path), scope)
    assert seen.content.count(ELEMENT) == 1
    assert seen.results == ["inserted"]


@pytest.mark.parametrize("kind", ["pathsend", "zerocopysend"])
def test_a_file_that_the_server_sends_comes_after_what_was_held(kind: str) -> None:
    file = {"type": f"http.response.{kind}", "path": "/x"}
    app = sending(start(), body(b"<!doctype html><!-- ", True), file)
    seen = exchange(app)
    assert seen.messages == bare(app)
    assert seen.results == ["no_place"]


OTHERS = ["early_hint", "debug", "push", "unheard_of"]


@pytest.mark.parametrize("kind", OTHERS)
def test_other_messages_keep_their_place(kind: str) -> None:
    other = {"type": f"http.response.{kind}"}
    seen = exchange(sending(other, start(), other, body(PLAIN, True), other, body(b"end")))
    assert seen.types == [kind, "start", kind, "body", kind, "body"]
    assert seen.content.count(ELEMENT) == 1


def test_trailers_follow_the_last_body() -> None:
    trailers = {"type": "http.response.trailers", "headers": [], "more_trailers": False}
    seen = exchange(sending(start(trailers=True), body(PLAIN), trailers))
    assert seen.types == ["start", "body", "trailers"]
    assert seen.start["trailers"] is True


def test_a_body_message_without_a_body_is_fine() -> None:
    nothing = {"type": "http.response.body", "more_body": True}
    seen = exchange(sending(start(), nothing, body(PLAIN, True), {"type": "http.response.body"}))
    assert seen.content.count(ELEMENT) == 1


HELD = b"<!doctype html><html><head>"


@pytest.mark.parametrize(
    "content", [pytest.param(PLAIN, id="place_found"), pytest.param(HELD, id="still_held")]
)
def test_an_app_that_fails_has_sent_what_it_sent(content: bytes) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        await send(body(content, True))
        raise ValueError("mine")

    seen = Exchange()
    with pytest.raises(ValueError, match="mine"):
        run(app, seen)
    assert seen.content.replace(ELEMENT, b"") == content


def test_an_app_that_fails_before_the_start_has_sent_nothing() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("mine")

    seen = Exchange()
    with pytest.raises(ValueError, match="mine"):
        run(app, seen)
    assert (seen.messages, seen.results) == ([], [])


def test_an_app_that_never_ends_its_body_has_sent_what_it_sent() -> None:
    app = sending(start(), body(HELD, True))
    seen = exchange(app)
    assert seen.messages == bare(app)
    assert seen.results == ["no_place"]


def test_the_app_is_told_that_the_client_has_left() -> None:
    told: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        try:
            await send(body(PLAIN))
        except OSError as error:
            told.append(str(error))
            raise

    seen = Exchange()
    with pytest.raises(OSError, match="left"):
        run(app, seen, fails=lambda message: message["type"] == "http.response.body")
    assert told == ["the client has left"]
    assert seen.faults == []


def test_the_app_runs_in_the_callers_context_and_task() -> None:
    where: ContextVar[str] = ContextVar("where", default="outside")
    seen: list[Any] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(asyncio.current_task())
        where.set("inside")
        await page(PLAIN)(scope, receive, send)

    async def main() -> None:
        async def send(message: Message) -> None: ...
        async def receive() -> Message:
            return {}

        await insert(inserter_for(Exchange()), app, http_scope(), receive, send)
        assert where.get() == "inside"
        assert seen == [asyncio.current_task()]

    asyncio.run(main())


def test_a_background_task_still_runs() -> None:
    done: list[bool] = []
    response = HTMLResponse(PLAIN, background=BackgroundTask(lambda: done.append(True)))
    assert exchange(response).results == ["inserted"]
    assert done == [True]


def test_inside_a_compressor_the_page_is_compressed_with_the_tag() -> None:
    seen = Exchange()
    inserter = inserter_for(seen)

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        await insert(inserter, page(PLAIN * 20), scope, receive, send)

    compressed = exchange_plain(
        GZipMiddleware(inner), http_scope(headers=[(b"accept-encoding", b"gzip")])
    )
    assert gzip.decompress(compressed.content).count(ELEMENT) == 1


def test_outside_a_compressor_the_page_is_left_alone_and_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = GZipMiddleware(page(PLAIN * 20))
    seen = Exchange()
    inserter = inserter_for(seen)
    scope = http_scope(headers=[(b"accept-encoding", b"gzip")])

    async def outer(scope: Scope, receive: Receive, send: Send) -> None:
        await insert(inserter, app, scope, receive, send)

    for _ in range(3):
        assert gzip.decompress(exchange_plain(outer, scope).content) == PLAIN * 20
    assert seen.results == ["encoded"] * 3
    assert len(caplog.records) == 1


def test_two_inserters_insert_once() -> None:
    inner = inserter_for(Exchange())

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await insert(inner, page(PLAIN), scope, receive, send)

    seen = exchange(app)
    assert seen.content.count(ELEMENT) == 1
    assert seen.results == ["already_inserted"]


def test_the_answer_to_a_form_is_a_page() -> None:
    assert exchange(page(PLAIN), http_scope(method="POST")).results == ["inserted"]


def test_the_tag_of_a_mounted_app_knows_where_it_is_mounted() -> None:
    seen = exchange(page(PLAIN), http_scope("/sub/a", root_path="/sub"))
    assert b'src="/sub/reader-support/' in seen.content


def test_a_cancelled_app_sends_nothing_more() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        raise asyncio.CancelledError

    seen = Exchange()
    with pytest.raises(asyncio.CancelledError):
        run(app, seen)
    assert seen.messages == []
