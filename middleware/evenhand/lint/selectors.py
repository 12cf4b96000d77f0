"""Whether an element fits a selector while nobody touches it: no focus, no pointer."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from evenhand.lint.tree import Element

HOST = "reader-support-notice"
"""The element that bears the notice's shadow root."""

Test = Callable[[Element], bool]
Specificity = tuple[int, int, int]

_SIMPLE = re.compile(
    r"(?P<pseudo>::?)(?P<name>[\w-]+)(?P<opens>\()?"
    r"|\.(?P<cls>(?:[\w-]|\\.)+)|\#(?P<id>[\w-]+)|\[(?P<attr>[^\]]+)\]|(?P<tag>[\w-]+|\*)"
    r"|(?P<comb>\s*[>+~]\s*|\s+)"
)
_ATTR = re.compile(r"\s*([\w-]+)\s*(?:([~|^$*]?=)\s*[\"']?(.*?)[\"']?\s*[iIsS]?)?\s*")
_ELEMENTS = ("before", "after", "first-line", "first-letter")
_NOW = (
    *("hover", "focus", "focus-visible", "focus-within", "active", "checked", "target"),
    *("visited", "open", "disabled", "popover-open", "modal", "fullscreen"),
)
_COMPARE: dict[str, Callable[[str, str], bool]] = {
    "=": lambda seen, wanted: seen == wanted,
    "~=": lambda seen, wanted: wanted in seen.split(),
    "|=": lambda seen, wanted: seen == wanted or seen.startswith(wanted + "-"),
    "^=": lambda seen, wanted: seen.startswith(wanted),
    "$=": lambda seen, wanted: seen.endswith(wanted),
    "*=": lambda seen, wanted: wanted in seen,
}


@dataclass(frozen=True)
class Selector:
    """One selector of a list: compounds from left to right, with what stands between them."""

    compounds: tuple[tuple[Test, ...], ...]
    combinators: tuple[str, ...]
    specificity: Specificity
    pseudo: bool  # it means a pseudo-element

    def fits(self, element: Element) -> bool:
        """Whether the element itself is meant."""
        return not self.pseudo and self._fits(element, len(self.compounds) - 1)

    def _fits(self, element: Element, at: int) -> bool:
        if not all(test(element) for test in self.compounds[at]):
            return False
        if at == 0:
            return True
        combinator, before = self.combinators[at - 1], at - 1
        if combinator in "+~":
            older = _older(element)
            return any(
                self._fits(each, before) for each in (older[:1] if combinator == "+" else older)
            )
        above = [] if element.parent is None else list(element.parent.up())
        return any(self._fits(each, before) for each in (above[:1] if combinator == ">" else above))


def _older(element: Element) -> list[Element]:
    """The siblings before it, the nearest first."""
    if element.parent is None:
        return []
    siblings = element.parent.children
    return siblings[: siblings.index(element)][::-1]


@lru_cache(maxsize=2048)
def selectors(text: str) -> tuple[Selector, ...]:
    """Every selector of a list."""
    return tuple(_selector(part.strip()) for part in split(text) if part.strip())


def split(text: str) -> list[str]:
    """A list's items: commas within brackets separate nothing."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "([") - (character in ")]")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _selector(text: str) -> Selector:
    compounds: list[list[Test]] = [[]]
    combinators: list[str] = []
    weight = [0, 0, 0]
    pseudo, at = False, 0
    while at < len(text):
        found = _SIMPLE.match(text, at)
        if found is None:
            at += 1
            continue
        at = found.end()
        if found["comb"]:
            combinators.append(found["comb"].strip() or " ")
            compounds.append([])
            continue
        inner = ""
        if found["opens"]:
            end = _closing(text, at)
            inner, at = text[at:end], end + 1
        if found["pseudo"] == "::" or found["name"] in _ELEMENTS:
            pseudo = True
            continue
        compounds[-1].append(_test(found, inner))
        for index, more in enumerate(_weight(found, inner)):
            weight[index] += more
    return Selector(
        tuple(map(tuple, compounds)), tuple(combinators), (weight[0], weight[1], weight[2]), pseudo
    )


def _closing(text: str, at: int) -> int:
    depth = 1
    for index in range(at, len(text)):
        depth += (text[index] == "(") - (text[index] == ")")
        if depth == 0:
            return index
    return len(text)


def _weight(found: re.Match[str], inner: str) -> Specificity:
    if found["name"] == "where":
        return (0, 0, 0)
    if found["name"] in ("is", "not", "has") and inner:
        return max(one.specificity for one in selectors(inner))
    if found["name"] == "host" and inner:
        a, b, c = selectors(inner)[0].specificity
        return (a, b + 1, c)
    return (
        bool(found["id"]),
        bool(found["cls"] or found["attr"] or found["name"]),
        bool(found["tag"]),
    )


def _test(found: re.Match[str], inner: str) -> Test:
    if tag := found["tag"]:
        return lambda element: tag == "*" or element.tag == tag.lower()
    if cls := found["cls"]:
        return lambda element: cls in element.classes
    if name := found["id"]:
        return lambda element: element.attrs.get("id") == name
    if found["attr"]:
        return _attribute(found["attr"])
    return _pseudo(found["name"].lower(), inner)


def _attribute(text: str) -> Test:
    found = _ATTR.fullmatch(text)
    if found is None:
        return lambda _: True
    name, sign, wanted = found[1].lower(), found[2], found[3] or ""
    if sign is None:
        return lambda element: name in element.attrs
    compare = _COMPARE[sign]
    return lambda element: name in element.attrs and compare(element.attrs[name], wanted)


def _pseudo(name: str, inner: str) -> Test:
    if name in ("is", "where", "matches"):
        return lambda element: any(one.fits(element) for one in selectors(inner))
    if name == "not":
        return lambda element: not any(one.fits(element) for one in selectors(inner))
    if name == "has":
        return lambda element: _has(element, inner)
    if name == "host":
        return lambda element: (
            element.tag == HOST
            and (not inner or any(one.fits(element) for one in selectors(inner)))
        )
    if name == "root":
        return lambda element: element.tag == "html"
    if name == "first-child":
        return lambda element: not _older(element)
    if name == "last-child":
        return lambda element: element.parent is None or element.parent.children[-1] is element
    if name == "empty":
        return lambda element: not element.parts
    # What is not known may well fit: better to look once too often.
    return lambda _: name not in _NOW


def _has(element: Element, inner: str) -> bool:
    wanted = selectors(inner.lstrip("> "))
    return any(one.fits(each) for each in element.walk() if each is not element for one in wanted)
