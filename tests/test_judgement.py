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
