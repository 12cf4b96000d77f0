"""What is asked for: the pages and other answers that every variant serves."""

import json
from dataclasses import dataclass
from functools import cache

CHUNK = 16 * 1024
"""Bytes in each piece of a streamed page."""

_PROLOG = b"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The harbour wall is sound after all</title>
<link rel="stylesheet" href="/static/site.css">
<meta name="description" content="Divers looked at every stone of it.">
</head>
<body class="article">
"""
_PARAGRAPH = (
    b"<p>The wall has stood for a hundred and forty years, and the sea has had time for it.</p>\n"
)
_END = b"</body>\n</html>\n"
HTML, JSON = "text/html", "application/json"
ITEMS = [{"id": number, "title": "The harbour wall", "is_sound": True} for number in range(18)]
"""What the JSON answer says; the app puts it into words for each request, as apps do."""


@cache
def html(size: int) -> bytes:
    """An HTML page of that many bytes."""
    room = size - len(_PROLOG) - len(_END)
    count, rest = divmod(room, len(_PARAGRAPH))
    return _PROLOG + _PARAGRAPH * count + b" " * rest + _END


@dataclass(frozen=True)
class Scenario:
    """One kind of answer; its name is its path and begins its keys in the results."""

    name: str
    size: int
    media_type: str = HTML
    is_streamed: bool = False

    @property
    def path(self) -> str:
        return f"/{self.name}"

    @property
    def body(self) -> bytes:
        if self.media_type == JSON:
            return json.dumps(ITEMS, separators=(",", ":")).encode()
        return html(self.size) if self.media_type == HTML else bytes(self.size)


def _page(name: str, size: int) -> tuple[Scenario, Scenario]:
    return Scenario(f"page_{name}", size), Scenario(f"stream_{name}", size, is_streamed=True)


MEASURED = (
    *_page("10kb", 10_240),
    *_page("100kb", 102_400),
    *_page("1mb", 1_048_576),
    Scenario("json", 1_030, JSON),
    Scenario("image", 20_480, "image/png"),
)
STALLED = _page("16mb", 16 * 1_048_576)
SETS = {"measured": MEASURED, "stalled": STALLED}
