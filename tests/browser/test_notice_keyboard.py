"""The notice by keyboard: reached, left and closed, and never in the way of the focus."""

from __future__ import annotations

import pytest

from .conftest import VisitFunction
from .harness import Action, Browser, Visit, Wait
from .notice_harness import TOLD, WINDOWS, ask, at, inside, site
from .servers import Server

__all__ = ["site"]

pytestmark = pytest.mark.browser

BOTH = pytest.mark.parametrize("browser", ["chromium", "firefox"])


@BOTH
def test_a_walk_by_keyboard(site: Server, visit: VisitFunction, browser: Browser) -> None:
    tab: Action = {"press": "Tab"}
    walk: list[Action] = [{"focus": "#last", "in_page": True}, *[tab] * 7]
    back: list[Action] = [{"press": "Shift+Tab"}] * 7
    opened: list[Action] = [{"focus": "summary"}, {"press": "Enter"}, *[tab] * 6]
    page, narrow = visit(
        at(site, "/plain-bar/", *walk, *back, *opened),
        at(
            site,
            "/plain-bar/",
            {"focus": "#last", "in_page": True},
            tab,
            {"press": "Enter"},
            *[tab] * 3,
            viewport=WINDOWS["phone"],
        ),
        browser=browser,
    ).visits
    focused = [step.notice.focused for step in page.steps]
    outward = focused[2:9]
    assert outward == ["button.close", "summary", *["a.way"] * 3, "button", "button"]
    assert focused[9:16] == [*reversed(outward[:-1]), "a#last"], "no trap"
    assert focused[16:] == [
        "summary",
        "summary",
        "select#picker",
        "a",
        "button",
        "a",
        *["a.way"] * 2,
    ]
    assert [step.notice.focused for step in narrow.steps[2:]] == [
        "button.more",
        "button.more",
        "button.close",
        "summary",
        "a.way",
    ]


@BOTH
def test_escape_and_the_cross_give_the_focus_back(
    site: Server, visit: VisitFunction, browser: Browser
) -> None:
    there: Action = {"focus": "#last", "in_page": True}
    outside, by_key, by_button, opened, corner = visit(
        at(site, "/plain-bar/", there, {"press": "Escape"}, TOLD),
        at(site, "/plain-bar/", there, {"press": "Tab"}, {"press": "Escape"}, TOLD),
        at(site, "/plain-bar/", there, {"press": "Tab"}, {"press": "Enter"}, TOLD),
        at(
            site,
            "/plain-bar/",
            there,
            {"focus": "summary"},
            {"press": "Enter"},
            {"press": "Escape"},
        ),
        at(site, "/plain-corner/", there, {"press": "Tab"}, {"press": "Enter"}),
        browser=browser,
    ).visits
    assert outside.notice.visible, "Escape is the page's while the focus is"
    assert outside.steps[-1].value in ([], ["shown"])
    for page in (by_key, by_button):
        assert page.steps[-1].value == ["shown", "dismissed"]
    for page in (by_key, by_button, opened, corner):
        assert not page.notice.present
        assert page.notice.focused == "a#last"


@BOTH
def test_the_focus_is_never_taken_and_never_covered(
    site: Server, visit: VisitFunction, browser: Browser
) -> None:
    covered = inside(
        """(() => {
  const parts = [document.activeElement, section];
  const [one, two] = parts.map((part) => part.getBoundingClientRect());
  const apart = one.bottom <= two.top || one.top >= two.bottom
    || one.right <= two.left || one.left >= two.right;
  return !apart && getComputedStyle(section).opacity !== "0";
})()"""
    )
    opacity = inside("getComputedStyle(section).opacity")
    first: Action = {"focus": "#first", "in_page": True}
    tab: Action = {"press": "Tab"}
    look: list[Action] = [tab, {"wait": 150}, covered]
    who: Action = {"evaluate": "document.activeElement.id"}
    visits = [
        Visit(
            url=site.at("127.0.0.1", path),
            wait=Wait("load", settle=0),
            actions=[first, ask(), who, *look],
            viewport=size,
        )
        for path, size in (
            ("/plain-bar/", WINDOWS["desktop"]),
            ("/plain-corner/", WINDOWS["phone"]),
            ("/plain-bar/?app", WINDOWS["phone"]),
            ("/plain-corner/?app", WINDOWS["desktop"]),
        )
    ]
    back: list[Action] = [{"press": "Shift+Tab"}, {"wait": 150}, opacity]
    aside = Visit(
        url=site.at("127.0.0.1", "/plain-bar/?app"),
        wait=Wait("load", settle=0),
        actions=[
            first,
            ask(),
            tab,
            {"wait": 150},
            opacity,
            *back,
            tab,
            tab,
            {"wait": 150},
            opacity,
        ],
    )
    *pages, stepped = visit(*visits, aside, browser=browser).visits
    for page in pages:
        assert page.steps[0].notice.focused == page.steps[1].notice.focused
        assert page.steps[2].value == "first"
        assert not page.steps[2].notice.focus_inside
        assert page.steps[3].notice.focused.endswith("#last")
        assert page.steps[-1].value is False, page.url
        assert page.layout_shift in (0, None)
    seen = [step.value for step in stepped.steps if step.action == opacity]
    assert seen == ["0", "1", "1"], "it steps aside, comes back, and can still be tabbed into"
