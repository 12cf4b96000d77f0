"""Real blockers, each on pages with and without declared ad slots, and on a site that its reader
has allowed: recognised where it blocks, unnoticed where it doesn't."""

from __future__ import annotations

import json
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import pytest

from ..conftest import show
from .conftest import VisitFunction
from .harness import BROWSER_OF, ROOT, Blocker, Browser, Page, Run, Visit, Wait
from .servers import Server, serving
from .test_demo import of, scraped

pytestmark = pytest.mark.browser

BLOCKERS: list[Blocker] = list(get_args(Blocker))
HOST = "gazette.localhost"  # EasyList hides nothing on 127.0.0.1
ALLOWED = "friend.localhost"
KINDS = {"image", "script", "style", "fetch"}
FILE = ROOT / "build/blockers.json"
LOADED_AT = {"evaluate": "performance.getEntriesByType('navigation')[0].loadEventEnd"}
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@dataclass(frozen=True)
class Sites:
    """One publisher who has declared ad slots, one who hasn't; both guards are open."""

    declared: Server
    undeclared: Server

    @property
    def verdicts(self) -> Counter[str]:
        """Both publishers' own records."""
        counts: Counter[str] = Counter()
        for server in (self.declared, self.undeclared):
            counts += of(scraped(server), "evenhand_verdicts_total", "verdict")
        return counts

    @property
    def events(self) -> Counter[str]:
        """What became of both publishers' notices."""
        counts: Counter[str] = Counter()
        for server in (self.declared, self.undeclared):
            counts += of(scraped(server), "evenhand_notice_total", "event")
        return counts


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    with ExitStack() as stack:
        factory = "evenhand.demo.adserver:create_ad_server"
        ads = stack.enter_context(
            serving("-m", "uvicorn", "--factory", factory, "--port", "{port}")
        )

        def start(app: str, folder: Path) -> Server:
            env = {"AD_ORIGIN": ads.url[:-1], "EVENHAND_STATE_DIR": str(folder)}
            command = ("-m", "uvicorn", app, "--app-dir", str(ROOT / "tests"), "--port", "{port}")
            server = stack.enter_context(serving(*command, env=env, ready="/favicon.svg"))
            open_guard(server)
            return server

        yield Sites(
            start("gazette:app", tmp_path_factory.mktemp("declared")),
            start("browser.undeclared:app", tmp_path_factory.mktemp("undeclared")),
        )


def open_guard(server: Server) -> None:
    """As the first reader without a blocker does."""
    bait = server.at("127.0.0.1", "/reader-support/pair/ads728x90.gif")
    request = urllib.request.Request(bait, headers={"host": HOST, "user-agent": AGENT})
    urllib.request.urlopen(request).close()


@pytest.fixture(scope="module")
def table(request: pytest.FixtureRequest) -> Iterator[dict[str, dict[str, Any]]]:
    """Blocker to what was measured; shown and written when the module is done."""
    rows: dict[str, dict[str, Any]] = {}
    yield rows
    if not rows:
        return
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(rows, indent=1, sort_keys=True) + "\n")
    show(request.config, lines(rows))


def lines(rows: dict[str, dict[str, Any]]) -> Iterator[str]:
    """The table as text."""
    head = ("baits that failed", "element", "verdict", "no slots", "ms", "ms", "allowed")
    shape = "{:<18}{:<30}{:<9}{:<9}{:<9}{:>6}{:>6}  {}"
    yield shape.format("blocker", *head)
    for name in sorted(rows):
        row = rows[name]
        yield shape.format(
            name,
            ", ".join(row["baits"]) or "none",
            "hidden" if row["element_hidden"] else "shown",
            row["verdict"],
            row["verdict_undeclared"],
            row["ms"],
            row["ms_undeclared"],
            row["verdict_allowed"],
        )


def article(server: Server, host: str, wait: Wait) -> Visit:
    return Visit(url=server.at(host, "/article"), wait=wait, actions=[LOADED_AT])


def failed(page: Page) -> set[str]:
    """The kinds of bait that failed, by what the page itself found."""
    signals = page.verdicts[-1].signals
    end = "_bait_failed"
    return {signal.removesuffix(end) for signal in signals if signal.endswith(end)}


def after_load(page: Page) -> int:
    """How long after the load event the verdict came, in ms."""
    return round(page.verdicts[0].at - float(page.steps[-1].value))


def measured(run: Run) -> dict[str, Any]:
    declared, undeclared, _, allowed, _ = run.visits
    return {
        "browser": run.version,
        "baits": sorted(failed(declared) - {"element"}),
        "element_hidden": "element" in failed(declared),
        "verdict": declared.verdict,
        "verdict_undeclared": undeclared.verdict,
        "verdict_allowed": allowed.verdict,
        "notice": declared.notice.visible and undeclared.notice.visible,
        "ms": after_load(declared),
        "ms_undeclared": after_load(undeclared),
        "ready_ms": run.ready_ms,
        "total_ms": run.total_ms,
    }


@pytest.mark.parametrize("blocker", BLOCKERS)
def test_a_blocker_is_recognised(
    sites: Sites, visit: VisitFunction, table: dict[str, dict[str, Any]], blocker: Blocker
) -> None:
    asked, unasked = Wait("notice"), Wait(settle=600)
    before, events = sites.verdicts, sites.events
    run = visit(
        article(sites.declared, HOST, asked),
        article(sites.undeclared, HOST, asked),
        Visit(url=sites.declared.at(HOST, "/about-us"), wait=unasked),
        article(sites.declared, ALLOWED, unasked),
        article(sites.undeclared, ALLOWED, unasked),
        browser=BROWSER_OF[blocker],
        blocker=blocker,
        allowed=[ALLOWED],
    )
    for evidence in (run.before, run.after):
        assert evidence.blocked
        assert evidence.listed_element == blocker.endswith("-network")
    assert all(page.verdict for page in run.visits), [page.requests for page in run.visits]
    table[blocker] = measured(run)

    declared, undeclared, bare, *allowed = run.visits
    elements = set() if blocker.endswith("-network") else {"element"}
    for page in (declared, undeclared):
        assert page.verdict == "blocked"
        assert failed(page) == KINDS | elements
        assert page.notice.visible
        assert page.notice.in_viewport
        assert "The Gazette" in page.notice.text
    assert bare.verdict == "not_applicable", "it declares slots, and this page has none"
    assert not bare.notice.present
    for page in allowed:
        assert page.verdict == "loaded"
        assert not failed(page)
        assert not page.notice.present
    for page in run.visits:
        assert only_baits_and_ads_are_blocked(page)
        assert not page.page_errors
    assert sites.verdicts - before == {"blocked": 2, "not_applicable": 1, "loaded": 2}
    assert sites.events - events == {"shown": 2}, "in no list is it hidden"


def only_baits_and_ads_are_blocked(page: Page) -> bool:
    """Whatever else is ours came through."""
    lost = [request.url for request in page.requests if request.failed]
    assert all("/reader-support/pair/" in url or "/adserve/" in url for url in lost), lost
    return True


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_a_clean_browser_is_not_accused(
    sites: Sites, visit: VisitFunction, browser: Browser
) -> None:
    before = sites.verdicts
    wait = Wait(settle=1000)
    run = visit(
        article(sites.declared, HOST, wait), article(sites.undeclared, HOST, wait), browser=browser
    )
    assert run.before.clean
    assert run.after.clean
    for page in run.visits:
        assert page.verdict == "loaded"
        assert not failed(page)
        assert not page.notice.present
    assert sites.verdicts - before == {"loaded": 2}
