"""Whether a media query holds for a reader without special wishes."""

import re

from evenhand.lint.values import Window, length

_RANGE = re.compile(
    r"(?:(?P<low>[\w.]+)\s*(?P<lowsign>[<>]=?)\s*)?(?P<name>width|height|inline-size)"
    r"(?:\s*(?P<sign>[<>]=?|=)\s*(?P<high>[\w.]+))?"
)
_FEATURES = {
    "prefers-reduced-motion": "no-preference",
    "prefers-contrast": "no-preference",
    "prefers-reduced-transparency": "no-preference",
    "forced-colors": "none",
    "scripting": "enabled",
    "update": "fast",
}


def applies(query: str, scheme: str, window: Window) -> bool:
    """Whether one of a list of queries holds; what is not known may well hold."""
    return any(_holds(part.strip().lower(), scheme, window) for part in query.split(","))


def _holds(query: str, scheme: str, window: Window) -> bool:
    if query.startswith("not "):
        return not _holds(query[4:].strip(), scheme, window)
    if re.match(r"(only )?print\b", query):
        return False
    if " or " in query:
        return any(_holds(part, scheme, window) for part in query.split(" or "))
    return all(
        _feature(found.strip(), scheme, window) for found in re.findall(r"\(([^()]*)\)", query)
    )


def _feature(text: str, scheme: str, window: Window) -> bool:
    name, _, value = (part.strip() for part in text.partition(":"))
    if name == "prefers-color-scheme":
        return value == scheme
    if name in _FEATURES:
        return value == _FEATURES[name]
    bound = name[4:] if name.startswith(("min-", "max-")) else ""
    if bound in ("width", "height"):
        sign = ">=" if name.startswith("min-") else "<="
        return _compare(_side(bound, window), sign, value, window)
    if (found := _RANGE.fullmatch(text)) and (found["low"] or found["high"]):
        seen = _side(found["name"], window)
        turned = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
        low = not found["low"] or _compare(seen, turned[found["lowsign"]], found["low"], window)
        high = not found["high"] or _compare(seen, found["sign"], found["high"], window)
        return low and high
    return True


def _side(name: str, window: Window) -> float:
    return window.height if name == "height" else window.width


def _compare(seen: float, sign: str, text: str, window: Window) -> bool:
    bound = length(text, 16, window)
    if bound is None:
        return True
    return {
        "<": seen < bound,
        "<=": seen <= bound,
        ">": seen > bound,
        ">=": seen >= bound,
        "=": seen == bound,
    }[sign]
