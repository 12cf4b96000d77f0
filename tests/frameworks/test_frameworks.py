"""The same middleware in every framework and on every server: the app's own bytes, and our tag."""

import time
from collections.abc import Iterator

import httpx
import pytest

from .fleet import Fleet, client, headers, source, watched, without_tag
from .shared import HELD_BACK, PAGE

pytestmark = pytest.mark.server

FRAMEWORKS = [
    "starlette", "fastapi", "litestar", "quart", "django", "falcon", "blacksheep", "sanic",
]  # fmt: skip
SERVERS = ["h11", "granian", "hypercorn"]
RUNS = [
    *(pytest.param((f"{name}_app", "httptools"), id=name) for name in FRAMEWORKS),
    *(pytest.param(("starlette_app", server), id=f"on_{server}") for server in SERVERS),
]
# What an outer middleware wants to read after the app, and where the framework says it.
ADDED = {"starlette_app": {"endpoint", "path_params"}, "fastapi_app": {"endpoint", "route"}}
OURS = ("content-length", "etag", "last-modified", "accept-ranges")  # changed with the page
WAIT = 5  # seconds for what comes at once on an idle machine

Readers = tuple[httpx.Client, httpx.Client]


@pytest.fixture(params=RUNS)
def run(request: pytest.FixtureRequest) -> tuple[str, str]:
    chosen: tuple[str, str] = request.param
    return chosen


@pytest.fixture
def readers(run: tuple[str, str], fleet: Fleet) -> Iterator[Readers]:
    """A reader of the app with us, and one of the app without."""
    app, on = run
    with client(fleet.server(app, on)) as ours, client(fleet.server(app, on, off=True)) as bare:
        yield ours, bare


@pytest.mark.parametrize("path", ["/", "/missing", "/static/page.html"])
def test_a_page_minus_the_tag_is_the_page_without_us(readers: Readers, path: str) -> None:
    with_us, without = (reader.get(path) for reader in readers)
    assert with_us.status_code == without.status_code == (404 if path == "/missing" else 200)
    if without.headers.get("content-type", "").startswith("text/html"):
        assert without_tag(with_us.content) == without.content
        lengths = {with_us.headers.get("content-length"), str(len(with_us.content))}
        assert lengths - {None} == {str(len(with_us.content))}
        assert ("content-length" in with_us.headers) == ("content-length" in without.headers)
        assert headers(with_us, *OURS) == headers(without, *OURS)
    else:
        assert path == "/missing"
        assert (with_us.content, headers(with_us)) == (without.content, headers(without))


def test_the_page_is_the_one_that_was_written(readers: Readers) -> None:
    assert without_tag(readers[0].get("/").content).decode() == PAGE


def test_a_stream_comes_whole_in_order_and_while_it_is_made(readers: Readers) -> None:
    reader = readers[0]
    with reader.stream("GET", "/stream") as answer:
        coming = answer.iter_raw()
        early = b""
        while b"</head>" not in early:  # its end is not even made yet
            early += next(coming)
        assert len(without_tag(early).decode()) <= HELD_BACK
        httpx.get(reader.base_url.join("/release"), trust_env=False)
        whole = early + b"".join(coming)
    assert without_tag(whole).decode() == PAGE


def test_a_stream_that_breaks_off_breaks_off_as_without_us(readers: Readers) -> None:
    with_us, without = (broken(reader) for reader in readers)
    assert (without_tag(with_us[0]), with_us[1]) == without
    assert without[0].decode() == PAGE[:HELD_BACK]


def broken(reader: httpx.Client) -> tuple[bytes, str]:
    """What came of a page that fails, and how it ended."""
    got = b""
    try:
        with reader.stream("GET", "/broken") as answer:
            for piece in answer.iter_raw():
                got += piece
    except httpx.TransportError as error:
        return got, type(error).__name__
    return got, "whole"


@pytest.mark.parametrize("path", ["/data", "/static/style.css"])
def test_what_is_no_page_is_the_same_to_the_byte(readers: Readers, path: str) -> None:
    with_us, without = (reader.get(path) for reader in readers)
    assert with_us.status_code == without.status_code == 200
    assert with_us.content == without.content
    assert headers(with_us) == headers(without)


@pytest.mark.parametrize("path", ["/data", "/static/style.css"])
def test_head_of_what_is_no_page_is_the_same(readers: Readers, path: str) -> None:
    with_us, without = (head(reader, path) for reader in readers)
    if isinstance(with_us, str) or isinstance(without, str):
        assert with_us == without
    else:
        assert with_us.status_code == without.status_code
        assert headers(with_us) == headers(without)


@pytest.mark.parametrize("path", ["/", "/static/page.html"])
def test_head_of_a_page_says_what_get_says(readers: Readers, path: str) -> None:
    with_us, without = (head(reader, path) for reader in readers)
    if isinstance(with_us, str) or isinstance(without, str):
        assert with_us == without
        return
    assert with_us.status_code == without.status_code
    # A server chunks what has no length, even of nothing.
    assert headers(with_us, *OURS, "transfer-encoding") == headers(without, *OURS)
    if with_us.status_code == 200 and "content-type" in with_us.headers:  # Litestar's lacks it
        get = readers[0].get(path)
        assert with_us.headers.get("content-length") in (None, get.headers.get("content-length"))
        assert with_us.headers.get("etag") == get.headers.get("etag")


def head(reader: httpx.Client, path: str) -> httpx.Response | str:
    """The answer, or what is wrong with it: BlackSheep gives the HEAD of a file two lengths."""
    try:
        answer = reader.head(path)
    except httpx.RemoteProtocolError as error:
        return str(error)
    assert answer.content == b""
    return answer


def test_our_own_routes_answer(readers: Readers) -> None:
    reader = readers[0]
    script = reader.get(source(reader.get("/").content))
    assert script.headers["content-type"].startswith("text/javascript")
    assert len(script.content) > 1000
    assert reader.get("/reader-support/pair/ads728x90.gif").headers["content-type"] == "image/gif"
    report = b'{"v":1,"kind":"verdict","verdict":"loaded","site":"The Gazette"}'
    assert reader.post("/reader-support/outcome", content=report).status_code == 204


def test_the_app_has_started(readers: Readers) -> None:
    assert readers[0].get("/data").json()["started"] is True


@pytest.mark.parametrize("path", ["/", "/static/page.html"])
def test_a_page_is_revalidated(readers: Readers, path: str) -> None:
    with_us, without = (revalidated(reader, path) for reader in readers)
    assert with_us.status_code == without.status_code
    first = readers[0].get(path).headers.get("etag")
    if with_us.status_code == 304:
        assert with_us.headers.get("etag") in (None, first)
    else:
        assert with_us.headers.get("etag") == first


def revalidated(reader: httpx.Client, path: str) -> httpx.Response:
    etag = reader.get(path).headers.get("etag")
    return reader.get(path, headers={"if-none-match": etag} if etag else {})


def test_outer_middleware_reads_what_the_app_says_in_the_scope(
    readers: Readers, run: tuple[str, str]
) -> None:
    with_us, without = readers
    revalidated(with_us, "/")  # for which the app gets a copy of the scope
    revalidated(without, "/")
    seen = watched(with_us)["scopes"]["/"]
    assert seen == watched(without)["scopes"]["/"]
    assert ADDED.get(run[0], set()) <= set(seen)


STARLETTE = [pytest.param(("starlette_app", on), id=on) for on in ("httptools", *SERVERS)]


@pytest.mark.parametrize("run", STARLETTE, indirect=True)
def test_the_app_hears_that_its_reader_has_left(readers: Readers) -> None:
    for reader in readers:
        before = watched(reader)["events"].count("the reader has left")
        with reader.stream("GET", "/endless") as answer:
            next(answer.iter_raw())
        deadline = time.monotonic() + WAIT
        while watched(reader)["events"].count("the reader has left") == before:
            assert time.monotonic() < deadline
            time.sleep(0.05)


@pytest.mark.parametrize("run", STARLETTE, indirect=True)
def test_background_tasks_run_and_context_variables_come_through(readers: Readers) -> None:
    reader = readers[0]
    before = watched(reader)["events"].count("background task")
    reader.get("/")
    deadline = time.monotonic() + WAIT
    while (seen := watched(reader))["events"].count("background task") != before + 1:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert seen["visitors"]["/"] == "a reader"
