"""Writes what docs/lint.md shows: each finding, and what the command really says."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from click.testing import CliRunner

from evenhand.cli import app
from evenhand.lint.catalogue import CATALOGUE

from . import polite

PAGE = Path(__file__).parents[2] / "docs" / "lint.md"
_FINDINGS = re.compile(r"(<!-- findings: [^\n]*\n).*?(<!-- end of findings -->)", re.DOTALL)
_COMMAND = re.compile(
    r"(```console\n\$ evenhand lint --templates templates\n).*?(```\n)", re.DOTALL
)


def with_findings(page: str) -> str:
    """The page with every finding as the catalogue has it."""
    texts = (
        f"\n### {id}\n\n{each.severity}. {each.when}\n\n- Why: {each.why}\n- Rule: {each.source}\n"
        f"- Fix: {each.fix}\n"
        for id, each in CATALOGUE.items()
    )
    return _FINDINGS.sub(lambda found: found[1] + "".join(texts) + "\n" + found[2], page)


def with_output(page: str) -> str:
    """The page with the command's output as it is now, for templates that are not polite."""
    with TemporaryDirectory() as folder:
        old = ".quiet { font-size: 0.9375rem; }"
        polite.written(
            Path(folder),
            {
                "notice.html": (old, ".close { opacity: 0.3; }"),
                "support.html": ("<h2>", "<h2 autofocus>"),
            },
        )
        words = ["lint", "--templates", folder]
        done = CliRunner().invoke(app, words, env={"COLUMNS": "100", "TERM": "dumb"})
    said = "\n".join(line.rstrip() for line in done.stdout.splitlines()) + "\n"
    return _COMMAND.sub(lambda found: found[1] + said + found[2], page)


if __name__ == "__main__":
    PAGE.write_text(with_output(with_findings(PAGE.read_text("utf-8"))), "utf-8")
    sys.stdout.write(f"{PAGE.name} is up to date\n")
