"""Findings for a terminal, and as JSON."""

import json
from collections.abc import Sequence
from itertools import groupby

from rich.console import Console
from rich.table import Table
from rich.text import Text

from evenhand.lint.findings import Finding

_STYLES = {"error": "bold red", "warning": "bold yellow"}


def show(found: Sequence[Finding], looked_at: Sequence[str], console: Console) -> None:
    """Print what was looked at, and every finding."""
    console.print(Text(f"Looked at {', '.join(looked_at)}.\n"))
    for _, some in groupby(found, key=lambda finding: finding.id):
        _show(list(some), console)
    console.print(Text(verdict(found)))


def _show(some: Sequence[Finding], console: Console) -> None:
    """All that were found under one name."""
    id, entry = some[0].id, some[0].entry
    severity = (entry.severity, _STYLES[entry.severity])
    console.print(Text.assemble(severity, "  ", (id, "bold")))
    rows = [
        ("seen" if number == 0 else "", f"{each.place}: {each.seen}")
        for number, each in enumerate(some)
    ]
    rows += [("why", entry.why), ("rule", entry.source), ("fix", entry.fix)]
    table = Table.grid(padding=(0, 2))
    for name, text in rows:
        table.add_row(Text(f"  {name}", "dim"), Text(text))
    console.print(table)
    console.print()


def verdict(found: Sequence[Finding]) -> str:
    """The last line."""
    errors = sum(finding.severity == "error" for finding in found)
    if not found:
        return "Nothing impolite was found."
    counted = ((errors, "error"), (len(found) - errors, "warning"))
    said = [f"{n} {word}{'' if n == 1 else 's'}" for n, word in counted if n]
    return f"{' and '.join(said)} found."


def as_json(found: Sequence[Finding], looked_at: Sequence[str]) -> str:
    """One JSON object."""
    told = {
        "looked_at": list(looked_at),
        "findings": [
            {
                "id": finding.id,
                "severity": finding.severity,
                "file": finding.place.file if finding.place.line else None,
                "line": finding.place.line or None,
                "option": None if finding.place.line else finding.place.file,
                "seen": finding.seen,
                "why": finding.entry.why,
                "rule": finding.entry.source,
                "fix": finding.entry.fix,
            }
            for finding in found
        ],
    }
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"
