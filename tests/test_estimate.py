"""Rates, intervals, coverage and bounds: hand-checked values, edges and properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.estimate import (
    NOTHING,
    Estimate,
    bounds,
    coverage,
    dispersion,
    paired_rate,
    wilson,
)

counts = st.integers(0, 10**7)


@st.composite
def successes(draw: st.DrawFn) -> tuple[int, int]:
    n = draw(st.integers(1, 10**7))
    return draw(st.integers(0, n)), n


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        pytest.param(250, 1_000, 0.2242, 0.2778, id="a quarter of 1,000"),
        pytest.param(2_500, 10_000, 0.2416, 0.2586, id="a quarter of 10,000"),
        pytest.param(25_000, 100_000, 0.2473, 0.2527, id="a quarter of 100,000"),
        pytest.param(0, 10, 0.0, 0.2775, id="none of ten"),
        pytest.param(10, 10, 0.7225, 1.0, id="ten of ten"),
        pytest.param(0, 2_995, 0.0, 0.00128, id="none of 2,995"),
        pytest.param(1, 1, 0.2065, 1.0, id="one of one"),
    ],
)
def test_wilson_gives_the_published_interval(k: int, n: int, low: float, high: float) -> None:
    estimate = wilson(k, n)
    assert (estimate.rate, estimate.n) == (k / n, n)
    assert (estimate.low, estimate.high) == pytest.approx((low, high), abs=5e-5)


def test_no_page_views_give_a_falsy_estimate_that_rules_nothing_out() -> None:
    assert wilson(0, 0) is NOTHING
    assert paired_rate(0, 0) is NOTHING
    assert not NOTHING
    assert Estimate(0.0, 0.0, 1.0, 0) == NOTHING
    assert wilson(0, 1)


@pytest.mark.parametrize(("k", "n"), [(-1, 10), (11, 10), (1, 0), (0, -1)])
def test_wilson_refuses_counts_that_cannot_be(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="k must lie between 0 and n"):
        wilson(k, n)


def test_a_pair_counts_its_missing_baits() -> None:
    assert paired_rate(750, 1_000) == wilson(250, 1_000)
    assert paired_rate(0, 40) == wilson(40, 40)


def test_more_baits_than_controls_clip_at_zero_and_keep_an_interval() -> None:
    estimate = paired_rate(1_020, 1_000)
    assert (estimate.rate, estimate.low, estimate.n) == (0.0, 0.0, 1_000)
    assert estimate.high == pytest.approx(0.00383, abs=1e-5)


def test_baits_without_controls_say_nothing() -> None:
    assert paired_rate(5, 0) is NOTHING
    assert paired_rate(5, -3) is NOTHING


def test_readers_who_leave_before_the_control_only_lower_the_rate() -> None:
    stayed, left = paired_rate(700, 1_000), paired_rate(710, 1_000)
    assert stayed.rate - left.rate == pytest.approx(0.01)


def test_parts_that_vary_as_chance_does_need_no_widening() -> None:
    assert dispersion([(25, 100)] * 7) == 1.0


def test_parts_that_vary_more_than_chance_widen_the_interval() -> None:
    # p = 0.25, each part is off by 10 of 100: Pearson = 6 * 100/18.75 = 32, over 5 degrees.
    factor = dispersion([(15, 100), (35, 100)] * 3)
    assert factor == pytest.approx(6.4)
    wide, plain = wilson(150, 600, design_effect=factor), wilson(150, 600)
    assert wide.rate == plain.rate
    assert wide.n == plain.n
    assert wide.high - wide.low > 2.4 * (plain.high - plain.low)


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([], id="none"),
        pytest.param([(1, 2), (50, 100)], id="too few"),
        pytest.param([(0, 0)] * 9, id="empty hours"),
        pytest.param([(0, 100)] * 9, id="nobody blocks"),
        pytest.param([(100, 100)] * 9, id="everybody blocks"),
    ],
)
def test_dispersion_is_one_where_parts_tell_nothing(parts: list[tuple[int, int]]) -> None:
    assert dispersion(parts) == 1.0


@pytest.mark.parametrize(
    ("settled", "controls", "expected"),
    [(90, 100, 0.9), (0, 100, 0.0), (0, 0, None), (5, 0, None), (101, 100, 1.0), (-1, 10, 0.0)],
)
def test_coverage(settled: int, controls: int, expected: float | None) -> None:
    assert coverage(settled, controls) == expected


@pytest.mark.parametrize(
    ("covered", "low", "high"),
    [(1.0, 0.25, 0.25), (0.98, 0.245, 0.265), (0.95, 0.2375, 0.2875), (0.8, 0.2, 0.4), (0, 0, 1)],
)
def test_bounds_at_a_quarter(covered: float, low: float, high: float) -> None:
    assert bounds(0.25, covered) == pytest.approx((low, high))


@given(successes())
def test_the_interval_holds_the_rate_and_stays_within_zero_and_one(case: tuple[int, int]) -> None:
    estimate = wilson(*case)
    assert 0 <= estimate.low <= estimate.rate <= estimate.high <= 1


@given(successes(), st.integers(2, 50))
def test_more_page_views_never_widen_the_interval(case: tuple[int, int], times: int) -> None:
    k, n = case
    one, many = wilson(k, n), wilson(k * times, n * times)
    assert many.high - many.low <= one.high - one.low + 1e-12


@given(successes())
def test_blocked_and_not_blocked_mirror_each_other(case: tuple[int, int]) -> None:
    k, n = case
    blocked, clear = wilson(k, n), wilson(n - k, n)
    assert blocked.low == pytest.approx(1 - clear.high, abs=1e-9)


@given(counts, counts)
def test_a_pair_never_raises_and_never_leaves_zero_to_one(baits: int, controls: int) -> None:
    estimate = paired_rate(baits, controls)
    assert 0 <= estimate.low <= estimate.rate <= estimate.high <= 1
    assert bool(estimate) == (controls > 0)


@given(st.lists(st.tuples(counts, counts), max_size=40))
def test_dispersion_never_narrows(parts: list[tuple[int, int]]) -> None:
    assert dispersion(parts) >= 1.0


@given(st.floats(0, 1), st.floats(0, 1))
def test_bounds_hold_what_was_seen_and_are_as_wide_as_what_was_not(
    rate: float, covered: float
) -> None:
    low, high = bounds(rate, covered)
    assert 0 <= low <= high <= 1
    assert low - 1e-12 <= rate <= high + 1e-12
    assert high - low == pytest.approx(1 - covered, abs=1e-9)
