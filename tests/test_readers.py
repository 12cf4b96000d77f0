"""The simulated readers: pure, seedable, plainly marked and counted as real ones are."""

from collections import Counter

import pytest

from evenhand.dashboard.rollups import HOUR, SIMULATED
from evenhand.dashboard.summary import summarise
from evenhand.demo.readers import HOURS, POPULATIONS, RHYTHM, rows_for, simulate
from evenhand.store import Row
from evenhand.vocabulary import (
    ADS,
    BAITS,
    BROWSERS,
    DEVICES,
    KINDS,
    NOTICE_EVENTS,
    PAIR_KINDS,
    RESULTS,
    VERDICTS,
)

NOW = 1_795_357_800  # 2026-11-22, half past an hour
WORDS = {
    "page": RESULTS,
    "pair": PAIR_KINDS,
    "verdict": VERDICTS,
    "revised": VERDICTS,
    "bait_ad": BAITS,
    "notice": NOTICE_EVENTS,
}


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return rows_for(20_000, seed=7, now=NOW)


def test_the_same_seed_gives_the_same_rows() -> None:
    assert rows_for(300, 1, NOW) == rows_for(300, 1, NOW)
    assert rows_for(300, 1, NOW) != rows_for(300, 2, NOW)


def test_no_readers_give_no_rows() -> None:
    assert rows_for(0, 1, NOW) == []


def test_every_row_is_marked_as_simulated(rows: list[Row]) -> None:
    assert {(row.site, row.section) for row in rows} == {(SIMULATED, SIMULATED)}


def test_every_word_is_from_the_closed_sets(rows: list[Row]) -> None:
    for row in rows:
        assert row.kind in KINDS
        assert row.value in WORDS[row.kind]
        assert row.browser in {"", *BROWSERS}
        assert row.device in {"", *DEVICES}
        assert row.detail in {"", *VERDICTS, *ADS}
        assert row.n > 0


def test_rows_lie_in_the_last_seven_days_and_are_summed_up(rows: list[Row]) -> None:
    assert all(row.hour % HOUR == 0 for row in rows)
    assert min(row.hour for row in rows) > NOW - HOURS * HOUR
    assert max(row.hour for row in rows) <= NOW
    assert len({(row.hour, row.key) for row in rows}) == len(rows)
    assert sum(row.n for row in rows) == sum(1 for _ in simulate(20_000, 7, NOW))


def test_every_page_view_is_one_page(rows: list[Row]) -> None:
    assert sum(row.n for row in rows if row.kind == "page") == 20_000


def test_evenings_are_busier_than_nights(rows: list[Row]) -> None:
    hours: Counter[int] = Counter()
    for row in rows:
        hours[row.hour // HOUR % 24] += row.n
    assert hours[20] > 4 * hours[3]
    assert len(RHYTHM) == 24


def test_the_dashboard_finds_the_rate_that_was_simulated(rows: list[Row]) -> None:
    until = NOW // HOUR * HOUR + HOUR
    summary = summarise(rows, since=until - HOURS * HOUR, until=until, site=SIMULATED)
    truth = sum(p.share * p.blocks for p in POPULATIONS) / sum(p.share for p in POPULATIONS)
    assert summary.paired.rate == pytest.approx(truth, abs=0.015)
    assert summary.coverage is not None
    assert 0.93 < summary.coverage < 0.97
    assert summary.diagnosis.finding == "agree"
    assert summary.simulated == summary.paired.n


def test_reports_of_blocking_readers_are_lost_more_often(rows: list[Row]) -> None:
    n = Counter[str]()
    for row in rows:
        n[row.value if row.kind == "pair" and row.browser != "bot" else row.kind] += row.n
    assert n["verdict"] < n["control"] < n["page"]
    assert n["bait"] < n["control"]
