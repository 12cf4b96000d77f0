"""Differences that may be looked at every day: always-valid intervals, and what they need.

Pure arithmetic on counts, standard library only. Shares are fractions from 0 to 1. An interval
for each day that holds the truth on 95 % of days is no help to somebody who stops on the first
day that looks good; the ones here hold it on all days at once, with 95 %.
"""

from collections.abc import Callable, Sequence
from math import ceil, exp, lgamma, log, pi, sqrt
from statistics import NormalDist

ALPHA = 0.05
"""How often all intervals of a kind together may leave out the truth, on any day at all."""

POWER = 0.8
"""With how many sessions a difference counts as findable: with so many it is found this often."""

UNEVEN = 0.001
"""How often sound arms may be called uneven, on any day at all."""

PRIOR = 300
"""Sessions that the drawn shares are worth, in `imbalance`: it looks for some three points."""


def standard_error(*arms: tuple[int, int]) -> float:
    """Of the difference of two arms, each ``(k, n)``.

    ``√(Σ p(1-p)/n)``, with ``p = (k+1)/(n+2)``: the success and the failure added to each arm keep
    it from shrinking to nothing where nothing was counted yet. It is at least what it would be if
    they were alike: the same with both shares as in all sessions together. Without
    that a small arm that has reached little by chance looks sure of itself, and one in a dozen
    comparisons of an arm with itself finds a difference.

    Sources: A. Agresti and B. Caffo, "Simple and Effective Confidence Intervals for Proportions and
    Differences of Proportions", The American Statistician 54 (2000) 280-288; A. Agresti,
    Categorical Data Analysis, 3rd ed. (2013), section 3.2 for the pooled error.
    """
    pooled = (sum(k for k, _ in arms), sum(n for _, n in arms))
    return max(
        sqrt(sum(_variance(*arm) / arm[1] for arm in arms)),
        sqrt(sum(_variance(*pooled) / n for _, n in arms)),
    )


def _variance(k: int, n: int) -> float:
    share = (k + 1) / (n + 2)
    return share * (1 - share)


def radius(error: float, effect: float, alpha: float = ALPHA) -> float:
    """Half the width of the always-valid interval of a difference.

    With ``s`` the standard error and differences drawn from a normal distribution around 0 with
    standard deviation ``τ = effect``, what was seen (``d``) is so many times likelier than without
    a difference: ``√(s²/(s²+τ²)) · exp(d²τ² / (2s²(s²+τ²)))``. Without one this is a martingale
    from 1, and ever exceeds ``1/alpha`` with probability ``alpha`` at most (Ville's inequality):
    that is what makes every look safe. The interval ends where it is ``1/alpha``:
    ``√(s²(s²+τ²)/τ² · ln((s²+τ²)/(s²·alpha²)))``. It is narrowest, some 3.0 standard errors, where
    ``s`` is about a third of ``τ``: about when a difference of ``τ`` can be found. The normal
    approximation with an estimated error makes it valid for many sessions; for few,
    ``make study-experiments`` counts.

    Sources: H. Robbins, "Statistical Methods Related to the Law of the Iterated Logarithm", Annals
    of Mathematical Statistics 41 (1970) 1397-1409; R. Johari, P. Koomen, L. Pekelis and D. Walsh,
    "Always Valid Inference: Continuous Monitoring of A/B Tests", Operations Research 70 (2022)
    1806-1821; S. R. Howard, A. Ramdas, J. McAuliffe and J. Sekhon, "Time-uniform, Nonparametric,
    Nonasymptotic Confidence Sequences", Annals of Statistics 49 (2021) 1055-1080; I. Waudby-Smith,
    D. Arbour, R. Sinha, E. H. Kennedy and A. Ramdas, "Time-uniform Central Limit Theory and
    Asymptotic Confidence Sequences", Annals of Statistics 52 (2024) 2613-2640.
    """
    square, spread = error**2, effect**2
    whole = square + spread
    return sqrt(square * whole / spread * log(whole / (square * alpha**2)))


def share_interval(k: int, n: int, alpha: float = ALPHA) -> tuple[float, float]:
    """The always-valid interval of one share: every ``p`` that ``k`` of ``n`` don't speak against.

    The evidence against ``p`` is how many times likelier the counts are with shares from Jeffreys'
    distribution, ``B(k+½, n-k+½)/π / (p^k·(1-p)^(n-k))``: exact for any number of sessions, where
    the normal approximation of `radius` would be too sure of rare outcomes.

    Sources: H. Robbins, and S. R. Howard and others, as for `radius`: mixtures of beta
    distributions.
    """
    if not n:
        return 0.0, 1.0
    enough = log(1 / alpha)
    likelier = lgamma(k + 0.5) + lgamma(n - k + 0.5) - lgamma(n + 1) - log(pi)

    def speaks_against(share: float) -> bool:
        if not 0 < share < 1:
            return k != n * share
        return likelier - k * log(share) - (n - k) * log(1 - share) > enough

    return _edge(k / n, 0.0, speaks_against), _edge(k / n, 1.0, speaks_against)


def _edge(inside: float, outside: float, is_out: Callable[[float], bool]) -> float:
    """Where a condition begins to hold, between a share where it doesn't and the end of all."""
    if not is_out(outside):
        return outside
    for _ in range(50):
        middle = (inside + outside) / 2
        inside, outside = (inside, middle) if is_out(middle) else (middle, outside)
    return inside


def error_to_find(effect: float, alpha: float = ALPHA, power: float = POWER) -> float:
    """The standard error at which a difference of ``effect`` is found with ``power``.

    It solves ``radius(s) + z·s = effect``, with ``z`` the normal quantile of the power: then the
    interval around a difference that is ``effect`` on average lies beyond 0 that often. All the
    looks before it find it now and then too, so that the power is a little more.
    """
    quantile = NormalDist().inv_cdf(power)
    low, high = 0.0, effect
    for _ in range(60):
        middle = (low + high) / 2
        if middle and radius(middle, effect, alpha) + quantile * middle > effect:
            high = middle
        else:
            low = middle
    return low


def sessions_needed(
    rate: float, smallest: float, *, comparisons: int = 1, shares: tuple[float, float] = (0.5, 0.5)
) -> int:
    """How many sessions all arms together need to find a rise from ``rate`` by ``smallest``.

    ``comparisons`` share `ALPHA` evenly (Bonferroni); ``shares`` are how often the two arms are
    drawn, of all sessions. 1 % against 1.25 % needs 108,000: 1.9 times as many as a test that
    nobody may look at before its end.
    """
    risen = rate + smallest
    if not (rate >= 0 and smallest > 0 and risen < 1 and comparisons > 0 and min(shares) > 0):
        raise ValueError(
            f"sessions_needed(rate={rate}, smallest={smallest}, comparisons={comparisons},"
            f" shares={shares}): shares from 0 to 1 are needed, and a difference over 0"
        )
    variance = rate * (1 - rate) / shares[0] + risen * (1 - risen) / shares[1]
    return ceil(variance / error_to_find(smallest, ALPHA / comparisons) ** 2)


def imbalance(counts: Sequence[int], shares: Sequence[float]) -> float:
    """How well the arms' sizes go with the shares that they are drawn with: 1 is well, 0 not.

    A p-value that holds however often one looks: ``min(1, 1/B)``, with ``B`` how many times
    likelier the counts are under a Dirichlet distribution around the shares (worth `PRIOR`
    sessions) than under the shares themselves:
    ``B = Γ(a)/Γ(a+n) · Π Γ(aᵢ+nᵢ)/Γ(aᵢ) / Π θᵢ^nᵢ`` with ``aᵢ = PRIOR·θᵢ``. Below `UNEVEN` the
    draw, the counting or one of the arms is broken, and no difference means anything.

    Source: M. Lindon and A. Malek, "Anytime-Valid Inference for Multinomial Count Data", Advances
    in Neural Information Processing Systems 35 (2022).
    """
    n = sum(counts)
    found = lgamma(PRIOR) - lgamma(PRIOR + n)
    for count, share in zip(counts, shares, strict=True):
        found += lgamma(PRIOR * share + count) - lgamma(PRIOR * share) - count * log(share)
    return exp(-max(0.0, found))
