"""What a template receives and what becomes of it: the contract, the words, the size, the time."""

import gzip
import itertools
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jinja2 import TemplateError

from evenhand import Notice, ReaderSupport, Way
from evenhand.asking.page import CONTRACT, REMEMBERED, NoticePage
from evenhand.asking.reader import ANYONE, Reader
from evenhand.asking.steps import guides
from evenhand.asking.words import WORDS
from evenhand.templating import environment
from evenhand.vocabulary import SYSTEMS

from .apps import supporting

DOCS = Path(__file__).parents[1] / "docs" / "notice.md"
LISTS = ("image_bait_failed", "script_bait_failed", "element_bait_failed")
HOSTS = ("ad_tags_failed",)
FIREFOX = Reader("firefox", "linux")
FULL = Notice(
    logo="/logo.svg",
    ask_probable=True,
    ways=(
        Way(kind="allow"),
        *(Way(kind=kind, url=f"/{kind}") for kind in ("subscribe", "donate", "newsletter")),
        Way(label="Buy us a boat", url="https://boats.example/"),
        Way(kind="not_now"),
        Way(kind="never"),
    ),
)


def page(notice: Notice = FULL, folder: Path | None = None) -> NoticePage:
    return NoticePage(notice, environment(folder), "/reader-support")


def rendered(notice: Notice = FULL, **given: Any) -> str:
    return page(notice).render("The Gazette", **given).decode()


class Tree(HTMLParser):
    """Elements in order, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [given for name, given in self.elements if name == tag]


def test_the_contract_is_the_documented_one() -> None:
    """Adding a value is no new version; taking one away, or changing its meaning, is."""
    notice, block = page().values("Gazette"), page().block_values("Gazette")
    text = DOCS.read_text("utf-8")
    assert f"version {CONTRACT}" in text
    assert notice["v"] == block["v"] == CONTRACT
    listed = set(re.findall(r"^\| `([\w.\[\]]+)` \|", text, re.MULTILINE))
    guide = notice["groups"][0]["guides"][0]
    names = {*notice, *block}
    names |= {f"ways[].{name}" for name in notice["ways"][0]}
    names |= {"groups[].label", "groups[].guides", *(f"groups[].guides[].{name}" for name in guide)}
    assert names <= listed
    assert {f"words.{word}" for word in WORDS} <= listed


def test_templates_get_plain_values_only() -> None:
    def plain(value: object) -> bool:
        if isinstance(value, dict):
            return all(isinstance(key, str) and plain(one) for key, one in value.items())
        if isinstance(value, list):
            return all(map(plain, value))
        return value is None or type(value) in (str, int, bool)

    assert plain(page().values("Gazette"))
    assert plain(page().block_values("Gazette"))


def test_a_missing_value_is_an_error_and_not_a_gap(tmp_path: Path) -> None:
    (tmp_path / "notice.html").write_text("<section>{{ nmae }}</section>")
    with pytest.raises(TemplateError):
        page(folder=tmp_path).render("Gazette")


def test_the_publishers_words_are_escaped() -> None:
    evil = "<img src=x onerror=alert(1)>"
    notice = Notice(
        name=evil,
        title="{name}",
        text=evil,
        words={"close": evil},
        ways=(Way(label=evil, url="/"),),
    )
    for text in (rendered(notice), page(notice).block("Gazette")):
        assert "<img" not in text
        assert "&lt;img" in text


def test_it_is_a_labelled_region_with_its_way_out_first() -> None:
    tree = Tree(rendered())
    (section,) = tree.all("section")
    assert section["role"] == "region"
    ids = {given["id"] for _, given in tree.elements if "id" in given}
    assert {section["aria-labelledby"], section["aria-describedby"]} <= ids
    assert "data-nosnippet" in section
    assert (section["lang"], section["dir"]) == ("en", "ltr")
    controls = [g for tag, g in tree.elements if tag in ("button", "a", "summary", "select")]
    assert [g.get("data-act") for g in controls[:2]] == ["more", "close"]
    assert controls[1]["aria-label"] == "Close"
    assert all(given.get("type") == "button" for given in tree.all("button"))
    for _, given in tree.elements:
        assert not {"style", "autofocus", "tabindex"} & set(given)
        assert not [name for name in given if name.startswith("on")]


def test_nothing_in_it_comes_from_elsewhere_unasked() -> None:
    tree = Tree(rendered())
    assert {tag for tag, _ in tree.elements} & {
        "script",
        "iframe",
        "link",
        "video",
        "audio",
    } == set()
    assert [image["src"] for image in tree.all("img")] == ["/logo.svg"]
    for link in tree.all("a"):
        if str(link["href"]).startswith("https://") and link.get("target"):
            assert link["rel"] == "noopener noreferrer"


def test_the_ways_stand_in_the_publishers_order() -> None:
    tree = Tree(rendered())
    order = [
        given.get("data-act") or given.get("href")
        for tag, given in tree.elements
        if given.get("data-act") in ("way", "close", "silence") and tag in ("a", "button")
    ]
    assert order == ["close", "way", "way", "way", "way", "close", "silence"]
    hrefs = [link["href"] for link in tree.all("a") if link.get("data-act") == "way"]
    assert hrefs == ["/subscribe", "/donate", "/newsletter", "https://boats.example/"]


def test_the_most_likely_steps_are_open_and_the_rest_in_the_picker() -> None:
    tree = Tree(rendered(reader=FIREFOX, signals=LISTS))
    shown = [g for g in tree.all("div") if "data-guide" in g and "hidden" not in g]
    assert [given["data-guide"] for given in shown] == ["ublock-origin"]
    options = tree.all("option")
    assert [option["value"] for option in options if "selected" in option] == ["ublock-origin"]
    assert {option["value"] for option in options} == {guide.id for guide in guides()}
    assert [group["label"] for group in tree.all("optgroup")] == [
        "In this browser",
        "Elsewhere",
        "In the network",
    ]


@pytest.mark.parametrize(
    ("verdict", "signals", "reader", "words", "network"),
    [
        ("blocked", LISTS, FIREFOX, FULL.text, False),
        ("blocked_probable", LISTS[:1], FIREFOX, FULL.gentle_text, False),
        ("blocked_probable", HOSTS, FIREFOX, FULL.gentle_text, False),
        ("blocked_probable", HOSTS, Reader("chrome", "windows"), FULL.network_text, True),
        ("blocked_probable", HOSTS, ANYONE, FULL.network_text, True),
        ("blocked", (*LISTS, *HOSTS), ANYONE, FULL.text, False),
    ],
)
def test_who_can_not_change_it_hears_other_words(
    verdict: Any, signals: tuple[str, ...], reader: Reader, words: str, network: bool
) -> None:
    text = rendered(verdict=verdict, signals=signals, reader=reader)
    assert words.replace("'", "&#39;") in text
    (section,) = Tree(text).all("section")
    assert ("data-network" in section) is network


def test_it_says_that_it_is_voluntary_and_for_this_site_only() -> None:
    text = rendered()
    assert "please consider" in text
    assert "Nothing changes if you don&#39;t" in text
    assert "this site only" in text
    assert "you can undo them" in text


def test_below_a_root_path_the_link_is_below_it_too() -> None:
    assert 'href="/news/reader-support/about?lang=en"' in rendered(root_path="/news")
    for odd, link in (("//evil.example", "/evil.example"), ("/news?x", "/news%3Fx")):
        assert f'href="{link}/reader-support/about?lang=en"' in rendered(root_path=odd)
    assert 'href="/reader-support/about?lang=en"' in rendered()


def test_each_reader_is_rendered_once_and_few_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    made = page()
    first = made.render("Gazette", FIREFOX)
    monkeypatch.setattr(made, "values", lambda *given: pytest.fail("rendered again"))
    assert made.render("Gazette", FIREFOX) is first
    monkeypatch.undo()
    for number in range(REMEMBERED + 50):
        made.render(f"Site {number}", ANYONE)
    assert len(made._rendered) == REMEMBERED


def test_the_fragment_is_small_in_every_language() -> None:
    """`make sizes` prints the largest, and how long rendering takes."""
    ours = tuple(way for way in FULL.ways if way.kind != "link")
    made = page(replace(FULL, ways=ours))
    assert len(made.languages) == 16
    for language, system in itertools.product(made.languages, SYSTEMS):
        for signals in (LISTS, HOSTS):
            reader = Reader("firefox", system)
            text = made.render("The Gazette", reader, "blocked", signals, language=language)
            assert len(gzip.compress(text)) <= 12_000


def test_the_block_needs_no_script_and_no_style() -> None:
    with supporting(site="The Gazette", notice=FULL) as support:
        block = support.support_block(root_path="/news")
    tree = Tree(block)
    tags = {tag for tag, _ in tree.elements}
    assert not tags & {"script", "style", "button", "select", "link", "section"}
    assert "data-nosnippet" in tree.all("div")[0]
    assert "If you block ads" in block
    assert "Ads pay for The Gazette" in block
    assert 'href="/news/reader-support/about?lang=en"' in block
    assert [link["href"] for link in tree.all("a")][:4] == [
        "/subscribe",
        "/donate",
        "/newsletter",
        "https://boats.example/",
    ]
    for guide in guides():
        assert guide.steps[0].replace("'", "&#39;") in block
    assert block.__html__() == block, "a template needs no |safe"


def test_the_block_is_empty_without_a_notice_and_never_breaks_a_page(tmp_path: Path) -> None:
    with supporting() as support:
        assert support.support_block() == ""
    with supporting(notice=FULL, off=True) as support:
        assert support.tag() == ""
        assert support.support_block() == ""
    (tmp_path / "support.html").write_text("{{ 1 / 0 }}")
    with supporting(notice=FULL, templates=tmp_path) as support:
        assert support.support_block() == ""
        faults = {key.value: n for key, n in support.record.totals().items() if key.kind == "fault"}
        assert faults == {"notice": 1}


def test_with_several_sites_the_block_is_the_hosts() -> None:
    support = ReaderSupport(sites={"a.example": "Alpha", "b.example": "Beta"}, notice=Notice())
    try:
        assert "Ads pay for Beta" in support.support_block("b.example:443")
        assert "Ads pay for this site" in support.support_block("c.example")
    finally:
        support.close()
