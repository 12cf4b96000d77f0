"""The cascade, as far as the linter has to know it."""

import pytest

from evenhand.lint.computed import Look, Looks, View
from evenhand.lint.css import sheet
from evenhand.lint.findings import Place
from evenhand.lint.media import applies
from evenhand.lint.selectors import selectors
from evenhand.lint.tree import Element, parsed
from evenhand.lint.values import Window, colour, length

WIDE = Window(1280, 800)
HTML = """<div class="a"><p id="one" data-x="big red">1</p><p class="b c">2</p>
<details><summary>S</summary><span>in</span></details></div>"""


def look(css: str, selector: str, html: str = HTML, window: Window = WIDE) -> Look:
    root = parsed(html, [])
    return Looks(sheet(css, Place("x", 1)).rules, View("light", window)).of(found(root, selector))


def found(root: Element, selector: str) -> Element:
    (wanted,) = selectors(selector)
    return next(each for each in root.walk() if wanted.fits(each))


@pytest.mark.parametrize(
    ("selector", "count"),
    [
        ("p", 2),
        ("*.b", 1),
        (".b.c", 1),
        ("#one", 1),
        ("#one + p", 1),
        ("#one ~ p, summary", 2),
        ("div > p", 2),
        ("body p", 0),
        ("div span", 1),
        ("div > span", 0),
        ("[data-x]", 1),
        ('[data-x~="red"]', 1),
        ("[data-x^=big]", 1),
        ("[data-x$='big']", 0),
        ("[data-x*=' ']", 1),
        ("p:not(.b)", 1),
        ("p:not(:hover)", 2),
        (":is(summary, span)", 2),
        ("p:where(.b, #one)", 2),
        ("p:first-child", 1),
        ("div:has(> #one)", 1),
        ("div:has(details[open])", 0),
        ("p:hover", 0),
        ("p:focus-visible", 0),
        ("p::before", 0),
        ("p:some-day(3)", 2),
    ],
)
def test_selectors_mean_what_they_mean_in_a_browser(selector: str, count: int) -> None:
    root = parsed(HTML, [])
    fits = [e for e in root.walk() if any(one.fits(e) for one in selectors(selector))]
    assert len(fits) == count


@pytest.mark.parametrize(
    ("css", "colour_"),
    [
        ("p { color: red } p { color: blue }", "blue"),
        ("#one { color: red } p { color: blue }", "red"),
        ("#one { color: red } p { color: blue !important }", "blue"),
        (":where(#one) { color: red } p { color: blue }", "blue"),
        (".a { color: red }", "red"),
        (".a { --c: red; --d: var(--c) } p { color: var(--d, blue) }", "red"),
        ("p { color: var(--none, rgb(var(--x, 1), 2, 3)) }", "rgb(1, 2, 3)"),
        (".a { color: red; p { color: blue } }", "blue"),
        (".a { color: red; & > p { color: blue } }", "blue"),
        ("/* p { */ p { color: red } /* } */", "red"),
        ("p::after { content: '}' } p { color: red }", "red"),
        ("@media print { p { color: red } }", ""),
        ("@media (width >= 40rem) { p { color: red } }", "red"),
        ("@media (400px <= width < 600px) { p { color: red } }", ""),
        ("@supports (color: red) { @media screen { p { color: red } } }", "red"),
    ],
)
def test_the_strongest_declaration_wins(css: str, colour_: str) -> None:
    assert look(css, "#one").value("color") == colour_


@pytest.mark.parametrize(
    ("css", "shown"),
    [
        ("", True),
        ("p { display: none }", False),
        (".a { visibility: hidden }", False),
        (".a { visibility: hidden } p { visibility: visible }", True),
        (".a { opacity: 0.3 } p { opacity: 30% }", False),
        (".a { height: 0; }", False),
        ("p { transform: translateX(-5000px) }", False),
        ("p { clip-path: inset(50%) }", False),
        ("p { font-size: 0 }", False),
        ("p { margin-left: -1px }", True),
    ],
)
def test_hidden_is_hidden_in_many_ways(css: str, shown: bool) -> None:
    assert look(css, "#one").shown is shown


def test_what_is_in_closed_details_is_hidden_but_for_the_summary() -> None:
    assert look("", "summary").shown
    assert not look("", "span").shown
    assert look("", "span", HTML.replace("<details>", "<details open>")).shown


def test_contrast_is_of_what_is_seen() -> None:
    assert look("", "#one").contrast == pytest.approx(21)
    assert look("p { color: #777 }", "#one").contrast == pytest.approx(4.48, abs=0.01)
    assert look("p { opacity: 0.5 }", "#one").contrast == pytest.approx(3.95, abs=0.1)
    assert look(".a { background: #000 } p { color: #fff8 }", "#one").contrast == pytest.approx(
        5.92, abs=0.01
    )
    assert look("p { background: url(/x.png) }", "#one").contrast is None
    assert look("p { color: lch(50% 50 50) }", "#one").contrast is None


def test_an_extent_is_what_is_set_and_else_what_the_text_needs() -> None:
    seen = look("p { font: 10px/2 serif; padding: 1px 2px 3px; min-width: 5em }", "#one")
    assert seen.extent("block") == 20 + 4 + 2
    assert seen.extent("inline") == 50


@pytest.mark.parametrize(
    ("text", "px"),
    [
        ("10px", 10.0),
        ("-1.5rem", -24.0),
        ("2em", 40.0),
        ("10vh", 80.0),
        ("5dvw", 64.0),
        ("0", 0.0),
        ("max(1rem, env(safe-area-inset-right))", 16.0),
        ("clamp(1px, 50px, 20px)", 20.0),
        ("50%", None),
        ("7", None),
        ("auto", None),
        ("calc(1px + 2px)", None),
    ],
)
def test_lengths(text: str, px: float | None) -> None:
    assert length(text, 20, WIDE) == px


@pytest.mark.parametrize(
    ("text", "rgb", "alpha"),
    [
        ("#fff", (255, 255, 255), 1.0),
        ("#00000080", (0, 0, 0), 0.502),
        ("RGB(1, 2, 3)", (1, 2, 3), 1.0),
        ("rgb(100% 0% 0% / 50%)", (255, 0, 0), 0.5),
        ("hsl(120 100% 50%)", (0, 255, 0), 1.0),
        ("Tomato", (255, 99, 71), 1.0),
        ("transparent", (0, 0, 0), 0.0),
    ],
)
def test_colours(text: str, rgb: tuple[int, int, int], alpha: float) -> None:
    seen = colour(text)
    assert seen is not None
    assert seen.rgb == rgb
    assert seen.alpha == pytest.approx(alpha, abs=0.001)
    assert colour("color-mix(in srgb, red, blue)") is None


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("screen", True),
        ("print", False),
        ("not print", True),
        ("(prefers-color-scheme: light)", True),
        ("(prefers-color-scheme: dark), (min-width: 100px)", True),
        ("screen and (max-width: 600px)", False),
        ("(prefers-reduced-motion: reduce)", False),
        ("(prefers-reduced-motion: no-preference)", True),
        ("(forced-colors: active)", False),
        ("(some-day: soon)", True),
    ],
)
def test_media_queries(query: str, holds: bool) -> None:
    assert applies(query, "light", WIDE) is holds


def test_rules_know_their_lines() -> None:
    rules = sheet(
        "/* a\nb */\np,\nq { x: y }\n@media screen {\n  s { x: y }\n}", Place("f", 10)
    ).rules
    assert [(rule.selector, rule.place.line) for rule in rules] == [("p,\nq", 12), ("s", 15)]
