"""Writes what docs/doctor.md shows: each finding, and what the command really says."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from click.testing import CliRunner

from evenhand.cli import app
from evenhand.doctor.catalogue import CATALOGUE

from .fronted import fronted
from .nginx import Nginx
from .recipe import TOKEN

PAGE = Path(__file__).parents[2] / "docs" / "doctor.md"
PLACE = "127.0.0.1:8443"  # as the page shows it
_FINDINGS = re.compile(r"(<!-- findings: [^\n]*\n).*?(<!-- end of findings -->)", re.DOTALL)
_COMMAND = re.compile(r"(```console\n\$ evenhand (doctor[^\n]*)\n).*?(```\n)", re.DOTALL)


def with_findings(page: str) -> str:
    """The page with every finding as the catalogue has it."""
    texts = (
        f"\n### {name}\n\n{each.severity}. {each.when}\n\n- Why: {each.why}\n- Fix: {each.fix}\n"
        for name, each in CATALOGUE.items()
    )
    return _FINDINGS.sub(lambda found: found[1] + "".join(texts) + "\n" + found[2], page)


def with_outputs(page: str, nginx: Nginx) -> str:
    """The page with every command's output as it is now."""
    return _COMMAND.sub(lambda found: found[1] + _said(found[2], nginx) + found[3], page)


def _said(command: str, nginx: Nginx) -> str:
    words = command.replace(PLACE, nginx.place("https")).split()
    place = {
        "SSL_CERT_FILE": str(nginx.certificate),
        "EVENHAND_DASHBOARD": TOKEN,
        "COLUMNS": "100",
        "TERM": "dumb",
    }
    done = CliRunner().invoke(app, words, env=place)
    if done.exit_code == 2:
        raise RuntimeError(f"evenhand {command}: {done.stderr}")
    lines = (line.rstrip() for line in done.stdout.splitlines())
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    with fronted() as nginx:
        text = with_outputs(with_findings(PAGE.read_text("utf-8")), nginx)
    PAGE.write_text(text, "utf-8")
    sys.stdout.write(f"{PAGE.name} is up to date\n")
