"""Writes the closed sets of the vocabulary into ARCHITECTURE.md; `--check` only compares."""

import sys
from pathlib import Path

from evenhand import vocabulary

PAGE = Path(__file__).parents[1] / "ARCHITECTURE.md"
BEGIN, END = (
    "<!-- closed sets: `make closed-sets` writes them -->\n",
    "<!-- end of closed sets -->\n",
)
NAMES = (
    "VERDICTS",
    "RESULTS",
    "BROWSERS",
    "DEVICES",
    "KINDS",
    "PAIR_KINDS",
    "BAITS",
    "ADS",
    "NOTICE_EVENTS",
    "GOALS",
    "GUARDRAILS",
    "FINDINGS",
    "NO_REASONS",
    "PLACEMENTS",
    "ANNOTATION_KINDS",
    "WAY_KINDS",
    "SIGNALS",
    "DROP_REASONS",
    "BOUNDS",
    "FAULT_STEPS",
)


def table() -> str:
    """The sets as Markdown."""
    rows = ["| set | words |", "| --- | --- |"]
    for name in NAMES:
        words = ", ".join(f"`{word}`" for word in getattr(vocabulary, name))
        rows.append(f"| {name.lower().replace('_', ' ')} | {words} |")
    return "\n".join(rows) + "\n"


def written(page: str) -> str:
    """The page with the sets as they are now."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def main() -> None:
    page = PAGE.read_text("utf-8")
    fresh = written(page)
    if "--check" in sys.argv:
        sys.exit(0 if page == fresh else "ARCHITECTURE.md is behind: make closed-sets")
    PAGE.write_text(fresh, "utf-8")


if __name__ == "__main__":
    main()
