"""What is usual at a site, and from where on it is crowded or full: pure, in hits a minute."""

from typing import NamedTuple

HITS_PER_VIEW = 3  # the bait, its control, a report
LEARNING = 60  # minutes after which what is usual is known
DAY = 1440  # minutes over which it is remembered
CROWDED = 4.0  # times the usual: a day's busiest minute is some 2.5 times its mean
FULL = 10.0  # times the usual
SMALL = 10  # a site that is full below so many of an address's budgets a minute isn't full
SHARE = 0.02  # of what a worker counts, one address may make; a carrier's NAT does
THRIFT = 12  # by which an address's budget is divided while the site is crowded


class Usual(NamedTuple):
    """The mean of a minute's counted hits, and of how many minutes (at most a day) it is."""

    hits: float = 0.0
    minutes: float = 0.0


class Ceilings(NamedTuple):
    """Hits a minute above which a site is crowded, and at which it is full."""

    crowded: float
    full: float


NO_CEILINGS = Ceilings(float("inf"), float("inf"))


def learnt(usual: Usual, hits: float, passed: float) -> Usual:
    """What is usual after a minute with so many counted hits, the first of `passed` minutes;
    nobody came in the others. Before a first minute nothing is known."""
    if not usual.minutes and not hits:
        return Usual(0.0, 1.0)
    if not 1 <= passed <= DAY:  # the machine was started anew, or nobody came for a day
        passed = 1
    minutes = min(usual.minutes + 1, DAY)
    mean = usual.hits + (hits - usual.hits) / minutes
    idle = passed - 1
    known = min(minutes + idle, DAY)
    return Usual(mean * minutes / known * (1 - 1 / DAY) ** (minutes + idle - known), known)


def ceilings(usual: Usual, budget: int) -> Ceilings:
    """A site's ceilings; there are none as long as nothing is known of it.

    ``budget`` is an address's, in page views: a site is never crowded by what one address may
    send, nor full of what `SMALL` of them may.
    """
    if not usual.minutes >= LEARNING:
        return NO_CEILINGS
    least = budget * HITS_PER_VIEW
    return Ceilings(max(CROWDED * usual.hits, least), max(FULL * usual.hits, SMALL * least))


def allowance(own: Usual, budget: int, *, crowded: bool) -> float:
    """Page views an hour that one address may count through one worker whose `own` hits are so
    many a minute."""
    return budget / THRIFT if crowded else max(budget, SHARE * 60 * own.hits / HITS_PER_VIEW)
