"""What the documents say is what the code does."""

import re
import runpy
from pathlib import Path

import pytest
from starlette.applications import Starlette

from evenhand import ReaderSupport, __version__

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text("utf-8")


def test_the_readmes_example_runs() -> None:
    example = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert example is not None
    made: dict[str, object] = {}
    exec(example[1], made)
    assert isinstance(made["app"], Starlette)
    assert isinstance(made["support"], ReaderSupport)
    made["support"].close()


def test_the_readmes_sizes_are_the_served_ones() -> None:
    sizes = runpy.run_path(str(ROOT / "scripts" / "sizes.py"))["sizes"]()
    for size in sizes.values():
        assert f"| {size:,} bytes" in README, "make sizes"


def test_the_closed_sets_are_written_down() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "closed_sets.py"))
    assert script["written"](ARCHITECTURE) == ARCHITECTURE, "make closed-sets"


def test_the_readmes_links_lead_somewhere() -> None:
    """Those of all other pages are followed in the site that is built of them."""
    targets = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", README) if "://" not in link]
    assert len(targets) > 10
    assert [target for target in targets if not (ROOT / target).exists()] == []


@pytest.mark.parametrize(
    "path", re.findall(r"`([a-z_]+(?:/[a-z_]+)*\.py|baits.json)`", ARCHITECTURE)
)
def test_the_code_map_is_true(path: str) -> None:
    package = ROOT / "middleware" / "evenhand"
    assert (package / path).is_file() or (ROOT / path).is_file()


def test_the_readme_fits_on_a_few_screens() -> None:
    assert len(README.splitlines()) < 150


def test_the_changelog_knows_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert "## Unreleased" in changelog or f"## {__version__}" in changelog
