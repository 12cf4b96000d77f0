"""What the steps need to know of a reader's browser, from its own headers; nothing is kept."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from evenhand.vocabulary import Browser, System

_BRANDS = {
    b"brave": "brave",
    b"microsoft edge": "edge",
    b"opera": "opera",
    b"samsung internet": "samsung",
    b"google chrome": "chrome",
}
_BRAND = re.compile(rb'"([^"]{1,40})"\s*;\s*v=')
_PLATFORMS: Mapping[bytes, System] = {
    b"windows": "windows",
    b"macos": "macos",
    b"linux": "linux",
    b"chrome os": "chromeos",
    b"chromium os": "chromeos",
    b"android": "android",
    b"ios": "ios",
}
_MARKS: tuple[tuple[bytes, System], ...] = (
    # The order decides: Android calls itself Linux too, and an iPhone "like Mac OS X".
    (b"Android", "android"),
    (b"iPhone", "ios"),
    (b"iPad", "ios"),
    (b"CrOS", "chromeos"),
    (b"Windows", "windows"),
    (b"Macintosh", "macos"),
    (b"Linux", "linux"),
)
MAX_HINT = 400  # bytes of a header that are looked at


class Reader(NamedTuple):
    """Browser and system as far as the steps differ by them. Brave is one of the browsers here:
    its agent says Chrome, its hint doesn't."""

    browser: str
    system: System


ANYONE = Reader("other", "other")


def reader_of(headers: Mapping[bytes, bytes], browser: Browser) -> Reader:
    """The reader, by the client hints that Chromium sends unasked, else by the agent."""
    brands = {brand.lower() for brand in _BRAND.findall(headers.get(b"sec-ch-ua", b"")[:MAX_HINT])}
    hinted = next((name for brand, name in _BRANDS.items() if brand in brands), None)
    return Reader(hinted or browser, _system(headers))


def _system(headers: Mapping[bytes, bytes]) -> System:
    hint = headers.get(b"sec-ch-ua-platform", b"")[:MAX_HINT].strip(b'" ').lower()
    if hint in _PLATFORMS:
        return _PLATFORMS[hint]
    agent = headers.get(b"user-agent", b"")[:MAX_HINT]
    for mark, system in _MARKS:
        if mark in agent:
            return system
    return "other"
