"""The key of one count: closed words in a fixed order, and its form in bytes."""

from typing import NamedTuple

from evenhand.vocabulary import KINDS, OTHER

KEY_BYTES = 256
"""The longest key in bytes; a longer one is counted under a coarser key."""

STORED_KINDS = frozenset[str](KINDS)
"""Kinds that reach the store; every other kind stays on the host."""

EVENT_KINDS = frozenset({"pair", "verdict", "revised", "notice"})
"""Kinds that stand for something a browser sent."""

BOT = "bot"

_SEPARATOR = "\x1f"


class Key(NamedTuple):
    """What is counted, without the hour; unused fields are ``''``.

    ``kind`` is a kind of the vocabulary or one that never leaves the host: ``dropped``
    (value = reason), ``fault`` (value = step), ``weakened``, ``bound``, ``flush`` and
    ``series_dropped``.
    """

    site: str
    section: str
    browser: str
    device: str
    kind: str
    value: str
    detail: str = ""
    variant: str = ""


SERIES_DROPPED = Key("", "", "", "", "series_dropped", "")
"""How many counts went under a coarser key for want of room."""


def encode(key: Key) -> bytes:
    """The key in bytes; ``ValueError`` when it is too long or holds a control character of ours."""
    encoded = _SEPARATOR.join(key).encode()
    if len(encoded) > KEY_BYTES or b"\0" in encoded or encoded.count(b"\x1f") != len(key) - 1:
        raise ValueError(f"not a key of at most {KEY_BYTES} bytes: {key!r}")
    return encoded


def decode(encoded: bytes) -> Key:
    """The key that `encode` made these bytes of; ``ValueError`` for any others."""
    fields = encoded.decode().split(_SEPARATOR)
    if len(fields) != len(Key._fields):
        raise ValueError(f"not an encoded key: {encoded!r}")
    return Key(*fields)


def coarser(key: Key) -> Key:
    """Where a key is counted that finds no room of its own. A bot stays one: it is no reader."""
    browser = key.browser if key.browser == BOT else OTHER
    return key._replace(section=OTHER, browser=browser, device=OTHER, variant="")
