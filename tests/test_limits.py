# Long: one table of limits, and what a flood comes to at each.
"""What one address and one site may count, and that a pair is never cut in two."""

import gc
import random
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest

from evenhand.addresses import Proxies
from evenhand.arrivals import FILE, SITES, Arrivals
from evenhand.crowds import (
    CROWDED,
    DAY,
    FULL,
    HITS_PER_VIEW,
    LEARNING,
    SHARE,
    SMALL,
    THRIFT,
    Usual,
    allowance,
    ceilings,
    learnt,
)
from evenhand.limits import ADDRESSES, BAIT, CONTROL, FORGET_SECONDS, REPORT, Limits

BUDGET = 120
HITS = BUDGET * HITS_PER_VIEW
OFFICE = ("93.184.216.34", b"")
KINDS = {"bait": BAIT, "control": CONTROL, "report": REPORT}


class Clock:
    def __init__(self) -> None:
        self.now = 1e5

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def limits(clock: Clock, folder: Path | None = None, budget: int = BUDGET) -> Limits:
    made = Limits(budget, Proxies(), ["a", "b"], clock)
    made.share(folder)
    return made


def addresses() -> Iterator[tuple[str, bytes]]:
    """Each of a prefix of its own."""
    number = 0
    while True:
        number += 1
        yield f"{20 + (number >> 16)}.{number >> 8 & 255}.{number & 255}.1", b""


def sent(
    on: Limits, n: int, source: tuple[str, bytes] = OFFICE, site: str = "a", kind: int = CONTROL
) -> int:
    return sum(on.admits(site, source, kind) for _ in range(n))


def test_an_address_counts_its_budget_and_no_more(clock: Clock) -> None:
    on = limits(clock)
    assert sent(on, 1000) == BUDGET
    assert sent(on, 1000, ("93.184.216.99", b"")) == 0, "the same /24"
    assert sent(on, 1000, ("93.184.217.34", b"")) == BUDGET


def test_each_kind_of_hits_alone_ends_the_budget_too(clock: Clock) -> None:
    assert sent(limits(clock), 1000, kind=BAIT) == BUDGET / 4
    assert sent(limits(clock), 1000, kind=REPORT) == 2 * BUDGET


def test_the_key_forgets_every_hour(clock: Clock) -> None:
    on = limits(clock)
    assert sent(on, 1000) == BUDGET
    clock.now += FORGET_SECONDS - 1
    assert sent(on, 1000) == 0
    key = on._key
    clock.now += 6
    assert sent(on, 1000) == BUDGET
    assert on._key != key
    assert len(on._accounts) == 1


def test_no_address_is_kept(clock: Clock) -> None:
    on = limits(clock)
    sent(on, 1)
    kept = next(iter(on._accounts))
    clock.now += 10
    sent(on, 1, ("8.8.8.8", b""))
    assert OFFICE not in on._recent, "after a few seconds"
    assert b"93.184" not in kept
    assert len(kept) == 8
    other = limits(clock)
    sent(other, 1)
    assert kept not in other._accounts, "another worker's key is another"


@pytest.mark.parametrize("peer", ["127.0.0.1", "10.0.0.1", "", "192.168.1.1", "fd00::1"])
def test_who_may_be_a_proxy_has_no_budget(clock: Clock, peer: str) -> None:
    assert sent(limits(clock), 5 * BUDGET, (peer, b"")) == 5 * BUDGET


def test_an_undeclared_proxy_is_told_of_once(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    on = limits(clock)
    assert sent(on, 5 * BUDGET, ("93.184.216.34", b"8.8.8.8")) == 5 * BUDGET
    assert caplog.text.count("trusted_proxies") == 1
    assert "8.8.8.8" not in caplog.text


def test_where_nobody_forwards_nothing_is_told_of(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    sent(limits(clock), 1, ("", b""))  # at a Unix socket
    declared = Proxies((ip_network("93.184.216.34"),))
    sent(Limits(BUDGET, declared, ["a"], clock), 1, ("93.184.216.34", b"unknown"))
    assert not caplog.text


@pytest.mark.parametrize("seed", range(3))
def test_an_office_beyond_its_budget_moves_no_rate(clock: Clock, seed: int) -> None:
    """Of a NAT's page views, a quarter blocked and many at once, either all hits count or none."""
    chance, on = random.Random(seed), limits(clock)
    hits: list[tuple[float, str]] = []
    for _ in range(40_000):  # in forty hours, eight times its budget
        begun = chance.uniform(0, 40 * 3600)
        if chance.random() > 0.25:
            hits.append((begun, "bait"))
        hits += [(begun + 0.1, "control"), (begun + 2, "report")]
    counted, begun = Counter[str](), clock.now
    for after, kind in sorted(hits):
        clock.now = begun + after
        counted[kind] += on.admits("a", OFFICE, KINDS[kind])
    assert counted["control"] < 8_000
    honest = sum(kind == "bait" for _, kind in hits) / 40_000
    assert counted["bait"] / counted["control"] == pytest.approx(honest, abs=0.02)
    assert counted["control"] / 40 == pytest.approx(BUDGET, rel=0.05)


def test_a_lone_readers_pair_is_never_cut(clock: Clock) -> None:
    on = limits(clock)
    counted = Counter[str]()
    for _ in range(5 * BUDGET):
        for kind in ("bait", "control"):
            counted[kind] += on.admits("a", OFFICE, KINDS[kind])
        clock.now += 1
    assert counted["bait"] == counted["control"] == BUDGET


def test_the_table_of_addresses_is_bounded_in_number_and_memory(clock: Clock) -> None:
    on = limits(clock)
    tracemalloc.start()
    try:
        for source, _ in zip(addresses(), range(20_000), strict=False):
            on.admits("a", source, CONTROL)
        gc.collect()
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert len(on._accounts) == ADDRESSES
    assert len(on._recent) <= 1024
    assert held < 4_000_000


def test_the_address_seen_longest_ago_makes_room(clock: Clock) -> None:
    on, source = limits(clock), addresses()
    first = next(source)
    assert sent(on, 1000, first) == BUDGET
    for _ in range(ADDRESSES):
        on.admits("a", next(source), CONTROL)
    last = next(source)
    assert sent(on, 1000, last) == BUDGET
    clock.now += 6  # after which the addresses themselves are forgotten
    assert sent(on, 1, last) == 0
    assert sent(on, 1, first) == 1


def test_what_is_usual_is_a_days_mean() -> None:
    usual = Usual()
    for _ in range(30):
        usual = learnt(usual, 60, 1)
    assert usual == Usual(60, 30)
    for _ in range(30 * DAY):
        usual = learnt(usual, 120, 1)
    assert usual.hits == pytest.approx(120)
    assert usual.minutes == DAY


def test_how_long_the_machine_has_run_is_nothing_that_is_known(tmp_path: Path) -> None:
    on = Arrivals(tmp_path).of("a")
    for minute in (900.0, 901.0, 902.0):
        assert on.add(minute, 9 * HITS * SMALL, 9 * HITS * SMALL, BUDGET) == (False, False)
    assert on.usual.minutes == 3


def test_before_a_first_hit_nothing_is_usual() -> None:
    assert learnt(Usual(), 0, 1) == learnt(Usual(), 0, 900) == Usual(0.0, 1.0)


def test_idle_minutes_count_as_such() -> None:
    assert learnt(Usual(100, 99), 100, DAY).hits < 10, "nobody for a day, to the minute"
    assert learnt(Usual(100, 99), 100, 1).hits == pytest.approx(100)
    assert 45 < learnt(Usual(100, DAY), 100, DAY / 2).hits < 70
    for odd in (-5, 0, DAY * 9, float("nan"), float("inf")):
        assert learnt(Usual(100, 99), 100, odd) == learnt(Usual(100, 99), 100, 1)


def test_ceilings_need_an_hour_and_follow_what_is_usual() -> None:
    assert ceilings(Usual(1e6, LEARNING - 1), BUDGET) == (float("inf"), float("inf"))
    assert ceilings(Usual(10, LEARNING), BUDGET) == (HITS, SMALL * HITS)
    assert ceilings(Usual(1e6, DAY), BUDGET) == (CROWDED * 1e6, FULL * 1e6)
    assert ceilings(Usual(float("nan"), float("nan")), BUDGET) == (float("inf"), float("inf"))


def test_a_big_sites_addresses_may_count_more() -> None:
    assert allowance(Usual(), BUDGET, crowded=False) == BUDGET
    assert allowance(Usual(10_000, DAY), BUDGET, crowded=False) == SHARE * 200_000
    assert allowance(Usual(10_000, DAY), BUDGET, crowded=True) == BUDGET / THRIFT


def known(clock: Clock, on: Limits, hits: int, source: Iterator[tuple[str, bytes]]) -> None:
    """Two hours of a site as it usually is."""
    for _ in range(2 * LEARNING):
        for _ in range(hits):
            on.admits("a", next(source), CONTROL)
        clock.now += 60


def test_a_crowd_makes_budgets_small_until_it_is_gone(clock: Clock) -> None:
    on, source = limits(clock), addresses()
    known(clock, on, 200, source)
    few = BUDGET // THRIFT
    assert sent(on, few + 5) == few + 5, "as usual"
    for _ in range(40):  # a flood from many addresses
        clock.now += 0.3
        for _ in range(25):
            on.admits("a", next(source), CONTROL)
    assert on.crowded("a")
    assert not on.crowded("b")
    assert sent(on, 50) == 1, "it has had more than its small budget"
    assert sent(on, 50, next(source)) == few, "others have theirs"
    clock.now += 120
    assert not on.crowded("a")
    assert sent(on, 1000) == BUDGET - few - 5 - 50, "what is left of the hour's"


def test_one_address_makes_no_crowd(clock: Clock) -> None:
    on, source = limits(clock), addresses()
    known(clock, on, 200, source)
    for _ in range(100):
        clock.now += 0.3
        sent(on, 100)
    assert not on.crowded("a")


def test_a_full_site_counts_no_more_that_minute(clock: Clock) -> None:
    on, source = limits(clock), addresses()
    known(clock, on, 20, source)
    bound = SMALL * HITS
    admitted = 0
    for _ in range(70):
        clock.now += 0.26
        admitted += sum(on.admits("a", next(source), CONTROL) for _ in range(100))
    assert bound <= admitted < bound + 100 * 2
    assert sent(on, 5, site="b") == 5
    clock.now += 60
    assert sent(on, 5, next(source)) == 5


def test_workers_share_what_a_site_sees(clock: Clock, tmp_path: Path) -> None:
    one, two = limits(clock, tmp_path), limits(clock, tmp_path)
    source = addresses()
    known(clock, one, 200, source)
    for _ in range(40):
        clock.now += 0.3
        for _ in range(25):
            one.admits("a", next(source), CONTROL)
    clock.now += 0.3
    assert two.crowded("a")
    again = limits(clock, tmp_path)
    assert again.crowded("a"), "and a worker that begins now"


def test_the_shared_page_is_written_whole_and_holds_no_address(
    clock: Clock, tmp_path: Path
) -> None:
    on = limits(clock, tmp_path)
    sent(on, 100)
    clock.now += 1
    sent(on, 1)
    page = (tmp_path / FILE).read_bytes()
    assert len(page) == SITES * 64
    assert bytes([93, 184, 216]) not in page


@pytest.mark.parametrize("content", [b"", b"\xff" * 4096, b"\x7f" * 10_000, bytes(range(100))])
def test_a_damaged_page_limits_nobody_wrongly(clock: Clock, tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    on, source = limits(clock, tmp_path), addresses()
    assert sum(on.admits("a", next(source), CONTROL) for _ in range(100)) == 100
    clock.now += 61
    assert sum(on.admits("a", next(source), CONTROL) for _ in range(100)) == 100


def test_a_folder_without_room_costs_the_sharing_only(clock: Clock, tmp_path: Path) -> None:
    heard: list[str] = []
    arrivals = Arrivals(tmp_path / "gone", lambda step, _: heard.append(step))
    assert heard == ["state_dir"]
    assert arrivals.of("a").add(1.0, 5, 5, BUDGET) == (False, False)


def test_more_sites_than_there_is_room_for_count_each_for_itself(tmp_path: Path) -> None:
    arrivals = Arrivals(tmp_path)
    for each in [arrivals.of(str(n)) for n in range(SITES + 3)]:
        each.add(1.0, 5, 5, BUDGET)
    assert len((tmp_path / FILE).read_bytes()) == SITES * 64
