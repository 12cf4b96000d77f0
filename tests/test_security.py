# Long: every route in every state is held to the same rules.
"""Every route in every state: strict headers, no echo of a request, no way to write."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand import Notice, ReaderSupport, ReaderSupportMiddleware, Way
from evenhand.answers import Headers
from evenhand.errors import StoreError
from evenhand.faults import Faults

from .apps import FIREFOX, client, publisher, supporting
from .asgi_harness import Message
from .test_insertion_properties import modest

P = "/reader-support"
BAIT = f"{P}/pair/ads728x90.gif"
NOTICE = Notice(ways=(Way(kind="allow"), Way(label="Help", url="/help")), not_on=("/quiet",))
ASK = "v=1&verdict=blocked&signs=image_bait_failed"
REPORT = b'{"v":1,"kind":"verdict","verdict":"loaded"}'
ALWAYS = {
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
}
PAGE_POLICY = {"default-src": "'none'", "style-src": "'self'", "form-action": "'none'",
               "base-uri": "'none'", "frame-ancestors": "'none'"}  # fmt: skip
NEVER = {
    *("set-cookie", "location", "server", "x-powered-by", "refresh", "link", "report-to"),
    *("access-control-allow-origin", "access-control-allow-credentials", "service-worker-allowed"),
}
PRIVATE, FOREVER = "private, no-store", "public, max-age=31536000, immutable"
HOUR, MINUTE = "public, max-age=3600", "public, max-age=60"


@pytest.fixture(scope="module", autouse=True)
def unhurried() -> Iterator[None]:
    """Nothing is refused for being asked often: here every request is to reach its view."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("evenhand.dashboard.routes.VIEWS_A_SECOND", 10**9)
        patch.setattr("evenhand.asking.routes.NOTICES_A_SECOND", 10**9)
        yield


def everything(tmp_path: Path | None = None, **options: Any) -> dict[str, Any]:
    """Options that switch every route on."""
    return {"notice": NOTICE, "dashboard": lambda _: True, "state_dir": tmp_path, **options}


def paths(support: ReaderSupport) -> list[str]:
    """Every path below the prefix that is answered, scripts under a known and an unknown hash."""
    builds = (support.scripts.hash, "0123456789ab")
    scripts = (f"{build}/{name}" for build in builds for name in support.scripts.names)
    return [*support.routes.paths, *scripts]


def kind_of(path: str) -> str:
    """How long an answer may be kept, and by whom."""
    if path.startswith("pair/"):
        return "no-store"
    if path in ("about", "about.json", "about.css"):
        return HOUR
    if path.endswith((".js", ".css")) and "/" in path:
        return MINUTE if path.startswith("0123456789ab/") else FOREVER
    return PRIVATE


def assert_strict(answer: Any, path: str) -> None:
    """What holds for each answer of ours, whatever the request was."""
    headers = dict(answer.headers)
    assert len(headers) == len(answer.headers.multi_items()), "each header once"
    assert not NEVER & set(headers)
    if answer.status_code == 204:
        # There is nothing to mistake, to embed or to follow.
        assert set(headers) <= {"cache-control", "x-reader-support"}
        assert headers["cache-control"] == PRIVATE
        return
    assert {name: headers.get(name) for name in ALWAYS} == ALWAYS
    kind, _, charset = headers["content-type"].partition("; charset=")
    assert charset == "utf-8" or not kind.startswith("text/") or path.startswith("pair/")
    if kind == "text/html":
        assert policy(headers["content-security-policy"]).items() >= PAGE_POLICY.items()
        assert headers["x-robots-tag"] == "noindex"
    assert headers["cache-control"] == (kind_of(path) if answer.status_code == 200 else PRIVATE)


def policy(value: str) -> dict[str, str]:
    directives = (part.strip().partition(" ") for part in value.split(";"))
    return {name: sources for name, _, sources in directives}


STATES: dict[str, dict[str, Any]] = {
    "on": {},
    "off": {"off": True},
    "counting only": {"mode": "count"},
    "no notice": {"notice": None},
    "locked by a rule": {"dashboard": lambda _: False},
    "locked by a token": {"dashboard": "a-token-of-enough-length"},
    "a hook that raises": {"dashboard": lambda _: 1 / 0, "exempt": lambda _: 1 / 0},
    "the database away": {"store": "postgresql://127.0.0.1:1/no?connect_timeout=1"},
}


@pytest.mark.anyio
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_every_answer_has_strict_headers(state: str, tmp_path: Path) -> None:
    with supporting(**{**everything(tmp_path), **STATES[state]}) as support:
        seen: set[int] = set()
        async with client(support) as reader:
            await reader.get(BAIT)
            for path in paths(support):
                url = f"{P}/{path}?{ASK}"
                for method in ("GET", "HEAD", "POST", "OPTIONS", "DELETE"):
                    answer = await reader.request(method, url, content=REPORT)
                    assert_strict(answer, path)
                    seen.add(answer.status_code)
                    assert method != "HEAD" or answer.content == b""
    rest = {"locked by a rule": {403}, "locked by a token": {401}, "the database away": {503},
            "a hook that raises": {403}}.get(state, set())  # fmt: skip
    assert seen == ({204} if state == "off" else {200, 204} | rest)


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_fault_in_any_route_is_an_empty_strict_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("ours")

    with supporting(**everything()) as support:
        monkeypatch.setattr("evenhand.routes.Request", fail)
        async with client(support) as reader:
            for path in paths(support):
                answer = await reader.get(f"{P}/{path}")
                assert answer.status_code == 204
                assert_strict(answer, path)


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_busy_dashboard_is_strict_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evenhand.dashboard.routes.VIEWS_A_SECOND", 0)
    with supporting(**everything()) as support:
        async with client(support) as reader:
            answer = await reader.get(f"{P}/dashboard")
    assert answer.status_code == 503
    assert_strict(answer, "dashboard")


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_metrics_have_strict_headers_too() -> None:
    with supporting() as support:
        for token, status in ((None, 200), ("a-token-of-enough-length", 401)):
            transport = httpx.ASGITransport(support.metrics_app(token))
            async with httpx.AsyncClient(transport=transport, base_url="http://m") as scraper:
                answer = await scraper.get("/metrics")
            assert answer.status_code == status
            assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS
            assert answer.headers["cache-control"] == PRIVATE


MARK = "zq7echo7qz"
NASTY = st.sampled_from([
    "", "\r\nx-evil: 1", "\n", "\0", '"><script>', "'", "</title>", "{{7*7}}", "{%if%}", "%0d%0a",
    "${7}", "javascript:", "../", "\\", "é", "\u2028", ";", ",",
])  # fmt: skip
HOSTILE = st.builds(lambda a, b: f"{a}{MARK}{b}", NASTY, NASTY | st.text(max_size=5))
FIELDS = [
    "user-agent", "referer", "cookie", "origin", "host", "x-forwarded-host", "accept", "sec-ch-ua",
    "x-forwarded-for", "x-forwarded-prefix", "accept-language", "accept-encoding", "content-type",
    "sec-fetch-site", "if-none-match", "authorization", "sec-ch-ua-platform",
]  # fmt: skip
QUERY = ["site", "period", "verdict", "signs", "lang", "path", "v", "next", "callback"]


@pytest.fixture(scope="module")
def open_support(unhurried: None) -> Iterator[ReaderSupport]:
    with supporting(**everything(trusted_proxies=["127.0.0.1"], debug_header=True)) as support:
        support.guard.open("default", "bait_arrived")
        yield support


def asked(support: ReaderSupport, **scope: Any) -> tuple[int, Headers, bytes]:
    """One request as a server hands it over, whatever bytes are in it."""
    app = ReaderSupportMiddleware(publisher(support), support)
    return anyio.run(partial(answered, app, **scope))


async def answered(app: Any, **scope: Any) -> tuple[int, Headers, bytes]:
    """The status, the headers and the body of an app's answer."""
    sent: list[Message] = []
    body = scope.pop("body", b"")

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    async def send(message: Message) -> None:
        sent.append(message)

    whole = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http",
        "root_path": "", "client": ("127.0.0.1", 5), "server": ("127.0.0.1", 80), **scope,
    }  # fmt: skip
    await app(whole, receive, send)
    content = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], sent[0]["headers"], content


@given(st.data())
@modest
def test_nothing_of_a_request_is_echoed(open_support: ReaderSupport, data: st.DataObject) -> None:
    draw = data.draw
    path = draw(st.sampled_from([*paths(open_support), "/", f"{MARK}/probe.js"]))
    named = draw(st.dictionaries(st.sampled_from(FIELDS), HOSTILE, max_size=6))
    if path == "inside":
        named.pop("host", None), named.pop("x-forwarded-host", None)  # told to whom it lets in
    fields = {"host": "gazette.example", "user-agent": FIREFOX, "sec-fetch-site": "same-origin"}
    query = "&".join(f"{name}={draw(HOSTILE)}" for name in draw(st.sets(st.sampled_from(QUERY))))
    report = {name: draw(HOSTILE) for name in draw(st.sets(st.sampled_from(["site", "section"])))}
    body = draw(HOSTILE)
    if path == "outcome":
        body = json.dumps({**json.loads(REPORT), **report})
    status, headers, content = asked(
        open_support,
        method=draw(st.sampled_from(["GET", "POST", "HEAD", MARK])),
        path="/" if path == "/" else f"{P}/{path}",
        query_string=f"{draw(st.sampled_from(['', ASK]))}&{query}".encode(),
        headers=[(name.encode(), value.encode()) for name, value in {**fields, **named}.items()],
        body=body.encode(),
    )
    assert status in (200, 204, 404, 405)
    told = b"\n".join(name + b": " + value for name, value in headers) + content
    assert MARK.encode() not in told.lower()
    assert not any(byte in value for _, value in headers for byte in b"\r\n\0")


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("query", ["", "?site=x' OR 1=1 --", "?site=default&period=x", "?delete=1"])
async def test_the_dashboard_has_no_way_to_write(query: str, tmp_path: Path) -> None:
    with supporting(**everything(tmp_path)) as support:
        async with client(support) as reader:
            await reader.get(BAIT)
            await reader.post(f"{P}/outcome", content=REPORT)
            assert support.record.flush()
            before = all_counts(support)
            views = [path for path in support.routes.paths if path.startswith(("dash", "inside"))]
            assert len(views) == 5
            for view in views:
                for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
                    for body in (b"", b"site=default&n=1", REPORT):
                        await reader.request(method, f"{P}/{view}{query}", content=body)
            support.record.flush()
            after = all_counts(support)
    assert len(before) > 4
    assert after == before


def all_counts(support: ReaderSupport) -> list[object]:
    """The store's rows, and the host's counts but for those of flushes."""
    counts = [item for item in support.record.totals().items() if item[0].kind != "flush"]
    return [*support.store.rows(0, 2**40), *counts]


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_site_that_is_not_there_is_not_named(tmp_path: Path) -> None:
    with supporting(**everything(tmp_path, sites={"gazette.example": "Gazette"})) as support:
        async with client(support) as reader:
            for view in ("dashboard", "dashboard.csv", "dashboard.json"):
                for site, status in (("Gazette", 200), ("other", 200), ("<b>Times", 404)):
                    answer = await reader.get(f"{P}/{view}?site={site}")
                    assert answer.status_code == status
                    assert "Times" not in answer.text
                    assert_strict(answer, view)


def test_an_error_with_a_request_at_hand_is_logged_without_its_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    faults: Callable[..., None] = Faults()
    for step, kind in (("notice", LookupError), ("route", KeyError), ("store", StoreError)):
        try:
            raise kind(f"{MARK} was here")
        except Exception as error:
            faults(step, error)
    told = [record.getMessage() for record in caplog.records]
    assert [MARK in line for line in told] == [False, False, True]
    assert told[0].startswith(f"notice: LookupError at {__file__}:")
