"""`evenhand report`: what it says, as a page, as JSON and as CSV, and what docs/report.md shows."""

import csv
import json
import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from evenhand.cli import app
from evenhand.demo.readers import rows_for
from evenhand.history import HistoryRow
from evenhand.keys import Key
from evenhand.overview import MEANING, STAKE_MEANING
from evenhand.record import Record
from evenhand.store import Batch, Row, open_store
from evenhand.terminal import chart

ROOT = Path(__file__).parents[1]
NOW = 1_795_391_999  # the last second of 2026-11-22
DAYS = ("--since", "2026-11-16", "--until", "2026-11-23")
PRICES = ("--rpm", "2", "--ads-per-page", "3")

Report = Callable[..., Result]


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    """`evenhand report` on 5,000 simulated page views and three reports that were refused."""
    for name in [name for name in os.environ if name.startswith("EVENHAND_")]:
        monkeypatch.delenv(name)
    store = open_store(None, tmp_path)
    store.apply(Batch("demo", "e", 1, rows_for(5_000, 7, NOW)))
    record = Record(tmp_path, store, interval=1e6)
    record.count(Key("gazette", "", "", "", "dropped", "malformed"), 3)
    record.close()
    store.close()

    def ran(*arguments: str, **environ: str) -> Result:
        place = {"EVENHAND_STATE_DIR": str(tmp_path), "COLUMNS": "120", "TERM": "dumb", **environ}
        return CliRunner().invoke(app, ["report", *arguments], env=place)

    return ran


def test_the_page_says_the_rate_and_all_that_it_needs_beside_it(report: Report) -> None:
    done = report("--site", "simulated", *DAYS)
    assert (done.exit_code, done.stderr) == (0, "")
    assert " ".join(done.stdout.split()).endswith(MEANING)
    for words in (
        "Page views that block ads",
        "Coverage",
        "worst case",
        "malformed 3",
        "page views are simulated",
        "Over time",
        *("Day ", "Browser ", "Device ", "Section ", "Verdict ", "Variant "),
        *("2026-11-22", "firefox", "mobile", "blocked_probable", "warm"),
    ):
        assert words in done.stdout
    # Nobody gave a price or a sensitivity: neither figure is there.
    assert "at stake" not in done.stdout
    assert "corrected" not in done.stdout


def test_what_is_assumed_is_called_so(report: Report) -> None:
    done = report("--site", "simulated", *DAYS, *PRICES, "--sensitivity", "0.7")
    text = " ".join(done.stdout.split())
    assert "an assumption: that 70.0\u00a0% of blockers" in done.stdout
    assert STAKE_MEANING[:30] in text


def test_json_has_every_figure(report: Report) -> None:
    done = report("--site", "simulated", *DAYS, *PRICES, "--sensitivity", "0.7", "--json")
    found = json.loads(done.stdout)
    rate, stake = found["rate"], found["revenue_at_stake_estimate"]
    assert 0 < rate["low"] < rate["rate"] < rate["high"] < 1
    for end, share in (("amount", "rate"), ("low", "low"), ("high", "high")):
        assert stake[end] == pytest.approx(rate["n"] * rate[share] * 3 * 2 / 1000, rel=1e-4)
    assert found["corrected"]["rate"] == pytest.approx(rate["rate"] / 0.7, rel=1e-4)
    assert found["worst_case"]["low"] < found["reported"]["low"] < found["worst_case"]["high"]
    assert found["dropped"] == {"malformed": 3}
    assert (found["site"], found["since"], found["until"]) == ("simulated", DAYS[1], DAYS[3])
    assert len([row for row in found["rows"] if row["by"] == "day"]) == 7
    assert found["bots"] > 0
    assert found["simulated"] == rate["n"]
    assert found["meaning"] == MEANING


def test_a_sample_counts_for_all_page_views(report: Report) -> None:
    said = ("--site", "simulated", *DAYS, *PRICES, "--json")
    whole = json.loads(report(*said).stdout)["revenue_at_stake_estimate"]["amount"]
    tenth = report(*said, EVENHAND_SAMPLE_RATE="0.1").stdout
    assert json.loads(tenth)["revenue_at_stake_estimate"]["amount"] == pytest.approx(10 * whole)


def test_without_reports_no_coverage_is_claimed(report: Report) -> None:
    found = json.loads(report(*DAYS, "--site", "simulated", "--json", EVENHAND_MODE="count").stdout)
    assert found["coverage"] is None
    assert found["worst_case"] is None


def test_csv_has_the_rows_of_json(report: Report) -> None:
    done = report("--site", "simulated", *DAYS, "--csv")
    rows = json.loads(report("--site", "simulated", *DAYS, "--json").stdout)["rows"]
    lines = list(csv.DictReader(StringIO(done.stdout)))
    assert lines == [{name: str(value) for name, value in row.items()} for row in rows]


def test_days_without_counts_are_said_to_have_none(report: Report) -> None:
    done = report("--since", "2020-01-01", "--until", "2020-02-01", *PRICES)
    assert "there is no rate to show" in done.stdout
    found = json.loads(report(*DAYS, "--json", *PRICES).stdout)  # simulated ones are left out
    assert (found["rate"], found["rows"], found["revenue_at_stake_estimate"]) == (None, [], None)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["--site", "gazete"], "simulated", id="site"),
        pytest.param(["--since", "2026-11-23", "--until", "2026-11-22"], "a day after", id="days"),
        pytest.param(["--until", "now"], "2026-11-22", id="day"),
        pytest.param(["--rpm", "2"], "give both", id="half a price"),
        pytest.param(["--rpm", "-2", "--ads-per-page", "1"], "a number from 0", id="negative"),
        pytest.param(["--rpm", "nan", "--ads-per-page", "1"], "a number from 0", id="nan"),
        pytest.param(["--sensitivity", "70"], "up to 1", id="sensitivity"),
        pytest.param(["--json", "--csv"], "one of the two", id="two formats"),
    ],
)
def test_what_can_not_work_is_said_in_one_line(
    report: Report, arguments: list[str], words: str
) -> None:
    done = report(*arguments)
    assert (done.exit_code, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert words in done.stderr


def test_names_from_a_store_are_no_markup(tmp_path: Path) -> None:
    where = (NOW // 3600 * 3600, "[red]x", "", "firefox", "desktop", "pair")
    store = open_store(None, tmp_path)
    rows = [Row(*where, "bait", "", "", 5), Row(*where, "control", "", "", 9)]
    store.apply(Batch("p", "e", 1, rows))
    store.close()
    place = {"EVENHAND_STATE_DIR": str(tmp_path)}
    done = CliRunner().invoke(app, ["report", *DAYS, "--site", "[red]x"], env=place)
    assert done.stdout.startswith("[red]x, ")


def test_a_long_time_has_several_days_to_a_bar() -> None:
    days = [HistoryRow("day", str(n), "pair", 10, n / 365, 0, 1) for n in range(365)]
    bars, top, length = chart(days)
    assert (len(bars), length) == (53, 7)
    assert (bars[0], bars[-1]) == ("▁", "█")
    assert top == pytest.approx(364 / 365)
    assert chart([HistoryRow("day", "d", "pair", 10, 0.0, 0, 1)] * 2)[0] == "▁▁"


def test_the_report_loads_no_server() -> None:
    """Imports are most of what the command takes; as JSON it needs neither server nor tables."""
    probe = (
        "import sys; from evenhand.cli import app; import evenhand.overview;"
        "print(sorted({'starlette', 'jinja2', 'user_agents', 'uvicorn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_docs_show_what_the_commands_say() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "report_docs.py"))
    page = (ROOT / "docs" / "report.md").read_text("utf-8")
    assert page.count("$ evenhand report") == 3
    assert script["written"](page) == page, "make report-docs"
