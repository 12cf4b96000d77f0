# Long: each formula is held against a source of its own.
"""Rates, intervals, coverage and bounds: hand-checked values, edges and properties."""

import pytest
import statsmodels.api as statsmodels
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, norm, t
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from evenhand.estimate import (
    NOTHING,
    Z95,
    Estimate,
    at_stake,
    bounds,
    corrected,
    coverage,
    difference,
    dispersion,
    leaving,
    paired_rate,
    student95,
    wilson,
    worst_case,
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


def test_a_pair_takes_a_level_and_a_design_effect_as_wilson_does() -> None:
    assert paired_rate(75, 100, 1.0) == wilson(25, 100, 1.0)
    assert paired_rate(75, 100, design_effect=4.0) == wilson(25, 100, design_effect=4.0)


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


@given(successes())
def test_wilson_agrees_with_scipy_and_statsmodels(case: tuple[int, int]) -> None:
    ours = wilson(*case)
    scipy = binomtest(*case).proportion_ci(method="wilson")
    assert (ours.low, ours.high) == pytest.approx((scipy.low, scipy.high), abs=1e-9)
    # statsmodels may go a rounding below 0 and above 1.
    theirs = proportion_confint(*case, method="wilson")
    assert (ours.low, ours.high) == pytest.approx(theirs, abs=1e-9)


def test_quantiles_agree_with_scipy() -> None:
    assert pytest.approx(norm.ppf(0.975), abs=1e-12) == Z95
    degrees = range(1, 400)
    assert [student95(d) for d in degrees] == pytest.approx(
        [t.ppf(0.975, d) for d in degrees], abs=1e-9
    )
    with pytest.raises(ValueError, match="at least 1 degree"):
        student95(0)


def by_statsmodels(parts: list[tuple[int, int]]) -> float:
    """Weighted mean of the parts' rates, its variance robust to what the parts hide."""
    k, n = zip(*parts, strict=True)
    rates = [a / b for a, b in parts]
    fitted = statsmodels.WLS(rates, [1.0] * len(k), weights=n).fit(cov_type="HC1")
    p = sum(k) / sum(n)
    assert fitted.params[0] == pytest.approx(p, abs=1e-9)
    effect = fitted.bse[0] ** 2 / (p * (1 - p) / sum(n))
    return float(effect * (t.ppf(0.975, len(k) - 1) / norm.ppf(0.975)) ** 2)


@given(st.lists(st.tuples(st.integers(1, 99), st.just(100)), min_size=4, max_size=6))
def test_dispersion_agrees_with_statsmodels_robust_variance(parts: list[tuple[int, int]]) -> None:
    # Fewer than seven parts give no second length of batches.
    parts = [(k, n + 10 * place) for place, (k, n) in enumerate(parts)]
    assert dispersion(parts) == pytest.approx(max(1.0, by_statsmodels(parts)), rel=1e-9)


def test_dispersion_of_eight_parts_tries_two_lengths_and_mends_the_edges() -> None:
    parts = [(30, 100), (40, 130)] * 2 + [(60, 110), (50, 90)] * 2
    short = by_statsmodels(parts) / (t.ppf(0.975, 7) / norm.ppf(0.975)) ** 2
    twos = [(70, 230), (70, 230), (110, 200), (110, 200)]
    student = (t.ppf(0.975, 3) / norm.ppf(0.975)) ** 2
    long = by_statsmodels(twos) / student
    assert dispersion(parts) == pytest.approx((2 * long - short) * student, rel=1e-9)


@pytest.mark.parametrize("empty", [(0, 0), (9, 0), (3, -2)])
def test_a_part_of_one_page_view_counts_and_an_empty_one_does_not(empty: tuple[int, int]) -> None:
    filled = [(0, 1), (5, 5), (0, 30), (20, 40)]
    total, rate, m = 76, 25 / 76, 4
    spread = sum((k - n * rate) ** 2 for k, n in filled)
    effect = m / (m - 1) * spread / (total * rate * (1 - rate))
    expected = effect * (student95(m - 1) / Z95) ** 2
    assert dispersion([*filled[:2], empty, *filled[2:]]) == pytest.approx(expected)


def test_parts_that_vary_as_chance_does_need_no_widening() -> None:
    assert dispersion([(25, 100)] * 7) == 1.0


def test_parts_that_vary_more_than_chance_widen_the_interval() -> None:
    # p = 0.25, each part is off by 10 of 100: 6/5 * 600/(600 * 0.1875) = 6.4, and t5 for 1.96.
    factor = dispersion([(15, 100), (35, 100)] * 3)
    assert factor == pytest.approx(6.4 * (2.570582 / 1.959964) ** 2, rel=1e-6)
    wide, plain = wilson(150, 600, design_effect=factor), wilson(150, 600)
    assert wide.rate == plain.rate
    assert wide.n == plain.n
    assert wide.high - wide.low > 3 * (plain.high - plain.low)


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([], id="none"),
        pytest.param([(1, 2), (50, 100)], id="too few"),
        pytest.param([(1, 2), (0, 0), (50, 100), (9, 10)], id="three filled"),
        pytest.param([(0, 0)] * 9, id="empty hours"),
        pytest.param([(0, 100)] * 9, id="nobody blocks"),
        pytest.param([(100, 100)] * 9, id="everybody blocks"),
    ],
)
def test_dispersion_is_one_where_parts_tell_nothing(parts: list[tuple[int, int]]) -> None:
    assert dispersion(parts) == 1.0


@pytest.mark.parametrize(
    ("settled", "controls", "expected"),
    [
        (90, 100, 0.9),
        (0, 100, 0.0),
        (1, 1, 1.0),
        (0, 0, None),
        (5, 0, None),
        (101, 100, 1.0),
        (-1, 10, 0.0),
    ],
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


@pytest.mark.parametrize(
    ("sensitivity", "expected"), [(1.0, 0.2), (0.8, 0.25), (0.7, 0.2857), (0.6, 0.3333)]
)
def test_a_stated_sensitivity_gives_the_published_rates(
    sensitivity: float, expected: float
) -> None:
    seen = wilson(200, 1_000)
    found = corrected(seen, sensitivity)
    assert found.rate == pytest.approx(expected, abs=5e-5)
    assert (found.low, found.high) == pytest.approx(
        (seen.low / sensitivity, seen.high / sensitivity)
    )
    assert found.n == seen.n


def test_the_correction_stays_within_zero_and_one_and_counts_false_alarms() -> None:
    assert corrected(wilson(900, 1_000), 0.8).high == 1.0
    assert corrected(wilson(10, 1_000), 0.8, 0.95).rate == 0.0
    assert corrected(wilson(200, 1_000), 0.8, 0.95).rate == pytest.approx(0.15 / 0.75)
    assert corrected(NOTHING, 0.8) is NOTHING


@pytest.mark.parametrize("shares", [(0.0, 1.0), (1.2, 1.0), (-1, 1), (0.5, 0.5), (0.9, 1.1)])
def test_a_correction_that_tells_nothing_is_refused(shares: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match=r"needed that add up to more than 1; less tells nothing"):
        corrected(wilson(1, 10), *shares)


def test_readers_who_leave_are_taken_back_in() -> None:
    # 10,000 page views, 30 % lose the bait, 2 % leave before the control.
    seen = paired_rate(7_000, 9_800)
    assert seen.rate == pytest.approx((0.3 - 0.02) / 0.98)
    held = leaving(seen, 0.02)
    assert held.low == seen.low
    assert held.high == pytest.approx(seen.high + 0.02 * (1 - seen.high))
    assert seen.rate + 0.02 * (1 - seen.rate) == pytest.approx(0.3)
    assert leaving(seen, 0.0) == (seen.low, seen.high)
    for share in (-0.1, 1.0):
        with pytest.raises(ValueError, match="from 0 to below 1"):
            leaving(seen, share)


@given(successes(), st.floats(0, 1))
def test_the_worst_case_holds_the_interval_of_what_was_seen(
    case: tuple[int, int], covered: float
) -> None:
    seen = wilson(*case)
    low, high = worst_case(seen, covered)
    assert 0 <= low <= bounds(seen.rate, covered).low
    assert bounds(seen.rate, covered).high <= high <= 1
    assert high - low == pytest.approx(1 - covered + covered * (seen.high - seen.low), abs=1e-9)


@given(successes(), successes())
def test_a_difference_agrees_with_statsmodels(a: tuple[int, int], b: tuple[int, int]) -> None:
    theirs = confint_proportions_2indep(*a, *b, method="newcomb", compare="diff")
    assert difference(wilson(*a), wilson(*b)) == pytest.approx(theirs, abs=1e-9)


def test_what_is_at_stake_carries_the_interval() -> None:
    blocked = wilson(250, 1_000)
    # 100,000 page views of 3 ads at 2.50 for 1,000: 750 in all, a quarter of it blocked.
    found = at_stake(blocked, 100_000, 2.5, 3)
    assert found == pytest.approx((187.5, 750 * blocked.low, 750 * blocked.high))
    assert at_stake(blocked, 100_000, 0, 3) == (0, 0, 0)
    for sizes in ((-1, 1, 1), (1, -1, 1), (1, 1, -1)):
        with pytest.raises(ValueError, match=r"\): none may be negative"):
            at_stake(blocked, *sizes)
