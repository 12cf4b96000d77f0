"""Every block of code in the documents runs, or is read by the tool that it is written for."""

from __future__ import annotations

import asyncio
import gc
import inspect
import os
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette

from evenhand import Notice, ReaderSupport

from .browser.servers import serving
from .codeblocks import BY_THE_SITE, CHECKS, PAGES, ROOT, Block, blocks

ALL = [block for page in PAGES for block in blocks(page)]
OTHERS = [block for block in ALL if block.language not in (*BY_THE_SITE, "python")]
WITH_PYTHON = sorted({block.page for block in ALL if block.language == "python"})


def name(value: object) -> str:
    return value.name if isinstance(value, Block) else str(value)


@pytest.fixture
def closing() -> Iterator[None]:
    """Closes the supports that a page has made."""
    before = {id(found) for found in supports()}
    yield
    for found in supports():
        if id(found) not in before:
            found.close()


def supports() -> list[ReaderSupport]:
    return [found for found in gc.get_objects() if type(found) is ReaderSupport]


@pytest.mark.usefixtures("closing")
@pytest.mark.parametrize("page", WITH_PYTHON, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_python_of_a_page_runs(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In order, one block after the other; and what looks like a test is run as one."""
    monkeypatch.setenv("METRICS_TOKEN", "a token of enough characters")
    # What a page takes for granted.
    known: dict[str, object] = {
        "__name__": "page",
        "os": os,
        "app": Starlette(),
        "support": ReaderSupport(site="The Gazette", notice=Notice()),
    }
    for block in blocks(page):
        if block.language == "python" and not block.reason:
            # Lines are those of the page.
            exec(compile("\n" * block.line + block.text, page, "exec"), known)
    for found in [value for word, value in known.items() if word.startswith("test_")]:
        assert inspect.isfunction(found)
        if inspect.iscoroutinefunction(found):
            asyncio.run(found())
        else:
            found()


@pytest.mark.parametrize("block", OTHERS, ids=name)
def test_a_block_is_read_by_its_own_tool(block: Block, tmp_path: Path) -> None:
    assert block.language in CHECKS, f"{block.name}: a language that something checks"
    if not block.reason:
        CHECKS[block.language](block.text, tmp_path)


def test_what_cant_be_run_says_why() -> None:
    told = [block for block in ALL if block.reason]
    assert [block.name for block in told if len(block.reason.split()) < 4] == []
    assert len(told) <= 3, "few of them"


def test_every_fence_is_a_block() -> None:
    for page in PAGES:
        fences = re.findall(r"^ *```", page.read_text("utf-8"), re.MULTILINE)
        assert len(fences) == 2 * len(list(blocks(page))), page


def test_the_commands_are_as_they_are_described() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "command_docs.py"))
    page = script["PAGE"].read_text("utf-8")
    assert script["written"](page) == page, "make command-docs"


@pytest.mark.server
def test_the_tutorial_is_true(tmp_path: Path) -> None:
    """Its files and its commands as they stand there, on another port."""
    tutorial = list(blocks(ROOT / "docs" / "tutorial.md"))
    _, run, look, ask = (block.text for block in tutorial if block.language == "sh")
    (code,) = (block.text for block in tutorial if block.language == "python")
    (tmp_path / "gazette.py").write_text(code)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = {"PATH": path, "COLUMNS": "100", "EVENHAND_FLUSH_SECONDS": "0.5"}

    def shell(script: str, port: int) -> str:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script.replace("8000", str(port))],
            cwd=tmp_path,
            env={**os.environ, **env},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert shutil.which("curl"), "the tutorial needs it"
    started = f"cd {tmp_path}\n{run.strip()} --port {{port}}"
    with serving(
        "bash", "-c", started.replace("EVENHAND_", "exec env EVENHAND_"), env=env
    ) as server:
        for half in ("ads728x90.gif", "zx728q90.gif"):
            shell(
                f"curl -s http://127.0.0.1:8000/reader-support/pair/{half} -o /dev/null",
                server.port,
            )
        told = shell(look.replace("evenhand report", "sleep 1.5; evenhand report"), server.port)
        assert 'evenhand_pages_total{result="inserted",site="The Gazette"} ' in told
        assert "The Gazette" in told
        assert "Nothing wrong was found." in shell(ask, server.port)
