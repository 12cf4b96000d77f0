"""The pairs of baits and neutral twins, read from ``baits.json``."""

from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

Type = Literal["image", "script", "style", "fetch"]

_GIF = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)
CONTENT: dict[Type, tuple[bytes, bytes]] = {
    "image": (b"image/gif", _GIF),
    "script": (
        b"text/javascript; charset=utf-8",
        b"// Half of a pair: see the site's about page.\n",
    ),
    "fetch": (b"text/plain; charset=utf-8", b"Half of a pair: see the site's about page.\n"),
    "style": (b"text/css; charset=utf-8", b"/* Half of a pair: see the site's about page. */\n"),
}
"""Content type and bytes of either half: a bait and its twin are equal in all but the name."""


class Pair(msgspec.Struct, frozen=True):
    """A bait, its neutral twin (paths below ``PREFIX/pair/``) and the rule that it relies on."""

    type: Type
    bait: str
    control: str
    rule: str


class Boxes(msgspec.Struct, frozen=True):
    """The attribute that element hiding takes for an ad's, its neutral twin and the rule."""

    bait: str
    control: str
    rule: str


class Baits(msgspec.Struct, frozen=True):
    """The versioned data file. The first pair is the counted one."""

    version: int
    checked: str
    pairs: tuple[Pair, ...]
    boxes: Boxes


@cache
def baits() -> Baits:
    """The shipped pairs."""
    text = (Path(__file__).parent / "baits.json").read_bytes()
    return msgspec.json.decode(text, type=Baits)
