"""What a command takes from the app, and what from its own options."""

from pathlib import Path

import pytest

from evenhand.appsettings import command_settings

APP = """
from evenhand import ReaderSupport
support = ReaderSupport(mode="count", sample_rate=0.1, sites={"a.test": "A", "b.test": "B"},
                        store="sqlite:////nowhere/history.db")
"""


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "chronicle.py").write_text(APP.replace("/nowhere", str(tmp_path)))
    return "chronicle:support"


def test_options_replace_a_place_and_nothing_else(app: str, tmp_path: Path) -> None:
    named = command_settings(app, None, "postgresql://127.0.0.1/other")
    elsewhere = command_settings(app, tmp_path, None)
    for settings in (named, elsewhere):
        assert (settings.mode, settings.sample_rate) == ("count", 0.1)
        assert settings.site_names[:2] == ("A", "B")
    assert named.store == "postgresql://127.0.0.1/other"
    assert (elsewhere.state_dir, elsewhere.store) == (tmp_path, None)


def test_the_environment_counts_without_an_app(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENHAND_SAMPLE_RATE", "0.5")
    assert command_settings(None, tmp_path, None).sample_rate == 0.5
