"""The whole path in real browsers: from a page of the demo to the numbers of its publisher."""

import re
import sqlite3
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .conftest import VisitFunction
from .harness import Action, Browser, Page, Visit, Wait
from .notice_harness import ask
from .servers import Server, serving

pytestmark = pytest.mark.browser

WORKERS = pytest.mark.parametrize("workers", [1, 2])
CLEAN = pytest.mark.parametrize("browser", ["firefox", "chromium"])
TESTS = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def ad_origin() -> Iterator[str]:
    """The stand-in ad server."""
    factory = "evenhand.demo.adserver:create_ad_server"
    with serving("-m", "uvicorn", "--factory", factory, "--port", "{port}") as ads:
        yield f"http://127.0.0.1:{ads.port}"


@pytest.fixture
def gazette(serve: Callable[..., Server], ad_origin: str, tmp_path: Path) -> Callable[..., Server]:
    """The newspaper on a real server, with some workers and some options."""

    def start(workers: int = 1, **options: str) -> Server:
        env = {"AD_ORIGIN": ad_origin, "EVENHAND_STATE_DIR": str(tmp_path), **options}
        command = ["-m", "uvicorn", "gazette:app", "--app-dir", str(TESTS), "--port", "{port}"]
        return serve(*command, "--workers", str(workers), env=env, ready="/favicon.svg")

    return start


def scraped(server: Server) -> Counter[str]:
    """The metrics as one worker gives them, series to value."""
    with urllib.request.urlopen(server.at("127.0.0.1", "/metrics/")) as answer:
        lines = answer.read().decode().splitlines()
    samples = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return Counter({series: int(float(value)) for series, _, value in samples})


def of(samples: Counter[str], family: str, label: str) -> Counter[str]:
    """A family summed over all labels but one."""
    found: Counter[str] = Counter()
    for series, n in samples.items():
        if series.startswith(f"{family}{{"):
            named = re.search(rf'[{{,]{label}="([^"]*)"', series)
            found[named[1] if named else ""] += n
    return +found  # series that alerts look at stand at 0 from the start


def history(folder: Path, kind: str) -> Counter[str]:
    """A kind of the SQLite history, summed by value."""
    with sqlite3.connect(folder / "history.db") as database:
        rows = database.execute(
            "SELECT value, sum(n) FROM rollup WHERE kind = ? GROUP BY value", (kind,)
        ).fetchall()
    database.close()
    return Counter(dict(rows))


def quiet(page: Page) -> bool:
    """Nothing in the console, no error, no cookie, no policy violated."""
    return not (page.console or page.page_errors or page.cookie or page.violations)


@WORKERS
def test_a_real_blocker_is_counted_and_asked(
    gazette: Callable[..., Server], visit: VisitFunction, tmp_path: Path, workers: int
) -> None:
    server = gazette(workers)
    article = server.at("127.0.0.1", "/article")
    blocked = visit(Visit(url=article, wait=Wait("notice")), browser="firefox", blocker="ubo")
    assert blocked.before.blocked
    assert blocked.after.blocked
    page = blocked.visits[0]
    assert page.verdict == "blocked"
    assert page.notice.visible
    assert page.notice.in_viewport
    assert "The Gazette" in page.notice.text
    assert not page.notice.focus_inside
    assert quiet(page)
    assert page.local_storage == {}, "nothing is written before the reader acts"

    clean: list[Browser] = ["firefox", "chromium"]
    for browser in clean:
        run = visit(Visit(url=article), browser=browser)
        assert run.before.clean
        assert run.visits[0].verdict == "loaded"
        assert not run.visits[0].notice.present
        assert quiet(run.visits[0])
        assert run.visits[0].local_storage == run.visits[0].session_storage == {}

    scrapes = [scraped(server) for _ in range(6)]
    verdicts = of(scrapes[0], "evenhand_verdicts_total", "verdict")
    pairs = of(scrapes[0], "evenhand_pair_hits_total", "kind")
    assert verdicts == {"blocked": 1, "loaded": 2}
    assert pairs == {"control": 3, "bait": 2}
    assert 1 - pairs["bait"] / pairs["control"] == pytest.approx(1 / 3)
    assert of(scrapes[0], "evenhand_notice_total", "event") == {"shown": 1}
    assert of(scrapes[0], "evenhand_pages_total", "result") == {"inserted": 3}
    assert of(scrapes[0], "evenhand_bait_ad_total", "bait") == {"blocked": 1, "ok": 2}
    counters = [
        {series: n for series, n in scrape.items() if "_total{" in series} for scrape in scrapes
    ]
    assert all(scrape == counters[0] for scrape in counters), "whichever worker answers"

    urllib.request.urlopen(server.at("127.0.0.1", "/reader-support/dashboard")).close()  # flushes
    assert history(tmp_path, "verdict") == verdicts
    assert history(tmp_path, "pair") == pairs
    assert history(tmp_path, "notice") == {"shown": 1}
    assert history(tmp_path, "page") == {"inserted": 3}
    now = scraped(server)
    assert now["evenhand_reports_received_total"] == 3 + 5 + 1
    assert now["evenhand_reports_stored_total"] == now["evenhand_reports_received_total"]
    assert now["evenhand_reports_pending"] == 0


@CLEAN
def test_a_page_without_ads_is_not_applicable(
    gazette: Callable[..., Server], visit: VisitFunction, browser: Browser
) -> None:
    server = gazette()
    page = visit(Visit(url=server.at("127.0.0.1", "/about-us")), browser=browser).visits[0]
    assert page.verdict == "not_applicable"
    assert quiet(page)
    assert not page.requested("ads.js")


def test_a_closed_notice_stays_closed(gazette: Callable[..., Server], visit: VisitFunction) -> None:
    article = gazette().at("127.0.0.1", "/article")
    actions: list[Action] = [{"click": ".close"}, {"wait": 300}, {"reload": True}, {"wait": 2500}]
    again = Visit(url=article, wait=Wait(settle=1500), page="new")
    run = visit(
        Visit(url=article, wait=Wait("notice"), actions=actions),
        again,
        browser="firefox",
        blocker="ubo",
    )
    first, second = run.visits
    assert not first.steps[0].notice.present, "closed by its button"
    assert not first.steps[-1].notice.present, "and after a reload"
    assert "until" in first.local_storage["reader-support"]
    assert second.verdict == "blocked"
    assert not second.notice.present, "and in another tab"
    events = [request.body for request in first.requested("outcome")]
    assert any('"event":"dismissed"' in (body or "") for body in events)


def test_escape_closes_it_and_gives_the_focus_back(
    gazette: Callable[..., Server], visit: VisitFunction
) -> None:
    article = gazette().at("127.0.0.1", "/article")
    actions: list[Action] = [
        {"focus": "nav a", "in_page": True},
        {"focus": "summary"},
        {"press": "Escape"},
        {"wait": 200},
    ]
    page = visit(
        Visit(url=article, wait=Wait("notice"), actions=actions), browser="firefox", blocker="ubo"
    ).visits[0]
    assert page.steps[1].notice.focus_inside
    assert not page.notice.present
    assert page.notice.focused.startswith("a")


def test_the_notice_shifts_nothing(gazette: Callable[..., Server], visit: VisitFunction) -> None:
    """Only Chromium can tell, and no blocker runs in it here: so it is asked for by hand."""
    more: list[Action] = [{"click": ".more"}]
    for viewport, unfold in (((1280, 800), []), ((360, 740), more)):
        article = gazette().at("127.0.0.1", "/article")
        actions: list[Action] = [ask(), {"wait": 500}, *unfold, {"click": "summary"}]
        visited = Visit(url=article, actions=actions, viewport=viewport)
        page = visit(visited, browser="chromium").visits[0]
        before, after = page.steps[1].notice, page.steps[-1].notice
        assert before.visible
        assert before.box is not None
        assert before.box.height <= viewport[1] / 5 + 1
        assert after.visible
        assert page.layout_shift == 0
        assert quiet(page)


def test_the_first_bait_opens_the_guard_of_a_public_host(
    gazette: Callable[..., Server], visit: VisitFunction
) -> None:
    server = gazette()
    article = server.at("gazette.localhost", "/article")
    wait = Wait(settle=1500)
    before = visit(Visit(url=article, wait=wait), browser="firefox", blocker="ubo").visits[0]
    assert before.verdict == "blocked"
    assert not before.notice.present, "closed: nobody is asked"
    visit(Visit(url=article), browser="chromium")
    after = visit(Visit(url=article, wait=Wait("notice")), browser="firefox", blocker="ubo").visits[
        0
    ]
    assert after.notice.visible
    verdicts = of(scraped(server), "evenhand_verdicts_total", "verdict")
    assert verdicts == {"unknown": 1, "loaded": 1, "blocked": 1}


def test_switched_off_a_page_asks_for_nothing_of_ours(
    gazette: Callable[..., Server], visit: VisitFunction
) -> None:
    server = gazette(EVENHAND_OFF="1")
    run = visit(Visit(url=server.at("127.0.0.1", "/article"), wait=Wait("load")), browser="firefox")
    assert not run.visits[0].requested("reader-support")


@CLEAN
@pytest.mark.parametrize("newer", ["html", "server"])
def test_html_of_another_build_works(
    serve: Callable[..., Server], visit: VisitFunction, browser: Browser, newer: str
) -> None:
    """Old HTML in a cache against a new server, and the other way round in a rolling deploy."""
    command = ["-m", "uvicorn", "rolling:app", "--app-dir", str(TESTS), "--port", "{port}"]
    server = serve(*command, env={"NEWER": newer}, ready="/favicon.svg")
    page = visit(Visit(url=server.at("127.0.0.1", "/about-us")), browser=browser).visits[0]
    assert page.verdict == "unknown", (
        "it declares a slot, so that more than one script is asked for"
    )
    assert quiet(page)
    hashes = {found[1] for r in page.requests if (found := re.search(r"/([0-9a-f]{12})/", r.url))}
    assert len(hashes) == 2, "the page named one build, the script the other"
    samples = scraped(server)
    assert sum(of(samples, "evenhand_verdicts_total", "verdict").values()) == 1
