"""Doctor on real servers: it finds what is broken, and finds nothing where nothing is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from evenhand.cli import app

from ..apps import READER
from .nginx import DOMAIN, Nginx
from .recipe import TOKEN, P, Setup
from .setups import SETUPS

pytestmark = pytest.mark.server


def examined(
    setup: Setup, nginx: Nginx, lists: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> tuple[int, dict[str, Any]]:
    """Doctor's exit status, and what it says."""
    monkeypatch.setenv("SSL_CERT_FILE", str(nginx.certificate))
    host = f"{setup.name}.{DOMAIN}"
    server = f"http://{nginx.place('http')}"
    reader = READER | {"host": host}
    if setup.before:  # what is in nginx's cache is the answer of another app
        headers = reader | {"x-before": setup.before}
        httpx.get(server + setup.page, headers=headers, trust_env=False).raise_for_status()
    if setup.report:
        url = f"{server}{P}/outcome"
        httpx.post(url, content=setup.report, headers=reader, trust_env=False).raise_for_status()
    options = [option.format(**lists) for option in setup.options]
    command = ["doctor", f"{setup.scheme}://{host}{setup.page}", "--token", TOKEN, "--json"]
    done = CliRunner().invoke(app, [*command, "--connect", nginx.place(setup.scheme), *options])
    assert done.stdout, done.stderr
    return done.exit_code, json.loads(done.stdout)


@pytest.mark.parametrize("setup", SETUPS, ids=lambda setup: setup.name)
def test_doctor_finds_what_is_broken_and_names_the_fix(
    setup: Setup, nginx: Nginx, lists: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    status, told = examined(setup, nginx, lists, monkeypatch)
    found = {finding["id"]: finding for finding in told["findings"]}
    assert set(found) == set(setup.finds.split()), told
    assert status == 1
    assert all(finding["seen"] and finding["why"] for finding in found.values())
    assert any(setup.fix in finding["fix"] for finding in found.values())


@pytest.mark.parametrize("setup", [each.healthy for each in SETUPS], ids=lambda setup: setup.name)
def test_doctor_finds_nothing_once_it_is_mended(
    setup: Setup, nginx: Nginx, lists: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    status, told = examined(setup, nginx, lists, monkeypatch)
    assert told["findings"] == []
    assert status == 0


def test_doctor_moves_no_rate(
    nginx: Nginx, lists: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    (opened,) = (setup for setup in SETUPS if setup.name == "metrics-open")

    def counted() -> dict[str, float]:
        url = f"http://{nginx.place('http')}/metrics"
        headers = {"host": f"{opened.name}.{DOMAIN}"}
        found = httpx.get(url, headers=headers, trust_env=False).raise_for_status().text
        lines = (line.rpartition(" ") for line in found.splitlines() if line[0] != "#")
        return {name: float(value) for name, _, value in lines}

    before = counted()
    examined(opened, nginx, lists, monkeypatch)
    moved = {name for name, value in counted().items() if value != before.get(name)}
    of_readers = ("evenhand_pair", "evenhand_verdicts", "evenhand_bait_ad", "evenhand_notice")
    assert [name for name in moved if name.startswith(of_readers) and '"bot"' not in name] == []
    assert any(name.startswith("evenhand_pair_hits") for name in moved), "as a bot's"
