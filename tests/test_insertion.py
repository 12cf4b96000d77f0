"""What the walk decides beyond the checklist: bounds, charsets, policies and cost."""

import pytest

from evenhand.insertion.walk import LOOK_AHEAD, Insert, Leave, Walk


def decide(page: bytes, *, charset_known: bool = True) -> Insert | Leave:
    walk = Walk(charset_known=charset_known)
    return walk.feed(page) or walk.end()


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        pytest.param(b"", "empty", id="nothing"),
        pytest.param(b" \n", "fragment", id="white_space"),
        pytest.param(b"Hello", "fragment", id="text"),
        pytest.param(b"<title>A</title><p>", "fragment", id="title_first"),
        pytest.param(b"<!-- <html> --><div>", "fragment", id="html_in_a_comment"),
        pytest.param(b"[1]", "mislabelled", id="json_list"),
        pytest.param(b"<!doctype html><!-- A", "no_place", id="unclosed_comment"),
        pytest.param(b"<!doctype html><head id='", "no_place", id="unclosed_tag"),
        pytest.param(b"<!doctype html><!-- \x1b$B -->A", "charset", id="iso_2022_jp"),
        pytest.param(b"<html \xe2\x9a\xa14ads><head><p>", "amp", id="amp_ads"),
        pytest.param(b"<html amp='' lang=en><p>", "amp", id="amp_with_a_value"),
    ],
)
def test_a_page_without_a_place_is_left_alone(page: bytes, reason: str) -> None:
    assert decide(page) == Leave(reason)  # type: ignore[arg-type]  # a closed set, in a table


@pytest.mark.parametrize(
    "page",
    [b"<html data-amp>|<p>", b"<html class=amp>|<p>", b"<html amphtml>|<p>", b"<html amp-x>|<p>"],
)
def test_a_page_that_only_names_amp_is_no_amp_page(page: bytes) -> None:
    assert decide(page.replace(b"|", b"")) == Insert(page.index(b"|"))


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(b"<!doctype html>|", id="ends_in_the_prolog"),
        pytest.param(b"<head>\n|</head>", id="head_alone"),
        pytest.param(b"|<body>", id="body_alone"),
        pytest.param(b"<html>&#32;&Tab;&#x0A |&#8220;A", id="references_to_space"),
        pytest.param(b"<html>|&nbsp;", id="no_break_space_is_text"),
        pytest.param(b"<html>|&#1055;&#1088;", id="a_reference_that_begins_like_one_to_space"),
        pytest.param(b"<html>&#10;|&#x0aeta ", id="a_hexadecimal_one_that_goes_on"),
        pytest.param(b"<html>&#32|x ", id="a_reference_without_its_end"),
        pytest.param(b"<!doctype svg><html>|<p>", id="html_in_spite_of_its_doctype"),
        pytest.param(b"<?xml version='1.0'?><html>|<p>", id="html_behind_an_xml_declaration"),
        pytest.param(b"<html>|<\xc3\xa9>", id="no_tag_at_all"),
        pytest.param(b"<html><head>|<script data-evenhandy>", id="almost_our_marker"),
        pytest.param(b"<html><!-->|<p>", id="a_comment_that_ends_at_once"),
        pytest.param(b"<html><!--->|<p>", id="a_comment_that_ends_after_a_dash"),
        pytest.param(b"<html><!---!>--!>|<p>", id="a_comment_that_a_dash_does_not_end"),
        pytest.param(b"<html><!-x>|<p>-->", id="no_comment_with_one_dash"),
        pytest.param(b"<html><meta name=X>|<p>", id="a_value_without_quotes"),
        pytest.param(b"<html><meta name=>|<p>", id="a_value_that_is_missing"),
    ],
)
def test_the_place(page: bytes) -> None:
    assert decide(page.replace(b"|", b"")) == Insert(page.index(b"|"))


def test_policies_in_meta_are_reported_with_references_resolved() -> None:
    page = (
        b"<head><meta http-equiv=content-security-policy content='script-src &#39;self&#39;'>"
        b"<meta content=\"img-src 'none'\" http-equiv=Content-Security-Policy><title>"
    )
    assert decide(page) == Insert(
        page.index(b"<title>"), policies=("script-src 'self'", "img-src 'none'")
    )


def test_the_first_of_two_equal_attributes_counts() -> None:
    page = b"<head><meta http-equiv=x http-equiv=content-security-policy content=a><title>"
    assert decide(page) == Insert(page.index(b"<title>"))


@pytest.mark.parametrize("end", [LOOK_AHEAD - 7, LOOK_AHEAD - 6])
@pytest.mark.parametrize("size", [1, 999, 10**6])
def test_nothing_beyond_the_look_ahead_is_looked_at(end: int, size: int) -> None:
    page = b"<!doctype html>".ljust(end) + b"<title>A" + b" " * 50_000
    walk = Walk(charset_known=True)
    decisions = (walk.feed(page[at : at + size]) for at in range(0, len(page), size))
    decision = next(filter(None, decisions))
    # The name's end has to be seen as well.
    assert decision == (Insert(end) if end + 7 <= LOOK_AHEAD else Leave("no_place"))


@pytest.mark.parametrize("size", [1, 999, 10**6])
def test_a_fragment_is_one_however_much_of_it_came_at_once(size: int) -> None:
    page = b"<!--".ljust(LOOK_AHEAD - 10, b"x") + b"-->A" + b" " * 50_000
    walk = Walk(charset_known=True)
    decisions = (walk.feed(page[at : at + size]) for at in range(0, len(page), size))
    assert next(filter(None, decisions)) == Leave("fragment")


def page_with_charset_at(end: int, declaration: bytes = b"<meta charset=utf-8>") -> bytes:
    return b"<html><title>".ljust(end - len(declaration), b"x") + declaration + b" " * 2000


@pytest.mark.parametrize(
    ("end", "room"), [pytest.param(900, 124, id="fits"), pytest.param(1024, 0, id="just")]
)
def test_room_is_what_a_later_charset_declaration_leaves(end: int, room: int) -> None:
    assert decide(page_with_charset_at(end), charset_known=False) == Insert(6, room=room)


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page_with_charset_at(1025), id="too_late_to_count"),
        pytest.param(page_with_charset_at(900, b"<!--<meta charset=utf-8>-->"), id="comment"),
        pytest.param(page_with_charset_at(900, b"<p title='<meta charset=utf-8>'>"), id="value"),
        pytest.param(b"<html><title>A</title>", id="none"),
    ],
)
def test_where_no_declaration_can_be_lost_there_is_room(page: bytes) -> None:
    assert decide(page, charset_known=False) == Insert(6)


@pytest.mark.parametrize(
    "declaration",
    [
        b"<meta charset=UTF-8>",
        b"<meta http-equiv=Content-Type content='text/html; charset=iso-8859-1'>",
    ],
)
def test_a_declaration_before_the_place_settles_it_without_a_wait(declaration: bytes) -> None:
    walk = Walk(charset_known=False)
    assert walk.feed(b"<html>" + declaration + b"<title>") == Insert(6 + len(declaration))


def test_a_label_that_browsers_may_not_know_settles_nothing() -> None:
    walk = Walk(charset_known=False)
    assert walk.feed(b"<html><meta charset=x-made-up><title>A") is None


def test_a_byte_order_mark_beats_every_declaration() -> None:
    page = b"\xef\xbb\xbf" + page_with_charset_at(1000)
    assert decide(page, charset_known=False) == Insert(9)


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (b"<?xml version='1.0'?><rss>", "mislabelled"),
        (b"<?xm version='1.0'?><rss>", "fragment"),
        (b"X<p>", "fragment"),
        (b"{}", "mislabelled"),
    ],
)
def test_what_is_no_html_is_told_from_a_piece_of_it(page: bytes, reason: str) -> None:
    assert decide(page) == Leave(reason)  # type: ignore[arg-type]  # pytest forgets the literals
