"""Where exactly a window's counts close the guard, and where they open it again."""

import pytest

from evenhand.judgement import SiteCounts as Counts
from evenhand.judgement import State, Why, judged

OPEN = State(open=True, why="bait_arrived", since=1.0)
CLOSED = State(open=False, why="baits_eaten", since=1.0)


@pytest.mark.parametrize(
    ("state", "counts", "why"),
    [
        pytest.param(OPEN, Counts(baits=3, controls=150), None, id="just enough arrive"),
        pytest.param(OPEN, Counts(baits=2, controls=150), "baits_eaten", id="too few arrive"),
        pytest.param(OPEN, Counts(100, 150, blocks=60), None, id="a fifth over the missing"),
        pytest.param(OPEN, Counts(100, 150, blocks=61), "excess_blocks", id="more than a fifth"),
        pytest.param(OPEN, Counts(150, 150, blocks=10), None, id="few blocks too many"),
        pytest.param(OPEN, Counts(150, 150, blocks=11), "excess_blocks", id="too many blocks"),
        pytest.param(OPEN, Counts(baits=0, controls=129), None, id="no full window yet"),
        pytest.param(CLOSED, Counts(baits=13, controls=130), "bait_arrived", id="a tenth arrives"),
        pytest.param(CLOSED, Counts(baits=12, controls=130), None, id="less than a tenth"),
        pytest.param(CLOSED, Counts(130, 130, blocks=11), None, id="blocks that can't be"),
    ],
)
def test_a_full_window_is_judged_at_its_limits(
    state: State, counts: Counts, why: Why | None
) -> None:
    after = judged(state, counts, 2.0)
    if why is None:
        assert (after.open, after.why, after.since) == (state.open, state.why, 1.0)
    else:
        assert (after.open, after.why, after.since) == (not state.open, why, 2.0)
        assert after.marks == (counts,), "the next window begins here"


@pytest.mark.parametrize(
    ("marks", "controls", "after"),
    [
        pytest.param((0,), 19, (0,), id="too soon"),
        pytest.param((0,), 20, (0, 20), id="just a step"),
        pytest.param((0, 20), 39, (0, 20), id="since the last mark"),
        pytest.param((0, 20), 149, (0, 20, 149), id="the first window is still needed"),
        pytest.param((0, 20), 150, (20, 150), id="the second is full"),
        pytest.param((0, 20, 40), 170, (40, 170), id="the third is"),
    ],
)
def test_windows_begin_every_few_hits_and_end_with_the_next_full_one(
    marks: tuple[int, ...], controls: int, after: tuple[int, ...]
) -> None:
    state = State(open=True, why="bait_arrived", marks=tuple(Counts(n, n) for n in marks))
    found = judged(state, Counts(controls, controls), 2.0)
    assert found.marks == tuple(Counts(n, n) for n in after)
    assert found.open


def test_the_first_bait_opens_the_guard_and_begins_the_first_window() -> None:
    tally = Counts(baits=1, controls=7)
    assert judged(State(), tally, 2.0) == State(True, "bait_arrived", 2.0, marks=(tally,))


def test_a_look_at_the_same_counts_changes_nothing() -> None:
    state = State(open=True, why="bait_arrived", marks=(Counts(5, 5), Counts(30, 30)))
    assert judged(state, Counts(40, 40), 2.0) is state
    assert judged(state, Counts(31, 30), 2.0) is state, "no control since the last mark"


def ads(loaded: int, failed: int) -> Counts:
    return Counts(ads_loaded=loaded, ads_failed=failed)


@pytest.mark.parametrize(
    ("down", "counts", "after"),
    [
        pytest.param(False, ads(4, 36), False, id="nine tenths are not enough"),
        pytest.param(False, ads(3, 37), True, id="more are"),
        pytest.param(True, ads(10, 30), False, id="three quarters are up again"),
        pytest.param(True, ads(9, 31), True, id="more are not"),
        pytest.param(False, ads(0, 39), False, id="no full window yet"),
    ],
)
def test_ads_are_down_where_nearly_all_fail(down: bool, counts: Counts, after: bool) -> None:
    found = judged(State(ads_down=down), counts, 2.0)
    assert found.ads_down is after
    assert found.ads_mark == (counts if counts.with_ads >= 40 else Counts())


def test_a_window_of_ads_begins_where_the_last_one_ended() -> None:
    state = judged(State(), ads(0, 40), 2.0)
    assert state.ads_down
    state = judged(state, ads(39, 40), 3.0)
    assert state.ads_down, "39 more"
    assert not judged(state, ads(40, 40), 4.0).ads_down


def test_a_window_of_ads_with_one_page_view_or_none_stays_open() -> None:
    state = State(ads_mark=ads(10, 10))
    assert judged(state, ads(10, 10), 2.0) is state
    assert judged(state, ads(11, 10), 2.0) is state
    assert judged(state, ads(10, 9), 2.0).ads_mark == ads(10, 9), "the counts began anew"
