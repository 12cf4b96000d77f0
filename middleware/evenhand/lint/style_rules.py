"""What the publisher's style rules do to the page and to the notice's measure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from evenhand.lint.css import Declaration, Rule, Sheet, declarations
from evenhand.lint.entry import LintId
from evenhand.lint.findings import Finding
from evenhand.lint.selectors import selectors
from evenhand.lint.shorthand import longhands
from evenhand.lint.tree import Element
from evenhand.lint.values import Window, length

SHARE = 0.2
"""How much of a window's height the notice may take until it is opened."""

_SMALLEST = Window(320, 568)
_PAGE = re.compile(r"(?:^|[\s>+~,])(?::root|html|body|main|article)(?![\w-])")
_URL = re.compile(r"""url\(\s*["']?\s*((?:https?:)?//[^"')\s]+)|^["']((?:https?:)?//[^"']+)""")
_STILL = ("none", "0s", "initial", "unset", "inherit", "auto", "")

Given = dict[str, str]


@dataclass(frozen=True)
class Stage:
    """What rules are looked at for: the elements whose measure counts, and those that close.

    In a shadow root, where the notice stands, no rule reaches the page.
    """

    boxes: Sequence[Element] = ()
    closers: Sequence[Element] = ()
    shadowed: bool = False


def style_findings(sheets: Iterable[Sheet], stage: Stage) -> Iterator[Finding]:
    """What is wrong with rules, whether something of today's template fits them or not."""
    for each in sheets:
        for rule in each.imports:
            yield from _said("foreign_request", rule, _foreign(_given(rule)))
        for rule in each.rules:
            yield from _rule(rule, stage)


def inline_findings(root: Element, stage: Stage) -> Iterator[Finding]:
    """What is wrong with ``style`` attributes."""
    for element in root.walk():
        if text := element.attrs.get("style"):
            rule = Rule(f"<{element.tag}>", declarations(text), element.place)
            given = _given(rule)
            yield from _general(rule, given, on_closer=element in stage.closers)
            yield from _placed(rule, given, on_box=element in stage.boxes)


def _rule(rule: Rule, stage: Stage) -> Iterator[Finding]:
    given = _given(rule)
    if rule.selector.startswith("@"):
        yield from _said("foreign_request", rule, _foreign(given))
        return

    def fits(some: Sequence[Element]) -> bool:
        return any(part.fits(each) for part in selectors(rule.selector) for each in some)

    yield from _general(rule, given, on_closer=fits(stage.closers))
    if "::backdrop" in rule.selector:
        yield Finding("overlay", _shown(rule), rule.place)
    elif not stage.shadowed and _is_of_page(rule.selector):
        yield from _page(rule, given)
    else:
        yield from _placed(rule, given, on_box=fits(stage.boxes))


def _general(rule: Rule, given: Given, *, on_closer: bool) -> Iterator[Finding]:
    delay = _delays(given) if on_closer else ""
    tests: tuple[tuple[LintId, str], ...] = (
        ("foreign_request", _foreign(given)),
        ("blur", _blurs(given)),
        ("moving_text", _is(given, "text-decoration", "blink")),
        ("close_delayed", delay),
        ("motion", "" if delay else _moves(given)),
        ("focus_unseen", _hides_focus(rule, given)),
    )
    for id, seen in tests:
        yield from _said(id, rule, seen)


def _page(rule: Rule, given: Given) -> Iterator[Finding]:
    if "::" in rule.selector:  # not the page, but something that is laid over it
        yield from _said("overlay", rule, _stands_outside(given))
        return
    yield from _said("scroll_locked", rule, _locks(rule, given))
    yield from _said("content_withheld", rule, _withholds(given))


def _placed(rule: Rule, given: Given, *, on_box: bool) -> Iterator[Finding]:
    covering = _covers(given) if on_box else _stands_outside(given)
    yield from _said("overlay", rule, covering)
    if on_box and not covering:
        yield from _said("too_large", rule, _is_large(given))


def _is_of_page(selector: str) -> bool:
    """Whether it means the page, or something in it that is not ours."""
    bare = re.sub(r"\([^()]*\)", "", selector.strip())
    return "reader-support" not in bare and bool(_PAGE.search(bare))


def _locks(rule: Rule, given: Given) -> str:
    if not re.search(r"(html|body|:root)[^\s>+~]*$", rule.selector.strip()):
        return ""
    for name in ("overflow", "overflow-y", "overflow-block"):
        if {"hidden", "clip"} & set(given.get(name, "").split()):
            return f"{name}: {given[name]}"
    return _is(given, "position", "fixed") or _is(given, "touch-action", "none")


def _withholds(given: Given) -> str:
    fixed = {
        "display": "none",
        "visibility": "hidden",
        "user-select": "none",
        "pointer-events": "none",
    }
    for name, value in fixed.items():
        if said := _is(given, name, value):
            return said
    faded = given.get("opacity", "1")
    if faded not in ("1", "100%", "inherit", "initial", "unset"):
        return f"opacity: {faded}"
    veiled = given.get("filter", "none")
    if veiled not in _STILL and "blur(" not in veiled:
        return f"filter: {veiled}"
    most = given.get("max-block-size", "none")
    return "" if most in ("none", "100%") else f"max-height: {most}"


def _stands_outside(given: Given) -> str:
    return _is(given, "position", "fixed") or _is(given, "position", "sticky")


def _covers(given: Given) -> str:
    top, bottom = (given.get(f"inset-block-{side}", "auto") for side in ("start", "end"))
    if "auto" not in (top, bottom) and _is_none(top) and _is_none(bottom):
        return f"top: {top}; bottom: {bottom}"
    return ""


def _is_large(given: Given) -> str:
    if "--most" in given:
        return f"--most: {given['--most']}"
    most = given.get("max-block-size", "")
    if most == "none" or _over(most):
        return f"max-height: {most}"
    least = given.get("min-block-size", "")
    return f"min-height: {least}" if _over(least) else ""


def _over(text: str) -> bool:
    """Whether a height is more than a fifth of a small window, and of a large one."""
    if "--most" in text:
        return False
    heights = [(length(text, 15, Window(w, h)), h) for w, h in (_SMALLEST, Window(1280, 800))]
    return any(height is not None and height > SHARE * of + 1 for height, of in heights)


def _is_none(text: str) -> bool:
    found = length(text, 16, _SMALLEST)
    return found is not None and found <= 40


def _blurs(given: Given) -> str:
    for name in ("filter", "-webkit-filter"):
        if "blur(" in given.get(name, ""):
            return f"{name}: {given[name]}"
    for name in ("backdrop-filter", "-webkit-backdrop-filter"):
        if given.get(name, "none") not in _STILL:
            return f"{name}: {given[name]}"
    return ""


def _moves(given: Given) -> str:
    for name in ("animation-name", "transition", "transition-duration", "transition-property"):
        value = given.get(name, "none")
        if value not in _STILL and not re.fullmatch(r"none\b.*|.*\b0s", value):
            return f"{name.removesuffix('-name')}: {value}"
    return _is(given, "scroll-behavior", "smooth")


def _delays(given: Given) -> str:
    """Something that comes by and by, or after a while."""
    if given.get("animation-name", "none") not in _STILL:
        return f"animation: {given['animation-name']}"
    if given.get("transition-delay", "0s") not in ("0s", "0ms"):
        return f"transition-delay: {given['transition-delay']}"
    times = re.findall(r"\b[\d.]+m?s\b", given.get("transition", ""))
    return (
        f"transition: {given['transition']}"
        if len(times) > 1 and float(times[1].rstrip("ms"))
        else ""
    )


def _hides_focus(rule: Rule, given: Given) -> str:
    outline = given.get("outline", given.get("outline-style", given.get("outline-width", "auto")))
    if outline.split()[:1] not in (["none"], ["0"], ["0px"]):
        return ""
    if ":focus" not in rule.selector and not re.search(
        r"\b(button|summary|a|select)\b|\*", rule.selector
    ):
        return ""
    marked = {"box-shadow", "border-color", "border-style", "background-color"} & set(given)
    return "" if marked else f"outline: {outline}"


def _foreign(given: Given) -> str:
    for value in given.values():
        if found := _URL.search(value):
            return found[1] or found[2]
    return ""


def _is(given: Given, name: str, value: str) -> str:
    return f"{name}: {value}" if value in given.get(name, "").split() else ""


def _given(rule: Rule) -> Given:
    return {one.name: one.value for each in rule.declarations for one in _kept(each)}


def _kept(declaration: Declaration) -> Iterator[Declaration]:
    """A declaration and what it stands for."""
    yield declaration
    yield from longhands(declaration)


def _said(id: LintId, rule: Rule, seen: str) -> Iterator[Finding]:
    if seen:
        yield Finding(id, f"{_shown(rule)} {{ {seen} }}", rule.place)


def _shown(rule: Rule) -> str:
    return " ".join(rule.selector.split())[:80]
