"""Readers to choose from: by their blocker, the browser, the system and the signals that come."""

from typing import NamedTuple

from evenhand.asking.reader import ANYONE, Reader
from evenhand.asking.steps import Guide, guides, ranked
from evenhand.vocabulary import SYSTEMS, Signal, System, Verdict

_LISTS: tuple[Signal, ...] = ("image_bait_failed", "script_bait_failed")
_HIDING: tuple[Signal, ...] = (*_LISTS, "element_bait_failed")
_HOSTS: tuple[Signal, ...] = ("ad_tags_failed",)
_NAMES = {
    "samsung": "Samsung Internet",
    "windows": "Windows",
    "macos": "macOS",
    "linux": "Linux",
    "chromeos": "ChromeOS",
    "android": "Android",
    "ios": "iOS",
    "other": "another system",
}
_BROWSERS = ("chrome", "firefox", "edge", "safari", "opera", "samsung", "brave")


class Blocking(NamedTuple):
    """A reader with a blocker: what the server and the browser see of them."""

    id: str
    name: str
    reader: Reader
    verdict: Verdict
    signals: tuple[Signal, ...]

    @property
    def described(self) -> str:
        """The reader, for people."""
        browser, system = self.reader
        return f"{self.name} in {_NAMES.get(browser, browser.title())} on {_NAMES[system]}"


def blockings() -> list[Blocking]:
    """One reader for each guide, such that its steps are shown first where that is possible."""
    return [_with(guide) for guide in guides()]


def _with(guide: Guide) -> Blocking:
    fitting = [
        Reader(browser, system)
        for browser in _BROWSERS
        for system in SYSTEMS
        if system != "other" and guide.fits(Reader(browser, system)) and _exists(browser, system)
    ]
    for signals in _signals(guide):
        for reader in fitting:
            if ranked(reader, signals)[0] is guide:
                return Blocking(guide.id, guide.blocker, reader, _verdict(signals), signals)
    signals = next(iter(_signals(guide)))
    reader = fitting[0] if fitting else ANYONE
    return Blocking(guide.id, guide.blocker, reader, _verdict(signals), signals)


def _signals(guide: Guide) -> list[tuple[Signal, ...]]:
    """What comes of such a blocker, the most telling first."""
    lists = [_HIDING, _LISTS] if guide.hides is not False else [_LISTS]
    return [
        signals for kind in guide.blocks for signals in (lists if kind == "lists" else [_HOSTS])
    ]


def _verdict(signals: tuple[Signal, ...]) -> Verdict:
    """As verdict.js has it: baits of ours are certain, ad tags alone are not."""
    return "blocked_probable" if signals == _HOSTS else "blocked"


def _exists(browser: str, system: System) -> bool:
    """Whether there is such a browser there."""
    apple = system in ("macos", "ios")
    return (browser != "safari" or apple) and (browser != "samsung" or system == "android")
