"""The harness itself: what it reports of hand-made pages, with and without a blocker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import VisitFunction
from .harness import Browser, Visit, VisitError, Wait
from .servers import Server, ServerError, serving

pytestmark = pytest.mark.browser

LOADED = Wait(until="load")
BAITS = ("ads728x90.gif", "adserver.js")
TWINS = ("pen728x90.gif", "penserver.js")

BAIT_PAGE = """<!doctype html><title>baits</title>
<img src="/ads728x90.gif"><script src="/adserver.js"></script>
<img src="/pen728x90.gif"><script src="/penserver.js"></script>"""

NOISY_PAGE = """<!doctype html><title>noisy</title><script>
console.log("said on purpose"); console.warn("warned on purpose");
setTimeout(() => { throw new Error("thrown on purpose"); });
document.cookie = "kept=1"; localStorage.long = "1"; sessionStorage.short = "1";
fetch("/outcome", { method: "POST", body: '{"v":1}' });
document.dispatchEvent(new CustomEvent("reader-support:verdict",
  { detail: { verdict: "blocked", signals: ["image_bait_failed"] } }));
</script>"""

NOTICE_PAGE = """<!doctype html><title>notice</title><p>story</p><script>
if (!localStorage.dismissed) setTimeout(() => {
  const host = document.createElement("reader-support-notice");
  host.attachShadow({ mode: "open" }).innerHTML = `
    <style>aside { position: fixed; left: 10px; bottom: 10px; width: 300px; height: 90px; }</style>
    <aside>Please help <button class="close">No</button></aside>`;
  host.shadowRoot.querySelector(".close").onclick = () => {
    localStorage.dismissed = "1";
    host.remove();
  };
  document.body.append(host);
}, 100);
</script>"""

SHIFTING_PAGE = """<!doctype html><title>shift</title><p>story</p><script>
setTimeout(() => {
  const late = document.createElement("div");
  late.style.height = "300px";
  document.body.prepend(late);
}, 100);
</script>"""


@pytest.fixture
def site(serve: Callable[..., Server], tmp_path: Path) -> Server:
    pages = {
        "baits": BAIT_PAGE,
        "noisy": NOISY_PAGE,
        "notice": NOTICE_PAGE,
        "shift": SHIFTING_PAGE,
    }
    for name, page in pages.items():
        (tmp_path / f"{name}.html").write_text(page)
    for name in (*BAITS, *TWINS):
        (tmp_path / name).touch()
    return serve("-m", "http.server", "{port}", "--bind", "127.0.0.1", "--directory", str(tmp_path))


def served(site: Server, name: str) -> bool:
    return f"GET /{name} " in site.log


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_a_clean_browser_loads_baits_and_twins(
    visit: VisitFunction, site: Server, browser: Browser
) -> None:
    run = visit(
        Visit(url=site.at("gazette.localhost", "/baits.html"), wait=LOADED), browser=browser
    )
    assert run.before.clean
    assert run.after.clean
    assert all(served(site, name) for name in (*BAITS, *TWINS))
    # 304: the browser has it from looking whether it is clean, and asks whether that is still so.
    statuses = {request.status for request in run.visits[0].requested("728x90")}
    assert statuses
    assert statuses <= {200, 304}


@pytest.mark.parametrize("host", ["gazette.localhost", "127.0.0.1"])
def test_ublock_origin_stops_baits_and_lets_twins_pass(
    visit: VisitFunction, site: Server, host: str
) -> None:
    run = visit(
        Visit(url=site.at(host, "/baits.html"), wait=LOADED), browser="firefox", blocker="ubo"
    )
    assert run.before.blocked
    assert run.after.blocked
    assert run.after.listed_element == (host == "127.0.0.1")  # EasyList hides nothing there
    assert not any(served(site, name) for name in BAITS)
    assert all(served(site, name) for name in TWINS)
    assert all(request.failed for request in run.visits[0].requested("ads728x90"))


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_what_a_page_says_sends_and_keeps_is_reported(
    visit: VisitFunction, site: Server, browser: Browser
) -> None:
    run = visit(Visit(url=site.at("gazette.localhost", "/noisy.html")), browser=browser)
    page = run.visits[0]
    said = [(message.type, message.text) for message in page.console]
    assert ("log", "said on purpose") in said
    assert ("warn", "warned on purpose") in said
    assert page.page_errors == ["Error: thrown on purpose"]
    assert (page.status, page.title, page.waited) == (200, "noisy", True)
    assert page.verdict == "blocked"
    assert page.verdicts[0].signals == ["image_bait_failed"]
    assert page.cookie == "kept=1"
    assert page.local_storage == {"long": "1"}
    assert page.session_storage == {"short": "1"}
    (report,) = page.requested("/outcome")
    assert (report.method, report.body, report.status) == ("POST", '{"v":1}', 501)
    assert not page.notice.present


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_a_notice_is_found_clicked_away_and_remembered(
    visit: VisitFunction, site: Server, tmp_path: Path, browser: Browser
) -> None:
    url = site.at("gazette.localhost", "/notice.html")
    picture = tmp_path / "notice.png"
    soon = Wait(until="notice", timeout=3000)
    run = visit(
        Visit(
            url=url,
            wait=soon,
            viewport=(800, 600),
            actions=[
                {"evaluate": "({deep: {er: {and: {deeper: [1, {yet: 2}]}}}})"},
                {"screenshot": str(picture)},
                {"focus": ".close"},
                {"press": "Enter"},
            ],
        ),
        Visit(url=url, wait=Wait(until="notice", timeout=600), actions=[{"reload": True}]),
        Visit(url=url, wait=soon, profile="own"),
        browser=browser,
    )
    first, later, other_reader = run.visits
    shown, _, focused, closed = (step.notice for step in first.steps)
    assert first.waited
    assert shown.visible
    assert shown.in_viewport
    assert shown.box is not None
    assert (shown.box.x, shown.box.y, shown.box.width, shown.box.height) == (10, 500, 300, 90)
    assert shown.text.startswith("Please help")
    assert not shown.focus_inside
    assert (focused.focused, focused.focus_inside) == ("button.close", True)
    assert not closed.present
    assert first.steps[0].value == {"deep": {"er": {"and": {"deeper": [1, {"yet": 2}]}}}}
    assert picture.stat().st_size > 1000
    assert not later.waited
    assert not later.notice.present
    assert other_reader.notice.visible


def test_layout_shift_is_measured_in_chromium(visit: VisitFunction, site: Server) -> None:
    run = visit(
        Visit(url=site.at("gazette.localhost", "/shift.html"), wait=LOADED),
        Visit(url=site.at("gazette.localhost", "/baits.html"), wait=LOADED),
        browser="chromium",
    )
    moved, still = run.visits
    assert moved.layout_shift is not None
    assert moved.layout_shift > 0.01
    assert still.layout_shift == 0


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_the_color_scheme_is_set(visit: VisitFunction, site: Server, browser: Browser) -> None:
    dark = {"evaluate": "matchMedia('(prefers-color-scheme: dark)').matches"}
    run = visit(
        Visit(url=site.url, wait=LOADED, color_scheme="dark", actions=[dark]), browser=browser
    )
    assert run.visits[0].steps[0].value is True


def test_an_action_that_fails_says_why(visit: VisitFunction, site: Server) -> None:
    with pytest.raises(VisitError, match=r"nothing matches \.close inside the notice"):
        visit(Visit(url=site.url, wait=LOADED, actions=[{"click": ".close"}]), browser="chromium")


def test_a_server_that_ends_at_once_fails_with_its_log() -> None:
    with (
        pytest.raises(ServerError, match="ended with 3:\nwrong option"),
        serving("-c", "import sys; print('wrong option'); sys.exit(3)"),
    ):
        pass
