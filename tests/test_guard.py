"""The guard: closed until a bait arrives, closed again when something eats them all."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.guard import Guard
from evenhand.judgement import ADS_WINDOW, STEP, WINDOW, SiteCounts, State, judged, tallies
from evenhand.keys import Key

OPEN = State(True, "bait_arrived", 0.0)


def test_it_starts_closed_and_stays_so_without_a_bait() -> None:
    assert not judged(State(), SiteCounts(0, 5000, 0), 1.0).open


def test_the_first_bait_opens_it() -> None:
    state = judged(State(), SiteCounts(1, 1, 0), 7.0)
    assert (state.open, state.why, state.since) == (True, "bait_arrived", 7.0)


def test_baits_that_are_all_eaten_close_it() -> None:
    state = judged(OPEN, SiteCounts(3, 200, 197), 9.0)
    assert (state.open, state.why, state.since) == (False, "baits_eaten", 9.0)


def test_a_window_is_judged_only_when_it_is_full() -> None:
    assert judged(OPEN, SiteCounts(0, WINDOW - 1, WINDOW - 1), 9.0).open


def test_many_blockers_do_not_close_it() -> None:
    assert judged(OPEN, SiteCounts(80, 200, 118), 9.0).open


def test_more_blocks_than_missing_baits_close_it() -> None:
    state = judged(OPEN, SiteCounts(180, 200, 60), 9.0)
    assert (state.open, state.why) == (False, "excess_blocks")


def test_a_few_more_are_the_edge_of_the_window() -> None:
    assert judged(OPEN, SiteCounts(195, 200, 12), 9.0).open


@given(st.integers(0, 1000), st.integers(1, 30))
def test_whenever_it_begins_an_outage_is_noticed_within_200_page_views(
    before: int, step: int
) -> None:
    """Looks come every `step` page views; the outage begins at any of them."""
    state, wrong = OPEN, 0
    for views in range(step, before + 400, step):
        wrong = max(0, views - before)
        state = judged(state, SiteCounts(views - wrong, views, wrong), 1.0)
        if not state.open:
            break
    assert not state.open
    assert wrong <= WINDOW + STEP + 2 * step


def test_without_an_outage_it_stays_open_at_any_rate_but_the_utmost() -> None:
    chance = random.Random(1)
    for rate in (0.05, 0.3, 0.7, 0.85):
        state, tally = OPEN, SiteCounts()
        for _ in range(20_000):
            blocked = chance.random() < rate
            tally = SiteCounts(
                tally.baits + (not blocked), tally.controls + 1, tally.blocks + blocked
            )
            state = judged(state, tally, 1.0)
            assert state.open, rate


def test_it_opens_again_when_baits_arrive_in_numbers() -> None:
    shut = State(False, "baits_eaten", 0.0, (SiteCounts(0, 200, 200),))
    assert not judged(shut, SiteCounts(3, 400, 200), 1.0).open
    assert judged(shut, SiteCounts(120, 400, 200), 1.0).open


def test_a_long_excess_keeps_it_closed() -> None:
    state, blocks = OPEN, 0
    closed = 0
    for views in range(20, 5000, 20):
        blocks = views // 2
        state = judged(state, SiteCounts(views * 9 // 10, views, blocks), 1.0)
        closed += not state.open
    assert not state.open
    assert closed > 230, "it doesn't flap"


def test_sites_of_two_supports_share_one_file(tmp_path: Path) -> None:
    one, two = Guard(["A"], Clock()), Guard(["B"], Clock())
    one.share(tmp_path)
    two.share(tmp_path)
    one.open("A", "bait_arrived")
    two.open("B", "bait_arrived")
    after = Guard(["A", "B"], Clock())
    after.share(tmp_path)
    assert after.state("A").open
    assert after.state("B").open


def test_counts_that_begin_anew_begin_a_new_window() -> None:
    state = judged(
        State(True, "bait_arrived", 0.0, (SiteCounts(900, 1000, 90),)), SiteCounts(0, 5, 0), 1.0
    )
    assert state.open
    assert state.marks == (SiteCounts(0, 5, 0),)


def test_tallies_leave_bots_out() -> None:
    counts = {
        Key("A", "", "firefox", "desktop", "pair", "bait"): 3,
        Key("A", "", "firefox", "desktop", "pair", "withheld_bait"): 1,
        Key("A", "", "chrome", "mobile", "pair", "control"): 5,
        Key("A", "", "bot", "other", "pair", "bait"): 99,
        Key("A", "news", "chrome", "mobile", "verdict", "blocked"): 2,
        Key("A", "news", "chrome", "mobile", "verdict", "loaded"): 2,
        Key("A", "news", "chrome", "mobile", "verdict", "blocked_probable"): 2,
        Key("A", "news", "chrome", "mobile", "bait_ad", "ok", "failed"): 3,
        Key("A", "news", "firefox", "mobile", "bait_ad", "ok", "loaded"): 4,
        Key("A", "news", "firefox", "mobile", "bait_ad", "blocked", "failed"): 9,
        Key("B", "", "chrome", "mobile", "pair", "control"): 1,
        Key("A", "", "", "", "page", "inserted"): 50,
    }
    assert tallies(counts) == {"A": SiteCounts(4, 5, 2, 4, 3), "B": SiteCounts(0, 1, 0)}


def ads(loaded: int, failed: int) -> SiteCounts:
    return SiteCounts(ads_loaded=loaded, ads_failed=failed)


def test_ads_that_fail_for_nearly_all_are_down_until_they_load_again() -> None:
    assert not judged(OPEN, ads(0, ADS_WINDOW - 1), 1.0).ads_down
    down = judged(OPEN, ads(2, ADS_WINDOW), 1.0)
    assert down.ads_down
    assert down.open
    assert judged(down, ads(8, 2 * ADS_WINDOW), 1.0).ads_down
    assert not judged(down, ads(2 + ADS_WINDOW // 2, ADS_WINDOW * 3 // 2), 1.0).ads_down


def test_readers_who_block_ads_only_are_no_outage() -> None:
    chance, state, tally = random.Random(1), OPEN, SiteCounts()
    for _ in range(20_000):
        fails = chance.random() < 0.6
        tally = ads(tally.ads_loaded + (not fails), tally.ads_failed + fails)
        state = judged(state, tally, 1.0)
        assert not state.ads_down


def test_counts_of_ads_that_begin_anew_begin_a_new_window() -> None:
    state = judged(State(ads_mark=ads(500, 500)), ads(0, 3), 1.0)
    assert (state.ads_down, state.ads_mark) == (False, ads(0, 3))


def test_sites_have_guards_of_their_own() -> None:
    guard = Guard(["A", "B"], lambda: 1.0)
    guard.open("A", "bait_arrived")
    assert guard.is_open("A")
    assert not guard.is_open("B")


def test_what_was_closed_is_not_opened_by_hand() -> None:
    guard = Guard(["A"], lambda: 1.0)
    guard.open("A", "bait_arrived")
    guard.review({Key("A", "", "firefox", "desktop", "pair", "control"): 200})
    guard.open("A", "loopback")
    assert not guard.is_open("A")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_decision_of_ones_own_hides_no_siblings(tmp_path: Path) -> None:
    ours, theirs = (Guard(("x", "y"), Clock()) for _ in range(2))
    ours.share(tmp_path)
    theirs.share(tmp_path)
    theirs.open("y", "bait_arrived")
    ours.open("x", "bait_arrived")
    assert ours.state("y").open


def test_siblings_learn_of_it_within_a_second(tmp_path: Path) -> None:
    clock = Clock()
    one, two = Guard(["A"], clock), Guard(["A"], clock)
    one.share(tmp_path)
    two.share(tmp_path)
    assert not two.is_open("A")
    one.open("A", "bait_arrived")
    clock.now += 1.1
    assert two.is_open("A")


def test_it_survives_a_restart(tmp_path: Path) -> None:
    before = Guard(["A"], Clock())
    before.share(tmp_path)
    before.open("A", "self_check")
    after = Guard(["A", "B"], Clock())
    after.share(tmp_path)
    assert after.state("A").why == "self_check"
    assert not after.is_open("B")


@pytest.mark.parametrize(
    "broken", [b'{"A": 7', b'{"A\xff": {"open": true}}', b'{"A":' * 3_000], ids=lambda b: b[:9]
)
def test_a_broken_file_is_as_good_as_none(tmp_path: Path, broken: bytes) -> None:
    (tmp_path / "guard.json").write_bytes(broken)
    guard = Guard(["A"], Clock())
    guard.share(tmp_path)
    assert not guard.is_open("A")
    guard.open("A", "bait_arrived")
    assert guard.is_open("A")
    sibling = Guard(["A"], Clock())
    sibling.share(tmp_path)
    assert sibling.is_open("A"), "and is written anew"


def test_a_link_in_the_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("somebody's")
    (tmp_path / "guard.lock").symlink_to(victim)
    faults: list[str] = []
    guard = Guard(["A"], Clock(), lambda step, _: faults.append(step))
    guard.share(tmp_path)
    guard.open("A", "bait_arrived")
    assert guard.is_open("A")
    assert faults == ["guard"]
    assert victim.read_text() == "somebody's"


def test_a_folder_that_is_gone_leaves_each_worker_to_itself(tmp_path: Path) -> None:
    guard = Guard(["A"], Clock())
    guard.share(tmp_path / "gone")
    guard.open("A", "bait_arrived")
    assert guard.is_open("A")
