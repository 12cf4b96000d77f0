"""The preview as editors meet it: wide, narrow, light, dark, by keyboard, without a script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .conftest import VisitFunction
from .harness import Action, Page, Scheme, Visit, Wait
from .servers import Server, serving

pytestmark = pytest.mark.browser

AXE: Action = {"axe": True}
WIDTH: Action = {"evaluate": "document.documentElement.scrollWidth"}
OPEN: Action = {
    "evaluate": "document.querySelectorAll('details').forEach((part) => { part.open = true; })"
}
SHOWN: Action = {
    "evaluate": """(() => {
  const stage = document.querySelector("#stage");
  const host = stage.contentDocument.querySelector("reader-support-notice");
  const section = host?.shadowRoot.querySelector("section");
  return {
    window: [stage.contentWindow.innerWidth, stage.contentWindow.innerHeight],
    place: host?.getAttribute("placement"),
    title: section?.querySelector("h2").textContent,
    background: section && stage.contentWindow.getComputedStyle(section).backgroundColor,
    height: section?.getBoundingClientRect().height,
    covered: document.querySelector("#covered").textContent,
    code: document.querySelector("#code").textContent,
    focused: document.activeElement.id,
    address: location.search,
  };
})()"""
}
TIME: Action = {"wait": 1500}  # for the pause after a key, the answer, and the stage
LOADED = Wait("load", settle=1000)
WINDOWS = {"desktop": (1280, 900), "phone": (320, 568)}


@pytest.fixture(scope="module")
def preview() -> Iterator[Server]:
    with serving("-m", "evenhand", "preview", "--port", "{port}") as server:
        yield server


def clean(page: Page) -> None:
    assert page.page_errors == []
    assert [each for each in page.console if each.type == "error"] == []
    assert page.violations == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_cut_off(
    preview: Server, visit: VisitFunction, scheme: Scheme
) -> None:
    query = "every_days=7&title=&views=1"  # findings, an error and a reason, all at once
    run = visit(
        *(
            Visit(
                url=preview.at("127.0.0.1", path),
                wait=LOADED,
                actions=[OPEN, AXE, WIDTH],
                viewport=size,
                color_scheme=scheme,
            )
            for size in WINDOWS.values()
            for path in ("/", f"/?{query}")
        ),
        browser="chromium",
    )
    widths = [size[0] for size in WINDOWS.values() for _ in range(2)]
    for page, width in zip(run.visits, widths, strict=True):
        _, audit, seen = (step.value for step in page.steps)
        assert audit["violations"] == [], page.url
        assert {"color-contrast", "label", "frame-title", "list"} <= {*audit["rules"]}, page.url
        assert seen <= width, page.url
        clean(page)


def test_the_form_is_live_and_works_by_keyboard(preview: Server, visit: VisitFunction) -> None:
    typed: list[Action] = [{"press": key} for key in "Dear"]
    page = visit(
        Visit(
            url=preview.at("127.0.0.1", "/"),
            wait=LOADED,
            actions=[
                SHOWN,
                *({"focus": "#theme", "in_page": True}, {"press": "b"}, TIME, SHOWN),
                *({"focus": "#width", "in_page": True}, {"press": "3"}, TIME, SHOWN),
                *({"evaluate": "document.querySelectorAll('details')[1].open = true"},),
                *({"focus": "#title", "in_page": True}, *typed, TIME, SHOWN),
                *({"press": "Tab"}, SHOWN),
            ],
            color_scheme="light",
        ),
        browser="chromium",
    ).visits[0]
    clean(page)
    first, bold, narrow, words, after = (
        step.value for step in page.steps if step.action == dict(SHOWN)
    )
    assert first["window"] == [1280, 800]
    assert first["title"] == "Ads pay for this site"
    assert first["height"] <= 160
    assert first["covered"].startswith("It covers ")
    assert first["code"] == "Notice()"
    assert bold["background"] == "rgb(0, 0, 0)"
    assert bold["code"] == 'Notice(theme="bold")'
    assert bold["focused"] == "theme"
    assert "theme=bold" in bold["address"]
    assert narrow["window"] == [320, 568]
    assert narrow["height"] <= 568 / 5
    assert words["title"].count("Dear") == 1
    assert words["focused"] == "title"
    assert after["focused"] == "text"


def test_each_scheme_place_and_direction_can_be_looked_at(
    preview: Server, visit: VisitFunction
) -> None:
    paths = (
        "/?scheme=dark&theme=slate",
        "/?scheme=light&theme=slate&placement=corner",
        "/?placement=slot&direction=rtl&quiet_hours=00:00-23:59",
    )
    run = visit(
        *(
            Visit(
                url=preview.at("127.0.0.1", path),
                wait=LOADED,
                actions=[SHOWN],
                color_scheme="dark",
            )
            for path in paths
        ),
        browser="chromium",
    )
    dark, light, slot = (page.steps[0].value for page in run.visits)
    assert dark["background"] == "rgb(23, 33, 43)"
    assert (light["background"], light["place"]) == ("rgb(238, 242, 246)", "corner")
    assert slot["place"] == "slot"
    for page in run.visits:
        clean(page)


def test_without_a_script_a_button_shows_it(preview: Server, visit: VisitFunction) -> None:
    page = visit(
        Visit(
            url=preview.at("127.0.0.1", "/?theme=bold"),
            wait=Wait("load", settle=300),
            actions=[
                {"click": "button[type=submit]", "in_page": True},
                {"wait": 500},
                {"evaluate": "[location.search, document.querySelector('#code').textContent]"},
                SHOWN,
            ],
            emulate={"javascript": False},
        ),
        browser="chromium",
    ).visits[0]
    address, code = page.steps[2].value
    assert "sent=1" in address
    assert code == 'Notice(theme="bold")'
    seen = page.steps[3].value
    assert seen["title"] == "Ads pay for this site"
    assert seen["background"] == "rgb(0, 0, 0)"
