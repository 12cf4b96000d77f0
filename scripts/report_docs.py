"""Writes the outputs in docs/report.md: each block is what its command or its code really says."""

import contextlib
import io
import os
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from click.testing import CliRunner

from evenhand import ReaderSupport
from evenhand.cli import app
from evenhand.demo.readers import rows_for
from evenhand.store import Batch, open_store

PAGE = Path(__file__).parents[1] / "docs" / "report.md"
NOW = 1_795_391_999  # the last second of 2026-11-22
COMMAND = re.compile(r"(```console\n\$ evenhand (report[^\n]*)\n).*?(```\n)", re.DOTALL)
CODE = re.compile(r"(```python\n(.*?)```\n\n```text\n).*?(```\n)", re.DOTALL)


def written(page: str) -> str:
    """The page with every output as it is now, of 20,000 simulated page views."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        store = open_store(None, folder)
        rows = rows_for(20_000, 7, NOW)
        store.apply(Batch("docs", "one", 1, rows))
        store.close()
        page = COMMAND.sub(lambda found: found[1] + _said(found[2], folder) + found[3], page)
        return CODE.sub(lambda found: found[1] + _printed(found[2], folder) + found[3], page)


def _said(command: str, folder: Path) -> str:
    pipe, _, head = command.partition(" | head -n ")
    place = {"EVENHAND_STATE_DIR": str(folder), "COLUMNS": "100", "TERM": "dumb"}
    done = CliRunner().invoke(app, pipe.split(), env=place)
    if done.exit_code:
        raise RuntimeError(f"evenhand {command}: {done.stderr}")
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    return "\n".join(lines[: int(head)] if head else lines) + "\n"


def _printed(code: str, folder: Path) -> str:
    support = ReaderSupport(state_dir=folder)
    text = io.StringIO()
    try:
        with contextlib.redirect_stdout(text):
            exec(code, {"support": support})
    finally:
        support.close()
    return text.getvalue()


if __name__ == "__main__":
    os.environ.pop("EVENHAND_STATE_DIR", None)
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
    sys.stdout.write(f"{PAGE.name} is up to date\n")
