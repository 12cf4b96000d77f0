"""The history as typed rows: the same figures as the dashboard's, with the intervals widened."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from evenhand import ReaderSupport
from evenhand.demo.readers import rows_for
from evenhand.errors import OptionError
from evenhand.estimate import difference, dispersion, paired_rate, wilson
from evenhand.history import BASES, HistoryRow, change_in_a_week, rows_of, summary_of
from evenhand.store import Batch, Row, Store, open_store
from evenhand.store.retention import DAY

FIRST = date(2026, 11, 2)  # a Monday
START = 1_793_577_600
END = date(2026, 11, 16)


def pair(day: int, baits: int, controls: int, site: str = "gazette") -> list[Row]:
    where = (START + day * DAY + 7_200, site, "", "firefox", "desktop", "pair")
    return [Row(*where, "bait", "", "", baits), Row(*where, "control", "", "", controls)]


def told(kind: str, value: str, n: int, *, section: str = "", variant: str = "") -> Row:
    return Row(START, "gazette", section, "", "", kind, value, "", variant, n)


COUNTS = [(80 - day % 3 * 10, 100) for day in range(14)]
ROWS = [
    *[row for day, counts in enumerate(COUNTS) for row in pair(day, *counts)],
    told("verdict", "blocked", 300, section="news"),
    told("verdict", "loaded", 900, section="news"),
    told("verdict", "unknown", 50, section="news"),
    told("notice", "shown", 40, variant="warm"),
    told("notice", "allowed", 2, variant="warm"),
    told("notice", "withheld", 9, variant="plain"),
    *pair(3, 0, 5_000, "echo"),
]


@pytest.fixture
def store() -> Iterator[Store]:
    opened = open_store(None, None)
    opened.apply(Batch("p", "e", 1, ROWS))
    yield opened
    opened.close()


def found(store: Store) -> dict[tuple[str, str], HistoryRow]:
    rows = rows_of(summary_of(store, FIRST, END, "gazette"))
    return {(row.by, row.name): row for row in rows}


EFFECT = dispersion([(controls - baits, controls) for baits, controls in COUNTS])
BAITS, CONTROLS = (sum(column) for column in zip(*COUNTS, strict=True))


def test_every_share_has_its_row_and_the_windows_design_effect(store: Store) -> None:
    rows = found(store)
    assert EFFECT > 1.5
    expected = {
        ("total", ""): paired_rate(BAITS, CONTROLS, design_effect=EFFECT),
        ("day", "2026-11-03"): wilson(30, 100, design_effect=EFFECT),
        ("browser", "firefox"): paired_rate(BAITS, CONTROLS, design_effect=EFFECT),
        ("section", "news"): wilson(300, 1_200, design_effect=EFFECT),
        ("verdict", "unknown"): wilson(50, 1_250, design_effect=EFFECT),
        ("variant", "warm"): wilson(2, 40, design_effect=EFFECT),
    }
    assert {place: rows[place].estimate for place in expected} == expected
    assert [name for by, name in rows if by == "day"] == [f"2026-11-{d:02}" for d in range(2, 16)]
    assert all(row.basis == BASES[row.by] for row in rows.values())
    # Never shown, so nothing to be a share of.
    assert ("variant", "plain") not in rows


def test_a_change_is_from_the_same_weekday_a_week_before(store: Store) -> None:
    days = [row for row in found(store).values() if row.by == "day"]
    changes = change_in_a_week(days)
    assert list(changes) == [f"2026-11-{day:02}" for day in range(9, 16)]
    assert changes["2026-11-09"] == difference(days[7].estimate, days[0].estimate)
    assert change_in_a_week([days[0], days[8]]) == {}


def test_support_gives_the_rows_that_were_asked_for(tmp_path: Path) -> None:
    support = ReaderSupport(state_dir=tmp_path, site="gazette")
    try:
        support.store.apply(Batch("p", "e", 1, ROWS))
        rows = support.history(FIRST, END, "gazette", by=["day", "total"])
        assert [row.by for row in rows] == ["day"] * 14 + ["total"]
        assert rows[-1].n == CONTROLS
        assert support.history(FIRST, END)[0].n == CONTROLS + 5_000
        assert support.history(date(2020, 1, 1), date(2020, 2, 1)) == []
        with pytest.raises(OptionError, match=r"by='week' can't be used\. Allowed: total, day"):
            support.history(FIRST, END, by=["week"])  # type: ignore[list-item]  # a typing mistake
        with pytest.raises(OptionError, match="a day after 2026-11-16"):
            support.history(END, END)
    finally:
        support.close()


def test_simulated_readers_are_only_there_when_asked_for(store: Store) -> None:
    simulated = rows_for(2_000, 1, START + 7 * DAY)
    store.apply(Batch("demo", "e", 1, simulated))
    assert rows_of(summary_of(store, FIRST, END))[0].n == CONTROLS + 5_000
    (total,) = rows_of(summary_of(store, date(2026, 10, 1), END, "simulated"), ["total"])
    assert 1_500 < total.n < 2_000
