"""Themes: what can't be read is refused, with the pair, the ratio and a colour that passes."""

from itertools import product
from math import dist
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand import Notice
from evenhand.asking.contrast import luminance, nearest, parsed, ratio
from evenhand.asking.theme import COLOURS, PAIRS, THEMES, checked
from evenhand.errors import ContrastError, OptionError

COLOUR = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#777777", "#ffffff", 4.48),  # the well-known grey that just fails
        ("#767676", "#ffffff", 4.54),  # and the one that just passes
        ("#ff0000", "#ffffff", 4.00),
        ("#0000ff", "#ffffff", 8.59),
    ],
)
def test_the_ratio_is_wcags(one: str, other: str, expected: float) -> None:
    assert ratio(one, other) == pytest.approx(expected, abs=0.005)
    assert ratio(other, one) == ratio(one, other)


def test_luminance_goes_from_black_to_white() -> None:
    assert luminance((0, 0, 0)) == 0
    assert luminance((255, 255, 255)) == pytest.approx(1)


def test_the_darkest_channels_are_linear() -> None:
    assert luminance((10, 10, 10)) == pytest.approx(10 / 255 / 12.92)


@pytest.mark.parametrize(("colour", "found"), [("#8a8a8a", "#a0a0a0"), ("#7a7a7a", "#636363")])
def test_of_two_ways_the_shorter_is_gone(colour: str, found: str) -> None:
    assert nearest(colour, "#808080", 1.5) == found


def test_a_colour_that_has_just_enough_stays() -> None:
    assert nearest("#777777", "#ffffff", ratio("#777777", "#ffffff")) == "#777777"


@given(COLOUR, COLOUR, st.sampled_from([3.0, 4.5]))
def test_the_nearest_colour_passes_and_none_on_the_way_is_nearer(
    colour: str, against: str, needed: float
) -> None:
    found = nearest(colour, against, needed)
    assert ratio(found, against) >= needed
    if ratio(colour, against) >= needed:
        assert found == colour
    start = parsed(colour)
    for end, step in product((0, 255), range(0, 256, 5)):
        way = tuple(a + round((end - a) * step / 255) for a in start)
        passing = "#{:02x}{:02x}{:02x}".format(*way)
        if ratio(passing, against) >= needed:
            assert dist(parsed(found), start) <= dist(way, start) + 1e-9


@pytest.mark.parametrize("name", THEMES)
def test_our_own_themes_can_be_read(name: str) -> None:
    theme = checked("theme", name)
    assert theme == checked("theme", dict(theme)), "also as a publisher would write it out"
    for front, behind, needed in PAIRS:
        assert ratio(theme[front], theme[behind]) >= needed, (front, behind)


def test_every_colour_is_in_a_pair() -> None:
    assert {token for front, behind, _ in PAIRS for token in (front, behind)} == set(COLOURS)


@pytest.mark.parametrize(("front", "behind", "needed"), PAIRS)
def test_a_pair_that_is_too_alike_is_refused(front: str, behind: str, needed: float) -> None:
    theme = {**THEMES["plain"], front: THEMES["plain"][behind]}
    # A changed accent may spoil the pair in which it stands behind, too.
    with pytest.raises(ContrastError) as caught:
        Notice(theme=theme)
    error = caught.value
    assert error.option == "Notice.theme"
    assert {front} & set(error.pair)
    assert error.ratio < error.needed
    assert f"{error.needed:g}:1" in str(error)
    assert all(token in str(error) for token in error.pair)
    assert f"{int(error.ratio * 100) / 100:.2f}:1" in str(error)
    assert error.nearest in error.fix
    assert ratio(error.nearest, theme[error.pair[1]]) >= error.needed
    assert needed in (3.0, 4.5)


def test_the_offered_colours_lead_to_a_theme_that_is_taken() -> None:
    theme = {
        "background": "#dddddd",
        "text": "#999999",
        "accent": "#cccccc",
        "on-accent": "#bbb0bb",
    }
    for _ in range(10):
        try:
            Notice(theme=theme)
        except ContrastError as error:
            theme[error.pair[0]] = error.nearest
        else:
            return
    pytest.fail(f"never taken: {theme}")


def test_a_ratio_just_below_is_not_rounded_up() -> None:
    with pytest.raises(ContrastError, match=r"4\.47:1"):
        Notice(theme={"background": "#ffffff", "text": "#777777"})


@pytest.mark.parametrize(
    "theme",
    [
        "pretty",
        7,
        {"colour": "#000000"},
        {"text": "black"},
        {"text": "#000"},
        {"radius": "50%"},
        {"radius": "4px;color:red"},
        {"font": "x;} *{display:none"},
        {"font": "O'Neil Sans, serif"},  # a string that doesn't end
        {"font": '"Georgia'},
        {"font": "'O'Neil Sans'"},
        {"font": "Georgia,"},
        {"font": "x" * 201},
        {"font": "url(https://fonts.example/x)"},
    ],
    ids=str,
)
def test_a_wrong_theme_is_refused_with_a_way_out(theme: Any) -> None:
    with pytest.raises(OptionError) as caught:
        Notice(theme=theme)
    assert caught.value.allowed in str(caught.value)
    assert caught.value.fix in str(caught.value)
