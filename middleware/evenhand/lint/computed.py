"""What an element looks like in one window: the cascade, as far as lint has to know it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Literal, NamedTuple

from evenhand.asking.contrast import Rgb, ratio
from evenhand.lint.css import Declaration, Rule, declarations
from evenhand.lint.media import applies
from evenhand.lint.selectors import Selector, selectors
from evenhand.lint.shorthand import longhands
from evenhand.lint.tree import Element
from evenhand.lint.values import Colour, Window, colour, length, share

Scheme = Literal["light", "dark"]
_INHERITED = (
    *("color", "font-size", "font-weight", "line-height", "visibility", "pointer-events"),
)
_VAR = re.compile(r"var\(\s*(--[\w-]+)\s*(?:,((?:[^()]|\((?:[^()]|\([^()]*\))*\))*))?\)")
_PAGE: Mapping[Scheme, Rgb] = {"light": (255, 255, 255), "dark": (17, 17, 17)}
_INK: Mapping[Scheme, str] = {"light": "#000000", "dark": "#ffffff"}


class View(NamedTuple):
    """One way in which a reader may see the notice."""

    scheme: Scheme
    window: Window
    compact: bool = False  # folded, where it would be too tall


class Looks:
    """How the elements of one tree look in one view, by rules from ours to the publisher's."""

    def __init__(self, rules: Sequence[Rule], view: View) -> None:
        self.view = view
        self._rules = [
            (one, rule)
            for rule in rules
            if all(applies(query, view.scheme, view.window) for query in rule.media)
            for one in selectors(rule.selector)
            if not one.pseudo
        ]
        self._known: dict[Element, Look] = {}

    def of(self, element: Element) -> Look:
        """One element's."""
        known = self._known.get(element)
        if known is None:
            above = self.of(element.parent) if element.parent is not None else None
            known = self._known[element] = Look(self._declared(element), above, element, self.view)
        return known

    def _declared(self, element: Element) -> dict[str, str]:
        found: list[tuple[tuple[bool, bool, tuple[int, int, int], int], Declaration]] = []
        for order, (selector, rule) in enumerate(self._rules):
            if selector.fits(element):
                found += self._weighed(rule.declarations, selector, order)
        inline = declarations(element.attrs.get("style", ""))
        found += [((one.important, True, (0, 0, 0), 0), one) for one in inline]
        values: dict[str, str] = {}
        for _, declaration in sorted(found, key=lambda each: each[0]):
            if declaration.name == "all":
                values = {name: value for name, value in values.items() if name.startswith("--")}
                continue
            values.update((one.name, one.value) for one in longhands(declaration))
        return values

    @staticmethod
    def _weighed(
        some: Sequence[Declaration], selector: Selector, order: int
    ) -> list[tuple[tuple[bool, bool, tuple[int, int, int], int], Declaration]]:
        return [((one.important, False, selector.specificity, order), one) for one in some]


class Look:
    """How one element looks; what can't be told is None or its harmless value."""

    def __init__(
        self, declared: Mapping[str, str], above: Look | None, element: Element, view: View
    ) -> None:
        self._declared, self._above = declared, above
        self._element, self._view = element, view
        self._custom: dict[str, str] = dict(above._custom) if above else {}
        self._custom |= {n: v for n, v in declared.items() if n.startswith("--")}

    def value(self, name: str) -> str:
        """A property's value, its variables replaced; empty: not set."""
        text = self._resolved(self._declared.get(name, ""))
        if text in ("inherit", "unset", "revert", "") and (text == "inherit" or name in _INHERITED):
            return self._above.value(name) if self._above else ""
        return "" if text in ("unset", "revert", "initial") else text

    def _resolved(self, text: str, depth: int = 0) -> str:
        if "var(" not in text or depth > 8:
            return text
        replaced = _VAR.sub(
            lambda found: self._custom.get(found[1], (found[2] or "").strip()), text
        )
        return self._resolved(replaced, depth + 1)

    def length(self, name: str) -> float | None:
        """A property as px."""
        return length(self.value(name), self.font, self._view.window)

    @cached_property
    def font(self) -> float:
        """The size of its type, in px."""
        outer = self._above.font if self._above else 16.0
        text = self._resolved(self._declared.get("font-size", ""))
        if text.endswith("%"):
            return outer * share(text)
        return length(text, outer, self._view.window) or (0.0 if text in ("0", "0px") else outer)

    @cached_property
    def shown(self) -> bool:
        """Whether it is to be seen at all."""
        if self._above and not self._above._lets_through(self._element):
            return False
        return self._is_there and self.value("visibility") not in ("hidden", "collapse")

    @cached_property
    def _is_there(self) -> bool:
        """Whether it and what is around it are laid out where a reader may see them."""
        outside = re.compile(r"-\d{3,}")
        gone = (
            self.value("display") == "none"
            or ("hidden" in self._element.attrs and not self.value("display"))
            or self.opacity < 0.1
            or self.font < 2
            or any(self.length(name) == 0 for name in ("inline-size", "block-size"))
            or any(self.length(name) == 0 for name in ("max-inline-size", "max-block-size"))
            or bool(re.search(r"scale[xy]?\(0(\.0\d*)?\)", self.value("transform").lower()))
            or self.value("scale") == "0"
            or bool(re.search(r"inset\((50|100)%|circle\(0|rect\(0", self._clip))
            or any(
                outside.search(self.value(name))
                for name in ("text-indent", "transform", "translate", *_INSETS)
            )
            or self.value("content-visibility") == "hidden"
        )
        return not gone and (self._above is None or self._above._is_there)

    @property
    def _clip(self) -> str:
        return self.value("clip-path") + self.value("clip")

    def _lets_through(self, child: Element) -> bool:
        """Whether what is in it is shown: not, but for its summary, what is closed."""
        closed = self._element.tag == "details" and "open" not in self._element.attrs
        inner = not (closed and child.tag != "summary")
        return inner and (self._above is None or self._above._lets_through(self._element))

    @cached_property
    def opacity(self) -> float:
        """Its own, times that of all around it."""
        own = min(share(self.value("opacity") or "1"), 1.0)
        return own * (self._above.opacity if self._above else 1.0)

    @cached_property
    def contrast(self) -> float | None:
        """Of its text with what is behind it, from 1 to 21."""
        behind, ink = self.behind, self._ink
        if behind is None or ink is None:
            return None
        seen = Colour(ink.rgb, ink.alpha * self.opacity).over(behind)
        return ratio(_hex(seen), _hex(behind))

    @property
    def _ink(self) -> Colour | None:
        text = self.value("color")
        return colour(text or _INK[self._view.scheme])

    @cached_property
    def behind(self) -> Rgb | None:
        """The colour behind its text; None where an image or an unknown colour is."""
        outer = self._above.behind if self._above else _PAGE[self._view.scheme]
        if self.value("background-image"):
            return None
        text = self.value("background-color")
        own = colour(text) if text else Colour((0, 0, 0), 0.0)
        if own is None or outer is None:
            return own.rgb if own and own.alpha == 1 else None
        return own.over(outer)

    @property
    def is_boxed(self) -> bool:
        """Whether it looks like a button: a border that is seen, or a ground of its own."""
        if self.value("border-style") == "solid" and self.value("border-color") != "transparent":
            return True
        around = self._above.behind if self._above else None
        return self.behind != around

    def extent(self, axis: Literal["block", "inline"]) -> float:
        """Its height or width in px, at least: what its text needs is guessed generously."""
        given = self.length(f"{axis}-size")
        least = self.length(f"min-{axis}-size") or 0.0
        most = self.length(f"max-{axis}-size")
        sides = sum(self.length(f"padding-{axis}-{side}") or 0.0 for side in ("start", "end"))
        text = len(self._element.text) * self.font * 0.7 if axis == "inline" else self.line
        size = given if given is not None else text + sides + 2
        return max(least, size if most is None else min(size, most))

    @property
    def line(self) -> float:
        """The height of one line of its text, in px."""
        text = self.value("line-height")
        if re.fullmatch(r"[\d.]+", text):
            return float(text) * self.font
        return length(text, self.font, self._view.window) or 1.2 * self.font


_INSETS = tuple(f"inset-{axis}-{side}" for axis in ("block", "inline") for side in ("start", "end"))


def _hex(channels: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*channels)
