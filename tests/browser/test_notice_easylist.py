"""EasyList's conditions for a message that its maintainers leave alone, a test for each.

The guide: https://easylist.to/2013/05/10/anti-adblock-guide-for-site-admins.html
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from evenhand import Notice
from evenhand.asking.steps import guides
from evenhand.asking.words import LABELS, WORDS

from .conftest import VisitFunction
from .harness import ROOT, Action, Page, Visit
from .notice_harness import SETTLE, TOLD, ask, shown, site
from .servers import Server

__all__ = ["shown", "site"]

pytestmark = pytest.mark.browser

P = "/reader-support/"
NOTICE = Notice()
OURS = (NOTICE.title, NOTICE.text, NOTICE.gentle_text, NOTICE.network_text, NOTICE.block_text)
CSS = (ROOT / "static/css/notice.css").read_text("utf-8")


def test_easylist_1_only_text_and_still_images(shown: Page) -> None:
    seen = shown.steps[4].value
    assert seen["media"] == 0
    assert seen["images"] == ["/logo.svg"]


def test_easylist_2_type_and_style_like_the_page(shown: Page) -> None:
    own, page = shown.steps[4].value["fonts"]
    assert own == page
    assert "Georgia" in page


def test_easylist_3_polite() -> None:
    """No guilt, no threat, no demand; issue by issue a linter will say more."""
    words = " ".join((*OURS, *WORDS.values(), *LABELS.values())).lower()
    assert "please" in words
    assert "thank you" in words
    for rude in (
        "must",
        "you have to",
        "steal",
        "unfair",
        "hurt",
        "disable your",
        "turn off your",
        "don't care",
        "no thanks, i",
        "access denied",
        "continue without",
    ):
        assert rude not in words, rude


def test_easylist_4_plain_that_it_is_shown_because_of_a_blocker(shown: Page) -> None:
    assert "blocked here" in shown.steps[4].value["text"]


def test_easylist_5_does_not_interrupt_reading(shown: Page) -> None:
    before, after = shown.steps[0].value, shown.steps[4].value
    assert before == after["main"], "the text stands as it stood"
    assert after["scroll"] == ["visible", "visible"]
    assert after["backdrop"] == 1, "the notice, and nothing that lies over the page"
    assert not shown.steps[4].notice.focus_inside
    assert shown.layout_shift == 0
    box = shown.steps[4].notice.box
    assert box
    assert box.height <= 800 / 5


def test_easylist_6_plain_that_it_is_voluntary(shown: Page) -> None:
    text = shown.steps[4].value["text"]
    assert "please consider" in text
    assert "Nothing changes if you don't" in text
    assert "Not now" in text


@pytest.mark.parametrize("guide", guides(), ids=lambda guide: guide.id)
def test_easylist_7_steps_for_this_site_only(guide: Any) -> None:
    words = " ".join(guide.steps).lower()
    for wide in ("uninstall", "remove the extension", "everywhere", "all sites", "disable the"):
        assert wide not in words
    if not guide.network:
        assert re.search(r"this (web)?site|this page|this visit|no filtering|exceptions", words)


def test_easylist_8_more_opens_on_a_click_and_can_be_closed(shown: Page) -> None:
    closed, opened, gone = (shown.steps[n].notice for n in (7, 8, 9))
    assert closed.box
    assert opened.box
    assert opened.box.height > closed.box.height
    assert not gone.present


def test_easylist_9_the_reader_alone_controls_filters(site: Server, visit: VisitFunction) -> None:
    """Where a list hides it, it is counted as hidden, stays hidden, and nothing else comes."""
    hiding = "reader-support-notice { display: none !important; }"
    elements: Action = {"evaluate": "document.querySelectorAll('*').length"}
    left: Action = {"evaluate": "document.documentElement.style.cssText"}
    page = visit(
        Visit(
            url=site.at("127.0.0.1", "/plain-bar/"),
            actions=[elements, ask(), SETTLE, {"wait": 500}, TOLD, elements, left],
        ),
        browser="firefox",
        setup={"user_css": hiding},
    ).visits[0]
    assert page.steps[4].value == ["hidden"]
    assert page.steps[5].value == page.steps[0].value
    assert page.steps[6].value == ""
    assert not page.notice.visible
    assert page.requested("notice")
    assert len(page.requested(P + "notice?")) == 1, "no second try"


def test_easylist_10_no_animation_no_sound_no_changing_text(shown: Page) -> None:
    first, later = shown.steps[4].value, shown.steps[7].value
    assert first["moving"] == later["moving"] == 0
    assert first["text"] == later["text"]
    assert not re.search(r"\b(animation|transition|@keyframes|scroll-behavior|blink)\b", CSS)
