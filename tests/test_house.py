"""The house: imports in one direction, files that can be read at a sitting, and a true code map."""

import ast
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

pytestmark = pytest.mark.checkout

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "middleware" / "evenhand"
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
MOST_LINES = 300
LONG = re.compile(r"(#|//|/\*) Long: \w+\W+(\w+\W+){3,}")
OURS = ("benchmarks", "docs", "examples", "middleware", "operations", "scripts", "static", "tests")
# fmt: off
IMPURE = frozenset([
    "anyio", "asyncio", "httpx", "os", "sqlite3", "starlette", "subprocess", "threading", "time",
])
# fmt: on
KINDS = ("*.css", "*.js", "*.mjs", "*.py", "*.sh", "*.ts")
MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}


def imported(body: list[ast.stmt]) -> Iterator[str]:
    """Names that are imported as soon as a module is, types left out."""
    for statement in body:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module:
            yield statement.module
            yield from (f"{statement.module}.{alias.name}" for alias in statement.names)
        elif isinstance(statement, ast.If) and "TYPE_CHECKING" not in ast.unparse(statement.test):
            yield from imported(statement.body)
            yield from imported(statement.orelse)
        elif isinstance(statement, ast.Try | ast.With | ast.ClassDef):
            yield from imported(statement.body)


def test_no_import_leads_back_to_where_it_began() -> None:
    graph = {
        name: set(imported(ast.parse(path.read_text("utf-8")).body)) & MODULES.keys() - {name}
        for name, path in MODULES.items()
    }
    assert len(graph["evenhand.support"]) > 5, "imports are found at all"
    TopologicalSorter(graph).prepare()  # raises for a circle, and names it


def sources() -> Iterator[Path]:
    for folder in OURS:
        for kind in KINDS:
            yield from (
                path for path in (ROOT / folder).rglob(kind) if "node_modules" not in path.parts
            )


def test_a_long_file_says_why_in_its_first_line() -> None:
    found = {path: path.read_text("utf-8").splitlines() for path in sources()}
    assert len(found) > 200
    silent = [
        f"{path.relative_to(ROOT)}: {len(lines)} lines"
        for path, lines in found.items()
        if len(lines) > MOST_LINES and not LONG.match(lines[0])
    ]
    assert silent == [], "split it, or begin it with '# Long: why'"
    short = [
        path.name for path, lines in found.items() if LONG.match(lines[0]) and len(lines) < 280
    ]
    assert short == [], "no longer long"


def test_nothing_in_the_package_itself_is_long() -> None:
    long = [path.name for path in MODULES.values() if len(path.read_bytes().splitlines()) > 300]
    assert long == []


def test_every_module_has_its_row_in_the_code_map() -> None:
    rows = ARCHITECTURE.partition("## Code map")[2].partition("\n## ")[0]
    named = set(re.findall(r"`([\w./]+)`", rows))
    missing = []
    for path in MODULES.values():
        parts = path.relative_to(PACKAGE).parts
        ways = {"/".join(parts), f"{parts[0]}/"}
        if not ways & named and parts[-1] not in ("__init__.py", "__main__.py"):
            missing.append("/".join(parts))
    assert missing == []


def test_what_is_called_pure_is_pure() -> None:
    told = ARCHITECTURE.partition("Pure, without")[2].partition("\n\n")[0]
    paths = [PACKAGE / path for path in re.findall(r"`([\w/]+\.py)`", told)]
    paths += (PACKAGE / "lint").glob("*.py")
    paths = [path for path in paths if path.name not in ("sources.py", "command.py")]
    assert len(paths) > 15
    impure = {
        path.name: found
        for path in paths
        if (found := IMPURE & set(imported(ast.parse(path.read_text("utf-8")).body)))
    }
    assert impure == {}


@pytest.mark.parametrize("what", ["bait", "verdict", "store", "language", "alert"])
def test_it_is_said_where_to_add(what: str) -> None:
    assert re.search(rf"^\| an? {what}\b", ARCHITECTURE, re.MULTILINE)
