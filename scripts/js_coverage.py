"""``python scripts/js_coverage.py FOLDER [LEAST]``: how much of the scripts ran, in per cent.

Adds up what the browser tests left in FOLDER (``EVENHAND_JS_COVERAGE``, see
``tests/browser/coverage.mjs``). Counted are the characters of each script as it is served, the
settings in front left out. Of Chromium, V8 says of each block whether it ever ran. Firefox writes
LCOV: a line of its counts if it ran with all its branches and functions, and not in part. Lists
every block that didn't; exits with 1 where a script stays below LEAST per cent.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OURS = re.compile(r"/reader-support/[0-9a-f]{12}/([a-z]+\.js)$")
SCRIPTS = {"ads.js", "notice.js", "policy.js", "probe.js"}
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


def lines_in_firefox(folder: Path) -> dict[str, set[int]]:
    """By script: the lines, as served, that ran whole in the visits together.

    A function that never ran has a name there and no count, and one name may stand for several:
    a line counts only if each of its functions is named once and ran. Branches are numbered anew
    in each function, so a line with branches of two is left out.
    """
    # By script and line: every line record, branch and function of it, and how often it ran.
    counts: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for path in sorted(folder.glob("*.info")):
        name = ""
        functions: dict[str, list[int]] = {}
        seen = set[str]()
        for record in path.read_text("utf-8", "replace").splitlines():
            what, _, told = record.partition(":")
            if what == "SF":
                found = OURS.search(told)
                name, functions, seen = found[1] if found else "", defaultdict(list), set()
            elif not name:
                continue
            elif what == "FN":
                line, _, function = told.partition(",")
                functions[function].append(int(line))
                counts[name, int(line)][f"function {function}"] += 0
            elif what == "FNDA":
                n, _, function = told.partition(",")
                if len(functions[function]) == 1:
                    counts[name, functions[function][0]][f"function {function}"] += int(n)
            elif what == "BRDA":
                line, *branch, n = told.split(",")
                ran = 0 if n == "-" else int(n)
                counts[name, int(line)]["branch " + " ".join(branch)] += ran
                if f"{line} {branch}" in seen:
                    counts[name, int(line)]["branches of another function"] = 0
                seen.add(f"{line} {branch}")
            elif what == "DA":
                line, n = told.split(",")[:2]
                counts[name, int(line)]["line"] += int(n)
    whole: dict[str, set[int]] = defaultdict(set)
    for (name, line_), parts in counts.items():
        if parts["line"] and all(parts.values()):
            whole[name].add(line_)
    return whole


def added_up(folder: Path) -> dict[str, dict[str, bytearray]]:
    """By script, and by its text without the settings: what ran in any visit."""
    found: dict[str, dict[str, bytearray]] = defaultdict(dict)
    in_firefox = lines_in_firefox(folder)
    settings_in = set[str]()
    for path in sorted(folder.glob("*.json")):
        for entry in json.loads(path.read_text("utf-8")):
            text, skipped = entry["text"], 0
            if text.startswith(SETTINGS):
                skipped = text.index("\n") + 1
                settings_in.add(entry["name"])
            here = ran(text, entry["functions"])[skipped:]
            known = found[entry["name"]].setdefault(text[skipped:], bytearray(len(here)))
            known[:] = bytes(a | b for a, b in zip(known, here, strict=True))
    for name, texts in found.items():
        if len(texts) > 1:
            continue  # of an edited script nobody knows whose lines Firefox meant
        for text, known in texts.items():
            at = 0
            for number, line in enumerate(
                text.splitlines(keepends=True), 1 + (name in settings_in)
            ):
                if number in in_firefox[name]:
                    known[at : at + len(line)] = b"\1" * len(line)
                at += len(line)
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
    found = added_up(folder)
    for name in sorted(SCRIPTS - found.keys()):
        low += 1
        print(f"{name:<12} was seen in no visit")
    for name, texts in sorted(found.items()):
        # One release has one text of each; of several, the one of which most ran.
        text, here = max(texts.items(), key=lambda item: sum(item[1]))
        share = 100 * sum(here) / len(here)
        low += share < least
        print(f"{name:<12}{share:7.2f} % of {len(here):,} characters ran")
        for line, block in blocks(text, here):
            if block.strip(" \n;}"):
                print(f"    line {line}: {block[:SHOWN]}")
    return int(low > 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0.0))
