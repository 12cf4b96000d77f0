"""The preview as editors meet it: wide, narrow, light, dark, by keyboard, without a script."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

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
    direction: [stage.contentDocument.documentElement.dir, section?.dir],
    focused: document.activeElement.id,
    address: location.search,
  };
})()"""
}
TIME: Action = {"wait": 1500}  # for the pause after a key, the answer, and the stage
LOADED = Wait("load", settle=1000)
WINDOWS = {"desktop": (1280, 900), "phone": (320, 568)}
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
MESSY = "/?every_days=7&views=1"  # a finding and a reason
REFUSED = "/?title="
TYPED: tuple[Action, ...] = tuple({"press": key} for key in "Dear")
KEYS: tuple[Action, ...] = (
    SHOWN,
    *({"focus": "#theme", "in_page": True}, {"press": "b"}, TIME, SHOWN),
    *({"focus": "#width", "in_page": True}, {"press": "3"}, TIME, SHOWN),
    {"evaluate": "document.querySelectorAll('details')[1].open = true"},
    *({"focus": "#title", "in_page": True}, *TYPED, TIME, SHOWN),
    *({"press": "Tab"}, SHOWN),
)
COLOUR = """(() => {
  const field = document.querySelector("#token-accent");
  field.value = "#7a1020";
  field.dispatchEvent(new Event("input", { bubbles: true }));
})()"""
SCRIPTLESS: tuple[Action, ...] = (
    *({"click": "button[type=submit]", "in_page": True}, {"wait": 500}),
    {"evaluate": "[location.search, document.querySelector('#code').textContent]"},
    SHOWN,
)


@pytest.fixture(scope="module")
def preview() -> Iterator[Server]:
    with serving("-m", "evenhand", "preview", "--port", "{port}") as server:
        yield server


@pytest.fixture(scope="module")
def pages(preview: Server, visit: VisitFunction) -> dict[str, Page]:
    """Every visit in one browser: to start one takes longer than a look."""

    def look(path: str, *actions: Action, **options: Any) -> Visit:
        return Visit(
            url=preview.at("127.0.0.1", path),
            wait=LOADED,
            actions=actions,
            **{"color_scheme": "light", **options},
        )

    audits = {
        f"{window}, {scheme}": look(
            MESSY, OPEN, AXE, WIDTH, viewport=WINDOWS[window], color_scheme=scheme
        )
        for window, scheme in itertools.product(WINDOWS, SCHEMES)
    }
    visits = audits | {
        "refused": look(REFUSED, OPEN, AXE, WIDTH, color_scheme="dark"),
        "keys": look("/", *KEYS),
        "forced dark": look("/?scheme=dark&theme=slate", SHOWN),
        "forced light": look(
            "/?scheme=light&theme=slate&placement=corner", SHOWN, color_scheme="dark"
        ),
        "slot": look("/?placement=slot&direction=rtl&quiet_hours=00:00-23:59", SHOWN),
        "colour": look("/", {"evaluate": COLOUR}, TIME, SHOWN),
        "scriptless": look("/?theme=bold", *SCRIPTLESS, emulate={"javascript": False}),
    }
    run = visit(*visits.values(), browser="chromium")
    return dict(zip(visits, run.visits, strict=True))


@pytest.mark.parametrize(
    "name", ["refused", *(f"{w}, {s}" for w, s in itertools.product(WINDOWS, SCHEMES))]
)
def test_axe_finds_nothing_and_nothing_is_cut_off(pages: dict[str, Page], name: str) -> None:
    page = pages[name]
    _, audit, width = (step.value for step in page.steps)
    assert audit["violations"] == []
    assert {"color-contrast", "label", "frame-title"} <= {*audit["rules"]}
    assert width <= (320 if "phone" in name else 1280)


def test_it_works_without_a_word_in_the_console(pages: dict[str, Page]) -> None:
    for page in pages.values():
        assert page.page_errors == []
        assert [each for each in page.console if each.type == "error"] == []
        assert page.violations == []


def test_the_form_is_live_and_works_by_keyboard(pages: dict[str, Page]) -> None:
    first, bold, narrow, words, after = seen(pages["keys"])
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


def test_a_new_colour_is_seen_at_once(pages: dict[str, Page]) -> None:
    (seen_then,) = seen(pages["colour"])
    assert seen_then["code"] == 'Notice(theme={"accent": "#7a1020"})'
    assert "theme=own" in seen_then["address"]


def test_each_scheme_place_and_direction_can_be_looked_at(pages: dict[str, Page]) -> None:
    (dark,), (light,) = seen(pages["forced dark"]), seen(pages["forced light"])
    assert dark["background"] == "rgb(23, 33, 43)"
    assert (light["background"], light["place"]) == ("rgb(238, 242, 246)", "corner")
    (slot,) = seen(pages["slot"])
    assert slot["place"] == "slot"
    assert slot["direction"] == ["rtl", "ltr"], "the page's, and the notice's own"


def test_without_a_script_a_button_shows_it(pages: dict[str, Page]) -> None:
    page = pages["scriptless"]
    address, code = page.steps[2].value
    assert "sent=1" in address
    assert code == 'Notice(theme="bold")'
    (shown,) = seen(page)
    assert shown["title"] == "Ads pay for this site"
    assert shown["background"] == "rgb(0, 0, 0)"


def seen(page: Page) -> list[Any]:
    """What was to be seen, each time that it was looked at."""
    return [step.value for step in page.steps if step.action == SHOWN]
