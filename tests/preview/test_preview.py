"""The preview's page and stage, and that what it shows is what the middleware serves."""

import re
import urllib.request
from collections.abc import Iterator
from html import unescape
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from click.testing import CliRunner

from evenhand import Notice
from evenhand.asking.contrast import ratio
from evenhand.asking.reader import Reader
from evenhand.cli import app
from evenhand.preview.readers import Blocking, blockings
from evenhand.preview.site import create_app
from evenhand.settings import Settings, resolve

from ..browser.servers import Server, serving
from .served import NOTICES, OPTIONS

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) "
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
AGENTS: dict[Reader, dict[str, str]] = {
    Reader("chrome", "windows"): {"user-agent": WINDOWS + CHROME},
    Reader("firefox", "windows"): {
        "user-agent": WINDOWS.replace(") ", "; rv:140.0) ") + "Gecko/20100101 Firefox/140.0"
    },
    Reader("brave", "windows"): {
        "user-agent": WINDOWS + CHROME,
        "sec-ch-ua": '"Brave";v="140", "Chromium";v="140"',
        "sec-ch-ua-platform": '"Windows"',
    },
    Reader("edge", "windows"): {"user-agent": WINDOWS + CHROME + " Edg/140.0.0.0"},
}


pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def settings(name: str = "default", **more: Any) -> Settings:
    return resolve({**OPTIONS, "notice": NOTICES[name], **more}, {})


def client(given: Settings, **options: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(create_app(given, **options))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")


async def page(given: Settings, query: str = "") -> str:
    async with client(given) as preview:
        answer = await preview.get(f"/?{query}")
    assert answer.status_code == 200
    return answer.text


def stage_of(text: str) -> str:
    found = re.search(r'<iframe id="stage" src="([^"]+)"', text)
    assert found
    return found[1]


@pytest.fixture(scope="module")
def publishers() -> Iterator[Server]:
    command = ("-m", "uvicorn", "--factory", "tests.preview.served:create_app")
    options = ("--port", "{port}", "--log-level", "warning", "--lifespan", "off")
    with serving(*command, *options) as server:
        yield server


@pytest.mark.server
@pytest.mark.parametrize("name", NOTICES)
async def test_what_is_shown_is_byte_for_byte_what_is_served(publishers: Server, name: str) -> None:
    """For readers who can be played by headers, in each of the settings."""
    asks, languages = NOTICES[name].asks, cycle(("en", "de", "ar", "zh-Hans"))
    some = [each for each in blockings() if each.verdict in asks and each.reader in AGENTS]
    assert some
    for blocking in some[::2]:
        headers = AGENTS[blocking.reader]
        language = next(languages)
        served = _served(publishers, name, blocking, headers | {"accept-language": language})
        async with client(settings(name)) as preview:
            chosen = {"blocker": blocking.id, "language": language}
            text = (await preview.get("/", params=chosen)).text
            for part, content in served.items():
                assert (await preview.get(stage_of(text) + part)).content == content, part


def _served(
    server: Server, name: str, blocking: Blocking, headers: dict[str, str]
) -> dict[str, bytes]:
    def get(path: str) -> bytes:
        given = {"x-notice": name, "sec-fetch-site": "same-origin", **headers}
        request = urllib.request.Request(server.at("127.0.0.1", path), headers=given)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as answer:
            content: bytes = answer.read()
        return content

    build = re.search(rb"/reader-support/([0-9a-f]{12})/probe.js", get("/"))
    assert build
    below = f"/reader-support/{build[1].decode()}/"
    asked = urlencode(
        {"v": "1", "verdict": blocking.verdict, "signs": ",".join(blocking.signals), "lang": ""}
    )
    return {
        "notice": get(f"/reader-support/notice?{asked}"),
        "notice.css": get(below + "notice.css"),
        "notice.js": get(below + "notice.js"),
    }


async def test_a_form_without_a_script_shows_all_of_it() -> None:
    text = await page(settings(), "sent=1&" + urlencode({"theme": "paper", "title": "Hello"}))
    assert "can&#39;t be used" in text, "a form without its other fields"
    text = await page(settings(), "theme=paper&width=390&title=Hello&views=1")
    assert "Notice(title=&#34;Hello&#34;, theme=&#34;paper&#34;)" in text
    assert 'width="390" height="844"' in text
    assert "<code>few_pages</code>" in text
    assert "Not shown to this reader" in text
    assert '<h2 id="lint-title">Polite</h2>' in text
    assert "The notice of The Gazette" in text


async def test_findings_contrast_and_size_are_shown() -> None:
    text = await page(settings(), "every_days=7")
    assert "<strong>asks_often</strong> (warning) Notice.every_days: every_days=7" in text
    seen = f"{int(100 * ratio('#1c1b19', '#ffffff')) / 100:.2f}"
    cells = f"<code>#1c1b19</code> on <code>#ffffff</code></td><td>{seen}</td><td>4.5</td>"
    assert cells in text
    assert re.search(r'<th scope="row">notice</th><td>1\d,\d{3}</td><td>\d,\d{3}</td>', text)


async def test_what_an_editor_types_is_escaped() -> None:
    evil = '"><script>alert(1)</script>'
    text = await page(settings(), urlencode({"title": evil, "path": evil, "language": evil}))
    assert "<script>alert" not in text
    async with client(settings()) as preview:
        stage = (await preview.get(stage_of(text))).text
    assert "<script>alert" not in stage


@pytest.mark.parametrize("token", ["x", "%00", "AAAA", "_" * 4000])
async def test_an_address_that_says_nothing_is_the_apps_own(token: str) -> None:
    async with client(settings()) as preview:
        answer = await preview.get(f"/at/{token}/notice.css")
        own = await preview.get(stage_of(await page(settings())) + "notice.css")
    assert answer.content == own.content


async def test_a_template_that_fails_is_told_and_shows_nothing(tmp_path: Path) -> None:
    (tmp_path / "notice.html").write_text("<section>{{ headline }}</section>")
    given = settings(templates=tmp_path)
    text = await page(given)
    assert "UndefinedError: &#39;headline&#39; is undefined" in text
    assert "<strong>template_fails</strong>" in text
    async with client(given) as preview:
        stage = await preview.get(stage_of(text))
        assert stage.status_code == 200
        assert "<section" not in stage.text
        assert (await preview.get(stage_of(text) + "notice")).status_code == 404


async def test_the_stage_has_the_declared_slot() -> None:
    given = settings(ad_slots=["main > div.ad#top[data-ad='1']"])
    async with client(given) as preview:
        stage = (await preview.get(stage_of(await page(given)))).text
    assert '<div aria-label="Advertisement" id="top" data-ad="1" class="slot ad"></div>' in stage
    assert "there is no slot to stand in" in await page(settings(ad_slots=[]), "placement=slot")


async def test_the_pages_language_and_direction_are_the_notices() -> None:
    async with client(settings("arabic")) as preview:
        text = (await preview.get("/")).text
        assert '<html lang="ar" dir="rtl"' in (await preview.get(stage_of(text))).text
        text = (await preview.get("/?direction=ltr")).text
        assert '<html lang="ar" dir="ltr"' in (await preview.get(stage_of(text))).text


async def test_a_hold_out_gets_what_the_middleware_tells_it() -> None:
    async with client(settings("compared")) as preview:
        text = (await preview.get("/?arm=hold-out")).text
        answer = await preview.get(stage_of(text) + "notice")
        assert (answer.status_code, answer.headers["x-reader-support"]) == (204, "hold_out")
        assert "<section" not in (await preview.get(stage_of(text))).text
        text = (await preview.get("/?arm=short")).text
        assert "Hello</h2>" in (await preview.get(stage_of(text) + "notice")).text
        assert "Arm of the experiment" in text


async def test_only_this_machines_names_are_answered() -> None:
    async with client(settings(), hosts=["127.0.0.1", "localhost"]) as preview:
        assert (await preview.get("/")).status_code == 200
        for host, status in (("localhost:8400", 200), ("gazette.evil.example", 400)):
            assert (await preview.get("/", headers={"host": host})).status_code == status


async def test_nothing_comes_from_elsewhere() -> None:
    async with client(settings()) as preview:
        answer = await preview.get("/")
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "http" not in policy
        addresses = re.findall(r'(?:src|href)="([^"]*)"', unescape(answer.text))
        for address in addresses:
            assert address.startswith(("/", "data:")), address
        for name in ("page.css", "page.js", "stage.css", "stage.js", "logo.svg", "subscribe"):
            assert (await preview.get(f"/{name}")).status_code == 200


@pytest.mark.server
def test_the_command_serves_this_machine_alone() -> None:
    with serving("-m", "evenhand", "preview", "--port", "{port}") as server:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(server.at("127.0.0.1", "/"), timeout=10) as answer:
            assert b"The notice of this site" in answer.read()
        assert f"The preview is open: http://127.0.0.1:{server.port}" in server.log
        taken = CliRunner().invoke(app, ["preview", "--port", str(server.port)])
    assert taken.exit_code == 1
    assert taken.stderr == f"Port {server.port} on 127.0.0.1 is taken. Give another: --port\n"


def test_a_wrong_app_is_told() -> None:
    done = CliRunner().invoke(app, ["preview", "--app", "nowhere:app"])
    assert done.exit_code == 1
    assert "--app='nowhere:app' can't be used" in done.stderr


def test_the_default_notice_is_shown_where_there_is_none() -> None:
    assert create_app(resolve({}, {})).routes
    assert Notice().title


async def test_a_language_that_the_notice_is_not_shown_in_is_named() -> None:
    async with client(settings()) as editor:
        ours = await editor.get("/", params={"language": "de"})
        own = await editor.get("/", params={"language": "de", "title": "Coffee and news"})
    assert "get this in" not in ours.text
    assert "Readers of Deutsch (de) get this in English (en)" in own.text
