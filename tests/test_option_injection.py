"""Hostile values in every option: refused, or no more than text in whatever is made of them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from selectolax.lexbor import LexborHTMLParser

from evenhand import Notice, ReaderSupport, ReaderSupportMiddleware, Way
from evenhand.errors import OptionError
from evenhand.keys import Key

from .apps import publisher, supporting
from .test_insertion_properties import EXAMPLES, modest
from .test_security import NOTICE, P, answered, paths

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:soupsieve")
PIECES = [
    "a", "Gazette", "/a", ".ad", "#fff", "#123456", "1rem", " ", "\n", "\r\n", "\0", "\x1f", "<",
    ">", '"', "'", "`", "&", "&quot;", "</script>", "</style>", "</title>", "<b>", "<!--", "-->",
    "]]>", "{{ 7*7 }}", "{% include 'about.html' %}", "{name}", "{undo}", "{words.__class__}",
    "javascript:alert(1)", "data:text/html,x", "//evil.example", "https://evil.example", "\\",
    "\\u003c", "*/", "/*", "//", ";", "}", "{", ",", "=", "(", ")", "url(", ":host", "@import",
    "${7}", "%s", "\u2028", "\u202e", "é", "😀", "\ud800", "--", ".svg", "en", "22:00-07:00",
]  # fmt: skip
HOSTILE = st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map("".join)
NOTICE_TEXTS = (
    "name", "title", "text", "gentle_text", "network_text", "block_text", "logo", "lang", "variant",
    "theme", "placement",
)  # fmt: skip
WORDS = ("close", "more", "check", "thanks", "about", "only_here")
TOKENS = ("background", "accent", "radius", "font", "dark-text")
OPTIONS = ("site", "prefix", "public_url")
LISTS = ("sections", "ad_slots", "exclude")


def notice_of(draw: Any, value: str) -> Notice:
    """A notice with the value in one of its options. Raises `OptionError`."""
    kind = draw(st.sampled_from(["text", "word", "theme", "label", "url", "not_on", "quiet_hours"]))
    if kind == "text":
        chosen: dict[str, Any] = {draw(st.sampled_from(NOTICE_TEXTS)): value}
        return Notice(**chosen)
    if kind == "word":
        return Notice(words={draw(st.sampled_from(WORDS)): value})
    if kind == "theme":
        return Notice(theme={draw(st.sampled_from(TOKENS)): value})
    if kind == "label":
        return Notice(ways=(Way(kind="allow", label=value),))
    if kind == "url":
        return Notice(ways=(Way(label="Help", url=value),))
    listed: dict[str, Any] = {kind: (value,)}
    return Notice(**listed)


def options_of(draw: Any, value: str) -> dict[str, Any]:
    """Options with the value in one of them. Raises `OptionError`."""
    kind = draw(st.sampled_from(["notice", "notice", "option", "list", "host", "named site"]))
    if kind == "notice":
        return {"notice": notice_of(draw, value)}
    if kind == "option":
        return {"notice": NOTICE, draw(st.sampled_from(OPTIONS)): value}
    if kind == "list":
        return {"notice": NOTICE, draw(st.sampled_from(LISTS)): [value]}
    return {"notice": NOTICE, "sites": {value: "A"} if kind == "host" else {"a.example": value}}


@given(st.data(), HOSTILE)
@settings(modest, max_examples=max(50, EXAMPLES // 10))
def test_a_hostile_option_is_refused_or_only_text(data: st.DataObject, value: str) -> None:
    try:
        options = options_of(data.draw, value)
        support = ReaderSupport(dashboard=lambda _: True, **options)
    except OptionError as refusal:
        said = str(refusal)
    else:
        said = ""
        with closing(support):
            check(support)
    assert not set(said) & {"\n", "\r", "\0"}, "one line, whatever was given"


def check(support: ReaderSupport) -> None:
    """Every answer of ours is shaped as with plain options."""
    site, prefix = support.settings.site_names[0], support.settings.prefix
    support.guard.open(site, "bait_arrived")
    support.record.count(Key(site, "", "firefox", "desktop", "pair", "control"))
    host = next(iter(support.settings.sites), "gazette.example").encode()
    for path, (status, headers, body) in answers(support, prefix, host).items():
        assert status in (200, 204)
        assert not any(byte in part for header in headers for part in header for byte in b"\r\n\0")
        kind = dict(headers).get(b"content-type", b"").partition(b";")[0]
        if kind == b"text/html":
            check_html(body.decode())
        elif path.endswith("probe.js"):
            check_script(body.decode())
        elif path.endswith(".css") and "/" in path:
            check_style(body.decode())
        elif kind == b"application/json":
            json.loads(body)
    check_metrics(support)
    check_tag(support)


def answers(support: ReaderSupport, prefix: str, host: bytes) -> dict[str, Any]:
    """What each of our paths answers, if all is well with a reader."""
    query = b"v=1&verdict=blocked&signs=image_bait_failed&path=/a"
    sent = [(b"host", host), (b"user-agent", b"Mozilla/5.0 Firefox/140.0")]
    app = ReaderSupportMiddleware(publisher(support), support)
    ours = [path for path in paths(support) if not path.startswith(("pair/", "0123456789ab/"))]

    async def ask() -> dict[str, Any]:
        scope = {"method": "GET", "query_string": query, "headers": sent}
        return {path: await answered(app, path=f"{prefix}/{path}", **scope) for path in ours}

    return anyio.run(ask)


def shape(html: str) -> Counter[str]:
    """The elements of a page and their attributes, less those that come in any number."""
    root = LexborHTMLParser(html).root
    assert root is not None
    return Counter(
        " ".join((str(node.tag), *sorted(node.attributes)))
        for node in root.traverse(include_text=False)
    )


KNOWN: set[str] = set()


@pytest.fixture(autouse=True, scope="module")
def plain_shapes() -> Iterator[None]:
    """What elements there are where every option is plain."""
    ways = (
        Way(kind="allow"), Way(label="Help", url="/help"), Way(kind="not_now"), Way(kind="never"),
    )  # fmt: skip
    for notice in (
        Notice(ways=ways, logo="/a.svg", quiet_hours=("22:00-07:00",), not_on=("/a",)),
        NOTICE,
    ):
        for sites in ({}, {"a.example": "A", "b.example": "B"}):
            with supporting(
                notice=notice, sites=sites or None, dashboard=lambda _: True
            ) as support:
                support.guard.open(support.settings.site_names[0], "bait_arrived")
                site = support.settings.site_names[0]
                support.record.count(Key(site, "", "firefox", "desktop", "pair", "control"))
                found = answers(support, P, b"a.example")
                for path in ("notice", "about", "dashboard"):
                    KNOWN.update(shape(found[path][2].decode()))
    yield
    KNOWN.clear()


def check_html(html: str) -> None:
    found = shape(html)
    assert set(found) <= KNOWN, set(found) - KNOWN
    root = LexborHTMLParser(html)
    assert not root.css("script, iframe, object, embed, base, form, [style]")
    for link in root.css("[href]"):
        address = link.attributes["href"] or ""
        assert re.match(r"https?://|/(?!/)|about\.css$|data:,$", address), address


def check_script(script: str) -> None:
    """The settings in front are one JSON value, and nothing in it ends a script element."""
    given, _, rest = script.removeprefix("{const settings=").partition(";\n")
    while True:  # a value may hold what ends a statement
        with suppress(ValueError):
            json.loads(given)
            break
        more, found, rest = rest.partition(";\n")
        assert found, "the settings never end"
        given += found + more
    assert "<" not in given
    assert rest.startswith("{") or "const" in rest


def check_style(style: str) -> None:
    """A theme's values stay values: the rule that they stand in is the only one."""
    host = style.partition("\n")[0]
    if host.startswith(":host{"):
        assert re.fullmatch(r":host\{(?:--rs-[a-z-]+:[^;{}<>@\\]*;)*\}", host), host


def check_metrics(support: ReaderSupport) -> None:
    from prometheus_client import CollectorRegistry, generate_latest

    registry = CollectorRegistry(auto_describe=False)
    registry.register(support.collector)
    families = text_string_to_metric_families(generate_latest(registry).decode())
    named = {
        sample.labels["site"]
        for family in families
        for sample in family.samples
        if "site" in sample.labels
    }
    assert named <= set(support.settings.site_names)


def check_tag(support: ReaderSupport) -> None:
    """The element that goes into pages, with a hostile nonce and root path besides."""
    for root_path, nonce in (("", ""), ('/"><b>', "a"), ("//evil.example", '"><b>')):
        tree = LexborHTMLParser(f"<!doctype html><head>{support.tag(nonce, root_path)}</head>")
        (script,) = tree.css("head > *")
        names = {"defer", "src", "data-cfasync", "data-evenhand", *(("nonce",) if nonce else ())}
        assert set(script.attributes) == names
        assert re.match(r"/(?!/)", script.attributes["src"] or "")
        assert tree.body is not None
        assert tree.body.text() == ""
