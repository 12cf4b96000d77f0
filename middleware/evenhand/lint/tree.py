"""HTML as a tree of elements that know where they were written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser

from evenhand.lint.findings import Place

MARK = "data-lint-at"
"""The attribute that says from which line of which file a tag comes."""

_VOID = frozenset(
    (
        *("area", "base", "bgsound", "br", "col", "embed", "hr", "img", "input", "link", "meta"),
        *("param", "source", "track", "wbr"),
    )
)
_ENDED_BY_THEIR_LIKE = frozenset(("li", "option", "optgroup", "p", "dt", "dd"))
_UNSEEN = frozenset(("script", "style", "template", "title"))


@dataclass(eq=False)
class Element:
    """One element; ``parts`` are its children, texts included, and don't change once it is read."""

    tag: str
    attrs: dict[str, str]
    place: Place
    parent: Element | None = None
    parts: list[Element | str] = field(default_factory=list["Element | str"])

    @cached_property
    def children(self) -> list[Element]:
        """The elements among its parts."""
        return [part for part in self.parts if isinstance(part, Element)]

    @cached_property
    def classes(self) -> frozenset[str]:
        """Its class names."""
        return frozenset(self.attrs.get("class", "").split())

    @cached_property
    def own_text(self) -> str:
        """The text that stands in it directly."""
        return " ".join("".join(part for part in self.parts if isinstance(part, str)).split())

    @cached_property
    def text(self) -> str:
        """All text in it that a reader may see."""
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        for part in self.parts:
            if isinstance(part, str):
                yield part
            elif part.tag not in _UNSEEN:
                yield " " if part.tag == "br" else ""
                yield from part._texts()

    def walk(self) -> Iterator[Element]:
        """Itself and everything below it, in document order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def up(self) -> Iterator[Element]:
        """Itself and everything above it."""
        element: Element | None = self
        while element is not None:
            yield element
            element = element.parent

    def first(self, tag: str) -> Element | None:
        """The first element of that name below it."""
        return next((each for each in self.walk() if each.tag == tag), None)

    def described(self) -> str:
        """Its start tag, as it may be told to a person."""
        attrs = "".join(
            f' {name}="{value}"' if value else f" {name}" for name, value in self.attrs.items()
        )
        tag = f"<{self.tag}{attrs}>"
        return tag if len(tag) <= 100 else tag[:99] + "…"


class _Builder(HTMLParser):
    def __init__(self, files: list[str]) -> None:
        super().__init__()
        self._files = files
        self.root = self._open = Element("#root", {}, Place("", 0))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in reversed(attrs)}
        number, _, line = given.pop(MARK, "").partition(":")
        place = Place(self._files[int(number)], int(line)) if line else self._open.place
        if tag in _ENDED_BY_THEIR_LIKE and self._open.tag == tag and self._open.parent:
            self._open = self._open.parent
        element = Element(tag, dict(reversed(given.items())), place, self._open)
        self._open.parts.append(element)
        if tag not in _VOID:
            self._open = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        for element in self._open.up():
            if element.tag == tag and element.parent:
                self._open = element.parent
                return

    def handle_data(self, data: str) -> None:
        self._open.parts.append(data)


def parsed(html: str, files: list[str]) -> Element:
    """The tree of some HTML whose tags may bear ``MARK``, with an index into ``files``."""
    builder = _Builder(files)
    builder.feed(html)
    builder.close()
    return builder.root
