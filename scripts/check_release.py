"""Refuses a release whose changelog and version differ."""

import re
import sys
from pathlib import Path

from evenhand.version import __version__

CHANGELOG = Path(__file__).parents[1] / "CHANGELOG.md"
HEADING = re.compile(
    r"^## (?P<name>\S+)(?: - (?P<date>\S+))?\n(?P<text>.*?)(?=^## |\Z)", re.M | re.S
)


def problems(version: str, changelog: str) -> list[str]:
    """What stands in the way of releasing ``version``; nothing, where all is well."""
    found = []
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        found.append(f"version {version} is not of a release: write MAJOR.MINOR.PATCH")
    sections = list(HEADING.finditer(changelog))
    coming = sections.pop(0) if sections and sections[0]["name"] == "Unreleased" else None
    if coming and coming["text"].strip():
        found.append(f"changes stand under Unreleased: move them under {version}")
    newest = sections[0] if sections else None
    if newest is None or newest["name"] != version:
        found.append(f"the newest section of the changelog is not {version}: write it")
    elif not re.fullmatch(r"\d{4}-\d\d-\d\d", newest["date"] or ""):
        found.append(f"{version} has no date: write '## {version} - YYYY-MM-DD'")
    elif not newest["text"].strip():
        found.append(f"the changelog says nothing of {version}")
    return found


if __name__ == "__main__":
    wrong = problems(__version__, CHANGELOG.read_text("utf-8"))
    sys.stdout.writelines(f"{line}\n" for line in wrong)
    sys.exit(1 if wrong else 0)
