"""Two HTML parsers judge the walk: with our tag a page is the same page and one script more."""

import os
import random
import sysconfig
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path
from xml.etree.ElementTree import Element

import html5lib
from html5lib._inputstream import HTMLBinaryInputStream
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from evenhand.insertion.walk import Decision, Insert, Leave, Walk

EXAMPLES = int(os.environ.get("EVENHAND_EXAMPLES", "150"))
TAG = b'<script defer="" src="/r/0/probe.js" data-evenhand=""></script>'
TAG_TEXT = TAG.decode()

TOKENS = [
    b"<!doctype html>", b"<!DOCTYPE HTML PUBLIC \"a>b\">", b"<!doctypehtml>", b"<!doctype>",
    b"<!doctype svg>", b"<html>", b"<HTML lang=en>", b"<html lang='a>b' class=\"<head>\">",
    b"<html amp>", b"<html amphtml>", b"<html", b"<head>", b"<head/>", b"<head id=\"x", b"</head>",
    b"<header>", b"<body>", b"</body>", b"</html>", b"<br>", b"</br>", b"<title>", b"</title>",
    b"<script>", b"</script>", b"<style>", b"</style>", b"<textarea>", b"<template>",
    b"<noscript>", b"<base href=//x>", b"<frameset>", b"<table><tr>", b"<svg>", b"<link>",
    b"<meta charset=utf-8>", b"<meta charset='utf-8'/>", b"<meta name=a content='>'>",
    b"<meta http-equiv=Content-Security-Policy content=\"script-src &#39;self&#39;\">", b"<meta ",
    b"<!-- c -->", b"<!-->", b"<!--->", b"<!---->", b"<!--!>", b"<!--x--!>", b"<!--", b"-->",
    b"<!-- <!-- -->", b"<!x>", b"<?php >", b"<?xml version=\"1.0\"?>", b"</ x>", b"</>", b"</p>",
    b"</template>", b"<![CDATA[x]]>", b"&#32;", b"&#x0a", b"&#10", b"&Tab;", b"&amp;", b"&", b"<",
    b"</", b"<!", b">", b"\"", b"'", b"=", b"/", b" ", b"\n", b"\r\n", b"\t", b"\f", b"\0", b"x",
    b"\xc3\xa9", b"\xef\xbb\xbf", b"{", b"55;", b"ae", b"<p>text", b"<div a=\"", b"-", b"!",
]  # fmt: skip
PAGES = st.lists(st.sampled_from(TOKENS), max_size=14).map(b"".join)
# As sites write their prologs, and nearly so: the shortcut must know one from the other.
USUAL = [
    b"<!doctype html>", b"<!DOCTYPE html>\n", b"<!doctype\nhtml PUBLIC 'a>b'>", b"<html>",
    b'<html lang="en" class=\'a\'>', b"<html lang=en dir=ltr >", b"<html lang=en/>", b"<html amp>",
    b"<html data-amp>", b"<head>", b'<head prefix="og: x" >', b"<head/>", b"<meta charset=utf-8>",
    b'<meta charset="utf-8"/>', b"<meta charset=utf-8/>", b'<meta charset="latin9">', b"<meta>",
    b'<meta name="a" content="b > c" />', b"<meta name=viewport content='width=1'>", b"<meta a/>",
    b"<meta content=a http-equiv=content-security-policy>", b"<meta name=a=b>", b"<meta name='a\">",
    b'<meta http-equiv="X-UA-Compatible" content="IE=edge">', b"<meta/name=a>", b"<meta name = a>",
    b"<meta http-equiv=x-ua-compatible content='a'/>", b"<meta http-equiv=content-type content=a>",
    b'<meta http-equiv="Content-Type" content="text/html; charset=utf-8" />', b"<meta a=/>",
    b"<!-- a - b -- c > -->", b"<!---->", b"<!--a--!>", b"<!--->", b"<!--a\x1b-->", b"\n", b" ",
    b"<title>", b"<link rel=a>", b"<script>", b"<script data-evenhand>", b"<base>", b"</head>",
    b"A",
]  # fmt: skip
START = [b"<!doctype html>", b"<!doctype html><html>", b"<!doctype html><html><head>", b""]
ORDINARY = st.tuples(
    st.sampled_from(START), st.lists(st.sampled_from(USUAL), max_size=8).map(b"".join)
).map(lambda parts: b"".join((*parts, b"<title>")))

modest = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def decide(page: bytes, cuts: list[int] | None = None, *, charset_known: bool = True) -> Decision:
    walk = Walk(charset_known=charset_known)
    edges = [0, *sorted(cuts or []), len(page)]
    for begin, end in pairwise(edges):
        if decision := walk.feed(page[begin:end]):
            return decision
    return walk.end()


def parsed_by_lexbor(page: bytes) -> tuple[str, int]:
    """The document, and how many nodes it has: a text node cut in two shows in no markup."""
    document = LexborHTMLParser(_text(page))
    nodes = document.root.traverse(include_text=True) if document.root else ()
    return document.html or "", sum(1 for _ in nodes)


def parsed_by_html5lib(page: bytes) -> Element:
    tree: Element = html5lib.parse(_text(page), namespaceHTMLElements=False)
    return tree


def _text(page: bytes) -> str:
    # Neither parser drops a byte order mark from text; a browser does before it parses.
    return page.removeprefix(b"\xef\xbb\xbf").decode("latin-1")


def assert_same_page(page: bytes, decision: Decision) -> None:
    """With the tag at the place, both parsers see the same page and our script in its head."""
    if isinstance(decision, Leave):
        return
    tagged = page[: decision.at] + TAG + page[decision.at :]
    assert_same_for_lexbor(page, tagged)
    assert_same_for_html5lib(page, tagged)


def assert_same_for_lexbor(page: bytes, tagged: bytes) -> None:
    if page.endswith(b"<!"):  # Lexbor fills the comment that ends there with what it read before
        assert tagged.endswith(b"<!")
        page, tagged = page.removesuffix(b"<!"), tagged.removesuffix(b"<!")
    before, nodes = parsed_by_lexbor(page)
    after, nodes_after = parsed_by_lexbor(tagged)
    assert after.count(TAG_TEXT) == 1
    assert after.replace(TAG_TEXT, "") == before
    assert nodes_after == nodes + 1


def assert_same_for_html5lib(page: bytes, tagged: bytes) -> None:
    if b"<!--\0" in page:  # html5lib ends such a comment at the next ">", against the standard
        return
    tree = parsed_by_html5lib(tagged)
    (head,) = [child for child in tree if child.tag == "head"]
    ours = {"defer": "", "src": "/r/0/probe.js", "data-evenhand": ""}
    (script,) = [child for child in head if child.tag == "script" and child.attrib == ours]
    assert not script.tail
    head.remove(script)
    assert shape(tree) == shape(parsed_by_html5lib(page))


def shape(tree: Element) -> list[tuple[object, ...]]:
    """Every node in order, with how many children it has: XML can't say all that HTML can."""
    return [(node.tag, node.attrib, node.text, node.tail, len(node)) for node in tree.iter()]


@given(PAGES)
@modest
def test_a_generated_page_stays_the_same_page(page: bytes) -> None:
    assert_same_page(page, decide(page))


@given(PAGES, st.lists(st.integers(0, 200), max_size=6))
@modest
def test_no_cut_changes_the_decision(page: bytes, cuts: list[int]) -> None:
    whole = decide(page, charset_known=False)
    assert decide(page, [cut % (len(page) + 1) for cut in cuts], charset_known=False) == whole
    assert decide(page, list(range(len(page))), charset_known=False) == whole


@given(ORDINARY, st.booleans())
@modest
def test_the_shortcut_and_the_walk_come_to_the_same_decision(page: bytes, known: bool) -> None:
    walk = Walk(charset_known=known)
    walk.feed(b"")  # from here on the shortcut is out of the game
    assert (walk.feed(page) or walk.end()) == decide(page, charset_known=known)


@given(PAGES, st.integers(0, 1100))
@modest
def test_the_tag_never_hides_a_charset_declaration(page: bytes, fill: int) -> None:
    late = page + b"<title>" + b"x" * fill + b"</title><meta charset=utf-8>" + b"y" * 200
    decision = decide(late, charset_known=False)
    if isinstance(decision, Insert) and (decision.room is None or len(TAG) <= decision.room):
        tagged = late[: decision.at] + TAG + late[decision.at :]
        assert sniffed(late) in (sniffed(tagged), "windows-1252")


def sniffed(page: bytes) -> str | None:
    """The charset that html5lib finds in the first 1024 bytes."""
    stream = HTMLBinaryInputStream(page)
    encoding, certainty = stream.charEncoding
    return str(encoding.name) if certainty == "tentative" else None


def installed_pages() -> Iterator[Path]:
    """HTML files that came with this machine's packages."""
    for root in ("/usr/share/doc", "/usr/share", "/usr/lib", sysconfig.get_path("purelib")):
        for path in sorted(Path(root).rglob("*.htm*")):
            if path.is_file() and path.suffix in (".html", ".htm"):
                yield path


def generated_pages(count: int) -> Iterator[bytes]:
    """Where hardly any are installed: pages as sites write them."""
    choose = random.Random(20)
    for _ in range(count):
        metas = choose.choices(METAS, k=choose.randrange(6))
        yield b"".join(
            (
                choose.choice([b"", b"\xef\xbb\xbf", b"<!-- cached -->\n", b"\n\n"]),
                choose.choice([b"<!doctype html>\n", b"", XHTML]),
                choose.choice([b"<html>\n", b'<html lang="en" class="no-js">', b""]),
                choose.choice([b"<head>\n", b"<HEAD>", b'<head prefix="og: https://ogp.me/ns#">']),
                *metas,
                choose.choice([b"<title>A &lt;/head></title>", b"<script>'</head>'</script>"]),
                b"<link rel=stylesheet href=/a.css></head>\n<body>\n<p>Text</p></body></html>",
            )
        )


XHTML = b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x">'
METAS = [
    b"<meta charset=utf-8>\n",
    b'<meta http-equiv="Content-Type" content="text/html; charset=utf-8" />\n',
    b'<meta name="viewport" content="width=device-width">\n',
    b"<!--[if IE]><meta name=x><![endif]-->\n",
    b'<meta property="og:title" content="a > b">\n',
]
REAL_PAGES = 500


def test_real_pages_stay_the_same_pages() -> None:
    found = [path.read_bytes()[:8_000] for path in islice(installed_pages(), REAL_PAGES)]
    pages = [*found, *generated_pages(max(0, REAL_PAGES - len(found)))]
    decisions = [decide(page, charset_known=True) for page in pages]
    for page, decision in zip(pages, decisions, strict=True):
        assert_same_page(page, decision)
    inserted = sum(isinstance(decision, Insert) for decision in decisions)
    assert inserted > 0.8 * len(pages), f"{inserted} of {len(pages)}, {len(found)} of them real"
