"""``python scripts/js_coverage.py FOLDER [LEAST]``: how much of the scripts ran, in per cent.

Adds up what the browser tests left in FOLDER (``EVENHAND_JS_COVERAGE``, see
``tests/browser/coverage.mjs``). Counted are the characters of each script as it is served, the
settings in front left out: V8 says of each block whether it ever ran. Lists every block that
didn't; exits with 1 where a script stays below LEAST per cent.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SETTINGS = ("{const settings=", "const rules=")  # a line of its own in front, for each site another
SHOWN = 160  # characters of a block that did not run


def ran(text: str, functions: list[dict[str, Any]]) -> bytearray:
    """For each character 1 if it ran: of the ranges around it, the innermost decides. Around what
    a page that was kept tells again there may be none: of that nothing is known here."""
    found = bytearray(len(text))
    ranges = [each for function in functions for each in function["ranges"]]
    # Ranges nest: the outer ones first.
    for each in sorted(ranges, key=lambda r: (r["startOffset"], -r["endOffset"])):
        start, end = each["startOffset"], min(each["endOffset"], len(text))
        found[start:end] = (b"\1" if each["count"] else b"\0") * (end - start)
    return found


def added_up(folder: Path) -> dict[str, dict[str, bytearray]]:
    """By script, and by its text without the settings: what ran in any visit."""
    found: dict[str, dict[str, bytearray]] = defaultdict(dict)
    for path in sorted(folder.glob("*.json")):
        for entry in json.loads(path.read_text("utf-8")):
            text, skipped = entry["text"], 0
            if text.startswith(SETTINGS):
                skipped = text.index("\n") + 1
            here = ran(text, entry["functions"])[skipped:]
            known = found[entry["name"]].setdefault(text[skipped:], bytearray(len(here)))
            known[:] = bytes(a | b for a, b in zip(known, here, strict=True))
    return found


def blocks(text: str, here: bytearray) -> Iterator[tuple[int, str]]:
    """Each block that did not run: its line as served, and its beginning."""
    at = here.find(0)
    while at >= 0:
        end = here.find(1, at)
        end = len(here) if end < 0 else end
        yield text.count("\n", 0, at) + 1, " ".join(text[at:end].split())
        at = here.find(0, end)


def main(folder: Path, least: float) -> int:
    """Prints the table; gives the exit status."""
    low = 0
    for name, texts in sorted(added_up(folder).items()):
        # One release has one text of each; of several, the one that most visits had.
        text, here = max(texts.items(), key=lambda item: sum(item[1]))
        share = 100 * sum(here) / len(here)
        low += share < least
        print(f"{name:<12}{share:7.2f} % of {len(here):,} characters ran in Chromium")
        for line, block in blocks(text, here):
            if block.strip(" \n;}"):
                print(f"    line {line}: {block[:SHOWN]}")
    return int(low > 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0.0))
