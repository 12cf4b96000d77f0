"""Always-valid intervals: the closed forms against their definitions and other people's code."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import betabinom, binom, dirichlet_multinomial, multinomial, norm
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from evenhand.experiments.sequential import (
    ALPHA,
    POWER,
    PRIOR,
    UNEVEN,
    error_to_find,
    imbalance,
    radius,
    sessions_needed,
    share_interval,
    standard_error,
)

errors = st.floats(1e-4, 0.2)
effects = st.floats(1e-3, 0.2)


@settings(max_examples=25)
@given(errors, effects, st.floats(1e-4, 0.2))
def test_the_interval_ends_where_the_mixture_is_evidence_enough(
    error: float, effect: float, alpha: float
) -> None:
    """The mean likelihood ratio over differences from a normal distribution, integrated."""
    difference = radius(error, effect, alpha)

    def ratio(theta: float) -> float:
        # Less its largest factor, which is beyond floats where the error is large.
        exponent = theta * (2 * difference - theta) / (2 * error**2) - biggest
        return math.exp(exponent) * float(norm.pdf(theta, 0, effect))

    centre = difference * effect**2 / (effect**2 + error**2)
    biggest = centre * (2 * difference - centre) / (2 * error**2)
    width = error * effect / math.hypot(error, effect)
    whole, _ = quad(ratio, centre - 12 * width, centre + 12 * width, epsabs=0, epsrel=1e-11)
    assert math.log(whole) + biggest == pytest.approx(math.log(1 / alpha), abs=1e-9)


def test_the_error_is_the_larger_of_two_published_ones() -> None:
    """With separate shares, as statsmodels has Agresti and Caffo's interval (which has the added
    outcomes in the denominator too), and with one share for both, as its z-test has it."""
    low, high = confint_proportions_2indep(7, 40, 3, 60, method="agresti-caffo", compare="diff")
    separate = (high - low) / 2 / norm.ppf(0.975)
    p, q = 8 / 42, 4 / 62
    assert math.sqrt(p * (1 - p) / 42 + q * (1 - q) / 62) == pytest.approx(separate, abs=1e-9)
    assert standard_error((7, 40), (3, 60)) == pytest.approx(
        math.sqrt(p * (1 - p) / 40 + q * (1 - q) / 60), abs=1e-12
    )
    # A small arm that has reached little, beside a large one.
    z, _ = proportions_ztest([1, 1_000], [1_000, 100_000])
    pooled = abs(0.001 - 0.01) / abs(z)
    assert standard_error((1, 1_000), (1_000, 100_000)) == pytest.approx(pooled, rel=1e-3)
    assert standard_error((0, 100), (0, 100)) > 0


@given(st.integers(1, 10**6), st.floats(0, 1), st.floats(1e-4, 0.2))
def test_a_share_stands_between_the_ends_that_the_counts_speak_against(
    n: int, part: float, alpha: float
) -> None:
    k = round(n * part)
    low, high = share_interval(k, n, alpha)
    assert 0 <= low <= k / n <= high <= 1
    for end in {low, high} - {0.0, 1.0}:
        against = betabinom.logpmf(k, n, 0.5, 0.5) - binom.logpmf(k, n, end)
        assert against == pytest.approx(math.log(1 / alpha), abs=1e-5)
    assert share_interval(n - k, n, alpha) == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_a_share_of_nothing_is_any_share() -> None:
    assert share_interval(0, 0) == (0, 1)
    low, high = share_interval(0, 1_000)
    assert low == 0
    assert 0.005 < high < 0.01


@pytest.mark.parametrize("alpha", [0.05, 0.05 / 9])
@pytest.mark.parametrize("effect", [0.0025, 0.02])
def test_a_difference_that_matters_is_found_as_often_as_said(effect: float, alpha: float) -> None:
    error = error_to_find(effect, alpha)
    found = norm.sf(radius(error, effect, alpha), loc=effect, scale=error)
    assert found == pytest.approx(POWER, abs=1e-9)


@pytest.mark.parametrize(("rate", "smallest"), [(0.01, 0.0025), (0.0033, 0.0017), (0.16, 0.02)])
@pytest.mark.parametrize(("comparisons", "shares"), [(1, (0.5, 0.5)), (9, (0.45, 0.1))])
def test_with_the_sessions_that_are_needed_the_difference_is_found(
    rate: float, smallest: float, comparisons: int, shares: tuple[float, float]
) -> None:
    n = sessions_needed(rate, smallest, comparisons=comparisons, shares=shares)
    arms = [
        (round(p * n * share), round(n * share))
        for p, share in ((rate, shares[0]), (rate + smallest, shares[1]))
    ]
    wanted = error_to_find(smallest, ALPHA / comparisons)
    assert standard_error(*arms) == pytest.approx(wanted, rel=4e-3)
    assert n >= sessions_needed(rate, smallest)


def test_looking_every_day_costs_less_than_twice_the_sessions() -> None:
    variance = 0.01 * 0.99 + 0.0125 * 0.9875
    once = 2 * variance * ((norm.ppf(0.975) + norm.ppf(POWER)) / 0.0025) ** 2
    assert sessions_needed(0.01, 0.0025) == 108_270
    assert sessions_needed(0.0, 0.0025) < 108_270, "from nothing, too"
    assert 1.8 < 108_270 / once < 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate": -0.1},
        {"smallest": 0.0},
        {"rate": 0.999},
        {"rate": 0.5, "smallest": 0.5},
        {"comparisons": 0},
        {"shares": (1.0, 0.0)},
    ],
)
def test_what_cannot_be_planned_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="sessions_needed"):
        sessions_needed(**{"rate": 0.01, "smallest": 0.01, **wrong})  # type: ignore[arg-type]  # wrong ones too


@st.composite
def sizes(draw: st.DrawFn) -> tuple[list[int], list[float]]:
    weights = draw(st.lists(st.integers(1, 20), min_size=2, max_size=6))
    counts = draw(st.lists(st.integers(0, 3_000), min_size=len(weights), max_size=len(weights)))
    return counts, [weight / sum(weights) for weight in weights]


@given(sizes())
def test_the_imbalance_is_the_ratio_of_two_published_distributions(
    case: tuple[list[int], list[float]],
) -> None:
    counts, shares = case
    n = sum(counts)
    alternative = dirichlet_multinomial.logpmf(counts, [PRIOR * share for share in shares], n)
    expected = math.exp(min(0.0, multinomial.logpmf(counts, n, shares) - alternative))
    assert imbalance(counts, shares) == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_sound_arms_look_sound_and_broken_ones_do_not() -> None:
    assert imbalance([0, 0], [0.5, 0.5]) == 1
    with pytest.raises(ValueError, match="zip"):
        imbalance([1, 2, 3], [0.5, 0.5])
    assert imbalance([50_100, 49_900], [0.5, 0.5]) > 0.5
    assert imbalance([1, 2, 0], [0.3, 0.6, 0.1]) > UNEVEN
    # A tenth of one arm is missing.
    assert imbalance([5_000, 4_500], [0.5, 0.5]) < UNEVEN
    # Two arms have changed places.
    assert imbalance([3_000, 6_000, 1_000], [0.6, 0.3, 0.1]) < UNEVEN


def test_all_intervals_of_a_kind_share_one_level() -> None:
    assert radius(0.001, 0.003) == radius(0.001, 0.003, ALPHA)
    assert radius(0.001, 0.003, ALPHA / 9) > radius(0.001, 0.003)
