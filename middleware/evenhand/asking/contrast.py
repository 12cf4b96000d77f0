"""Contrast of two colours as WCAG 2 defines it, and the nearest colour that has enough of it.

The formulas: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance and #dfn-contrast-ratio.
"""

from math import dist
from typing import TypeAlias

Rgb: TypeAlias = tuple[int, int, int]

_BLACK: Rgb = (0, 0, 0)
_WHITE: Rgb = (255, 255, 255)


def parsed(colour: str) -> Rgb:
    """The channels of ``#rrggbb``."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def luminance(colour: Rgb) -> float:
    """Relative luminance: 0 for black, 1 for white."""
    red, green, blue = (_linear(channel / 255) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 to 21, whichever is the darker."""
    return _ratio(parsed(one), parsed(other))


def nearest(colour: str, against: str, needed: float) -> str:
    """The colour nearest to ``colour`` on the way to black or to white that has the contrast.

    One of the two ways always arrives for a ratio up to 4.58: that is the contrast which the
    better of black and white has with the worst of greys.
    """
    start, other = parsed(colour), parsed(against)
    found = [_first(start, end, other, needed) for end in (_BLACK, _WHITE)]
    best = min(
        (passing for passing in found if passing is not None),
        key=lambda passing: dist(passing, start),
    )
    return "#{:02x}{:02x}{:02x}".format(*best)


def _first(start: Rgb, end: Rgb, other: Rgb, needed: float) -> Rgb | None:
    """The first colour from ``start`` to ``end`` that has the contrast."""
    for step in range(256):
        red, green, blue = (
            a + round((b - a) * step / 255) for a, b in zip(start, end, strict=True)
        )
        if _ratio((red, green, blue), other) >= needed:
            return red, green, blue
    return None


def _ratio(one: Rgb, other: Rgb) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
