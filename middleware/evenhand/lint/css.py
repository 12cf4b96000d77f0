"""Style sheets as rules: selectors, declarations, conditions, lines; no more than lint needs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

from evenhand.lint.findings import Place

_TOKEN = re.compile(
    r"""(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
    r"""|(?P<paren>\((?:[^()"']|"[^"]*"|'[^']*'|\([^()]*\))*\))"""
    r"|(?P<mark>[{};])|(?P<rest>[^{};\"'(]+|.)",
    re.DOTALL,
)
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_Tokens: TypeAlias = Iterator[tuple[str, Place]]
_CONDITIONAL = ("@media", "@supports", "@layer", "@container", "@scope")


@dataclass(frozen=True)
class Declaration:
    """``name: value``; custom properties keep their case."""

    name: str
    value: str
    important: bool = False


@dataclass(frozen=True)
class Rule:
    """One style rule; ``media`` are the queries around it."""

    selector: str
    declarations: tuple[Declaration, ...]
    place: Place
    media: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """A style sheet's rules, and the addresses that it imports."""

    rules: tuple[Rule, ...]
    imports: tuple[Rule, ...] = ()


def declarations(text: str) -> tuple[Declaration, ...]:
    """What a ``style`` attribute says."""
    return tuple(_declared(part) for part in _statements(text) if ":" in part)


def sheet(text: str, place: Place) -> Sheet:
    """A style sheet whose first line is that of the place."""
    rules: list[Rule] = []
    imports: list[Rule] = []
    bare = _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text)
    for rule in _rules(_tokens(bare, place), _Around()):
        (imports if rule.selector == "@import" else rules).append(rule)
    return Sheet(tuple(rules), tuple(imports))


def _tokens(text: str, place: Place) -> _Tokens:
    line = place.line
    for found in _TOKEN.finditer(text):
        start = len(found[0]) - len(found[0].lstrip())
        yield found[0], Place(place.file, line + found[0][:start].count("\n"))
        line += found[0].count("\n")


def _statements(text: str) -> list[str]:
    parts = [""]
    for token, _ in _tokens(text, Place("")):
        if token == ";":
            parts.append("")
        else:
            parts[-1] += token
    return parts


def _declared(text: str) -> Declaration:
    name, _, value = text.partition(":")
    value, bang, _ = (
        value.rpartition("!") if re.search(r"!\s*important\s*$", value) else (value, "", "")
    )
    name = name.strip()
    return Declaration(
        name if name.startswith("--") else name.lower(), " ".join(value.split()), bool(bang)
    )


class _Around(NamedTuple):
    """What a block stands in."""

    selector: str = ""
    place: Place = Place("")
    media: tuple[str, ...] = ()


def _rules(tokens: _Tokens, around: _Around) -> Iterator[Rule]:
    """The rules of one block; what stands directly in it belongs to the rule around."""
    head, start = "", around.place
    own: list[Declaration] = []
    for token, place in tokens:
        if token not in ("{", ";", "}"):
            start = start if head.strip() else place
            head += token
            continue
        if token == "{":
            yield from _block(tokens, head.strip(), start, around)
        elif head.strip().startswith("@import"):
            yield Rule("@import", (Declaration("src", head.strip()[7:].strip()),), start)
        elif ":" in head and around.selector:
            own.append(_declared(head))
        head = ""
        if token == "}":
            break
    if own:
        yield Rule(around.selector, tuple(own), around.place, around.media)


def _block(tokens: _Tokens, head: str, place: Place, around: _Around) -> Iterator[Rule]:
    name = head.split(None, 1)[0].lower() if head else ""
    outer = around.selector
    if name in _CONDITIONAL:
        query = (head[len(name) :].strip(),) if name == "@media" else ()
        yield from _rules(tokens, around._replace(media=around.media + query))
    elif head.startswith("@"):  # @font-face, @keyframes: rules under that name
        inner = _rules(tokens, _Around(head, place, around.media))
        yield from (replace(rule, selector=head) for rule in inner)
    else:
        nested = head.replace("&", f":is({outer})") if "&" in head else f"{outer} {head}".strip()
        yield from _rules(tokens, _Around(nested, place, around.media))
