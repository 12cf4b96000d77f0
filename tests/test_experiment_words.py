"""An experiment's findings as people read them: in words, on the dashboard, in the report."""

import csv
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import html5lib
import pytest
from click.testing import CliRunner, Result

from evenhand import Arm, Experiment, Notice, ReaderSupport
from evenhand.cli import app
from evenhand.dashboard.page import Links, render, summarise
from evenhand.dashboard.phrases import DASH
from evenhand.experiments.findings import Findings, findings
from evenhand.experiments.words import (
    MEANING,
    difference_lines,
    headlines,
    sentence,
    share_lines,
)
from evenhand.store import Batch, Row
from evenhand.templating import environment

from .apps import client

WORDS = Experiment(
    name="words",
    arms=(Arm("plain"), Arm("short", text="Ads pay for this.")),
    smallest=0.005,
    guardrails={"silenced": 0.02},
    hold_out=0.2,
)
NOTICE = Notice(experiment=WORDS)
NAMES = NOTICE.variants
BETTER = {
    "plain": {"assigned": 40_000, "shown": 39_000, "allowed": 400, "silenced": 800},
    "short": {"assigned": 40_000, "shown": 39_000, "allowed": 800, "silenced": 1_600},
    "hold-out": {"assigned": 20_000, "allowed": 200},
}
NOW = int(datetime.now(UTC).timestamp()) // 3_600 * 3_600


def told(counts: dict[str, dict[str, int]]) -> Findings:
    return findings(WORDS, NAMES, {NAMES[arm]: events for arm, events in counts.items()})


def rows(site: str = "gazette") -> list[Row]:
    where = (NOW, site, "", "", "", "notice")
    return [
        Row(*where, event, "", NAMES[arm], n)
        for arm, events in BETTER.items()
        for event, n in events.items()
    ]


def test_nothing_is_the_first_thing_to_be_said() -> None:
    assert headlines(told({}))[0].startswith("Nobody was assigned yet")
    assert [line.interval for line in difference_lines(told({}))] == [DASH] * 4
    assert {line.share for line in share_lines(told({}))} == {DASH}


def test_what_was_found_comes_in_words_and_the_rest_is_not_enough_yet() -> None:
    text = " ".join(headlines(told(BETTER)))
    assert re.search(r"“short” has 0\.\d\d to 1\.\d\d points more sessions in which readers", text)
    assert "allowed ads later than “plain”" in text
    assert "“plain” and “hold-out” are alike" in text or "Not enough data yet for the rest" in text
    assert "Guardrail broken: with “short” more readers asked not to be asked again (+" in text


def test_how_much_is_missing_is_said_in_round_numbers() -> None:
    few = {arm: {"assigned": 2_000, "allowed": 20} for arm in ("plain", "short")}
    text = " ".join(headlines(told({**few, "hold-out": {"assigned": 1_000, "allowed": 10}})))
    assert re.fullmatch(
        r"Not enough data yet: about [\d,]+0 more sessions, in all arms together, to find a "
        r"difference of 0\.50 points\.",
        text,
    )
    alone = " ".join(headlines(told({"plain": {"assigned": 3}, "short": {"assigned": 3}})))
    assert alone == "Not enough data yet: an arm has no session."


def test_broken_arms_are_all_that_is_said() -> None:
    broken = {**BETTER, "short": {**BETTER["short"], "assigned": 30_000}}
    text = " ".join(headlines(told(broken)))
    assert text.startswith("The arms are not as large as they are drawn (p < 0.001")
    assert "more sessions" not in text
    assert {line.finding for line in difference_lines(told(broken))} == {"can't be told"}


def test_every_finding_has_a_sentence() -> None:
    one = told(BETTER).comparisons[0]
    guard = told(BETTER).comparisons[-1]
    assert "fewer sessions" in sentence(replace(one, finding="worse", low=-0.02, high=-0.01))
    assert "1.00 to 2.00 points" in sentence(replace(one, finding="worse", low=-0.02, high=-0.01))
    assert "is ruled out" in sentence(replace(one, finding="alike"))
    assert "Kept" in sentence(replace(guard, finding="within"))
    assert "Can't be told" in sentence(replace(one, finding="uneven"))
    planned = sentence(replace(one, finding="open", more=0))
    assert "as many sessions as planned" in planned


def page(experiment: Findings | None) -> str:
    line = Row(NOW, "gazette", "", "firefox", "desktop", "pair", "control", "", "", 5)
    summary = summarise([line], since=NOW - 3_600, until=NOW + 3_600, site="gazette")
    return render(summary, environment(None), links=Links("d", "s", "a"), experiment=experiment)


def test_the_dashboard_has_a_section_of_words_and_tables() -> None:
    text = page(told(BETTER))
    html5lib.HTMLParser(strict=True).parse(text)
    section = text.partition('aria-labelledby="experiment"')[2].partition("</section>")[0]
    assert section.index("allowed ads later than") < section.index("<table>"), "words first"
    assert section.count('scope="row"') == 4 + 5
    assert "Always-valid interval" in section
    assert MEANING[:40] in section
    assert "Experiment" not in page(None)


@pytest.mark.anyio
async def test_the_dashboards_routes_read_all_that_was_ever_counted(tmp_path: Path) -> None:
    support = ReaderSupport(state_dir=tmp_path, notice=NOTICE, dashboard=lambda _: True)
    long_ago = [row._replace(hour=row.hour - 90 * 86_400) for row in rows("default")]
    support.store.apply(Batch("p", "e", 1, long_ago))
    control = Row(NOW, "default", "", "firefox", "desktop", "pair", "control", "", "", 5)
    support.store.apply(Batch("p", "e", 2, [control]))
    try:
        async with client(support) as reader:
            told = await reader.get("/reader-support/dashboard?period=24h")
            figures = await reader.get("/reader-support/dashboard.json?period=24h")
            table = await reader.get("/reader-support/dashboard.csv?period=24h")
        assert "allowed ads later than “plain”" in told.text
        assert figures.json()["experiment"]["sessions"] == 100_000
        assert "\ndifference,short - plain: allowed: better,session,100000,0.01," in table.text
        found = support.experiment()
        assert found is not None
        assert found.sessions == 100_000
        assert support.experiment("elsewhere") is not None
    finally:
        support.close()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


MODULE = """from evenhand import Arm, Experiment, Notice, ReaderSupport

support = ReaderSupport(
    state_dir={folder!r},
    notice=Notice(
        experiment=Experiment(
            name="words",
            arms=(Arm("plain"), Arm("short", text="Ads pay for this.")),
            smallest=0.005,
            guardrails={{"silenced": 0.02}},
            hold_out=0.2,
        )
    ),
)
"""


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Result]]:
    folder = tmp_path / "state"
    folder.mkdir()
    (tmp_path / "tried.py").write_text(MODULE.format(folder=str(folder)))
    support = ReaderSupport(state_dir=folder, notice=NOTICE)
    support.store.apply(Batch("p", "e", 1, rows()))
    support.close()
    monkeypatch.syspath_prepend(tmp_path)
    opened: list[ReaderSupport] = []

    def ran(*arguments: str) -> Result:
        import tried  # type: ignore[import-not-found]  # made by the test

        opened.append(tried.support)
        given = ["report", "--app", "tried:support", *arguments]
        return CliRunner().invoke(app, given, env={"COLUMNS": "120", "TERM": "dumb"})

    yield ran
    for each in opened:
        each.close()


def test_the_report_says_it_though_there_is_no_rate(report: Callable[..., Result]) -> None:
    done = report()
    assert (done.exit_code, done.stderr) == (0, "")
    text = " ".join(done.stdout.split())
    assert "there is no rate to show" in text
    assert "Experiment “words”" in text
    assert "allowed ads later than “plain”" in text
    assert "short less plain" in text
    assert text.endswith(MEANING)


def test_json_and_csv_have_every_row(report: Callable[..., Result]) -> None:
    found = json.loads(report("--json").stdout)["experiment"]
    assert (found["experiment"], found["goal"], found["sessions"]) == ("words", "allowed", 100_000)
    assert [arm["arm"] for arm in found["arms"]] == ["plain", "short", "hold-out"]
    assert found["comparisons"][0]["finding"] == "better"
    lines = list(csv.DictReader(StringIO(report("--csv").stdout)))
    ours = [line for line in lines if line["by"] != "variant"]
    assert [line["by"] for line in ours] == ["arm"] * 5 + ["difference"] * 4
    assert ours[1]["name"] == "plain: silenced"
    assert lines[-1]["name"] == "short - plain: silenced: worse"
