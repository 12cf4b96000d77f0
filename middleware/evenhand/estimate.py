"""Rates with their uncertainty: what the counts say, and how far they can be trusted.

Pure arithmetic on counts, standard library only. Every share is a fraction from 0 to 1 and
every interval is a 95 % interval unless another ``z`` is given.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import cos, pi, sin, sqrt, tan
from typing import NamedTuple

Z95 = 1.959963984540054
"""The standard normal quantile of a two-sided 95 % interval."""

FEWEST_BATCHES = 4
"""How many batches `dispersion` wants at least: the variance of fewer is hardly known."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A rate with its interval and the number of page views behind it.

    Without any page view it is `NOTHING`: falsy, ``n`` is 0 and the interval is all of [0, 1],
    because then every rate is possible. Test ``if estimate:`` before printing ``rate``.
    """

    rate: float
    low: float
    high: float
    n: int

    def __bool__(self) -> bool:
        return self.n > 0


class Bounds(NamedTuple):
    """The lowest and the highest rate that the missing page views leave possible."""

    low: float
    high: float


NOTHING = Estimate(rate=0.0, low=0.0, high=1.0, n=0)
"""The estimate from no page views at all."""


def wilson(k: int, n: int, z: float = Z95, *, design_effect: float = 1.0) -> Estimate:
    """Estimate the rate ``k / n`` with the Wilson score interval.

    With ``p = k/n``, the interval is ``(p + z²/2n ± z·√(p(1-p)/n + z²/4n²)) / (1 + z²/n)``.
    It keeps its level for small ``n`` and for rates near 0, where ``p ± z·√(p(1-p)/n)`` shrinks
    to a point. 250 of 1,000 gives 0.224 to 0.278.

    ``design_effect`` divides ``n`` inside the interval (see `dispersion`).

    Source: E. B. Wilson, JASA 22 (1927) 209-212; L. D. Brown, T. T. Cai and A. DasGupta,
    "Interval Estimation for a Binomial Proportion", Statistical Science 16 (2001) 101-133.
    """
    if not 0 <= k <= n:
        raise ValueError(f"wilson(k={k}, n={n}): k must lie between 0 and n")
    if n == 0:
        return NOTHING
    rate = k / n
    effective = n / max(design_effect, 1.0)
    square = z * z / effective
    half = z * sqrt(rate * (1 - rate) / effective + square / (4 * effective))
    low = (rate + square / 2 - half) / (1 + square)
    high = (rate + square / 2 + half) / (1 + square)
    # Rounding may put a bound 1e-17 on the wrong side of the rate at 0 and at 1.
    return Estimate(rate, max(0.0, min(low, rate)), min(1.0, max(high, rate)), n)


def paired_rate(
    baits: int, controls: int, z: float = Z95, *, design_effect: float = 1.0
) -> Estimate:
    """Estimate the share of page views that lost the bait: ``1 - baits/controls``, at least 0.

    A page view asks for its control only after its bait has settled, so the two counts are no
    independent samples: each control is one trial, and its bait is missing or it is not. The
    missing baits ``controls - baits`` are then binomial in ``controls``, and their Wilson
    interval is the interval of the pair. The delta method with the covariance of the pair gives
    the same variance, ``p(1-p)/controls``; without it (two independent Poisson counts) the
    interval would be wider than the truth by ``√((2-p)/p)``, more than fourfold at 10 %.

    Bias, always towards zero: a reader who leaves between bait and control adds a bait without
    its control. If they are a share ``λ`` of the page views, the result is low by at most ``λ``
    (`leaving`); where they outnumber the missing baits it is clipped at 0. The rate is therefore
    a floor. A cache that
    answers baits, but not controls, would push it the other way: both must be ``no-store``.

    Source of the delta method for a ratio: W. G. Cochran, Sampling Techniques, 3rd ed. (1977),
    section 2.11.
    """
    missing = max(0, controls - max(0, baits))
    return wilson(missing, max(0, controls), z, design_effect=design_effect)


def dispersion(parts: Sequence[tuple[int, int]]) -> float:
    """How much wider page views of the same readers make an interval: a design effect, ≥ 1.

    ``parts`` are ``(k, n)`` of successive hours or days, empty ones included. Page views of one
    reader are alike, and without an identifier nobody can group them; so time stands in for the
    readers (batch means). With ``m`` batches, ``p = Σk/Σn`` has the variance of a ratio,
    ``m/(m-1) · Σ(kᵢ - nᵢp)² / (Σn)²``, and its design effect is that over ``p(1-p)/Σn``, times
    ``(t/z)²``, with ``t`` Student's quantile for ``m - 1`` degrees of freedom: few batches know
    their variance badly. `wilson` takes the result as its ``design_effect``.

    Readers who come back tomorrow tie successive days together. So batches of 1, 2, 4, 8, … parts
    are tried, as long as there are four of them, each also as ``2·effect - effect of half the
    length``, which takes out what the batch's edges cut off; the widest counts. That holds the
    level for readers who come and go within an eighth of the window or so, and errs on the wide
    side otherwise (`make study-estimates`). A real change within the window widens it too.
    Readers who stay for all of it can't be seen by any batch: then the interval is about those
    readers, and not about others who might have come. Fewer than four filled parts tell nothing,
    and give 1.

    Sources: W. G. Cochran, Sampling Techniques, 3rd ed. (1977), section 6.4 for the variance of a
    ratio; L. Kish, Survey Sampling (1965), section 8.2 for the design effect; B. Schmeiser,
    "Batch Size Effects in the Analysis of Simulation Output", Operations Research 30 (1982)
    556-568 for Student's quantile; D. Vats and J. M. Flegal, "Lugsail lag windows for estimating
    time-average covariance matrices", Biometrika 109 (2022) 735-750 for the edges.
    """
    batches = [(min(max(0, k), n), n) if n > 0 else (0, 0) for k, n in parts]
    widest, shorter = 1.0, 0.0
    while sum(n > 0 for _, n in batches) >= FEWEST_BATCHES:
        effect, filled = _batch_effect(batches)
        edged = 2 * effect - shorter if shorter else effect
        widest = max(widest, max(effect, edged) * (student95(filled - 1) / Z95) ** 2)
        shorter = effect
        batches = _in_twos(batches)
    return widest


def _in_twos(parts: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Each two neighbours added up; an odd one at the end stays alone."""
    pairs = (parts[start : start + 2] for start in range(0, len(parts), 2))
    return [(sum(k for k, _ in pair), sum(n for _, n in pair)) for pair in pairs]


def _batch_effect(batches: Sequence[tuple[int, int]]) -> tuple[float, int]:
    """The design effect of the filled batches, and how many those are."""
    filled, total = sum(n > 0 for _, n in batches), sum(n for _, n in batches)
    rate = sum(k for k, _ in batches) / total
    if not 0 < rate < 1:
        return 0.0, filled
    spread = sum((k - n * rate) ** 2 for k, n in batches)
    return filled / (filled - 1) * spread / (total * rate * (1 - rate)), filled


@lru_cache(maxsize=512)
def student95(degrees: int) -> float:
    """Student's quantile of a two-sided 95 % interval: 12.706 for 1 degree of freedom, 2.571 for 5.

    The share within ``±t`` is a finite sum in ``θ = atan(t/√degrees)``; halving finds the ``θ``
    that holds 95 %.

    Source: M. Abramowitz and I. A. Stegun, Handbook of Mathematical Functions (1964), 26.7.3-4.
    """
    if degrees < 1:
        raise ValueError(f"student95(degrees={degrees}): at least 1 degree of freedom is needed")
    low, high = 0.0, pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        if _share_within(middle, degrees) < 0.95:
            low = middle
        else:
            high = middle
    return tan((low + high) / 2) * sqrt(degrees)


def _share_within(angle: float, degrees: int) -> float:
    odd = degrees % 2
    term = cos(angle) if odd else 1.0
    total = 0.0
    for power in range(1 + odd, degrees, 2):
        total += term
        term *= cos(angle) ** 2 * power / (power + 1)
    return 2 / pi * (angle + sin(angle) * total) if odd else sin(angle) * total


def coverage(settled: int, controls: int) -> float | None:
    """The share of page views that could report and whose verdict settled.

    ``settled / controls``, at most 1; ``None`` when there was no control to divide by.
    Only controls of readers who could report belong in ``controls``: no bots, no GPC or DNT.
    """
    if controls <= 0:
        return None
    return min(1.0, max(0, settled) / controls)


def bounds(rate: float, coverage: float) -> Bounds:
    """The rates that remain possible whatever the page views without a verdict were.

    ``[r·c, r·c + (1 - c)]``: the low end takes every missing page view for an unblocked one, the
    high end for a blocked one. At ``r`` = 25 % and ``c`` = 95 %: 23.75 % to 28.75 %.

    Source: C. F. Manski, "Nonparametric Bounds on Treatment Effects", American Economic Review
    80 (1990) 319-323.
    """
    seen = rate * coverage
    return Bounds(seen, min(1.0, seen + (1 - coverage)))


def worst_case(estimate: Estimate, coverage: float) -> Bounds:
    """`bounds` with the interval carried through: ``[low·c, high·c + (1 - c)]``.

    Holds the rate of all page views with 95 % or more, however the missing reports fell.

    Source: G. W. Imbens and C. F. Manski, "Confidence Intervals for Partially Identified
    Parameters", Econometrica 72 (2004) 1845-1857; this is the interval for the whole set.
    """
    return Bounds(bounds(estimate.low, coverage).low, bounds(estimate.high, coverage).high)


def leaving(estimate: Estimate, share: float) -> Bounds:
    """What a paired rate may be if a ``share`` of page views ended between bait and control.

    Of ``V`` page views of which ``p`` lose the bait, ``V(1-p)`` baits and ``V(1-λ)`` controls
    arrive, so that the pair shows ``r = (p-λ)/(1-λ)`` and the truth is ``r + λ(1-r)``: between
    ``r`` and ``r + λ``. The share can't be told from the pair; whoever states one states it.
    """
    if not 0 <= share < 1:
        raise ValueError(f"leaving(share={share}): a share from 0 to below 1 is needed")
    return Bounds(estimate.low, estimate.high + share * (1 - estimate.high))


def corrected(estimate: Estimate, sensitivity: float, specificity: float = 1.0) -> Estimate:
    """The rate if a blocker is noticed with ``sensitivity``, a clean page with ``specificity``.

    ``(r + Sp - 1) / (Se + Sp - 1)``, for the rate and both ends, within 0 and 1. 20 % seen with a
    sensitivity of 0.8 are 25 %. It is an assumption of whoever states the sensitivity, and its
    own uncertainty is not in the interval: never show it without saying so.

    Source: W. J. Rogan and B. Gladen, "Estimating Prevalence from the Results of a Screening
    Test", American Journal of Epidemiology 107 (1978) 71-76.
    """
    if not (0 < sensitivity <= 1 and 0 <= specificity <= 1 and sensitivity + specificity > 1):
        raise ValueError(
            f"corrected(sensitivity={sensitivity}, specificity={specificity}): shares are needed"
            " that add up to more than 1; less tells nothing about blockers"
        )
    if not estimate:
        return estimate

    def turned(rate: float) -> float:
        return min(1.0, max(0.0, (rate + specificity - 1) / (sensitivity + specificity - 1)))

    return Estimate(turned(estimate.rate), turned(estimate.low), turned(estimate.high), estimate.n)


def difference(later: Estimate, earlier: Estimate) -> Bounds:
    """The interval of ``later.rate - earlier.rate``, for two windows with readers of their own.

    From the two intervals: ``d - √((p₁-l₁)² + (u₂-p₂)²)`` to ``d + √((u₁-p₁)² + (p₂-l₂)²)``.
    Readers of both windows make the two rates alike, and the interval too wide rather than too
    narrow.

    Source: R. G. Newcombe, "Interval Estimation for the Difference Between Independent
    Proportions", Statistics in Medicine 17 (1998) 873-890, method 10.
    """
    change = later.rate - earlier.rate
    down = sqrt((later.rate - later.low) ** 2 + (earlier.high - earlier.rate) ** 2)
    up = sqrt((later.high - later.rate) ** 2 + (earlier.rate - earlier.low) ** 2)
    return Bounds(change - down, change + up)


class Amount(NamedTuple):
    """Money, in whatever currency the revenue was given, with its interval."""

    amount: float
    low: float
    high: float


def at_stake(blocked: Estimate, page_views: float, rpm: float, ads_per_page: float) -> Amount:
    """What the blocked page views would have earned, had each shown its ads at the usual price.

    ``rate · page_views · ads_per_page · rpm/1000``, with ``rpm`` the revenue of 1,000 ads shown.
    An estimate of what is at stake and not of what asking would bring: most readers go on
    blocking, and a price may fall where more is offered. The interval is that of the rate.
    """
    if min(page_views, rpm, ads_per_page) < 0:
        raise ValueError(
            f"at_stake(page_views={page_views}, rpm={rpm}, ads_per_page={ads_per_page}):"
            " none may be negative"
        )
    each = page_views * ads_per_page * rpm / 1000
    return Amount(blocked.rate * each, blocked.low * each, blocked.high * each)
