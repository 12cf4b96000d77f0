"""Browser and device from a User-Agent header, as two closed sets; nothing else is kept of it."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeAlias

from user_agents import (  # pyright: ignore[reportMissingTypeStubs] - it ships no types
    parse,  # pyright: ignore[reportUnknownVariableType] - it has no types
)

from evenhand.bounds import PerSecond, ignore_refusal
from evenhand.vocabulary import Browser, Device

Client: TypeAlias = tuple[Browser, Device]

UNKNOWN: Client = ("other", "other")
MAX_AGENT = 400  # bytes that are looked at: real ones stay below
REMEMBERED = 2048
PARSES_A_SECOND = 40
PARSE_SECONDS = 0.001  # what a parse may cost: one that takes longer (an agent that was made to) is
# charged as several, so that 40 a second are 4 % of a core, whatever the agents

_FAMILIES: tuple[tuple[str, Browser], ...] = (
    # The order decides: "Firefox iOS" before "iOS", "Edge Mobile" before "Mobile".
    ("samsung", "samsung"),
    ("opera", "opera"),
    ("edge", "edge"),
    ("firefox", "firefox"),
    ("chrom", "chrome"),
    ("safari", "safari"),
)


def classify(agent: str) -> Client:
    """The browser family and device of one agent string."""
    parsed: Any = parse(agent)
    if parsed.is_bot or "headless" in agent.lower():
        return "bot", "other"
    family: str = parsed.browser.family.lower()
    browser: Browser = "other"
    for mark, name in _FAMILIES:
        if mark in family:
            browser = name
            break
    device: Device = (
        "tablet"
        if parsed.is_tablet
        else "mobile"
        if parsed.is_mobile
        else "desktop"
        if parsed.is_pc
        else "other"
    )
    return browser, device


class Browsers:
    """Remembers the last agents seen and bounds how many new ones are parsed a second."""

    def __init__(
        self,
        clock: Callable[[], float],
        on_refusal: Callable[[], None] = ignore_refusal,
        spent: Callable[[], float] = time.thread_time,
    ) -> None:
        self._parses = PerSecond(PARSES_A_SECOND, clock, on_refusal)
        self._spent = spent  # seconds of the processor
        self._seen: OrderedDict[bytes, Client] = OrderedDict()

    def of(self, agent: bytes) -> Client:
        """The client behind a User-Agent header's value; over the bound: other."""
        agent = agent[:MAX_AGENT]
        known = self._seen.get(agent)
        if known is not None:
            self._seen.move_to_end(agent)
            return known
        if not self._parses.allow():
            return UNKNOWN
        begun = self._spent()
        client = self._seen[agent] = classify(agent.decode("latin-1"))
        self._parses.charge(max(0.0, (self._spent() - begun) / PARSE_SECONDS - 1))
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return client
