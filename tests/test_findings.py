"""What an experiment says: nothing too early, nothing of broken arms, and how much is missing."""

import math
from collections.abc import Mapping
from dataclasses import replace

import pytest

from evenhand import Arm, Experiment, Notice
from evenhand.experiments.declaration import HOLD_OUT
from evenhand.experiments.findings import (
    FEWEST,
    Comparison,
    Findings,
    counted,
    findings,
    findings_in,
)
from evenhand.experiments.sequential import (
    ALPHA,
    error_to_find,
    radius,
    share_interval,
    standard_error,
)
from evenhand.store import Batch, Row, open_store

WORDS = Experiment(
    name="words",
    arms=(Arm("plain"), Arm("short", text="Ads pay for this.")),
    smallest=0.005,
    guardrails={"silenced": 0.02},
    hold_out=0.2,
)
NAMES = Notice(experiment=WORDS).variants


def told(experiment: Experiment = WORDS, **arms: Mapping[str, int]) -> Findings:
    """What counts say; ``hold_out`` is the hold-out's."""
    counts = {NAMES[arm.replace("_", "-")]: dict(events) for arm, events in arms.items()}
    return findings(experiment, NAMES, counts)


def even(n: int, allowed: tuple[int, int, int], silenced: tuple[int, int] = (0, 0)) -> Findings:
    """Arms as large as they are drawn, ``n`` sessions in all."""
    part, held = n * 4 // 10, n * 2 // 10
    return told(
        plain={"assigned": part, "allowed": allowed[0], "silenced": silenced[0]},
        short={"assigned": part, "allowed": allowed[1], "silenced": silenced[1]},
        hold_out={"assigned": held, "allowed": allowed[2]},
    )


def pair(found: Findings, arm: str, against: str, role: str = "goal") -> Comparison:
    wanted = (arm, against, role)
    (one,) = [c for c in found.comparisons if (c.arm, c.against, c.role) == wanted]
    return one


def test_without_counts_nothing_is_said() -> None:
    found = told()
    assert found.sessions == 0
    assert not found.is_uneven
    assert {c.finding for c in found.comparisons} == {"open"}
    assert all((c.low, c.high, c.more) == (-1, 1, None) for c in found.comparisons)
    assert [(c.difference, c.most) for c in found.comparisons] == [*[(0.0, 0.005)] * 3, (0.0, 0.02)]
    assert [estimate.rate for row in found.arms for estimate in row.outcomes.values()] == [0.0] * 5
    assert all(not estimate for row in found.arms for estimate in row.outcomes.values())


def test_a_difference_stands_with_its_always_valid_interval() -> None:
    found = even(100_000, (400, 800, 100))
    one = pair(found, "short", "plain")
    error = standard_error((800, 40_000), (400, 40_000))
    around = radius(error, WORDS.smallest, ALPHA / 3)  # three comparisons share the level
    assert one.difference == pytest.approx(0.01)
    assert (one.low, one.high) == pytest.approx((0.01 - around, 0.01 + around))
    assert (one.finding, one.more) == ("better", None)
    (plain,) = [row for row in found.arms if row.arm == "plain"]
    share = plain.outcomes["allowed"]
    assert (share.rate, share.n) == (0.01, 40_000)
    assert (share.low, share.high) == share_interval(400, 40_000, ALPHA / 3)


def test_each_arm_is_compared_with_the_first_and_with_the_hold_out() -> None:
    pairs = [(c.arm, c.against, c.outcome, c.role) for c in told().comparisons]
    assert pairs == [
        ("short", "plain", "allowed", "goal"),
        ("plain", HOLD_OUT, "allowed", "goal"),
        ("short", HOLD_OUT, "allowed", "goal"),
        ("short", "plain", "silenced", "guardrail"),
    ]
    plain, short, held = told().arms
    assert held.arm == HOLD_OUT
    assert list(held.outcomes) == ["allowed"], "nobody can close what isn't shown"
    assert list(plain.outcomes) == list(short.outcomes) == ["allowed", "silenced"]


def test_findings_say_whose_they_are() -> None:
    found = told(plain={"assigned": 4}, short={"assigned": 5}, hold_out={"assigned": 2})
    assert (found.experiment, found.site, found.goal) == ("words", "", "allowed")
    assert [(row.arm, row.variant, row.sessions) for row in found.arms] == [
        ("plain", NAMES["plain"], 4),
        ("short", NAMES["short"], 5),
        (HOLD_OUT, NAMES[HOLD_OUT], 2),
    ]
    assert {row.outcomes["allowed"].rate for row in found.arms} == {0.0}, "as nobody did"
    assert [row.drawn for row in found.arms] == pytest.approx([0.4, 0.4, 0.2])


def test_events_of_one_name_add_up() -> None:
    row = Row(0, "gazette", "", "", "", "notice", "shown", "", "words", 3)
    rows = [row, row._replace(hour=3_600, n=4), row._replace(value="closed", n=1)]
    assert counted([*rows, row._replace(kind="page")]) == {"words": {"shown": 7, "closed": 1}}


@pytest.mark.parametrize(
    ("allowed", "finding"),
    [
        pytest.param((400, 800, 100), "better", id="better"),
        pytest.param((800, 400, 100), "worse", id="worse"),
        pytest.param((400, 405, 200), "alike", id="alike"),
        pytest.param((400, 500, 200), "open", id="open"),
    ],
)
def test_a_finding_is_what_the_interval_says(allowed: tuple[int, int, int], finding: str) -> None:
    one = pair(even(100_000, allowed), "short", "plain")
    assert one.finding == finding
    assert (one.more is None) is (finding != "open")


@pytest.mark.parametrize(
    ("silenced", "finding"),
    [
        pytest.param((400, 420), "within", id="no more than it may"),
        pytest.param((400, 1_600), "worse", id="it has risen"),
        pytest.param((1_600, 400), "within", id="it has fallen"),
        pytest.param((400, 1_000), "worse", id="by less than it may, but surely"),
    ],
)
def test_a_guardrail_is_kept_or_not(silenced: tuple[int, int], finding: str) -> None:
    found = even(100_000, (400, 400, 200), silenced)
    assert pair(found, "short", "plain", "guardrail").finding == finding


def test_a_guardrail_may_be_open() -> None:
    one = pair(even(5_000, (20, 20, 10), (20, 40)), "short", "plain", "guardrail")
    assert one.low < 0
    assert one.high > one.most
    assert one.finding == "open"
    assert one.more == 0, "as many as were planned have come, and they stand in between"


def test_guardrails_share_a_level_of_their_own() -> None:
    """Two arms against the first, of two guardrails each."""
    three = replace(
        WORDS,
        arms=(*WORDS.arms, Arm("long", text="Ads pay for this, and for that.")),
        guardrails={"silenced": 0.02, "dismissed": 0.05},
    )
    names = Notice(experiment=three).variants
    counts = {
        name: {"assigned": n, "silenced": n // 50, "dismissed": n // 10}
        for name, n in zip(names.values(), (4_000, 4_000, 4_000, 3_000), strict=True)
    }
    found = findings(three, names, counts)
    assert not found.is_uneven
    guardrails = [c for c in found.comparisons if c.role == "guardrail"]
    assert [(c.arm, c.outcome, c.most) for c in guardrails] == [
        ("short", "silenced", 0.02),
        ("long", "silenced", 0.02),
        ("short", "dismissed", 0.05),
        ("long", "dismissed", 0.05),
    ]
    for c in guardrails:
        k = 80 if c.outcome == "silenced" else 400
        error = standard_error((k, 4_000), (k, 4_000))
        assert c.high == pytest.approx(radius(error, c.most, ALPHA / 4))


def test_how_much_is_missing_shrinks_as_sessions_come() -> None:
    missing = [
        pair(even(n, (n // 250, n // 230, n // 500)), "short", "plain").more
        for n in (2_000, 10_000, 20_000)
    ]
    assert None not in missing
    few, more, most = (n or 0 for n in missing)
    assert few > more > most > 0
    assert 10_000 + more == pytest.approx(20_000 + most, rel=0.1), "the same end is foretold"
    error = standard_error((20_000 // 230, 8_000), (80, 8_000))
    wanted = 20_000 * (error / error_to_find(0.005, ALPHA / 3)) ** 2
    assert 20_000 + most == math.ceil(wanted)


def test_little_is_never_enough() -> None:
    large = replace(WORDS, smallest=0.4, hold_out=0, guardrails={})
    names = Notice(experiment=large).variants
    few = FEWEST - 1
    counts = {
        names["plain"]: {"assigned": few},
        names["short"]: {"assigned": few, "allowed": few},
    }
    (one,) = findings(large, names, counts).comparisons
    assert one.low > 0.5, "however large it looks"
    assert one.high == 1.0, "no share exceeds 1"
    assert (one.finding, one.more) == ("open", 2)
    counts = {names["plain"]: counts[names["short"]], names["short"]: counts[names["plain"]]}
    (one,) = findings(large, names, counts).comparisons
    assert one.low == -1.0
    for events in counts.values():
        events["assigned"] = FEWEST
    (one,) = findings(large, names, counts).comparisons
    assert (one.finding, one.more) == ("worse", None), "as many as are asked for"


def test_of_broken_arms_nothing_is_said() -> None:
    found = told(
        plain={"assigned": 40_000, "allowed": 400},
        short={"assigned": 36_000, "allowed": 900},
        hold_out={"assigned": 20_000, "allowed": 100},
    )
    assert found.is_uneven
    assert {c.finding for c in found.comparisons} == {"uneven"}
    assert {c.more for c in found.comparisons} == {None}


def test_an_arm_that_never_came_is_broken_too() -> None:
    found = told(plain={"assigned": 4_000}, hold_out={"assigned": 2_000})
    assert {c.finding for c in found.comparisons} == {"uneven"}


def test_outcomes_without_their_session_count_as_far_as_there_are_sessions() -> None:
    found = told(plain={"assigned": 1, "allowed": 3}, short={"assigned": 1})
    assert found.arms[0].outcomes["allowed"].rate == 1


def test_two_arms_without_a_hold_out_have_the_level_for_themselves() -> None:
    alone = replace(WORDS, hold_out=0, guardrails={})
    names = Notice(experiment=alone).variants
    counts = {name: {"assigned": 1_000, "allowed": 10} for name in names.values()}
    found = findings(alone, names, counts)
    (one,) = found.comparisons
    error = standard_error((10, 1_000), (10, 1_000))
    assert one.high == pytest.approx(radius(error, 0.005, ALPHA))


def test_the_store_is_asked_for_all_that_was_ever_counted_under_these_names() -> None:
    notice = Notice(experiment=WORDS)
    store = open_store(None, None)
    try:
        where = ("", "", "", "notice")
        rows = [
            Row(hour, site, *where, event, "", variant, n)
            for hour in (0, 3_600 * 24 * 400)
            for site, n in (("gazette", 40), ("echo", 2), ("simulated", 1_000))
            for event in ("assigned", "shown")
            for variant in (NAMES["plain"], NAMES["short"], "default", "words-000000.plain")
        ]
        store.apply(Batch("p", "e", 1, rows))
        every, one = findings_in(store, notice), findings_in(store, notice, "gazette")
        assert every is not None
        assert one is not None
        assert [row.sessions for row in every.arms] == [84, 84, 0]
        assert [row.sessions for row in one.arms] == [80, 80, 0]
        assert (every.site, one.site) == ("", "gazette")
        assert findings_in(store, Notice()) is None
        assert findings_in(store, None) is None
    finally:
        store.close()
