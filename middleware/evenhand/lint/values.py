"""CSS lengths and colours as numbers; None: can't be told, so nothing is said of it."""

import colorsys
import re
from typing import NamedTuple

from evenhand.asking.contrast import Rgb

_LENGTH = re.compile(
    r"([+-]?(?:\d+\.?\d*|\.\d+))(px|rem|em|ch|ex|pt|v[hwib]|[dsl]v[hw]|vmin|vmax|%)?"
)
_FUNCTION = re.compile(r"(min|max|clamp|calc|env)\((.*)\)", re.DOTALL)
_COLOUR = re.compile(r"(rgba?|hsla?)\(([^()]*)\)")
_NAMED = {
    "black": "000000", "silver": "c0c0c0", "gray": "808080", "grey": "808080", "white": "ffffff",
    "maroon": "800000", "red": "ff0000", "purple": "800080", "fuchsia": "ff00ff",
    "green": "008000", "lime": "00ff00", "olive": "808000", "yellow": "ffff00", "navy": "000080",
    "blue": "0000ff", "teal": "008080", "aqua": "00ffff", "cyan": "00ffff", "orange": "ffa500",
    "pink": "ffc0cb", "gold": "ffd700", "lightgray": "d3d3d3", "lightgrey": "d3d3d3",
    "darkgray": "a9a9a9", "darkgrey": "a9a9a9", "dimgray": "696969", "dimgrey": "696969",
    "gainsboro": "dcdcdc", "whitesmoke": "f5f5f5", "slategray": "708090", "ivory": "fffff0",
    "beige": "f5f5dc", "crimson": "dc143c", "tomato": "ff6347", "coral": "ff7f50",
    "salmon": "fa8072", "khaki": "f0e68c", "darkred": "8b0000", "darkgreen": "006400",
    "darkblue": "00008b", "midnightblue": "191970", "steelblue": "4682b4", "skyblue": "87ceeb",
    "lightblue": "add8e6", "lightyellow": "ffffe0",
}  # fmt: skip


class Window(NamedTuple):
    """What a length may be measured by, in px."""

    width: float
    height: float


class Colour(NamedTuple):
    """Channels from 0 to 255, and how much of what is behind is covered, from 0 to 1."""

    rgb: Rgb
    alpha: float

    def over(self, behind: Rgb) -> Rgb:
        """What is seen of it."""
        red, green, blue = (
            round(a * self.alpha + b * (1 - self.alpha))
            for a, b in zip(self.rgb, behind, strict=True)
        )
        return red, green, blue


def length(text: str, font: float, window: Window) -> float | None:
    """A length in px, where ``font`` is an em."""
    text = text.strip().lower()
    if function := _FUNCTION.fullmatch(text):
        return _computed(function[1], function[2], font, window)
    found = _LENGTH.fullmatch(text)
    if found is None:
        return None
    number, unit = float(found[1]), found[2] or ""
    if not unit:
        return number if number == 0 else None
    if unit == "%":
        return None
    per = {
        "px": 1.0, "pt": 4 / 3, "rem": 16.0, "em": font, "ch": font / 2, "ex": font / 2,
        "vmin": min(window) / 100, "vmax": max(window) / 100, "vb": window.height / 100,
        "vi": window.width / 100,
    }  # fmt: skip
    share = window.width if unit.endswith("w") else window.height
    return number * per.get(unit, share / 100)


def _computed(name: str, inner: str, font: float, window: Window) -> float | None:
    if name == "env":
        return 0.0
    if name == "calc":
        return length(inner, font, window)
    from evenhand.lint.selectors import split

    found = [length(part, font, window) for part in split(inner)]
    known = [each for each in found if each is not None]
    if len(known) < len(found):
        return None
    if name == "clamp" and len(known) == 3:
        return max(known[0], min(known[1], known[2]))
    return {"min": min, "max": max}.get(name, max)(known) if known else None


def colour(text: str) -> Colour | None:
    """A colour: hexadecimal, ``rgb()``, ``hsl()``, ``transparent`` or one of the common names."""
    text = text.strip().lower()
    if text == "transparent":
        return Colour((0, 0, 0), 0.0)
    if found := _COLOUR.fullmatch(text):
        return _function(found[1], re.findall(r"\d*\.?\d+%?", found[2]))
    digits = _NAMED.get(text) or (text[1:] if text.startswith("#") else "")
    if len(digits) in (3, 4):
        digits = "".join(digit * 2 for digit in digits)
    if not re.fullmatch(r"[0-9a-f]{6}([0-9a-f]{2})?", digits):
        return None
    red, green, blue = (int(digits[at : at + 2], 16) for at in (0, 2, 4))
    return Colour((red, green, blue), int(digits[6:] or "ff", 16) / 255)


def _function(name: str, parts: list[str]) -> Colour | None:
    if len(parts) not in (3, 4):
        return None
    alpha = share(parts[3]) if len(parts) == 4 else 1.0
    if name.startswith("hsl"):
        hue, saturation, light = float(parts[0].rstrip("%")), share(parts[1]), share(parts[2])
        found = colorsys.hls_to_rgb(hue / 360, light, saturation)
        red, green, blue = (round(255 * channel) for channel in found)
    else:
        red, green, blue = (
            round(255 * share(part)) if part.endswith("%") else round(float(part))
            for part in parts[:3]
        )
    return Colour((red, green, blue), alpha)


def share(text: str) -> float:
    """A number from 0 to 1, or a percentage; what is none is 1."""
    found = re.fullmatch(r"\s*(\d*\.?\d+)(%?)\s*", text)
    return float(found[1]) / (100 if found[2] else 1) if found else 1.0
