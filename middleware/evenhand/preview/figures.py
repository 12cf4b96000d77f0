"""What a notice weighs and how well it can be read: numbers beside their limits."""

import gzip
from collections.abc import Mapping
from typing import NamedTuple

from evenhand.asking.contrast import ratio
from evenhand.asking.theme import PAIRS

_WORDS = {
    "text": "text on the background",
    "on-accent": "text of the main button",
    "accent": "borders and the focus",
}


class Contrast(NamedTuple):
    """Two colours of a theme, before each other."""

    what: str
    scheme: str
    front: str
    behind: str
    ratio: str  # cut to two digits
    needed: str


class Weight(NamedTuple):
    """A file of the notice as it is served."""

    what: str
    plain: int  # bytes
    gzipped: int


def contrasts(tokens: Mapping[str, str]) -> list[Contrast]:
    """Each pair of the theme that has to be told apart, and WCAG 2.2 AA's threshold."""
    return [
        Contrast(
            _WORDS[front.removeprefix("dark-")],
            "dark" if front.startswith("dark-") else "light",
            tokens[front],
            tokens[behind],
            f"{int(ratio(tokens[front], tokens[behind]) * 100) / 100:.2f}",
            f"{needed:g}",
        )
        for front, behind, needed in PAIRS
    ]


def weights(files: Mapping[str, bytes]) -> list[Weight]:
    """What each file weighs on the wire."""
    return [
        Weight(name, len(content), len(gzip.compress(content, 9, mtime=0)))
        for name, content in files.items()
    ]
