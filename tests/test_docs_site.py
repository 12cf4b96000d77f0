"""The documents as a site: strictly built, whole, without a request to anybody else; and every
word that an operator meets has an address in it."""

import re
import runpy
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from operations.alerts import alerts
from operations.thresholds import THRESHOLDS, TIMES

import evenhand
from evenhand import vocabulary
from evenhand.cli import app
from evenhand.doctor.catalogue import CATALOGUE
from evenhand.judgement import Why
from evenhand.lint.catalogue import CATALOGUE as LINT
from evenhand.metrics import FAMILIES
from evenhand.notice import Notice
from evenhand.settings import Settings

from .apps import supporting

pytestmark = pytest.mark.checkout

ROOT = Path(__file__).parents[1]
PUBLIC = set(evenhand.__all__) - {"__version__"}
CHECK = runpy.run_path(str(ROOT / "scripts" / "check_site.py"))
COMMANDS = runpy.run_path(str(ROOT / "scripts" / "command_docs.py"))["commands"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-qW", "--keep-going", str(ROOT / "docs")]
    done = subprocess.run(
        [*command, str(folder)], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return folder


def anchors(site: Path, page: str) -> set[str]:
    found: set[str] = CHECK["page"](site / f"{page}.html").anchors
    return found


def test_every_link_leads_somewhere(site: Path) -> None:
    assert CHECK["broken"](site) == []


def test_nothing_is_requested_from_elsewhere(site: Path) -> None:
    assert CHECK["requested"](site) == []


def test_links_to_other_sites_are_few_and_known_by_scheme(site: Path) -> None:
    found = CHECK["external"](site)
    assert found
    assert [link for link in found if not link.startswith(("https://", "http://"))] == []


def test_every_page_is_in_the_navigation(site: Path) -> None:
    """Sphinx refuses a page that is in no list; this looks from the other side."""
    linked = {link.partition("#")[0] for link in CHECK["page"](site / "index.html").links}
    pages = {path.with_suffix(".html").name for path in (ROOT / "docs").glob("*.md")}
    assert pages - linked - {"index.html"} == set()


def test_every_picture_is_shown_and_has_a_maker(site: Path) -> None:
    """`make pictures` and its like take them all; none lies about unseen, or was put in by hand."""
    shown = {Path(link).name for _, page in CHECK["pages"](site) for link in page.fetched}
    shown |= set(re.findall(r"docs/([\w-]+\.png)", (ROOT / "README.md").read_text("utf-8")))
    pictures = {path.name for path in (ROOT / "docs").glob("*.png")}
    assert pictures - shown == set()
    makers = "".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("*pictures*.py"))
    named = re.compile(r"\"(?:notice|dashboard)?-?([\w-]*)(?:\.png)?\"")
    known = set(named.findall(makers))
    unmade = {name for name in pictures if not known & set(named.findall(f'"{name}"'))}
    assert unmade == set()


def metrics() -> list[str]:
    """Every family, as it is exposed."""
    with supporting() as support:
        families = list(support.collector.collect())
    total = [f"{name}_total" for name, _, _ in FAMILIES.values()]
    return total + [
        f"{family.name}_total" if family.type == "counter" else family.name for family in families
    ]


def words(kind: Any) -> Iterable[str]:
    found: Iterable[str] = kind.__args__
    return found


PLACES: dict[str, tuple[str, Iterable[str]]] = {
    "options": ("options", [option.name for option in fields(Settings)]),
    "options of the notice": ("notice", [option.name for option in fields(Notice)]),
    "metrics": ("metrics", metrics()),
    "verdicts": ("ads", vocabulary.VERDICTS),
    "results": ("insertion", vocabulary.RESULTS),
    "no reasons": ("notice", vocabulary.NO_REASONS),
    "drop reasons": ("every-word", vocabulary.DROP_REASONS),
    "fault steps": ("every-word", vocabulary.FAULT_STEPS),
    "bounds": ("every-word", vocabulary.BOUNDS),
    "notice events": ("every-word", vocabulary.NOTICE_EVENTS),
    "signals": ("every-word", vocabulary.SIGNALS),
    "browsers and devices": ("every-word", vocabulary.BROWSERS + vocabulary.DEVICES),
    "pairs": ("every-word", vocabulary.PAIR_KINDS),
    "the guard's reasons": ("what-cant-be-seen", words(Why)),
    "alerts": ("runbook", [alert.anchor for alert in alerts(TIMES, THRESHOLDS)]),
    "alerts in short": ("alerts", [alert.name for alert in alerts(TIMES, THRESHOLDS)]),
    "doctor's findings": ("doctor", CATALOGUE),
    "lint's findings": ("lint", LINT),
    "kinds of annotations": ("every-word", vocabulary.ANNOTATION_KINDS),
    "public names": ("python", [f"evenhand.{name}" for name in sorted(PUBLIC)]),
    "commands": ("commands", [name.replace(" ", "-") for name, _ in COMMANDS(app, "evenhand")]),
}


@pytest.mark.parametrize("kind", PLACES)
def test_every_word_has_an_address(kind: str, site: Path) -> None:
    page, expected = PLACES[kind]
    known = anchors(site, page)
    assert [word for word in expected if not known & {word, word.replace("_", "-")}] == []


def test_defaults_are_the_real_ones() -> None:
    """Each option's section begins with its default and names its variable."""
    page = (ROOT / "docs" / "options.md").read_text("utf-8")
    for option in fields(Settings):
        begun = page.partition(f"### {option.name}\n\n")[2].partition("\n\n")[0]
        assert f"`EVENHAND_{option.name.upper()}" in begun, option.name
        default = getattr(Settings(), option.name)
        shown = begun.partition(" · ")[0]
        if isinstance(default, bool | str | int | float):
            written = f'"{default}"' if isinstance(default, str) else f"{default}"
            assert shown in (f"`{written}`", f"`{written.removesuffix('.0')}`"), option.name
        else:
            assert not shown.startswith("`"), option.name
