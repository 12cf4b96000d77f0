"""The demo: its pages, its ad server and its start, the bare app without the middleware."""

import re
import signal
import socket
import subprocess
import sys

import anyio
import html5lib
import httpx
import pytest
from starlette.types import ASGIApp

from evenhand.demo.adserver import CREATIVES, create_ad_server
from evenhand.demo.run import ANYWHERE, Demo, PortTakenError, addresses, bind, origin
from evenhand.demo.site import PAGES, content_security_policy, create_app

from .browser.servers import serving

ADS = "http://127.0.0.1:8001"


class Visitor:
    """Asks an app for pages, in memory."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    def get(self, path: str) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://site") as client:
                return await client.get(path)

        return anyio.run(ask)


@pytest.fixture
def site() -> Visitor:
    return Visitor(create_app(None, ADS))


@pytest.fixture
def ads() -> Visitor:
    return Visitor(create_ad_server())


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_valid_html_under_a_strict_policy(site: Visitor, path: str) -> None:
    response = site.get(path)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["content-security-policy"] == content_security_policy(ADS)
    assert "unsafe" not in response.headers["content-security-policy"]
    html5lib.HTMLParser(strict=True).parse(response.text)


def test_without_a_support_nothing_of_evenhand_is_on_the_page(site: Visitor) -> None:
    for path in PAGES:
        assert "reader-support" not in site.get(path).text


@pytest.mark.parametrize(("path", "slots"), [("/", 1), ("/article", 2), ("/about-us", 0)])
def test_slots_and_the_tag_stand_only_where_there_are_ads(
    site: Visitor, path: str, slots: int
) -> None:
    page = site.get(path).text
    assert page.count('class="ad-slot"') == slots
    assert page.count(f'<script async src="{ADS}/adserve/tag.js">') == min(1, slots)
    assert page.count("<script") == min(1, slots)


def test_slots_keep_their_size_before_the_ad_comes(site: Visitor) -> None:
    rule = re.search(r"\.ad-slot \{([^}]*)\}", site.get("/gazette.css").text)
    assert rule
    assert "width: 300px" in rule[1]
    assert "height: 250px" in rule[1]


def test_every_local_link_is_answered(site: Visitor) -> None:
    for path in PAGES:
        for link in re.findall(r'(?:href|src)="(/[^"]*)"', site.get(path).text):
            assert site.get(link).status_code == 200, link
    assert site.get("/favicon.ico").headers["content-type"] == "image/svg+xml"


def test_every_creative_may_be_framed_by_another_origin(ads: Visitor) -> None:
    seen = {ads.get(f"/adserve/creative/{slot}").text for slot in range(7)}
    assert len(seen) == len(CREATIVES)
    response = ads.get("/adserve/creative/0")
    assert "Quay Street Bakery" in response.text
    assert "frame-ancestors" not in response.headers["content-security-policy"]
    assert "x-frame-options" not in response.headers
    html5lib.HTMLParser(strict=True).parse(response.text)


def test_the_tag_is_never_cached(ads: Visitor) -> None:
    for path, kind in (("tag.js", "text/javascript"), ("creative.css", "text/css")):
        response = ads.get(f"/adserve/{path}")
        assert response.status_code == 200
        assert response.headers["content-type"].startswith(kind)
        assert response.headers["cache-control"] == "no-store"


def test_a_taken_port_is_named_together_with_a_way_out() -> None:
    with bind("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"Port {port} on 127.0.0.1 is taken") as caught:
            bind("127.0.0.1", port)
    assert (caught.value.host, caught.value.port) == ("127.0.0.1", port)
    assert "evenhand demo --port" in str(caught.value)


def test_other_socket_errors_stay_as_they_are() -> None:
    with pytest.raises(OSError, match="assign requested address"):
        bind("192.0.2.1", 0)


def test_the_two_servers_have_two_origins() -> None:
    demo = Demo("127.0.0.1", 0)
    with demo.site_socket, demo.ads_socket:
        assert demo.origin != demo.ad_origin
        links = addresses(demo, "/reader-support", simulated=True)
    assert {link.url.removeprefix(demo.origin) for link in links} == {
        "/",
        "/article",
        "/about-us",
        "/reader-support/dashboard?site=simulated",
        "/metrics/",
        "/reader-support/about",
    }


@pytest.mark.parametrize("host", ["", *ANYWHERE, "127.0.0.1"])
def test_origins_can_be_opened_in_a_browser(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.bind(("::1" if ":" in host else "127.0.0.1", 0))
        expected = "[::1]" if ":" in host else "127.0.0.1"
        assert origin(host, listener) == f"http://{expected}:{listener.getsockname()[1]}"


def test_without_the_extra_the_command_says_what_to_install() -> None:
    hidden = (
        "import sys, importlib.util as u; find = u.find_spec; "
        "u.find_spec = lambda name: None if name == 'click' else find(name); "
        "from evenhand.__main__ import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", hidden], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert 'pip install "evenhand[cli]"' in done.stderr
    assert "click" in done.stderr


@pytest.mark.server
def test_the_demo_ends_without_a_complaint() -> None:
    """Its folder goes last: what counts into it has ended by then."""
    command = ("-m", "evenhand", "demo", "--port", "{port}")
    with serving(*command, ready="/favicon.svg") as server:
        httpx.get(server.at("127.0.0.1", "/reader-support/pair/zx728q90.gif"), trust_env=False)
        server.process.send_signal(signal.SIGINT)
        server.process.wait(20)
        assert "What readers are told" in server.log
        assert "state folder" not in server.log
