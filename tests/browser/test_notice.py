# Long: one notice, seen by readers of every kind.
"""The notice in real browsers, for readers of every kind: what they see, hear and press."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evenhand.asking.theme import THEMES
from evenhand.vocabulary import PLACEMENTS

from .conftest import VisitFunction
from .harness import Action, Browser, Page, Visit, Wait
from .notice_harness import SETTLE, WINDOWS, ask, at, inside, site
from .servers import Server

__all__ = ["site"]

pytestmark = pytest.mark.browser

BOTH = pytest.mark.parametrize("browser", ["chromium", "firefox"])
TREE = Path(__file__).with_name("notice_tree.txt")
OPENED: Action = {"click": "summary"}
AXE: Action = {"axe": True}
# Of what axe can't decide: the cross, which is no text, and its name, which is.
UNDECIDED = {"color-contrast", "label-content-name-mismatch"}
CUT_OFF = """[...section.querySelectorAll("*"), section].filter((part) =>
  part.getClientRects().length && part.scrollWidth > part.clientWidth + 1 && part.clientWidth
  && getComputedStyle(part).textOverflow !== "ellipsis" && part.localName !== "select"
).map((part) => part.outerHTML.slice(0, 80))"""


def in_one_tab(visits: Sequence[Visit]) -> list[Visit]:
    """Page views of the same window, one after the other: a new tab each takes three times as
    long."""
    return [visits[0], *(replace(visit, page="same") for visit in visits[1:])]


def audits(page: Page) -> list[dict[str, Any]]:
    return [step.value for step in page.steps if "axe" in step.action]


def no_violations(pages: Sequence[Page]) -> None:
    for page in pages:
        assert page.notice.visible, page.url
        assert audits(page)
        for audit in audits(page):
            assert audit["violations"] == [], page.url
            assert {"color-contrast", "aria-allowed-attr", "target-size"} <= set(audit["rules"])
            undecided = audit["incomplete"]
            assert {rule["rule"] for rule in undecided} <= UNDECIDED, page.url
            nodes = [node for rule in undecided for node in rule["nodes"]]
            assert all("span" in node or ".close" in node for node in nodes), nodes


def each_theme_and_place(site: Server, scheme: Any) -> list[Visit]:
    """Closed and opened."""
    more: dict[str, list[Action]] = {"slot": [{"click": ".more"}]}
    return [
        at(
            site,
            f"/{theme}-{placement}/",
            *(AXE, *more.get(placement, []), OPENED, AXE),
            color_scheme=scheme,
        )
        for theme, placement in itertools.product(THEMES, PLACEMENTS)
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_theme_and_place(
    site: Server, visit: VisitFunction, scheme: Any
) -> None:
    visits = in_one_tab(each_theme_and_place(site, scheme))
    pages = visit(*visits, browser="chromium").visits
    no_violations(pages)
    assert len(pages) == len(THEMES) * len(PLACEMENTS)
    assert {page.layout_shift for page in pages} == {0}


def test_axe_finds_nothing_in_any_language_direction_and_window(
    site: Server, visit: VisitFunction
) -> None:
    """Languages, directions, windows and themes pairwise with placements."""
    small: dict[str, Any] = {"viewport": WINDOWS["small"]}
    visits = [
        at(site, "/ar-bar/?rtl", AXE, OPENED, AXE),
        at(site, "/ar-corner/", AXE, OPENED, AXE, color_scheme="dark"),
        at(site, "/ar-slot/?rtl", AXE),
        at(site, "/ar-bar/", AXE, {"click": ".more"}, AXE, OPENED, AXE, **small),
        at(site, "/long-bar/?rtl", AXE, OPENED, AXE, color_scheme="dark"),
        at(site, "/long-corner/", AXE, {"click": ".more"}, OPENED, AXE, **small),
        at(site, "/long-slot/", AXE, {"click": ".more"}, AXE, color_scheme="dark"),
        at(site, "/bold-bar/", AXE, {"click": ".more"}, AXE, viewport=WINDOWS["zoomed"]),
        at(site, "/strict/", AXE, OPENED, AXE),
        at(site, "/default/?block", AXE),
        at(site, "/plain-bar/", AXE, OPENED, AXE, emulate={"forced_colors": True}),
        at(site, "/slate-bar/", AXE, emulate={"features": {"prefers-contrast": "more"}}),
    ]
    pages = visit(*visits, browser="chromium").visits
    no_violations(pages)
    assert {page.layout_shift for page in pages} == {0}
    for page in pages:
        assert [*page.page_errors, *page.violations, *page.console] == [], page.url
        assert page.cookie == ""


def test_it_is_small_cut_off_nowhere_and_shifts_nothing(site: Server, visit: VisitFunction) -> None:
    visits: list[Visit] = []
    for window, size in WINDOWS.items():
        emulate = {"scale": 4} if window == "zoomed" else {}
        visits += in_one_tab(
            [
                at(site, path, inside(CUT_OFF), {"wait": 50}, viewport=size, emulate=emulate)
                for path in ("/plain-bar/", "/ar-corner/?rtl", "/long-slot/")
            ]
        )
    pages = visit(*visits, browser="chromium").visits
    for asked, page in zip(visits, pages, strict=True):
        is_small_and_whole(asked, page)


def is_small_and_whole(asked: Visit, page: Page) -> None:
    what = f"{page.url} {asked.viewport}"
    width, height = asked.viewport
    assert page.notice.box, what
    assert page.notice.box.width * page.notice.box.height <= 0.2 * width * height + 1, what
    assert page.notice.in_viewport or "slot" in page.url, what
    assert page.steps[1].value == [], what
    assert page.layout_shift == 0, what
    assert [*page.page_errors, *page.console] == [], what


@pytest.mark.parametrize("window", ["phone", "small", "zoomed"])
def test_all_of_it_can_be_reached_where_room_is_short(
    site: Server, visit: VisitFunction, window: str
) -> None:
    size = WINDOWS[window]
    more: list[Action] = [{"click": ".more"}, inside(CUT_OFF), OPENED, inside(CUT_OFF)]
    every = inside(
        """[...section.querySelectorAll("button, a, summary, select")].filter((control) => {
  if (control.closest("[hidden]")) return false;
  control.scrollIntoView({ block: "center" });
  const { x, y, width, height } = control.getClientRects()[0];
  const met = root.elementFromPoint(x + width / 2, y + height / 2);
  return met?.closest("button, a, summary, select") !== control;
}).map((control) => control.outerHTML.slice(0, 80))"""
    )
    sideways: Action = {"evaluate": "document.documentElement.scrollWidth > innerWidth"}
    pages = visit(
        at(site, "/plain-bar/", *more, every, sideways, viewport=size, emulate={"scale": 2}),
        at(site, "/long-corner/", *more, every, sideways, viewport=size),
        at(site, "/ar-bar/?rtl", *more, every, sideways, viewport=size),
        browser="chromium",
    ).visits
    for page in pages:
        closed, opened, unreachable, scrolls = (page.steps[n].value for n in (2, 4, 5, 6))
        assert closed == opened == unreachable == [], page.url
        assert scrolls is False, "nobody has to scroll in two directions"
        box = page.steps[4].notice.box
        assert box
        assert box.height <= 0.8 * size[1] + 1


def test_the_end_of_the_page_can_be_scrolled_out_from_under_it(
    site: Server, visit: VisitFunction
) -> None:
    under = inside(
        """(() => {
  scrollTo(0, document.documentElement.scrollHeight);
  const last = document.getElementById("last").getBoundingClientRect();
  return last.bottom - section.getBoundingClientRect().top;
})()"""
    )
    length: Action = {"evaluate": "document.documentElement.scrollHeight"}
    room: Action = {"evaluate": "document.documentElement.scrollHeight - innerHeight"}
    page, app = visit(
        Visit(
            url=site.at("127.0.0.1", "/plain-bar/"),
            wait=Wait("load", settle=0),
            actions=[length, ask(), SETTLE, under, {"click": ".close"}, length],
            viewport=WINDOWS["phone"],
        ),
        at(site, "/plain-bar/?app", room),
        browser="chromium",
    ).visits
    assert page.steps[3].value <= 0
    assert page.steps[0].value == page.steps[-1].value, "and nothing is left behind"
    assert page.layout_shift == 0
    assert app.steps[-1].value == 0, "a page that doesn't scroll doesn't begin to"


@BOTH
def test_it_is_not_printed(site: Server, visit: VisitFunction, browser: Browser) -> None:
    rules = """[...root.adoptedStyleSheets[0].cssRules]
  .filter(({ media }) => media?.mediaText === "print").map(({ cssText }) => cssText).join()"""
    emulate = {"print": True} if browser == "chromium" else {}
    page = visit(at(site, "/plain-bar/", inside(rules), emulate=emulate), browser=browser).visits[0]
    assert ":host { display: none; }" in page.steps[1].value.replace("\n ", "")
    assert page.steps[0].notice.present
    assert page.steps[0].notice.visible == (browser == "firefox"), "which can't be told to print"


def test_the_accessibility_tree_is_the_one_we_know(site: Server, visit: VisitFunction) -> None:
    """After a change that is meant: empty the file, run, and read what it has become."""
    closed, opened = visit(
        at(site, "/plain-bar/", {"accessibility": True}),
        at(site, "/plain-bar/", OPENED, {"accessibility": True}),
        browser="chromium",
    ).visits
    text = "\n\n".join("\n".join(page.steps[-1].value) for page in (closed, opened)) + "\n"
    if not TREE.read_text("utf-8"):
        TREE.write_text(text, "utf-8")
    assert text == TREE.read_text("utf-8")


STYLE = """(() => {
  const style = (selector) => getComputedStyle(selector ? root.querySelector(selector) : section);
  return { background: style().backgroundColor, text: style().color, border: style().borderTopColor,
    summary: style("summary").backgroundColor, button: style("[data-act=silence]").borderTopColor,
    cross: style(".close").borderTopColor };
})()"""


def test_dark_light_contrast_and_forced_colours_are_followed(
    site: Server, visit: VisitFunction
) -> None:
    style = inside(STYLE)
    light, dark, more, forced = visit(
        at(site, "/plain-bar/", style, color_scheme="light"),
        at(site, "/plain-bar/", style, color_scheme="dark"),
        at(site, "/slate-bar/", style, emulate={"features": {"prefers-contrast": "more"}}),
        at(site, "/plain-bar/", style, emulate={"forced_colors": True}),
        browser="chromium",
    ).visits
    assert light.steps[-1].value["background"] == "rgb(255, 255, 255)"
    assert light.steps[-1].value["text"] == "rgb(28, 27, 25)"
    assert dark.steps[-1].value["background"] == "rgb(30, 32, 31)"
    assert dark.steps[-1].value["text"] == "rgb(241, 239, 233)"
    assert more.steps[-1].value["background"] == "rgb(255, 255, 255)"
    assert more.steps[-1].value["text"] == more.steps[-1].value["border"] == "rgb(0, 0, 0)"
    shown = forced.steps[-1].value
    assert shown["border"] != shown["background"]
    assert shown["cross"] != shown["background"], "a button without a colour needs its border"
    assert shown["button"] != shown["background"]


def test_from_right_to_left_everything_is_mirrored(site: Server, visit: VisitFunction) -> None:
    places = inside(
        """[".close", ".logo"].map((part) => root.querySelector(part).getBoundingClientRect().x)"""
    )
    for placement in ("bar", "corner"):
        left, right = visit(
            at(site, f"/plain-{placement}/", places),
            at(site, f"/plain-{placement}/?lang=he", places),
            browser="chromium",
        ).visits
        (cross, logo), (cross_rtl, logo_rtl) = left.steps[-1].value, right.steps[-1].value
        assert logo < cross
        assert logo_rtl > cross_rtl
        box = right.notice.box
        assert box
        if placement == "corner":
            assert box.x < 100, "in the other corner"


def test_firefox_shows_the_same_in_every_place(site: Server, visit: VisitFunction) -> None:
    visits = [
        *in_one_tab(
            [at(site, f"/plain-{placement}/", inside(CUT_OFF), AXE) for placement in PLACEMENTS]
        ),
        at(site, "/ar-bar/?rtl", inside(CUT_OFF), AXE, viewport=WINDOWS["small"]),
    ]
    for page in visit(*visits, browser="firefox").visits:
        assert page.notice.visible
        assert page.steps[1].value == [], page.url
        assert audits(page)[0]["violations"] == [], page.url
        assert [*page.page_errors, *page.console] == []


def test_the_block_works_without_javascript(site: Server, visit: VisitFunction) -> None:
    visited = Visit(
        url=site.at("127.0.0.1", "/plain-bar/?block"),
        wait=Wait("load", settle=200),
        actions=[{"click": ".reader-support summary", "in_page": True}, {"wait": 50}],
        emulate={"javascript": False},
    )
    plain = visit(visited, browser="chromium").visits[0]
    assert not plain.notice.present
    assert not plain.requested("/pair/")
    text: Action = {"evaluate": "document.querySelector('.reader-support').innerText"}
    open_: Action = {"click": ".reader-support summary", "in_page": True}
    page = visit(
        Visit(url=visited.url, wait=Wait("load", settle=0), actions=[text, open_, text]),
        browser="firefox",
    ).visits[0]
    closed, opened = page.steps[0].value, page.steps[2].value
    for part in ("Ads pay for The Gazette", "If you block ads", "Subscribe", "Donate"):
        assert part in closed
    assert "uBlock Origin" in opened
    assert "uBlock Origin" not in closed
    assert page.local_storage == page.session_storage == {}
