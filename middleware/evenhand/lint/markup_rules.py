"""What the markup of a template does, whatever it looks like."""

import re
from collections.abc import Callable, Iterator

from evenhand.lint.entry import LintId
from evenhand.lint.findings import Finding
from evenhand.lint.tree import Element

_FOREIGN = re.compile(r"(?:https?:)?//[^\s,]+", re.IGNORECASE)
_SOURCES = ("src", "srcset", "poster", "data", "background", "ping", "xlink:href")
_MOVING = re.compile(r"\.(gif|apng)\b|^data:image/(gif|apng)", re.IGNORECASE)
_CLOCK = re.compile(r"(?:^|[-_\s])(count-?down|timer)(?:$|[-_\s])", re.IGNORECASE)


def markup_findings(root: Element) -> Iterator[Finding]:
    """What is wrong with elements and attributes, in document order."""
    for element in root.walk():
        for id, test in _TESTS:
            if seen := test(element):
                yield Finding(id, element.described() if seen is True else str(seen), element.place)


def _script(element: Element) -> bool:
    handlers = [name for name in element.attrs if name.startswith("on")]
    code = any(v.strip().lower().startswith("javascript:") for v in element.attrs.values())
    return element.tag == "script" or bool(handlers) or code


def _foreign(element: Element) -> str | bool:
    """An address that is asked for without a click."""
    names = (*_SOURCES, *(("href",) if element.tag in ("link", "image", "use") else ()))
    for name in names:
        if found := _FOREIGN.match(element.attrs.get(name, "").strip()):
            return found[0]
    later = re.search(r",\s*" + _FOREIGN.pattern, element.attrs.get("srcset", ""))
    return bool(later)


def _sound(element: Element) -> bool:
    plays = element.tag == "video" and "autoplay" in element.attrs
    return element.tag in ("audio", "bgsound") or plays


def _media(element: Element) -> bool:
    frames = element.tag in ("iframe", "object", "embed", "canvas", "frame")
    return frames or (element.tag == "video" and not _sound(element))


def _moving_image(element: Element) -> bool:
    if element.tag in ("animate", "animatetransform", "animatemotion", "set"):
        return True
    return any(_MOVING.search(element.attrs.get(name, "")) for name in ("src", "srcset", "href"))


def _ticked(element: Element) -> bool:
    kind = element.attrs.get("type", "").lower()
    return element.tag == "input" and kind in ("checkbox", "radio") and "checked" in element.attrs


def _countdown(element: Element) -> bool:
    names = f"{element.attrs.get('id', '')} {element.attrs.get('class', '')}"
    return (
        element.tag in ("progress", "meter")
        or element.attrs.get("role") in ("timer", "progressbar", "marquee")
        or bool(_CLOCK.search(names))
        or any(_CLOCK.search(name.removeprefix("data")) for name in element.attrs)
    )


def _modal(element: Element) -> bool:
    attrs = element.attrs
    return (
        element.tag == "dialog"
        or attrs.get("role") in ("dialog", "alertdialog")
        or attrs.get("aria-modal") == "true"
        or "inert" in attrs
        or "popover" in attrs
    )


def _focus_taken(element: Element) -> bool:
    attrs = element.attrs
    order = attrs.get("tabindex", "")
    return (
        "autofocus" in attrs
        or (order.isdecimal() and int(order) > 0)
        or attrs.get("role") == "alert"
        or attrs.get("aria-live") == "assertive"
    )


def _redirects(element: Element) -> bool:
    refresh = element.attrs.get("http-equiv", "").lower() == "refresh"
    return element.tag == "base" or (element.tag == "meta" and refresh)


def _moving_text(element: Element) -> bool:
    return element.tag in ("marquee", "blink")


_TESTS: tuple[tuple[LintId, Callable[[Element], str | bool]], ...] = (
    ("script", _script),
    ("foreign_request", _foreign),
    ("sound", _sound),
    ("media", _media),
    ("moving_image", _moving_image),
    ("moving_text", _moving_text),
    ("ticked", _ticked),
    ("countdown", _countdown),
    ("modal", _modal),
    ("focus_taken", _focus_taken),
    ("redirects", _redirects),
)
