"""The publisher's templates, rendered as readers get them; each tag says where it was written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, cast

import jinja2
from jinja2 import meta, nodes

from evenhand.asking.page import NoticePage
from evenhand.asking.reader import Reader
from evenhand.languages.catalogues import Languages
from evenhand.lint.css import Rule, Sheet, sheet
from evenhand.lint.findings import Finding, Place
from evenhand.lint.tree import MARK, Element, parsed
from evenhand.notice import Notice
from evenhand.templating import environment
from evenhand.vocabulary import Verdict

_PIECE = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|(?P<tag><[A-Za-z][\w-]*)", re.DOTALL)
SHORTEST = 3  # characters: a language's tag is no word
SITUATIONS: tuple[tuple[Reader, Verdict, tuple[str, ...]], ...] = (
    (Reader("firefox", "linux"), "blocked", ("image_bait_failed", "element_bait_failed")),
    (Reader("firefox", "linux"), "blocked_probable", ("image_bait_failed",)),
    # Where the network filters, as far as can be told.
    (Reader("chrome", "windows"), "blocked_probable", ("ad_tags_failed",)),
)
"""Readers who get different words of the same template."""


class Rendered(NamedTuple):
    """A template as some readers get it."""

    root: Element
    language: str
    known: tuple[str, ...]  # what it got to say: that is judged where it is set
    network: bool = False  # for whom the network filters


class Sources:
    """The templates of one folder, with one notice's values."""

    def __init__(
        self, notice: Notice, folder: Path, site: str, prefix: str, languages: Languages
    ) -> None:
        self.folder = folder
        self._notice = notice
        self._plain = environment(folder, languages)
        marking = environment(folder, languages)
        self._loader = _Marking(self._plain.loader)
        marking.loader = self._loader
        self._page, self._site = NoticePage(notice, marking, prefix, languages), site
        self._language = self._page.language((notice.lang,))

    def is_own(self, name: str) -> bool:
        """Whether the publisher has a template of that name."""
        return (self.folder / name).is_file()

    def notices(self) -> Iterator[Rendered]:
        """``notice.html`` as each kind of reader gets it. Raises what the template raises."""
        asked = SITUATIONS if self._notice.ask_probable else SITUATIONS[:1]
        for given in asked:
            said = self._page.values(self._site, *given, language=self._language)
            html = self._page.render(self._site, *given, language=self._language).decode()
            root = parsed(html, self._loader.files)
            yield Rendered(root, self._language, _texts(said), network=bool(said["network"]))

    def block(self) -> Rendered:
        """``support.html``. Raises what the template raises."""
        said = self._page.block_values(self._site, language=self._language)
        html = self._page.block(self._site, language=self._language)
        return Rendered(parsed(html, self._loader.files), self._language, _texts(said))

    def rendered(self, name: str, render: Callable[[], list[Rendered]]) -> list[Rendered] | Finding:
        """What a template gives, or that it gives nothing."""
        try:
            return render()
        except Exception as fault:  # a publisher's template may raise anything
            return Finding("template_fails", _said(fault), _where(fault, name))

    def unescaped(self, name: str) -> Iterator[Finding]:
        """Values that go out as they are, in a template and in what it includes."""
        for part in self._parts(name):
            loader = self._plain.loader
            text = loader.get_source(self._plain, part)[0] if loader else ""
            for node in self._plain.parse(text).find_all(
                (nodes.Filter, nodes.ScopedEvalContextModifier)
            ):
                if isinstance(node, nodes.Filter) and node.name == "safe":
                    yield Finding("unescaped", "|safe", Place(part, node.lineno))
                elif isinstance(node, nodes.ScopedEvalContextModifier) and _is_off(node):
                    yield Finding("unescaped", "autoescape false", Place(part, node.lineno))

    def _parts(self, name: str) -> list[str]:
        """A template and those of the publisher that it names."""
        parts = [name]
        for part in parts:
            loader = self._plain.loader
            text = loader.get_source(self._plain, part)[0] if loader else ""
            named = meta.find_referenced_templates(self._plain.parse(text))
            parts += [each for each in named if each and each not in parts and self.is_own(each)]
        return parts


def _texts(values: object) -> tuple[str, ...]:
    """All sentences and longer words of a template's values, the longest first."""
    found = {text for text in _strings(values) if len(text) >= SHORTEST}
    return tuple(sorted(found, key=len, reverse=True))


def _strings(values: object) -> Iterator[str]:
    if isinstance(values, str):
        yield " ".join(values.split())
    elif isinstance(values, Mapping):
        for each in cast("Mapping[str, object]", values).values():
            yield from _strings(each)
    elif isinstance(values, list):
        for each in cast("list[object]", values):
            yield from _strings(each)


class _Marking(jinja2.BaseLoader):
    """Adds to each tag of a template from which line of which file it comes."""

    def __init__(self, inner: jinja2.BaseLoader | None) -> None:
        self._inner = inner
        self.files: list[str] = []

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        if self._inner is None:
            raise jinja2.TemplateNotFound(template)
        text, file, fresh = self._inner.get_source(environment, template)
        self.files.append(template)
        number = len(self.files) - 1

        def marked(found: re.Match[str]) -> str:
            if not found["tag"]:
                return found[0]
            line = text.count("\n", 0, found.start()) + 1
            return f"{found[0]} {MARK}={number}:{line}"

        return _PIECE.sub(marked, text), file, fresh


def sheets(root: Element) -> list[Sheet]:
    """The style sheets within a tree."""
    return [
        sheet("".join(part for part in each.parts if isinstance(part, str)), each.place)
        for each in root.walk()
        if each.tag == "style"
    ]


def own_rules(root: Element) -> list[Rule]:
    """Every style rule within a tree."""
    return [rule for each in sheets(root) for rule in each.rules]


def _is_off(node: nodes.ScopedEvalContextModifier) -> bool:
    return any(
        option.key == "autoescape"
        and isinstance(option.value, nodes.Const)
        and not option.value.value
        for option in node.options
    )


def _said(fault: Exception) -> str:
    return f"{type(fault).__name__}: {fault}"


def _where(fault: Exception, name: str) -> Place:
    """The line of the template that raised."""
    if isinstance(fault, jinja2.TemplateSyntaxError):
        return Place(fault.name or name, fault.lineno)
    lines = [Place(name, 0)]
    trace = fault.__traceback__
    while trace:
        file = trace.tb_frame.f_code.co_filename
        if file.endswith(".html"):  # jinja2 puts the template's own lines into the traceback
            lines.append(Place(Path(file).name, trace.tb_lineno))
        trace = trace.tb_next
    return lines[-1]
