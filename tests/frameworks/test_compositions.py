"""Apps in apps, paths below a root, two of us, and compressors: on a real server."""

import re
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest
from tests.browser.servers import Server

from .fleet import TAG, Fleet, client, source, without_tag

pytestmark = pytest.mark.server

NEWS = "/news/reader-support/"
OWN = "/reader-support/"
GZIP = {"accept-encoding": "gzip"}


@pytest.fixture
def sites(fleet: Fleet) -> Server:
    return fleet.server("composed_app", ready="/release")


@pytest.fixture
def at(sites: Server, request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    with client(sites, request.param) as reader:
        yield reader


def results(reader: httpx.Client, metrics: str = "/metrics/") -> dict[str, int]:
    """What became of the pages, as the app's own metrics say."""
    pattern = r'^evenhand_pages_total\{.*result="(\w+)".*\} (\d+)'
    text = reader.get(metrics).text
    return {name: int(n) for name, n in re.findall(pattern, text, re.MULTILINE) if int(n)}


def has_its_script(reader: httpx.Client, page: bytes) -> bool:
    return b"use strict" in reader.get(source(page)).content


MOUNTS = [
    # where the middleware is, a page, where its tag has our script from
    ("parent", "/", OWN),
    ("parent", "/news/", OWN),
    ("child", "/", None),
    ("child", "/news/", NEWS),
    ("both", "/", OWN),
    ("both", "/news/", NEWS),
]


@pytest.mark.parametrize(("at", "path", "expected"), MOUNTS, indirect=["at"])
def test_a_mounted_app_has_one_tag_that_leads_to_our_script(
    at: httpx.Client, path: str, expected: str | None
) -> None:
    page = at.get(path).content
    assert len(TAG.findall(page)) == (expected is not None)
    if expected is not None:
        assert source(page).startswith(expected)
        assert has_its_script(at, page)
        assert at.get(f"{expected}pair/ads728x90.gif").content.startswith(b"GIF")


@pytest.mark.parametrize("at", ["both"], indirect=True)
def test_the_outer_of_two_layers_finds_the_tag_of_the_inner(at: httpx.Client) -> None:
    before = results(at).get("already_inserted", 0)
    at.get("/news/")
    assert results(at)["already_inserted"] == before + 1


@pytest.mark.parametrize("at", ["two"], indirect=True)
def test_two_of_us_put_in_one_tag_and_answer_at_two_prefixes(at: httpx.Client) -> None:
    before = [results(at, "/metrics/"), results(at, "/outer-metrics/")]
    page = at.get("/").content
    assert source(page).startswith("/inner/")
    assert has_its_script(at, page)
    after = [results(at, "/metrics/"), results(at, "/outer-metrics/")]
    assert after[0]["inserted"] == before[0].get("inserted", 0) + 1
    assert after[1]["already_inserted"] == before[1].get("already_inserted", 0) + 1
    for prefix in ("/inner", "/outer"):
        assert at.get(f"{prefix}/pair/ads728x90.gif").content.startswith(b"GIF")


@pytest.mark.parametrize("at", ["inside"], indirect=True)
def test_inside_a_compressor_the_tag_is_compressed_with_its_page(at: httpx.Client) -> None:
    page = at.get("/", headers=GZIP)
    assert page.headers["content-encoding"] == "gzip"
    assert without_tag(page.content) == without_tag(at.get("/").content)
    assert has_its_script(at, page.content)


def test_outside_a_compressor_a_page_is_counted_and_said_once(sites: Server) -> None:
    with client(sites, "outside") as reader:
        before = results(reader).get("encoded", 0)
        for _ in range(3):
            page = reader.get("/", headers=GZIP)
            assert page.headers["content-encoding"] == "gzip"
            assert not TAG.search(page.content)
        assert results(reader)["encoded"] == before + 3
        assert TAG.search(reader.get("/").content), "what is not compressed"
    assert sites.log.count("compressed before it reached us") == 1


ROOTED = [("httptools", "/news"), ("h11", "/news"), ("hypercorn", "/news")]


@pytest.mark.parametrize(("on", "root"), ROOTED, ids=[on for on, _ in ROOTED])
def test_the_servers_own_root_path_leads_to_our_script(fleet: Fleet, on: str, root: str) -> None:
    """As behind a proxy that takes the root off the path."""
    server = fleet.server("starlette_app", on, "--root-path", root)
    with ExitStack() as stack:
        reader = stack.enter_context(client(server))
        page = reader.get("/").content
        assert source(page).startswith(NEWS)
        for address in (source(page).removeprefix(root), f"{OWN}pair/ads728x90.gif"):
            assert reader.get(address).status_code == 200
        assert reader.get("/data").json()["started"] is True
