"""The code in the documents: found in their Markdown, and tried by what it is written for."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import click
import html5lib
import pytest
import yaml
from babel.messages.pofile import read_po

from evenhand.cli import app

from . import prometheus
from .doctor.nginx import program as nginx_program

ROOT = Path(__file__).parents[1]
FENCE = re.compile(
    r"(?:<!-- not run: (?P<reason>[^\n]+?) -->\n+)?^```(?P<language>[^\n]*)\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "ARCHITECTURE.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "examples").rglob("*.md")),
]
ASSIGNED = re.compile(r"[A-Z_]+=")
BY_THE_SITE = ("{toctree}", "{eval-rst}")
"""What the build of the site runs itself, strictly."""
# fmt: off
ELSEWHERE = frozenset([
    ".", "cat", "cd", "curl", "docker", "export", "grep", "head", "jq", "mkdir", "msgfmt",
    "nginx", "prometheus", "promtool", "python3", "uvicorn",
])
# fmt: on
"""Programs of others that commands may name; their spelling is all that is checked."""


@dataclass(frozen=True)
class Block:
    """One block of code."""

    page: Path
    line: int
    language: str
    text: str
    reason: str  # why it can't be run; empty where it is

    @property
    def name(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> Iterator[Block]:
    """Every block of a page, in order."""
    text = page.read_text("utf-8")
    for found in FENCE.finditer(text):
        line = text.count("\n", 0, found.start("language")) + 1
        yield Block(page, line, found["language"], found["text"], found["reason"] or "")


def commands(text: str) -> Iterator[list[str]]:
    """The simple commands of a script, as lists of words, without their environment."""
    for line in text.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True  # at spaces and operators, nowhere else
        words: list[str] = []
        before = ""
        for word in [*lexer, ";"]:
            if set(word) <= set("|&;()"):
                if words:
                    yield words
                words = []
            elif not set(before + word) & set("<>") and (words or not ASSIGNED.match(word)):
                words.append(word)
            before = word


def check_script(text: str, _: Path | None = None) -> None:
    """The shell can read it, and every command is one that there is, with its options."""
    subprocess.run(["bash", "-n"], input=text, text=True, check=True)
    for program, *words in commands(text):
        if program == "evenhand":
            _check_command(app, words)
        elif program == "pip":
            _check_install(words)
        elif program == "make":
            _check_target(words)
        else:
            assert program in ELSEWHERE, f"{program} is not a known program"


def check_console(text: str, _: Path) -> None:
    """The commands of a console, whose output other tests hold to what is really said."""
    typed = [line[2:] for line in text.splitlines() if line.startswith("$ ")]
    check_script("\n".join(typed) if typed else text)


def _check_command(command: click.Command, words: list[str]) -> None:
    while isinstance(command, click.Group):
        name, *words = words
        command = command.commands[name]
    command.make_context(command.name, list(words)).close()


def _check_install(words: list[str]) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    for word in words:
        if found := re.fullmatch(r"evenhand\[([a-z,]+)\]", word):
            assert set(found[1].split(",")) <= extras.keys(), word


def _check_target(words: list[str]) -> None:
    targets = re.findall(r"^([a-z][a-z -]*):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    known = {name for names in targets for name in names.split()}
    assert {word for word in words if "=" not in word} <= known, words


def check_yaml(text: str, folder: Path) -> None:
    """A configuration that its own tool takes, or whose parts fit each other."""
    found: Any = yaml.safe_load(text)
    if isinstance(found, list):  # steps of a workflow
        for step in found:
            check_script(re.sub(r"\$\{\{.*?\}\}", "x", step.get("run", "true # nothing")))
    elif "scrape_configs" in found:
        prometheus.promtool(
            "check", "config", "--syntax-only", _file(folder / "prometheus.yml", text)
        )
    elif "receivers" in found:
        named = {receiver["name"] for receiver in found["receivers"]}
        routes = [found["route"], *found["route"]["routes"]]
        assert {route["receiver"] for route in routes} == named
    else:
        assert found["kind"] == "Deployment"
        spec = found["spec"]["template"]["spec"]
        labels = found["spec"]["template"]["metadata"]["labels"]
        assert found["spec"]["selector"]["matchLabels"] == labels
        mounted = {each["name"] for pod in spec["containers"] for each in pod["volumeMounts"]}
        assert mounted == {volume["name"] for volume in spec["volumes"]}


def check_nginx(text: str, folder: Path) -> None:
    """nginx takes it, in a file with what a page takes for granted."""
    program = nginx_program()
    if program is None:
        pytest.skip("nginx is not installed (scripts/setup-server.sh)")
    text = re.sub(r"/var/log/nginx/", "", text)
    inner = f"server {{ listen 127.0.0.1:8080; {text} }}" if text.startswith("location") else text
    path = _file(
        folder / "nginx.conf",
        "error_log errors; pid pid; events {} http { proxy_cache_path kept keys_zone=pages:1m;\n"
        f"upstream newspaper {{ server 127.0.0.1:8000; }}\n{inner}\n}}\n",
    )
    done = subprocess.run(
        [program, "-t", "-p", folder, "-c", path, "-e", folder / "errors"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def check_js(text: str, folder: Path) -> None:
    """Node can read it."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed")
    subprocess.run([node, "--check", _file(folder / "block.mjs", text)], check=True)


def _file(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def check_html(text: str, _: Path) -> None:
    """It has no error of HTML's own grammar."""
    html5lib.HTMLParser(strict=True).parseFragment(text, container="head")


def check_ini(text: str, _: Path) -> None:
    """A unit of systemd's, as far as its grammar goes."""
    parser = configparser.ConfigParser(strict=True, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # as its documents say
    parser.read_string(text)
    assert parser.sections() == ["Service"]
    assert "ExecStart" in parser["Service"]


def check_po(text: str, _: Path) -> None:
    """A catalogue of translations."""
    assert [message.id for message in read_po(StringIO(text), abort_invalid=True) if message.id]


CHECKS: Mapping[str, Callable[[str, Path], None]] = {
    "sh": check_script,
    "console": check_console,
    "yaml": check_yaml,
    "nginx": check_nginx,
    "js": check_js,
    "html": check_html,
    "ini": check_ini,
    "po": check_po,
    "text": lambda *_: None,  # what something says; the page's own test holds it to that
}
