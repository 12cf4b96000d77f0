"""How a reader allows ads on one site: steps as data, and which are most likely theirs."""

from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from evenhand.asking.reader import Reader
from evenhand.vocabulary import BlockKind, System

Known: TypeAlias = Literal[
    "chrome", "edge", "firefox", "opera", "safari", "samsung", "brave", "other", "any"
]
_DESKTOP = frozenset[System](("windows", "macos", "linux", "chromeos"))


class Guide(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of ``steps.json``, which says what each field means."""

    id: str
    blocker: str
    kind: Literal["extension", "browser", "app", "network"]
    blocks: tuple[BlockKind, ...]
    browsers: tuple[Known, ...]
    systems: tuple[System | Literal["desktop", "any"], ...]
    steps: tuple[str, ...]
    undo: str
    source: str
    checked: date
    confidence: Literal["A", "B"]
    expires: date
    more: str | None = None
    hides: bool | None = None

    def fits(self, reader: Reader) -> bool:
        """Whether the blocker can be this reader's: an unknown system rules nothing out."""
        browser = "any" in self.browsers or reader.browser in self.browsers
        system = (
            reader.system == "other"
            or not {"any", reader.system}.isdisjoint(self.systems)
            or ("desktop" in self.systems and reader.system in _DESKTOP)
        )
        return browser and system

    @property
    def network(self) -> bool:
        """Whether it stands in the network: then the reader may not be able to change it."""
        return self.kind == "network"


class _File(msgspec.Struct):
    guides: tuple[Guide, ...]


@cache
def guides() -> tuple[Guide, ...]:
    """Every guide, the most likely blocker first."""
    text = Path(__file__).with_name("steps.json").read_bytes()
    return msgspec.json.decode(text, type=_File).guides


def expired(rows: Iterable[Guide], today: date) -> list[Guide]:
    """The guides that nobody has checked for too long."""
    return [guide for guide in rows if today > guide.expires]


def kind_of(signals: Iterable[str]) -> BlockKind:
    """What kind of blocking the signals speak for: any bait of ours that failed takes a list."""
    return "lists" if any(signal.endswith("_bait_failed") for signal in signals) else "hosts"


def ranked(reader: Reader, signals: Iterable[str]) -> list[Guide]:
    """All guides, the most likely one for this reader first and those that can't be last.

    A guess by kind of blocking, browser and system, never a claim: the notice has a picker.
    """
    seen = frozenset(signals)
    kind = kind_of(seen)
    hides = "element_bait_failed" in seen

    def unlikely(guide: Guide) -> tuple[bool, ...]:
        other_family = kind == "lists" and guide.hides is not None and guide.hides != hides
        # Hosts alone: the browser's own protection is nearer to the reader than the network.
        return (
            not guide.fits(reader),
            kind not in guide.blocks,
            guide.network,
            kind == "hosts" and guide.kind != "browser",
            other_family,
        )

    return sorted(guides(), key=unlikely)


def in_network(reader: Reader, signals: Iterable[str]) -> bool:
    """Whether the most likely filter stands in the network: other words, and no asking again."""
    return ranked(reader, signals)[0].network
