"""Always-valid intervals: the closed forms against their definitions and other people's code."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import dirichlet_multinomial, multinomial, norm
from statsmodels.stats.proportion import confint_proportions_2indep

from evenhand.experiments.sequential import (
    ALPHA,
    POWER,
    PRIOR,
    UNEVEN,
    error_to_find,
    evidence,
    imbalance,
    radius,
    sessions_needed,
    standard_error,
)

errors = st.floats(1e-4, 0.2)
effects = st.floats(1e-3, 0.2)


@settings(max_examples=25)
@given(st.floats(-0.3, 0.3), errors, effects)
def test_the_evidence_is_the_mixture_that_it_is_said_to_be(
    difference: float, error: float, effect: float
) -> None:
    """The mean likelihood ratio over differences from a normal distribution, integrated."""
    if abs(difference) > 6 * error:
        difference = math.copysign(6 * error, difference)

    def ratio(theta: float) -> float:
        likelier = norm.pdf(difference, theta, error) / norm.pdf(difference, 0, error)
        return float(likelier * norm.pdf(theta, 0, effect))

    # Where the product of the two bells is.
    centre = difference * effect**2 / (effect**2 + error**2)
    width = error * effect / math.hypot(error, effect)
    whole, _ = quad(ratio, centre - 12 * width, centre + 12 * width, epsabs=0, epsrel=1e-11)
    assert evidence(difference, error, effect) == pytest.approx(whole, rel=1e-9)


@given(errors, effects, st.floats(1e-4, 0.2))
def test_the_interval_ends_where_the_evidence_against_its_end_is_enough(
    error: float, effect: float, alpha: float
) -> None:
    around = radius(error, effect, alpha)
    assert evidence(around, error, effect) == pytest.approx(1 / alpha, rel=1e-9)
    by_search = brentq(
        lambda d: math.log(evidence(d, error, effect) * alpha), 0, 30 * error * (1 + error / effect)
    )
    assert around == pytest.approx(by_search, rel=1e-9)


def test_the_error_is_the_published_one() -> None:
    """Agresti and Caffo's interval, by statsmodels: its half width is 1.96 of our errors, with the
    two successes in the denominator too."""
    low, high = confint_proportions_2indep(7, 40, 3, 60, method="agresti-caffo", compare="diff")
    smoothed = [(8 / 42, 42), (4 / 62, 62)]
    theirs = math.sqrt(sum(p * (1 - p) / n for p, n in smoothed))
    assert (high - low) / 2 / norm.ppf(0.975) == pytest.approx(theirs, abs=1e-9)
    assert standard_error((7, 40), (3, 60)) > theirs
    assert standard_error((70_000, 400_000)) == pytest.approx(
        math.sqrt(0.175 * 0.825 / 400_000), rel=1e-4
    )
    assert standard_error((0, 100)) > 0


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
    assert 1.8 < 108_270 / once < 2


@pytest.mark.parametrize(
    "wrong", [{"rate": -0.1}, {"smallest": 0.0}, {"rate": 0.999}, {"comparisons": 0}]
)
def test_what_cannot_be_planned_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="sessions_needed"):
        sessions_needed(**{"rate": 0.01, "smallest": 0.01, **wrong})  # type: ignore[arg-type]


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
    assert imbalance([50_100, 49_900], [0.5, 0.5]) > 0.5
    assert imbalance([1, 2, 0], [0.3, 0.6, 0.1]) > UNEVEN
    # A tenth of one arm is missing.
    assert imbalance([5_000, 4_500], [0.5, 0.5]) < UNEVEN
    # Two arms have changed places.
    assert imbalance([3_000, 6_000, 1_000], [0.6, 0.3, 0.1]) < UNEVEN


def test_all_intervals_of_a_kind_share_one_level() -> None:
    assert radius(0.001, 0.003) == radius(0.001, 0.003, ALPHA)
    assert radius(0.001, 0.003, ALPHA / 9) > radius(0.001, 0.003)
