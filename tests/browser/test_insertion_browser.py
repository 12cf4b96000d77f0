"""Where a tag of ours could break a page, or a policy could stop it: in real browsers."""

import urllib.request
from collections.abc import Callable, Iterator

import pytest

from .conftest import VisitFunction
from .harness import Browser, Page, Visit, Wait
from .insertion_site import (
    LEFT_ALONE,
    MODULES_RUN,
    PAGES,
    POLICIES,
    REPORTED,
    REPORTS,
    RUNNING,
    TRUSTED,
)
from .servers import Server, serving

pytestmark = pytest.mark.browser

MARK = b"data-evenhand"
TOLD = (
    "({mode: document.compatMode, charset: document.characterSet,"
    " text: document.body.innerText.trim()})"
)


@pytest.fixture(scope="session")
def site() -> Iterator[Server]:
    """The pages on a real server."""
    command = ("-m", "uvicorn", "tests.browser.insertion_site:app", "--port", "{port}")
    with serving(*command, "--lifespan", "off") as server:
        yield server


Seen = dict[str, Page]


@pytest.fixture(scope="session")
def seen_by(site: Server, visit: VisitFunction) -> Callable[[Browser], Seen]:
    """Every page as a browser saw it; all of them are opened when the first is asked for."""
    done: dict[Browser, Seen] = {}

    def look(browser: Browser) -> Seen:
        if browser not in done:
            visits = [visiting(site, name) for name in PAGES]
            done[browser] = dict(zip(PAGES, visit(*visits, browser=browser).visits, strict=True))
        return done[browser]

    return look


def visiting(site: Server, name: str) -> Visit:
    wait = Wait("load" if name in LEFT_ALONE else "verdict", timeout=4000, settle=400)
    # A policy would stop the harness from evaluating anything.
    actions = [] if PAGES[name].policies or name in POLICIES else [{"evaluate": TOLD}]
    return Visit(url=site.at("127.0.0.1", f"/{name}"), wait=wait, actions=actions)


@pytest.fixture(params=["firefox", "chromium"])
def seen(request: pytest.FixtureRequest, seen_by: Callable[[Browser], Seen]) -> Seen:
    return seen_by(request.param)


def served(site: Server, name: str) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(site.at("127.0.0.1", f"/{name}")) as answer:
        content: bytes = answer.read()
    return content


@pytest.mark.parametrize("name", RUNNING)
def test_the_script_runs_and_the_page_has_nothing_to_complain_about(seen: Seen, name: str) -> None:
    page = seen[name]
    assert page.verdict == "loaded"
    assert "csp" not in page.verdicts[-1].signals
    assert quiet(page)


def quiet(page: Page) -> bool:
    """Nothing in the console, no error, no policy violated or said to be."""
    reported = page.requested(REPORTS)
    return not (page.console or page.page_errors or page.violations or reported)


@pytest.mark.parametrize("name", REPORTED)
def test_a_policy_that_only_reports_every_script_stops_nothing(seen: Seen, name: str) -> None:
    page = seen[name]
    assert page.verdict == "loaded"
    assert {violation.disposition for violation in page.violations} == {"report"}


@pytest.mark.parametrize("name", MODULES_RUN)
def test_the_pages_own_modules_run(seen: Seen, name: str) -> None:
    assert seen[name].title == "the module ran"


def test_a_base_to_another_host_sends_nothing_of_ours_there(seen: Seen, site: Server) -> None:
    page = seen["base_to_another_host"]
    ours = page.requested("/reader-support/")
    for part in ("probe.js", "pair/ads728x90.gif", "outcome"):
        assert [request for request in ours if part in request.url], part
    assert all(request.url.startswith(site.url) for request in page.requests)


MODES = [
    ("quirks_mode", "BackCompat"),
    ("standards_mode", "CSS1Compat"),
    ("limited_quirks_mode", "CSS1Compat"),
]


@pytest.mark.parametrize(("name", "mode"), MODES)
def test_a_page_keeps_its_mode(seen: Seen, name: str, mode: str) -> None:
    assert seen[name].steps[0].value["mode"] == mode


CHARSETS = [
    ("windows_1252", "windows-1252"),
    ("iso_8859_1_in_the_header", "windows-1252"),  # as the Encoding standard has it
    ("charset_ends_at_byte_1000", "UTF-8"),
    ("late_charset_ends_at_byte_1000", "UTF-8"),
]


@pytest.mark.parametrize(("name", "charset"), CHARSETS)
def test_accents_stay_what_they_were(seen: Seen, name: str, charset: str) -> None:
    page = seen[name]
    assert page.steps[0].value["charset"] == charset
    assert page.steps[0].value["text"] == "Ça va"
    assert page.title == "Ça"


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_a_page_where_it_could_not_run_is_left_alone(seen: Seen, site: Server, name: str) -> None:
    assert served(site, name) == PAGES[name].content
    page = seen[name]
    assert page.verdicts == []
    assert page.requested("reader-support") == []
    assert page.violations == []


@pytest.mark.parametrize("name", PAGES)
def test_all_others_have_the_tag_once(site: Server, name: str) -> None:
    assert served(site, name).count(MARK) == (name not in LEFT_ALONE)


@pytest.mark.parametrize("name", TRUSTED)
def test_where_scripts_need_trusted_types(seen: Seen, name: str) -> None:
    """The pair that is a script is not even tried; the others are enough."""
    page = seen[name]
    assert page.verdict == "loaded"
    signals = set(page.verdicts[-1].signals)
    assert {"csp", "image_bait_loaded", "style_bait_loaded"} <= signals
    assert "script_bait_loaded" not in signals
    assert quiet(page)
