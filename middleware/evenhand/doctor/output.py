"""A diagnosis for a terminal, and as JSON."""

import json

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from evenhand.doctor.findings import Diagnosis, Finding

_STYLES = {"error": "bold red", "warning": "bold yellow"}


def show(found: Diagnosis, console: Console) -> None:
    """Print a diagnosis. Much of it is what a server said, which may be anything."""
    url, prefix = escape(printable(found.url)), escape(printable(found.prefix))
    console.print(f"[bold]{url}[/bold], ours below {prefix}\n")
    for finding in found.findings:
        _show_finding(finding, found.fix(finding), console)
    console.print(f"[bold]{verdict(found)}[/bold]")
    if found.measured:
        console.print()
    for sentence in found.measured:
        console.print(escape(printable(sentence)))
    if found.unchecked:
        console.print("\n[dim]Not checked:[/dim]")
        for each in found.unchecked:
            text = Text(printable(f"{each.what}: {each.why}."), "dim")
            console.print(Padding(text, (0, 0, 0, 2), expand=False))


def _show_finding(finding: Finding, fix: str, console: Console) -> None:
    style = _STYLES[finding.severity]
    console.print(f"[{style}]{finding.severity}[/{style}]  [bold]{finding.id}[/bold]")
    table = Table.grid(padding=(0, 2))
    for name, text in (("seen", finding.seen), ("why", finding.entry.why), ("fix", fix)):
        table.add_row(Text(f"  {name}", "dim"), Text(printable(text)))
    console.print(table)
    console.print()


def printable(text: str) -> str:
    """The text without what a terminal would obey."""
    return "".join(
        each if each.isprintable() or each == "\n" else f"\\x{ord(each):02x}" for each in text
    )


def verdict(found: Diagnosis) -> str:
    """The sum of it."""
    errors = sum(finding.severity == "error" for finding in found.findings)
    warnings = len(found.findings) - errors
    if not found.findings:
        return "Nothing wrong was found."
    counted = [_count(n, word) for n, word in ((errors, "error"), (warnings, "warning")) if n]
    return f"{' and '.join(counted)} found."


def _count(n: int, word: str) -> str:
    return f"{n} {word}{'' if n == 1 else 's'}"


def as_json(found: Diagnosis) -> str:
    """One JSON object."""
    told = {
        "url": found.url,
        "prefix": found.prefix,
        "findings": [
            {
                "id": finding.id,
                "severity": finding.severity,
                "seen": finding.seen,
                "why": finding.entry.why,
                "fix": found.fix(finding),
            }
            for finding in found.findings
        ],
        "unchecked": [{"what": each.what, "why": each.why} for each in found.unchecked],
        "measured": list(found.measured),
    }
    return json.dumps(told, indent=2) + "\n"
