"""What the notice's options may be; each error says what was seen, what is allowed and the fix."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from evenhand.errors import OptionError

_NO_URL = re.compile(r"[\x00-\x20\x7f-\x9f\\]")
HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


def sendable(value: object) -> bool:
    """Whether UTF-8 has it: bytes in the environment that are none become half surrogate pairs."""
    try:
        str(value).encode()
    except UnicodeEncodeError:
        return False
    return True


def split_url(value: object) -> SplitResult | None:
    """A URL's parts, or None: `urlsplit` raises on some that are none, and leaves out what it
    doesn't like; a backslash browsers take for a slash."""
    if not isinstance(value, str) or _NO_URL.search(value) or not sendable(value):
        return None
    try:
        parts = urlsplit(value)
        return parts if parts.port != 0 else None
    except ValueError:
        return None


def mapping(option: str, value: object, example: str) -> Mapping[Any, Any]:
    """A mapping, of whatever to whatever."""
    if not isinstance(value, Mapping):
        raise OptionError(option, value, "a mapping", f"write {example}")
    return value  # pyright: ignore[reportUnknownVariableType] - nothing is known of it yet


def minutes_of(hours: str) -> tuple[int, int] | None:
    """``HH:MM-HH:MM`` as minutes since midnight, or None."""
    found = HOURS.fullmatch(hours)
    if not found:
        return None
    first, second, third, fourth = (int(part) for part in found.groups())
    begin, end = first * 60 + second, third * 60 + fourth
    return (begin, end) if begin != end else None


def matching(
    option: str, value: object, good: Callable[[Any], object], said: tuple[str, str]
) -> None:
    """A string that a test accepts; ``said`` is what is allowed, and the fix."""
    if not isinstance(value, str) or not good(value) or not sendable(value):
        raise OptionError(option, value, *said)


def path(option: str, value: str) -> None:
    """A path that stands for itself and for all below it."""
    if not value.startswith("/") or "*" in value:
        plain = "/" + value.strip("/*")
        allowed = "paths that start with a slash, without *"
        raise OptionError(option, value, allowed, f"write {plain!r} for it and all below it")


def text(option: str, value: object, most: int) -> None:
    """Some text, not only spaces."""
    good = isinstance(value, str) and value.strip() and sendable(value)
    if not good or len(str(value)) > most:
        fix = "shorten it" if good else "leave it out for ours, or write some"
        raise OptionError(option, value, f"1 to {most} characters of text", fix)


def whole(option: str, value: object, low: int, high: int) -> None:
    """A whole number within bounds."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise OptionError(
            option, value, f"a whole number from {low} to {high}", "choose one of them"
        )


def number(option: str, value: object, low: float, high: float) -> None:
    """A number within bounds."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        raise OptionError(option, value, f"a number from {low:g} to {high:g}", "choose one of them")


def kind(option: str, value: object, wanted: type, what: str) -> None:
    """A value of a type."""
    if not isinstance(value, wanted):
        raise OptionError(option, value, what, f"give {what}")


def each(option: str, values: object, wanted: type, what: str) -> None:
    """A tuple of values of a type."""
    if not isinstance(values, tuple) or not all(map(_is_a(wanted), values)):  # pyright: ignore[reportUnknownArgumentType] - of what, nobody knows yet
        raise OptionError(option, values, f"a tuple of {what}", "write (…, )")  # pyright: ignore[reportUnknownArgumentType] - the same


def _is_a(wanted: type) -> Callable[[object], bool]:
    return lambda value: isinstance(value, wanted) and sendable(value)
