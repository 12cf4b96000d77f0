"""`evenhand migrate`, `record` and `export history`, as an operator runs them."""

import csv
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from evenhand.cli import app
from evenhand.export import COLUMNS, SMALLEST, exported, lines
from evenhand.keys import Key
from evenhand.record import Record
from evenhand.record.schema import MIGRATIONS as HOST
from evenhand.store import Batch, Row, open_store
from evenhand.store.sqlite import MIGRATIONS as SQLITE

NOON = 1_700_000_000 // 86_400 * 86_400 + 43_200
BAIT = Key("gazette", "", "firefox", "desktop", "pair", "bait")
BLOCKED = Key("gazette", "news", "firefox", "desktop", "verdict", "blocked")


class Ran(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Ran]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    for name in [name for name in os.environ if name.startswith("EVENHAND_")]:
        monkeypatch.delenv(name)

    def ran(*arguments: str, **environ: str) -> Ran:
        done = CliRunner().invoke(app, arguments, env=environ)
        return Ran(done.exit_code, done.stdout, done.stderr)

    return ran


def filled(folder: Path, *rows: Row) -> None:
    store = open_store(None, folder)
    store.apply(Batch("p", "e", 1, rows))
    store.close()


def test_the_account_of_a_host_is_shown_and_holds(tmp_path: Path, run: Run) -> None:
    store = open_store(None, tmp_path)
    record = Record(tmp_path, store, interval=1e6)
    record.count(BAIT, 1200)
    assert record.flush()
    record.count(BAIT, 30)
    record.count(Key("gazette", "", "", "", "dropped", "malformed"), 4)
    shown = run("record", "--state-dir", str(tmp_path))
    words = [line.split() for line in shown.stdout.splitlines()]
    assert words[:3] == [["received", "1,234"], ["stored", "1,200"], ["pending", "30"]]
    assert ["dropped", "4"] in words
    assert ["malformed", "4"] in words
    assert shown.stdout.endswith("holds\n")
    assert (shown.returncode, shown.stderr) == (0, "")
    record.close()
    store.close()


def test_the_commands_are_there_for_a_shell(tmp_path: Path) -> None:
    filled(tmp_path, Row(NOON, *BAIT, 40))
    command = [sys.executable, "-m", "evenhand", "export", "history", "--state-dir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.endswith(",40\n")


def test_an_account_that_does_not_hold_is_an_error(tmp_path: Path, run: Run) -> None:
    store = open_store(None, tmp_path)
    record = Record(tmp_path, store, interval=1e6)
    record.count(BAIT, 12)
    assert record.flush()
    record.close()
    store.close()
    db = sqlite3.connect(tmp_path / "host.db", isolation_level=None)
    db.execute("UPDATE meta SET value = value - 1 WHERE name = 'stored'")
    db.close()
    shown = run("record", EVENHAND_STATE_DIR=str(tmp_path))
    assert shown.returncode == 1
    assert "does NOT hold" in shown.stderr


def test_migrate_says_what_it_did(tmp_path: Path, run: Run) -> None:
    first = run("migrate", "--state-dir", str(tmp_path))
    assert (
        first.stdout
        == f"history: schema 0 -> {len(SQLITE)}\nstate folder: schema 0 -> {len(HOST)}\n"
    )
    again = run("migrate", "--state-dir", str(tmp_path))
    assert again.stdout == (
        f"history: schema {len(SQLITE)} already\nstate folder: schema {len(HOST)} already\n"
    )
    assert (first.stderr, again.stderr) == ("", "")


def test_the_apps_own_settings_are_found(tmp_path: Path, run: Run) -> None:
    (tmp_path / "shop_of_ours.py").write_text(
        "from evenhand import ReaderSupport\n"
        f"support = ReaderSupport(state_dir={str(tmp_path)!r}, site='gazette')\n"
        "other = 1\n"
    )
    assert run("migrate", "--app", "shop_of_ours:support").returncode == 0
    assert (tmp_path / "history.db").exists()
    wrong = run("migrate", "--app", "shop_of_ours:other")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "a ReaderSupport" in wrong.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["record"], "give --app or --state-dir", id="no folder"),
        pytest.param(["record", "--state-dir", "."], "no host.db", id="no counts"),
        pytest.param(["migrate"], "give --app or --state-dir", id="nothing"),
        pytest.param(["migrate", "--store", "mysql://u:secret@h/d"], "postgresql://", id="store"),
        pytest.param(["migrate", "--app", "nowhere:at"], "importable", id="app"),
        pytest.param(["export", "history", "--format", "xml"], "csv or jsonl", id="format"),
        pytest.param(["export", "history", "--by", "week"], "hour, day or month", id="by"),
        pytest.param(["export", "history", "--since", "today"], "2026-11-22", id="day"),
    ],
)
def test_what_can_not_work_is_said_in_one_line(run: Run, arguments: list[str], words: str) -> None:
    done = run(*arguments)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert words in done.stderr
    assert "secret" not in done.stderr


def test_the_history_is_exported(tmp_path: Path, run: Run) -> None:
    filled(
        tmp_path,
        Row(NOON, *BAIT, 40),
        Row(NOON + 3600, *BAIT, 2),
        Row(NOON + 86_400, *BAIT._replace(site="times"), 11),
        Row(NOON, *BLOCKED, 3),
    )
    folder = str(tmp_path)
    done = run("export", "history", "--state-dir", folder, "--site", "gazette")
    assert done.stdout.splitlines() == [
        ",".join(COLUMNS),
        "2023-11-14T00:00:00Z,day,gazette,,firefox,desktop,pair,bait,,,42",
    ]
    assert "Left out: 3 counts" in done.stderr
    done = run(
        *("export", "history", "--state-dir", folder, "--format", "jsonl", "--by", "hour"),
        *("--since", "2023-11-15", "--until", "2023-11-16", "--output", "out.jsonl"),
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    (line,) = (tmp_path / "out.jsonl").read_text().splitlines()
    assert json.loads(line) == {
        **{"start": "2023-11-15T12:00:00Z", "span": "hour", "site": "times", "section": ""},
        **{"browser": "firefox", "device": "desktop", "kind": "pair", "value": "bait"},
        **{"detail": "", "variant": "", "n": 11},
    }


def test_small_cells_are_merged_within_their_time_site_and_kind() -> None:
    rows = [Row(NOON, *BAIT._replace(browser=name), 6) for name in ("firefox", "edge", "bot")]
    rows.append(Row(NOON, *BAIT._replace(browser="chrome"), 50))
    cells, left_out = exported(rows, "day")
    assert [(cell.browser, cell.device, cell.value, n) for cell, n in cells] == [
        ("chrome", "desktop", "bait", 50),
        ("other", "other", "bait", 12),
    ]
    assert left_out == 6, "six bots are no readers, and too few"


ROWS = st.builds(
    Row,
    hour=st.integers(0, 3000).map(lambda hour: hour * 3600),
    site=st.sampled_from(["a", "b"]),
    section=st.sampled_from(["", "news"]),
    browser=st.sampled_from(["firefox", "chrome", "bot"]),
    device=st.just("desktop"),
    kind=st.sampled_from(["pair", "verdict"]),
    value=st.sampled_from(["x", "y", "z"]),
    detail=st.just(""),
    variant=st.just(""),
    n=st.integers(1, 25),
    span=st.sampled_from(["hour", "day", "month"]),
)


@given(rows=st.lists(ROWS, max_size=60), by=st.sampled_from(["hour", "day", "month"]))
def test_no_exported_cell_is_small_and_nothing_vanishes(rows: list[Row], by: str) -> None:
    cells, left_out = exported(rows, by)  # type: ignore[arg-type]  # words in a table
    assert all(n >= SMALLEST for _, n in cells)
    assert sum(n for _, n in cells) + left_out == sum(row.n for row in rows)
    assert len({cell for cell, _ in cells}) == len(cells)


def test_a_name_with_commas_and_quotes_stays_one_field() -> None:
    cells, _ = exported([Row(NOON, *BAIT._replace(site='The "Daily", Inc'), 10)], "day")
    _, line = csv.reader(StringIO("".join(lines(cells, "csv"))))
    assert line[2] == 'The "Daily", Inc'
