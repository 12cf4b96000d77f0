# Long: one suite that every engine has to pass whole.
"""What every store must do: one suite for all engines."""

from __future__ import annotations

import itertools
import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evenhand.errors import StoreError
from evenhand.store import Batch, BatchConflictError, Row, Store, Versions, open_store
from evenhand.store.retention import DAY, bounds, end_of, start_of
from evenhand.store.sql import LEDGER_WINDOW
from evenhand.vocabulary import Kind, Span

from .postgres import Server, serving

HOUR = 3600
EVER = 2**40


def row(n: int, *, hour: int = 0, site: str = "gazette", value: str = "bait") -> Row:
    return Row(hour * HOUR, site, "", "firefox", "desktop", "pair", value, "", "", n)


def batch(seq: int, *rows: Row) -> Batch:
    return Batch("host", "epoch", seq, rows)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.server)


@pytest.fixture(params=["sqlite file", "sqlite memory", POSTGRESQL])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str | None]:
    """The address of an empty store."""
    with address(request, tmp_path) as chosen:
        yield chosen


@pytest.fixture(params=["sqlite file", POSTGRESQL])
def shared_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty store that others can open too."""
    with address(request, tmp_path) as chosen:
        assert chosen
        yield chosen


@contextmanager
def address(request: pytest.FixtureRequest, folder: Path) -> Iterator[str | None]:
    if request.param != "postgresql":
        yield f"sqlite:///{folder}/h.db" if request.param == "sqlite file" else None
        return
    server: Server = request.getfixturevalue("server")
    server.query("CREATE DATABASE emptied")
    try:
        yield server.url_of("emptied")
    finally:
        server.query("DROP DATABASE emptied WITH (FORCE)")


@pytest.fixture
def store(url: str | None) -> Iterator[Store]:
    opened = open_store(url, None)
    yield opened
    opened.close()


def found(store: Store, since: int = 0, until: int = EVER) -> list[Row]:
    return sorted(store.rows(since, until), key=lambda row: (row.key, row.span))


def test_batches_add_up(store: Store) -> None:
    assert store.apply(batch(1, row(2), row(3, value="control")))
    assert store.apply(batch(2, row(5), row(7, hour=1)))
    assert found(store) == [row(7), row(3, value="control"), row(7, hour=1)]


def test_a_batch_counts_once_however_often_it_comes(store: Store) -> None:
    assert store.apply(batch(1, row(2), row(1, hour=1)))
    assert not store.apply(batch(1, row(1, hour=1), row(2))), "in any order"
    assert store.apply(Batch("another host", "epoch", 1, [row(2)]))
    assert store.apply(Batch("host", "another epoch", 1, [row(2)]))
    assert store.rows(0, HOUR) == [row(6)]


def test_a_key_may_come_twice_in_a_batch(store: Store) -> None:
    assert store.apply(batch(1, row(2), row(3)))
    assert found(store) == [row(5)]


def test_a_number_used_for_other_counts_is_refused_and_adds_nothing(store: Store) -> None:
    store.apply(batch(1, row(2)))
    with pytest.raises(BatchConflictError, match="copied"):
        store.apply(batch(1, row(3)))
    assert found(store) == [row(2)]
    assert store.apply(batch(2, row(3))), "and the store goes on"


def test_a_number_that_the_ledger_has_forgotten_is_refused(store: Store) -> None:
    store.apply(batch(1, row(1)))
    for seq in range(2, LEDGER_WINDOW + 2):
        store.apply(batch(seq, row(1)))
    assert not store.apply(batch(2, row(1)))
    with pytest.raises(BatchConflictError):
        store.apply(batch(1, row(1)))
    assert found(store) == [row(LEDGER_WINDOW + 1)]


def test_a_batch_is_applied_as_a_whole_or_not_at_all(store: Store) -> None:
    broken = Row(0, "gazette", "", "", "", "pair", "bait", "", "", None)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(StoreError, match=r"(?i)not.null"):
        store.apply(batch(1, row(2, site="chronicle"), broken))
    assert found(store) == []
    assert store.sites() == []
    assert store.apply(batch(1, row(2)))


def test_rows_of_a_time_and_a_site(store: Store) -> None:
    rows = [row(1, hour=hour, site=site) for hour in range(4) for site in ("chronicle", "gazette")]
    store.apply(batch(1, *rows))
    assert found(store, 1 * HOUR, 3 * HOUR) == rows[2:6]
    assert store.rows(1 * HOUR, 3 * HOUR, "gazette") == [rows[3], rows[5]]
    assert store.rows(0, 9 * HOUR, "unheard of") == []
    assert store.sites() == ["chronicle", "gazette"]


def test_sums_are_the_rows_added_up(store: Store) -> None:
    choice = random.Random(2)
    rows = [
        row(choice.randrange(1, 9), hour=hour, site=site, value=value)._replace(
            **{"kind": kind, "span": span, "hour": start_of(hour * HOUR, span)},
            browser=choice.choice(["firefox", "chrome", "bot"]),
            section="" if kind == "pair" else choice.choice(["news", "sport"]),
            detail=detail,
        )
        for hour in range(20, 76, 3)
        for site in ("chronicle", "gazette", "simulated")
        for kind, value, detail in (
            ("pair", "bait", ""),
            ("pair", "control", ""),
            ("verdict", "blocked", ""),
            ("revised", "slow", "loaded"),
            ("bait_ad", "ok", "none"),
            ("notice", "shown", ""),
            ("page", "inserted", ""),
        )
        for span in get_args(Span)
    ]
    store.apply(batch(1, *rows))
    sums_agree(store)
    assert store.retain(10 * DAY), "adds the days up, and keeps their hours"
    sums_agree(store)
    store.apply(batch(2, *choice.sample(rows, 200)))
    sums_agree(store)
    assert store.retain(37 * DAY), "the first hours become days"
    sums_agree(store)
    store.apply(batch(3, *choice.sample(rows, 200)))
    sums_agree(store)
    assert store.retain(90 * DAY), "and the others too"
    sums_agree(store)
    assert store.sums(0, 9 * DAY, "unheard of") == []


def test_a_day_that_was_half_added_up_is_whole_after_a_long_absence(store: Store) -> None:
    store.apply(batch(1, *(row(1, hour=24 + hour) for hour in range(24))))
    assert store.retain(DAY + 20 * HOUR), "adds up the first half"
    assert store.retain(40 * DAY), "the hours are a day by now"
    store.apply(batch(2, row(1, hour=24 + 20)))
    assert store.retain(41 * DAY)
    assert [(each.hour, each.n) for each in store.sums(DAY, 3 * DAY)] == [(DAY, 25)]


def sums_agree(store: Store) -> None:
    for site, step in itertools.product(("gazette", "simulated", None), (DAY, DAY // 4, HOUR)):
        expected: Counter[Row] = Counter()
        for each in store.rows(DAY, 3 * DAY, site):
            if site is None and each.site == "simulated":
                continue
            if each.kind in ("verdict", "bait_ad") and each.browser == "bot":
                continue
            key = each._replace(site=site or "", span="day", n=0)
            if each.kind in ("pair", "bait_ad", "page"):
                key = key._replace(hour=each.hour // step * step, section="")
            if each.kind != "pair":
                key = key._replace(browser="", device="")
            if each.kind not in ("pair", "bait_ad", "page"):
                key = key._replace(hour=DAY)
            if each.kind in ("revised", "notice"):
                key = key._replace(section="")
            expected[key] += each.n
        summed = store.sums(DAY, 3 * DAY, site, step=step)
        assert {each._replace(n=0): each.n for each in summed} == expected
        for kind in get_args(Kind):
            one = [each for each in summed if each.kind == kind]
            assert store.sums(DAY, 3 * DAY, site, step=step, kind=kind) == one
        assert len(summed) == len(expected) > 8


def test_a_large_batch_arrives_whole(store: Store) -> None:
    rows = [row(1 + hour % 7, hour=hour, value=str(value)) for hour in range(99) for value in "abc"]
    assert store.apply(batch(1, *random.Random(1).sample(rows, len(rows))))
    assert found(store) == rows


def test_names_of_all_alphabets_and_signs_come_back(store: Store) -> None:
    names = ["Ωmega", "日本", "it's", 'a "b"', "50 %", "x?", "Åse\\", "a,b;c"]
    store.apply(batch(1, *(row(1, site=name) for name in names)))
    assert store.sites() == sorted(names)
    assert {row.site for row in store.rows(0, HOUR)} == set(names)


def test_a_closed_store_opens_again(store: Store, url: str | None) -> None:
    store.apply(batch(1, row(2)))
    store.close()
    store.close()
    assert found(store) == ([row(2)] if url else [])


def test_a_schema_is_made_once_and_then_left_alone(store: Store, url: str | None) -> None:
    first = store.migrate()
    assert first.before == 0 < first.after
    if url:
        assert store.migrate() == Versions(first.after, first.after)
    assert store.apply(batch(1, row(2)))


# --- retention ---------------------------------------------------------------------------------


def at(*day: int) -> int:
    return int(datetime(*day, tzinfo=UTC).timestamp())  # type: ignore[arg-type, misc]  # three numbers


def test_hours_become_days_and_days_months_as_the_clock_moves(store: Store) -> None:
    began = at(2022, 1, 30)
    rows = [row(1 + hour % 5, hour=began // HOUR + hour) for hour in range(0, 24 * 4)]
    store.apply(batch(1, *rows))
    total = sum(each.n for each in rows)
    seen: list[dict[Span, int]] = []
    for now in (
        at(2022, 2, 3),  # all of them are young
        at(2022, 3, 8, 13),  # two days are older than 35 days
        at(2022, 4, 1),
        at(2024, 2, 28),  # nothing is older than 25 months yet, to the month
        at(2024, 3, 1),  # January is
        at(2024, 4, 1),
        at(2026, 4, 1),  # months stay for good
    ):
        assert store.retain(now)
        rows = store.rows(0, EVER)
        assert sum(each.n for each in rows) == total
        spans = [each.span for each in rows]
        seen.append({span: spans.count(span) for span in ("hour", "day", "month") if span in spans})
    assert seen == [
        {"hour": 96},
        {"hour": 48, "day": 2},
        {"day": 4},
        {"day": 4},
        {"day": 2, "month": 1},
        {"month": 2},
        {"month": 2},
    ]
    assert [each.hour for each in store.rows(0, EVER)] == [at(2022, 1, 1), at(2022, 2, 1)]


def test_counts_that_come_late_join_their_day(store: Store) -> None:
    began = at(2022, 1, 30)
    store.apply(batch(1, row(2, hour=began // HOUR)))
    assert store.retain(at(2022, 6, 1))
    store.apply(batch(2, row(3, hour=began // HOUR + 5), row(4)._replace(hour=began, span="day")))
    assert store.retain(at(2022, 6, 2))
    assert store.rows(0, EVER) == [row(9)._replace(hour=began, span="day")]


def test_retention_runs_once_an_hour_whoever_asks(shared_url: str) -> None:
    one, other = open_store(shared_url, None), open_store(shared_url, None)
    now = at(2022, 6, 1)
    assert one.retain(now)
    assert not one.retain(now + 60)
    assert not other.retain(now + 60)
    assert other.retain(now + 2 * HOUR)
    assert one.retain(now - HOUR), "a clock that was set back doesn't stop it"
    one.close()
    other.close()


def test_a_host_whose_clock_runs_ahead_ages_nothing(store: Store) -> None:
    now = int(datetime.now(UTC).timestamp()) // HOUR
    store.apply(batch(1, row(1, hour=now)))
    assert store.retain(at(2199, 1, 1))
    assert store.rows(0, EVER) == [row(1, hour=now)]


@pytest.mark.server
def test_the_ledger_forgets_producers_that_fell_silent(server: Server) -> None:
    """Only the last number of each stays, for as long as it could still be sent again."""
    server.query("CREATE DATABASE emptied")
    store = open_store(server.url_of("emptied"), None)
    for seq in (1, 2, 3):
        store.apply(batch(seq, row(1)))
    server.query(f"UPDATE evenhand_batch SET applied = {at(2026, 1, 1)}", "emptied")
    assert store.retain(at(2026, 3, 1))
    assert server.query("SELECT seq FROM evenhand_batch", "emptied") == [(3,)]
    server.query("UPDATE evenhand_batch SET applied = 1", "emptied")
    assert store.retain(at(2026, 3, 2))
    assert server.query("SELECT seq FROM evenhand_batch", "emptied") == []
    store.close()
    server.query("DROP DATABASE emptied")


@given(moment=st.integers(0, 2**33))
def test_the_calendar_is_whole(moment: int) -> None:
    for span in ("hour", "day", "month"):
        start = start_of(moment, span)
        assert start <= moment < end_of(start, span)
        assert start_of(start, span) == start
        assert start_of(end_of(start, span), span) == end_of(start, span)
    if moment > 800 * DAY:
        kept = bounds(moment)
        assert kept.hours % DAY == 0
        assert 35 * DAY <= moment - kept.hours < 36 * DAY
        assert start_of(kept.days, "month") == kept.days
        # Two years and one month, and what has gone of this one.
        assert 758 * DAY <= moment - kept.days <= 793 * DAY


# --- many at once ------------------------------------------------------------------------------


def test_writers_at_once_all_get_their_say(shared_url: str) -> None:
    rows = [row(1, hour=hour, value=value) for hour in range(5) for value in ("bait", "control")]
    failures: list[BaseException] = []

    def write(producer: int) -> None:
        own, chance = open_store(shared_url, None), random.Random(producer)
        try:
            for seq in range(1, 16):
                sent = Batch(str(producer), "e", seq, chance.sample(rows, len(rows)))
                assert own.apply(sent)
                assert not own.apply(sent)
        except BaseException as failure:
            failures.append(failure)
        finally:
            own.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    store = open_store(shared_url, None)
    assert {each.n for each in store.rows(0, EVER)} == {6 * 15}
    store.close()


def test_retention_amid_writers_loses_nothing(shared_url: str) -> None:
    old = at(2022, 1, 1) // HOUR
    done = threading.Event()
    failures: list[BaseException] = []

    def keep() -> None:
        own, now = open_store(shared_url, None), at(2022, 6, 1)
        try:
            while not done.wait(0.005):
                now += HOUR
                with suppress(StoreError):  # writers were in its way, every time: another hour
                    own.retain(now)
        except BaseException as failure:
            failures.append(failure)
        finally:
            own.close()

    keeper = threading.Thread(target=keep)
    keeper.start()
    store = open_store(shared_url, None)
    for seq in range(1, 101):
        store.apply(batch(seq, row(1, hour=old), row(1, hour=old + seq)))
    done.set()
    keeper.join()
    assert failures == []
    assert sum(each.n for each in store.rows(0, EVER)) == 200
    assert sum(each.n for each in store.sums(0, EVER)) == 200
    store.close()


def test_a_store_works_on_both_sides_of_a_fork(shared_url: str) -> None:
    store = open_store(shared_url, None)
    store.apply(Batch("parent", "e", 1, [row(1)]))
    child = os.fork()
    if child == 0:
        try:
            store.apply(Batch("child", "e", 1, [row(2)]))
            os.kill(os.getpid(), signal.SIGKILL)
        finally:
            os._exit(1)
    store.apply(Batch("parent", "e", 2, [row(4)]))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert store.apply(Batch("parent", "e", 3, [row(8)]))
    assert found(store) == [row(15)]
    store.close()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_order_of_retries_counts_each_batch_once(store: Store, data: st.DataObject) -> None:
    epoch = uuid4().hex
    numbers = data.draw(st.lists(st.integers(1, 9), min_size=1, max_size=20))
    before = sum(each.n for each in store.rows(0, EVER))
    for number in numbers:
        store.apply(Batch("host", epoch, number, [row(2**number)]))
    expected = sum(2**number for number in set(numbers))
    assert sum(each.n for each in store.rows(0, EVER)) - before == expected
