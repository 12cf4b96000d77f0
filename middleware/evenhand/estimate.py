"""Rates with their uncertainty: what the counts say, and how far they can be trusted.

Pure arithmetic on counts, standard library only. Every share is a fraction from 0 to 1 and
every interval is a 95 % interval unless another ``z`` is given.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

Z95 = 1.96
"""The standard normal quantile of a two-sided 95 % interval."""


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
    its control. If they are a share ``λ`` of the controls, the result is low by ``λ``; where they
    outnumber the missing baits it is clipped at 0. The rate is therefore a floor. A cache that
    answers baits, but not controls, would push it the other way: both must be ``no-store``.

    Source of the delta method for a ratio: W. G. Cochran, Sampling Techniques, 3rd ed. (1977),
    section 2.11.
    """
    missing = max(0, controls - max(0, baits))
    return wilson(missing, max(0, controls), z, design_effect=design_effect)


def dispersion(parts: Sequence[tuple[int, int]]) -> float:
    """How much more a rate varies from part to part than independent page views would: ≥ 1.

    ``parts`` are ``(k, n)`` of successive hours or days. Page views of one reader are alike, and
    without an identifier nobody can group them; the parts stand in for the readers. The result is
    Pearson's ``Σ (kᵢ - nᵢp)² / (nᵢ p(1-p)) / (m - 1)`` over ``m`` parts and widens an interval
    as its ``design_effect``. A real change within the window raises it too: it errs on the
    wide side. Fewer than five parts tell nothing, and give 1.

    Source: P. McCullagh and J. A. Nelder, Generalized Linear Models, 2nd ed. (1989), section
    4.5; L. Kish, Survey Sampling (1965), section 8.2 for the design effect.
    """
    filled = [(min(max(0, k), n), n) for k, n in parts if n > 0]
    total = sum(n for _, n in filled)
    rate = sum(k for k, _ in filled) / total if total else 0.0
    if len(filled) < 5 or not 0 < rate < 1:
        return 1.0
    pearson = sum((k - n * rate) ** 2 / (n * rate * (1 - rate)) for k, n in filled)
    return max(1.0, pearson / (len(filled) - 1))


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
