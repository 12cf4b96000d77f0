"""Whatever a template or a style sheet holds, the linter looks at it and says what it can."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand import Notice
from evenhand.lint.computed import Looks, View
from evenhand.lint.css import sheet
from evenhand.lint.examine import Matter, examined
from evenhand.lint.findings import Place
from evenhand.lint.sources import sheets
from evenhand.lint.style_rules import Stage, style_findings
from evenhand.lint.tree import parsed
from evenhand.lint.values import Window

WORDS = (
    *("{", "}", ";", ":", "(", ")", "'", '"', ",", " ", "\n", "/*", "*/", "@media", "@import"),
    *("section", ".close", ":not(", ":is(", ":has(", "::before", "[data-x", "]", ">", "&", "#a"),
    *("color", "opacity", "animation", "background", "font", "inset", "padding", "filter", "*"),
    *("red", "#12345", "#fff", "rgb(1 2 . 3)", "hsl(1 2 3)", "var(--a)", "--a", "1e9", "50%"),
    *("calc(", "clamp(1px", "min()", "!important", "scale(0)", "transition", "1s", "width", "/"),
    *("url(", "border", "-1px", ".", "x%", "rgb(. . .)", "hsl(1, 2%, .)", "#ggg", "%"),
)
TAGS = (
    *("<section>", "</section>", "<style>", "</style>", "<button data-act=close>", "</button>"),
    *("<div style='", "'>", "</div>", "<details>", "<summary>", "<!--", "-->", "<", ">", "&amp;"),
    *("<img src=", "<select>", "<option selected>", "<script>", "</script>", "<svg/>", "text"),
    *("<p>", "\n", "✕"),
)
NAMES = (
    *("color", "background", "font", "font-size", "line-height", "opacity", "width", "padding"),
    *("animation", "transition", "inset", "transform", "border", "max-height", "clip-path"),
)
VALUES = st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join)
RULE = st.tuples(st.sampled_from(NAMES), VALUES).map(
    lambda pair: f"p, section {{{pair[0]}: {pair[1]}}}"
)
CSS = st.lists(st.one_of(st.sampled_from(WORDS), RULE), max_size=40).map("".join)
PIECE = st.one_of(st.sampled_from(TAGS), CSS, st.text(max_size=9))
HTML = st.lists(PIECE, max_size=30).map("".join)


@settings(max_examples=80, deadline=None)
@given(CSS)
def test_any_style_sheet_is_read(css: str) -> None:
    root = parsed(f'<section class=close style="{css}"><p id=a>x</p></section>', [])
    rules = sheet(css, Place("x", 1))
    list(style_findings([rules], Stage(root.children)))
    looks = Looks(rules.rules, View("light", Window(320, 568)))
    for element in root.walk():
        look = looks.of(element)
        assert look.shown in (True, False)
        assert look.contrast is None or 1 <= look.contrast <= 21.0001
        assert look.extent("block") >= 0


@settings(max_examples=60, deadline=None)
@given(HTML)
def test_any_markup_is_read(html: str) -> None:
    root = parsed(html, [])
    assert root.text == " ".join(root.text.split())
    for each in sheets(root):
        assert each.rules is not None


@settings(max_examples=25, deadline=None)
@given(HTML)
def test_any_template_is_looked_at(tmp_path_factory: pytest.TempPathFactory, html: str) -> None:
    folder = tmp_path_factory.mktemp("templates")
    (folder / "notice.html").write_text(html, "utf-8", newline="")
    (folder / "support.html").write_text(html, "utf-8", newline="")
    for finding in examined(Matter(Notice(), folder)):
        assert finding.entry.fix
