"""Shorthands and physical names, told as the few longhands that lint looks at."""

from collections.abc import Iterator, Mapping

from evenhand.lint.css import Declaration
from evenhand.lint.values import colour

_SIDES: Mapping[str, tuple[str, str]] = {
    "block": ("block-start", "block-end"),
    "inline": ("inline-start", "inline-end"),
}
_PHYSICAL: Mapping[str, str] = {
    "height": "block-size",
    "width": "inline-size",
    "min-height": "min-block-size",
    "min-width": "min-inline-size",
    "max-height": "max-block-size",
    "max-width": "max-inline-size",
    "top": "inset-block-start",
    "bottom": "inset-block-end",
    "left": "inset-inline-start",
    "right": "inset-inline-end",
    "padding-top": "padding-block-start",
    "padding-bottom": "padding-block-end",
    "padding-left": "padding-inline-start",
    "padding-right": "padding-inline-end",
}
_GLOBAL = ("inherit", "initial", "unset", "revert")


def longhands(declaration: Declaration) -> Iterator[Declaration]:
    """What a declaration sets."""
    name = _PHYSICAL.get(declaration.name, declaration.name)
    for longhand, value in _expanded(name, declaration.value):
        yield Declaration(longhand, value, declaration.important)


def _expanded(name: str, value: str) -> Iterator[tuple[str, str]]:
    words = _words(value)
    if name in ("inset", "padding"):
        yield from _four(name, words)
    elif name.removeprefix("inset-").removeprefix("padding-") in _SIDES and "-" in name:
        kind, _, axis = name.rpartition("-")
        for side, word in zip(_SIDES[axis], (words * 2)[:2], strict=True):
            yield f"{kind}-{side}", word
    elif name == "background":
        known = [w for w in words if colour(w) or w.startswith("var(") or w in _GLOBAL]
        yield "background-color", known[-1] if known else "transparent"
        if any("gradient(" in word or "url(" in word for word in words):
            yield "background-image", value
    elif name == "font":
        yield from _font(words)
    elif name == "animation":
        yield "animation-name", value
    elif name.startswith("border"):
        yield from _border(name, words)
    else:
        yield name, value


def _four(name: str, words: list[str]) -> Iterator[tuple[str, str]]:
    if not 1 <= len(words) <= 4:
        return
    top, right, bottom, left = (
        words[0],
        words[1 % len(words)],
        words[2] if len(words) > 2 else words[0],
        words[3] if len(words) > 3 else words[1 % len(words)],
    )
    yield f"{name}-block-start", top
    yield f"{name}-inline-end", right
    yield f"{name}-block-end", bottom
    yield f"{name}-inline-start", left


def _font(words: list[str]) -> Iterator[tuple[str, str]]:
    if words[:1] and words[0] in _GLOBAL:
        yield from (("font-size", words[0]), ("line-height", words[0]), ("font-weight", words[0]))
        return
    yield "font-weight", next((w for w in words if w.isdecimal() or w in ("bold", "bolder")), "400")
    for word in words:
        size, _, line = word.partition("/")
        if size[:1].isdecimal() and not size.isdecimal():
            yield "font-size", size
            yield "line-height", line or "normal"
            return


def _border(name: str, words: list[str]) -> Iterator[tuple[str, str]]:
    """Only whether there is one, and in which colour."""
    if name == "border" or name.endswith(("-start", "-end", "-block", "-inline")):
        yield "border-style", "none" if {"none", "0", "hidden"} & set(words) else "solid"
        yield from (("border-color", w) for w in words if colour(w) or w.startswith("var("))
    elif name == "border-width":
        yield "border-style", "none" if words == ["0"] else "solid"
    else:
        yield name, " ".join(words)


def _words(value: str) -> list[str]:
    """The parts between spaces; brackets hold together."""
    words, depth = [""], 0
    for character in value:
        depth += (character == "(") - (character == ")")
        if character == " " and depth == 0:
            words.append("")
        else:
            words[-1] += character
    return [word for word in words if word]
