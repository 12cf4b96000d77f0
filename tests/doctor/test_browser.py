"""Doctor's own browser, on a real page, with a real list."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from evenhand.cli import app

from ..browser.servers import serving

pytestmark = pytest.mark.browser

GAZETTE = ("-m", "uvicorn", "gazette:app", "--app-dir", str(Path(__file__).parents[1]))
EXTENSION = "{ec8030f7-c20a-464f-9b0e-13a3a9e97384}/uBlock0@raymondhill.net"
LISTS = [
    Path("/usr/share/mozilla/extensions") / EXTENSION,
    Path("/usr/share/webext/ublock-origin-firefox"),
]


def easylist() -> Path:
    for folder in LISTS:
        path = folder / "assets/thirdparties/easylist/easylist.txt"
        if path.is_file():
            return path
    pytest.skip("EasyList is not installed (scripts/setup-browsers.sh)")


def test_it_sees_the_page_clean_and_with_easylist() -> None:
    with serving(*GAZETTE, "--port", "{port}", ready="/favicon.svg") as server:
        url = server.at("gazette.localhost", "/article")
        command = ["doctor", url, "--browser", "--list", str(easylist()), "--json"]
        done = CliRunner().invoke(app, command)
    assert done.stdout, done.stderr
    told = json.loads(done.stdout)
    # It has no state_dir: this is its only fault, and EasyList blocks our baits and nothing else.
    assert [finding["id"] for finding in told["findings"]] == ["no_state_dir"]
    clean, blocking = told["measured"]
    assert "_bait_loaded" in clean
    assert "_bait_failed" not in clean
    assert ": blocked (" in blocking
