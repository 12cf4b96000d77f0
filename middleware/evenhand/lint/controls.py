"""The way out: is it there, seen, large, plain, and as easy as the way in?"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from evenhand.lint.computed import Look, Looks
from evenhand.lint.entry import LintId
from evenhand.lint.findings import Finding
from evenhand.lint.tree import Element

LEAST = 24.0  # px: WCAG 2.2, 2.5.8
READABLE = 4.5  # WCAG 2.2, 1.4.3
_FAR_SMALLER, _SMALLER = 0.6, 0.85
# A cross in its many shapes: multiplication signs, ballots, box drawings, letters.
_SIGN = re.compile("[\\sxX\u00d7\u2573\u2613\u2715-\u2718\u274c\u274e\u2297\u24e7\u2a2f]*")
_NAME = re.compile(r"(?:^|[-_\s])(close|dismiss)(?:$|[-_\s])", re.IGNORECASE)
_NATIVE = frozenset(("button", "summary", "input"))


class Controls(NamedTuple):
    """The controls of one notice."""

    closers: Sequence[Element]  # in document order
    silencers: Sequence[Element]
    accept: Element | None  # the first that agrees

    @property
    def declines(self) -> list[Element]:
        """The ways to say no that have words, besides the first one that closes."""
        return [*self.closers[1:], *self.silencers]


def controls_of(section: Element) -> Controls:
    """What its ``data-act`` attributes make of them."""

    def acting(act: str) -> list[Element]:
        return [each for each in section.walk() if each.attrs.get("data-act") == act]

    agreeing = (
        each
        for each in section.walk()
        if each.tag == "summary" or each.attrs.get("data-act") in ("way", "check")
        if not _looks_like_closing(each)
    )
    return Controls(acting("close"), acting("silence"), next(agreeing, None))


def control_findings(section: Element, controls: Controls) -> Iterator[Finding]:
    """What can be said whatever they look like."""
    fake = [each for each in section.walk() if _is_fake(each, controls)]
    for each in fake:
        yield Finding("close_fake", each.described(), each.place)
    if not controls.closers and not fake:
        yield Finding("close_missing", section.described(), section.place)
    if not controls.silencers:
        yield Finding("silence_missing", section.described(), section.place)
    for each in (*controls.closers, *controls.silencers):
        if "disabled" in each.attrs:
            yield Finding("close_delayed", each.described(), each.place)
        if not _is_reachable(each):
            yield Finding("close_unreachable", each.described(), each.place)
        if not _has_name(each):
            yield Finding("close_unnamed", each.described(), each.place)


def look_findings(controls: Controls, looks: Looks) -> Iterator[Finding]:
    """What they look like in one view."""
    accept = looks.of(controls.accept) if controls.accept is not None else None
    for number, each in enumerate(controls.closers):
        look = looks.of(each)
        if not look.shown:
            if number == 0:
                yield Finding("close_hidden", f"{each.described()} {_view(looks)}", each.place)
        elif number == 0:
            yield from _one(each, look, accept, looks, small="close_small", faint="close_faint")
    if looks.view.compact:
        return  # there the ways to help are folded away, and these with them
    for each in controls.declines:
        look = looks.of(each)
        if not look.shown:
            yield Finding("decline_hidden", f"{each.described()} {_view(looks)}", each.place)
        else:
            yield from _one(each, look, accept, looks, small="decline_faint", faint="decline_faint")
            if accept and (lesser := _lesser(look, accept)):
                yield Finding("decline_faint", f"{each.described()}: {lesser}", each.place)


def _one(
    element: Element, look: Look, accept: Look | None, looks: Looks, *, small: LintId, faint: LintId
) -> Iterator[Finding]:
    height, width = look.extent("block"), look.extent("inline")
    beside = accept.extent("block") if accept and accept.shown else 0.0
    if min(height, width) < LEAST or height < _FAR_SMALLER * beside:
        seen = f"{element.described()}: {width:.0f} by {height:.0f} px {_view(looks)}"
        yield Finding(small, seen, element.place)
    if look.contrast is not None and look.contrast < READABLE:
        seen = f"{element.described()}: {_cut(look.contrast)}:1 {_view(looks)}"
        yield Finding(faint, seen, element.place)
    if look.value("pointer-events") == "none":
        yield Finding(
            "close_unreachable", f"{element.described()} pointer-events: none", element.place
        )


def _lesser(look: Look, accept: Look) -> str:
    """In what it stands back behind the control that agrees; empty: in nothing."""
    if look.font < _SMALLER * accept.font:
        return f"type of {look.font:g} px, where agreeing has {accept.font:g} px"
    if look.opacity < accept.opacity - 0.05:
        return f"opacity {look.opacity:g}, where agreeing has {accept.opacity:g}"
    if accept.is_boxed and not look.is_boxed:
        return "neither border nor ground, where agreeing has one"
    return ""


def _is_fake(element: Element, controls: Controls) -> bool:
    if element in controls.closers or element in controls.silencers:
        return False
    if any(each in element.walk() or element in each.walk() for each in controls.closers):
        return False
    return _looks_like_closing(element)


def _looks_like_closing(element: Element) -> bool:
    names = " ".join(element.attrs.get(name, "") for name in ("class", "id", "aria-label", "title"))
    sign = bool(element.own_text) and bool(_SIGN.fullmatch(element.own_text))
    acts = element.tag in ("a", "button", "input", "summary") or "data-act" in element.attrs
    return sign or (acts and bool(_NAME.search(names)))


def _is_reachable(element: Element) -> bool:
    attrs = element.attrs
    kept = attrs.get("tabindex", "").startswith("-") or attrs.get("aria-hidden") == "true"
    native = element.tag in _NATIVE or (element.tag == "a" and "href" in attrs)
    inert = any(
        above.attrs.get("aria-hidden") == "true" or "inert" in above.attrs for above in element.up()
    )
    return native and not kept and not inert


def _has_name(element: Element) -> bool:
    if any(
        element.attrs.get(name, "").strip() for name in ("aria-label", "aria-labelledby", "title")
    ):
        return True
    seen = [
        each.own_text
        for each in element.walk()
        if not any(above.attrs.get("aria-hidden") == "true" for above in each.up())
    ]
    words = " ".join(seen) + " ".join(each.attrs.get("alt", "") for each in element.walk())
    return not _SIGN.fullmatch(words)


def _view(looks: Looks) -> str:
    view = looks.view
    folded = ", folded" if view.compact else ""
    return f"({view.scheme}, {view.window.width:g} px wide{folded})"


def _cut(ratio: float) -> str:
    """Cut, not rounded: 4.499 must not read as the 4.5 that it isn't."""
    return f"{int(ratio * 100) / 100:.2f}"
