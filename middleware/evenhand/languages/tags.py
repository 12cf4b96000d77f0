"""Language tags (BCP 47): read, compared, and the one that a reader gets. Pure."""

import re
from collections.abc import Collection, Iterable
from typing import Literal

TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
MAX_HEADER = 400  # bytes of an Accept-Language header that are looked at
RIGHT_TO_LEFT = frozenset(("ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"))

# Who writes Chinese in which script, where the tag doesn't say so (CLDR's likely subtags).
_TRADITIONAL = frozenset(("TW", "HK", "MO"))
_FORMER = {"iw": "he"}  # some systems still send it


def canonical(tag: str) -> str:
    """A tag as all of ours are written (``pt-BR``, ``zh-Hant-TW``); ``""`` for what is none.

    Chinese gets its script: ``zh-TW`` is no kind of ``zh-Hans``.
    """
    tag = tag.strip().replace("_", "-")
    if not TAG.fullmatch(tag):
        return ""
    first, *rest = tag.split("-")
    language = _FORMER.get(first.lower(), first.lower())
    parts = [_cased(part) for part in rest]
    if language == "zh" and not (parts and len(parts[0]) == 4):
        parts.insert(0, "Hant" if _TRADITIONAL.intersection(parts) else "Hans")
    return "-".join((language, *parts))


def _cased(part: str) -> str:
    """A script in title case, a region in capitals, the rest small."""
    if len(part) == 4 and part.isalpha():
        return part.title()
    return part.upper() if len(part) == 2 else part.lower()


def lookup(wanted: Iterable[str], available: Collection[str]) -> str | None:
    """The first wanted language that is available, from the end shortened until one is.

    RFC 4647, section 3.4: ``de-CH-1996`` finds ``de-CH``, else ``de``. What is available is
    canonical.
    """
    for tag in map(canonical, wanted):
        for found in shortened(tag):
            if found in available:
                return found
    return None


def shortened(tag: str) -> list[str]:
    """A canonical tag and all that are less special: ``de-CH``, ``de``."""
    parts = tag.split("-")
    return ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]


def accepted(header: bytes) -> list[str]:
    """The languages of an ``Accept-Language`` header, the best liked first."""
    liked: list[tuple[float, str]] = []
    for part in header[:MAX_HEADER].decode("latin-1").split(","):
        tag, _, weight = part.partition(";")
        quality = _quality(weight)
        if quality > 0:
            liked.append((quality, tag.strip()))
    liked.sort(key=lambda one: -one[0])  # stable: of equals the one that stands first
    return [tag for _, tag in liked]


def _quality(weight: str) -> float:
    found = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", weight)
    return float(found[1]) if found else float(not weight)


def direction(tag: str) -> Literal["ltr", "rtl"]:
    """In which direction a language runs."""
    return "rtl" if tag.partition("-")[0].lower() in RIGHT_TO_LEFT else "ltr"
