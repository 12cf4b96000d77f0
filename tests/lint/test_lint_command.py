"""`evenhand lint` as people and programs meet it, and the same at an app's start."""

import json
import logging
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from evenhand import Notice
from evenhand.cli import app
from evenhand.lint import at_start, examine
from evenhand.lint.catalogue import CATALOGUE
from evenhand.lint.entry import LintId

from ..apps import supporting
from . import docs, polite

WEEKLY = "Notice.every_days"


def lint(*words: str, **environ: str) -> Result:
    return CliRunner().invoke(app, ["lint", *words], env={"COLUMNS": "100", **environ})


@pytest.fixture
def apps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An app that asks every week, and has a template that fails."""
    polite.written(tmp_path, {"notice.html": ("{{ title }}", "{{ headline }}")})
    (tmp_path / "weekly_gazette.py").write_text(
        "from pathlib import Path\n"
        "from evenhand import Notice, ReaderSupport\n"
        "support = ReaderSupport(notice=Notice(every_days=7), templates=Path(__file__).parent)\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "weekly_gazette", raising=False)
    return "weekly_gazette:support"


def test_polite_settings_exit_with_0() -> None:
    done = lint()
    assert done.exit_code == 0, done.output
    assert done.stdout == "Looked at the default notice.\n\nNothing impolite was found.\n"


def test_findings_exit_with_1_and_say_where_why_and_what_to_do(apps: str) -> None:
    done = lint("--app", apps)
    assert done.exit_code == 1, done.output
    text = " ".join(done.stdout.split())
    assert "error template_fails seen notice.html:13: " in text
    assert "UndefinedError: 'headline' is undefined" in text
    assert f"warning asks_often seen {WEEKLY}: " in text
    ids: tuple[LintId, ...] = ("template_fails", "asks_often")
    for id in ids:
        entry = CATALOGUE[id]
        assert all(part in text for part in (entry.why, entry.source, entry.fix))
    assert text.endswith("1 error and 1 warning found.")
    assert done.stderr == "", "what is told is not told in the log as well"


def test_programs_get_one_json_object(apps: str) -> None:
    done = lint("--app", apps, "--json")
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert told["looked_at"] == ["the app's notice", "notice.html", "support.html"]
    first, second = told["findings"]
    assert (first["id"], first["file"], first["line"]) == ("template_fails", "notice.html", 13)
    assert (second["id"], second["option"], second["file"]) == ("asks_often", WEEKLY, None)
    assert set(first) == set(second)


def test_a_folder_of_templates_can_be_named(tmp_path: Path) -> None:
    polite.written(tmp_path, {})
    done = lint("--templates", str(tmp_path))
    assert done.exit_code == 0, done.output
    polite.written(tmp_path, {"support.html": ("<p>", "<p autofocus>")})
    assert lint("--templates", str(tmp_path)).exit_code == 1


def test_a_style_sheet_is_read_for_what_concerns_us(tmp_path: Path) -> None:
    css = tmp_path / "site.css"
    css.write_text(polite.CSS)
    assert lint("--css", str(css)).exit_code == 0
    css.write_text(polite.CSS + "\nbody:has(reader-support-notice) { overflow: hidden }")
    done = lint("--css", str(css), "--json")
    assert done.exit_code == 1
    (found,) = json.loads(done.stdout)["findings"]
    assert (found["id"], found["line"]) == ("scroll_locked", 6)


@pytest.mark.parametrize(
    "words",
    [
        ("--templates", "/nowhere"),
        ("--css", "/nowhere.css"),
        ("--app", "nowhere:app"),
        ("--app", "evenhand:Notice"),
        ("--nothing",),
    ],
    ids=str,
)
def test_what_can_not_be_looked_at_exits_with_2(words: tuple[str, ...]) -> None:
    done = lint(*words)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr


def test_a_wrong_option_of_the_app_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    building = (
        "from evenhand import Notice, ReaderSupport\nsupport = ReaderSupport(notice=Notice({}))"
    )
    for name, option in (("herald", "every_days=1"), ("globe", "heading='A'"), ("sun", "")):
        (tmp_path / f"{name}.py").write_text(building.format(option))
    assert lint("--app", "herald:support").stderr.startswith("Notice.every_days=1 can't be used.")
    unknown = lint("--app", "globe:support").stderr
    assert unknown.startswith("--app='globe:support' can't be used. Allowed: 'module:attribute'.")
    assert "unexpected keyword argument 'heading'" in unknown
    assert lint("--app", "sun:support").stderr == "", "it serves nobody: no word of state_dir"


def test_a_fault_of_the_linter_is_no_praise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examine, "examined", _fails)
    done = lint()
    assert done.exit_code == 2
    assert "lint itself failed: ZeroDivisionError()" in done.stderr


def test_an_app_logs_findings_when_it_starts(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = polite.written(
        tmp_path, {"notice.html": (".quiet {", ".close { display: none } .quiet {")}
    )
    with supporting(notice=Notice(every_days=7), templates=folder):
        said = _said(caplog)
    assert len(said) == 2
    assert said[0].startswith("Impolite: close_hidden at notice.html:14: ")
    assert said[1].startswith("Impolite: asks_often at Notice.every_days: every_days=7. Fix: ")


@pytest.mark.parametrize(
    "options", [{}, {"notice": Notice()}, {"notice": Notice(every_days=7), "off": True}], ids=str
)
def test_who_asks_politely_or_nobody_hears_nothing(
    options: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    with supporting(**options):
        assert _said(caplog) == []


def test_a_fault_of_the_linter_never_costs_the_start(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(examine, "examined", _fails)
    with supporting(notice=Notice()) as support:
        assert support.routes.asking.page
    (said,) = _said(caplog)
    assert said == "The notice could not be checked for politeness: ZeroDivisionError()"


def test_the_log_has_an_end(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    many = "<hr autofocus>\n" * 50
    polite.written(tmp_path, {"notice.html": ("<h2", many + "<h2")})
    with supporting(notice=Notice(), templates=tmp_path):
        said = _said(caplog)
    assert len(said) == at_start.MOST + 1
    assert said[-1] == "Impolite: 40 findings more; see `evenhand lint`"


def _said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        record.getMessage()
        for record in caplog.records
        if record.name == "evenhand.lint" and record.levelno == logging.WARNING
    ]


def _fails(*_: object) -> None:
    raise ZeroDivisionError


@pytest.mark.checkout
def test_the_page_shows_what_is_found_and_said() -> None:
    page = docs.PAGE.read_text("utf-8")
    assert docs.with_output(docs.with_findings(page)) == page, "make lint-docs"
