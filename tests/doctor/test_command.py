"""The command: what it is given, what it prints, and what it ends with."""

from __future__ import annotations

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from evenhand.cli import app
from evenhand.doctor import command
from evenhand.doctor import lists as listed
from evenhand.doctor.findings import Diagnosis, Finding, Unchecked
from evenhand.doctor.output import as_json, printable, show

from ..browser.servers import free_port
from .docs import PAGE, with_outputs
from .nginx import DOMAIN, Nginx
from .recipe import TOKEN

NOWHERE = "http://127.0.0.1:1/"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["gazette.example"], "write it whole"),
        ([], "none where the app has a public_url"),
        (["--app", "os:path"], "of a ReaderSupport"),
        (["ftp://gazette.example/"], "an http(s) address"),
        (["http://[/"], "an http(s) address"),
        ([NOWHERE, "--connect", "gazette.example"], "HOST:PORT"),
        ([NOWHERE, "--header", "Cookie"], "Name: value"),
        ([NOWHERE, "--list", "/nonexistent"], "No such file"),
    ],
)
def test_a_wrong_option_is_explained(options: list[str], said: str) -> None:
    done = CliRunner().invoke(app, ["doctor", *options])
    assert done.exit_code == 2
    assert said in done.stderr
    assert "Fix: " in done.stderr
    assert done.stdout == ""


def test_what_a_server_says_moves_no_terminal() -> None:
    said = "red \x1b[31m\x07\x9b2J\u202e end\nnext, h\xe4lt"
    assert printable(said) == "red \\x1b[31m\\x07\\x9b2J\\x202e end\nnext, h\xe4lt"
    seen = (Finding("host_lost", said), Unchecked(said, said))
    found = Diagnosis(f"http://gazette.example/{said}", said, seen, (said,))
    shown = StringIO()
    show(found, Console(file=shown, force_terminal=False, width=200))
    for told in (shown.getvalue(), as_json(found)):
        assert "red" in told
        assert all(each.isprintable() or each == "\n" for each in told)


def test_a_page_that_cannot_be_had_is_no_finding() -> None:
    done = CliRunner().invoke(app, ["doctor", f"http://127.0.0.1:{free_port()}/"])
    assert done.exit_code == 2
    assert "gives no answer" in done.stderr
    assert done.stdout == ""


def test_a_missing_list_engine_names_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(_: str) -> None:
        raise ImportError

    monkeypatch.setattr(listed, "import_module", missing)
    done = CliRunner().invoke(app, ["doctor", NOWHERE, "--list", str(tmp_path / "list")])
    assert done.exit_code == 2
    assert 'pip install "evenhand[lists]"' in done.stderr


def test_a_missing_browser_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    from evenhand.doctor.browser import measure
    from evenhand.errors import OptionError

    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    with pytest.raises(OptionError, match=r"evenhand\[browser\]"):
        measure(NOWHERE, None, None)


def test_a_fault_of_doctors_own_is_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise RuntimeError("of ours")

    monkeypatch.setattr(command, "_check_url", fail)
    done = CliRunner().invoke(app, ["doctor", NOWHERE])
    assert done.exit_code == 2
    assert "of ours" in done.stderr


def test_starting_the_commands_loads_nothing_of_doctors() -> None:
    code = "import sys, evenhand.cli; print(*(m for m in sys.modules if 'doctor' in m))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["evenhand.doctor", "evenhand.doctor.command"]


@pytest.mark.server
def test_on_the_server_the_app_says_what_to_check(
    nginx: Nginx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {
        "SSL_CERT_FILE": str(nginx.certificate),
        "EVENHAND_PUBLIC_URL": f"https://www.{DOMAIN}",
        "EVENHAND_STATE_DIR": str(tmp_path / "typo"),
        "EVENHAND_DASHBOARD": TOKEN,
    }
    command = ["doctor", "--connect", nginx.place("https"), "--json"]
    done = CliRunner().invoke(app, command, env=given)
    told = json.loads(done.stdout)
    assert told["url"] == f"https://www.{DOMAIN}"
    assert [finding["id"] for finding in told["findings"]] == ["state_dir_unusable"]
    assert "typo: missing" in told["findings"][0]["seen"]


@pytest.mark.server
def test_a_page_that_has_moved_is_followed(nginx: Nginx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(nginx.certificate))
    words = ["doctor", f"https://www.{DOMAIN}/moved", "--connect", nginx.place("https"), "--json"]
    done = CliRunner().invoke(app, [*words, "--header", f"Authorization: Bearer {TOKEN}"])
    assert done.exit_code == 0, done.stdout
    told = json.loads(done.stdout)
    assert told["url"] == f"https://www.{DOMAIN}/article"
    assert not any("app's clock" in each["what"] for each in told["unchecked"]), "by the header"


@pytest.mark.server
def test_a_certificate_for_another_name_is_no_finding(
    nginx: Nginx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(nginx.certificate))
    place = nginx.place("https")
    done = CliRunner().invoke(app, ["doctor", "https://other.example/", "--connect", place])
    assert done.exit_code == 2
    assert "certificate" in done.stderr


@pytest.mark.server
def test_without_a_token_nothing_is_guessed_of_the_inside(
    nginx: Nginx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(nginx.certificate))
    words = ["doctor", f"https://www.{DOMAIN}/article", "--connect", nginx.place("https")]
    done = CliRunner().invoke(app, words, env={"COLUMNS": "300"})
    assert done.exit_code == 0, done.stdout
    assert "the app wants its dashboard's token: give it with --token" in done.stdout
    assert "caches that answer for the counted pair and don't say so" in done.stdout


@pytest.mark.server
def test_the_outputs_in_the_docs_are_the_commands_own(nginx: Nginx) -> None:
    page = PAGE.read_text("utf-8")
    assert with_outputs(page, nginx) == page, "make doctor-docs"
