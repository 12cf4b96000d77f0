"""The notice in each language, in real browsers: whole on a narrow screen, mirrored, accessible."""

from __future__ import annotations

import pytest

from evenhand.languages.catalogues import Languages
from evenhand.vocabulary import PLACEMENTS

from ..pseudo import TAG, pseudo
from .conftest import VisitFunction
from .harness import Action, Page, Visit, Wait
from .notice_harness import OPENED, WINDOWS, at, inside, site
from .servers import Server
from .test_notice import CUT_OFF, in_one_tab, is_small_and_whole, no_violations

__all__ = ["site"]

pytestmark = pytest.mark.browser

TAGS = sorted(Languages().tags)
AXE: Action = {"axe": True}
MORE: Action = {"click": ".more"}
EVERY_GUIDE = inside(
    f"""(() => {{
  for (const guide of root.querySelectorAll("[data-guide]")) guide.hidden = false;
  for (const word of ["thanks", "still"]) {{
    const status = root.querySelector("[role=status]");
    status.append(status.dataset[word]);
  }}
  return {CUT_OFF};
}})()"""
)
SIDEWAYS: Action = {
    "evaluate": "document.documentElement.scrollWidth > document.documentElement.clientWidth"
}
WHAT = inside("({ lang: section.lang, dir: section.dir, text: section.innerText })")


def narrow(site: Server, path: str) -> Visit:
    """At 320 px: as it comes, unfolded, opened, and with all of its guides at once."""
    steps: list[Action] = [
        inside(CUT_OFF),
        MORE,
        inside(CUT_OFF),
        OPENED,
        EVERY_GUIDE,
        SIDEWAYS,
        WHAT,
    ]
    return at(site, path, *steps, viewport=WINDOWS["small"])


def whole(asked: Visit, page: Page) -> None:
    what = page.url
    closed, unfolded, opened, sideways = (page.steps[n].value for n in (1, 3, 5, 6))
    assert closed == unfolded == opened == [], what
    assert sideways is False, f"{what}: nobody has to scroll in two directions"
    box = page.steps[0].notice.box
    width, height = asked.viewport
    assert box, what
    assert box.width * box.height <= 0.2 * width * height + 1, what
    assert page.layout_shift == 0, what
    assert [*page.page_errors, *page.console] == [], what


def test_nothing_is_cut_off_in_any_language_on_a_narrow_screen(
    site: Server, visit: VisitFunction
) -> None:
    asked = in_one_tab([narrow(site, f"/plain-bar/?lang={tag}") for tag in (*TAGS, TAG)])
    pages = visit(*asked, browser="chromium").visits
    titles: set[str] = set()
    for tag, wanted, page in zip((*TAGS, TAG), asked, pages, strict=True):
        whole(wanted, page)
        shown = page.steps[-1].value
        assert (shown["lang"], shown["dir"]) == (tag, "rtl" if tag in ("ar", "he") else "ltr")
        titles.add(shown["text"].split("\n")[0])
    assert len(titles) == len(pages), "each has words of its own"


def test_two_fifths_more_text_fits_in_every_place(site: Server, visit: VisitFunction) -> None:
    asked: list[Visit] = []
    for window, emulate in (("desktop", {}), ("zoomed", {"scale": 4})):
        some = [
            at(
                site,
                f"/plain-{place}/?lang={TAG}",
                *(inside(CUT_OFF), {"wait": 50}),
                viewport=WINDOWS[window],
                emulate=emulate,
            )
            for place in PLACEMENTS
        ]
        asked += in_one_tab(some)
    title = pseudo("Ads pay for {name}").replace("{name}", "The Gazette")
    for wanted, page in zip(asked, visit(*asked, browser="chromium").visits, strict=True):
        is_small_and_whole(wanted, page)
        assert title in page.steps[0].notice.text


def test_axe_finds_nothing_in_languages_that_are_written_otherwise(
    site: Server, visit: VisitFunction
) -> None:
    pages = visit(
        *in_one_tab(
            [
                at(site, f"/{theme}/?lang={tag}", AXE, OPENED, AXE)
                for theme, tag in (("plain-bar", "ar"), ("slate-corner", "ja"), ("paper-bar", "hi"))
            ]
        ),
        browser="chromium",
    ).visits
    no_violations(pages)


def test_the_page_about_it_fits_a_narrow_screen(site: Server, visit: VisitFunction) -> None:
    asked = in_one_tab(
        [
            Visit(
                url=site.at("127.0.0.1", f"/plain-bar/reader-support/about?lang={tag}"),
                wait=Wait("load", settle=0),
                actions=[SIDEWAYS],
                viewport=WINDOWS["small"],
            )
            for tag in ("de", "uk", "ar", "hi", "ja", TAG)  # long words, and other letters
        ]
    )
    for page in visit(*asked, browser="chromium").visits:
        assert page.status == 200
        assert page.steps[0].value is False, page.url
