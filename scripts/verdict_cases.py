"""Writes the table of cases for verdict.js: every pair of signal values occurs in it.

What each case should come to is worked out here once more, from the words of the verdicts, and
not by the script that is tested.
"""

import itertools
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path

TABLE = Path(__file__).parents[1] / "tests" / "js" / "verdict_cases.json"
ROWS = 260

BAITS = ("image", "script", "style", "fetch")
DOUBTS = ("control_failed", "bait_answered", "timeout", "offline")
FACTORS: dict[str, tuple[str, ...]] = {
    **{bait: ("", f"{bait}_bait_failed", f"{bait}_bait_loaded") for bait in BAITS},
    "element": ("", "element_bait_failed"),
    **{doubt: ("", doubt) for doubt in DOUBTS},
    "csp": ("", "csp"),
    "ads": ("", "ad_rendered", "slots_empty", "no_slots", "no_ad_evidence"),
    "tags": (
        "",
        "ad_tag_loaded",
        "ad_tag_standin",
        "ad_tags_failed",
        "ad_tag_failed",
        "ad_tag_refused",
    ),
    "filled": ("", "ad_unfilled", "ad_pending", "slots_unseen"),
    "consent": ("", "consent_refused", "consent_pending", "consent_tool_failed"),
    "shown": ("", "prerendered"),
}
Case = tuple[str, ...]


def expected(case: Case) -> str:
    """The verdict by its definition, in the order of precedence."""
    # However many tags failed, they are one sign; each bait is of a family of its own.
    tags = bool({"ad_tag_standin", "ad_tags_failed"} & set(case))
    signs = sum(signal.endswith("bait_failed") for signal in case) + tags
    came_through = any(f"{bait}_bait_loaded" in case for bait in BAITS)
    if "ad_rendered" in case:
        return "loaded"  # always wins
    if set(DOUBTS) & set(case):
        return "unknown"
    if "no_slots" in case:
        return "not_applicable"
    if signs >= 2:
        return "blocked"
    if signs == 1:
        return "blocked_probable"
    return _without_a_sign(set(case), came_through=came_through)


def _without_a_sign(case: set[str], *, came_through: bool) -> str:
    for signals, verdict in (
        ({"consent_refused", "consent_pending", "consent_tool_failed"}, "no_consent"),
        ({"ad_unfilled"}, "unfilled"),
        ({"ad_pending"}, "slow"),
        ({"slots_unseen"}, "not_applicable"),
        ({"slots_empty", "ad_tag_failed", "ad_tag_refused"}, "unknown"),
        ({"ad_tag_loaded"}, "loaded"),
    ):
        if signals & case:
            return verdict
    return "loaded" if came_through and "no_ad_evidence" in case else "unknown"


def pairs(case: Case) -> Iterator[tuple[int, str, int, str]]:
    """Every two factors' values that a case holds together."""
    for (i, one), (j, two) in itertools.combinations(enumerate(case), 2):
        yield i, one, j, two


def every_pair() -> set[tuple[int, str, int, str]]:
    found: set[tuple[int, str, int, str]] = set()
    for (i, ones), (j, twos) in itertools.combinations(enumerate(FACTORS.values()), 2):
        found |= {(i, one, j, two) for one in ones for two in twos}
    return found


def cases() -> list[Case]:
    """Cases chosen greedily until every pair occurs, then more by chance; always the same."""
    chance = random.Random(1)
    missing, chosen = every_pair(), dict[Case, None]()
    while missing or len(chosen) < ROWS:
        drawn = [tuple(_drawn(chance, values) for values in FACTORS.values()) for _ in range(50)]
        if not missing:  # the quiet ends of the order are rare by chance
            drawn = [_without_baits_that_fail(case) for case in drawn]
        best = max(drawn, key=lambda case: len(missing.intersection(pairs(case))))
        missing.difference_update(pairs(best))
        chosen[best] = None
    return list(chosen)


def _without_baits_that_fail(case: Case) -> Case:
    return tuple("" if signal.endswith("bait_failed") else signal for signal in case)


def _drawn(chance: random.Random, values: tuple[str, ...]) -> str:
    # Doubts are rarer than not: else nearly every case would be unknown.
    rare = len(values) == 2 and values[1] in (*DOUBTS, "csp")
    if values[1].startswith(("ad_tag", "ad_unf", "consent")):
        return chance.choices(values, [len(values), *[1] * (len(values) - 1)])[0]
    return chance.choices(values, [9, 1] if rare else None)[0]


def table() -> str:
    rows = [
        json.dumps({"signals": [s for s in case if s], "verdict": expected(case)})
        for case in cases()
    ]
    return "[\n  " + ",\n  ".join(rows) + "\n]\n"


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(0 if TABLE.read_text() == table() else "verdict_cases.json is behind")
    TABLE.write_text(table())
