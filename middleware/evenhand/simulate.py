"""Simulated sites: page views as they would arrive, drawn from a truth that is known.

The demo's readers come from here, and so do the sites that the estimates are checked against. Pure:
all chance is the ``Random`` that is passed in, and the same seed gives the same page views.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from evenhand.vocabulary import Browser, Device


@dataclass(frozen=True, slots=True)
class Population:
    """One browser on one device: its share of readers and how they block; shares from 0 to 1."""

    browser: Browser
    device: Device
    share: float
    blocks: float  # a list-based blocker: bait and ads fail
    probable: float  # Brave, DNS filters, tracking protection: the ads alone fail
    withholds: float  # GPC or DNT


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What stands between page views and counts; shares of page views, unless another is said."""

    bots: float = 0.0
    leaves: float = 0.0  # of people: gone between bait and control
    lost: float = 0.0  # reports that never arrive
    lost_blocked: float = 0.0  # the same from readers with a blocker
    cached: float = 0.0  # pages that a shared cache answers: the app never sees them
    returns: float = 0.0  # further page views of one reader, on average (geometric)
    away: float = 0.0  # steps of the clock between two of them, on average (exponential)


@dataclass(frozen=True, slots=True)
class Site:
    """Who reads a site, and under which conditions."""

    populations: Sequence[Population]
    conditions: Conditions = Conditions()

    @property
    def block_rate(self) -> float:
        """The true share of people's page views that lose the bait."""
        shares = sum(population.share for population in self.populations)
        return sum(p.share * p.blocks for p in self.populations) / shares


class View(NamedTuple):
    """One page view and what of it arrives at the server."""

    step: int  # index of the clock's step that it falls into
    population: Population
    bot: bool
    blocks: bool
    probable: bool
    withholds: bool
    page: bool
    bait: bool
    control: bool
    report: bool


def views(site: Site, n: int, clock: Sequence[float], random: Random) -> Iterator[View]:
    """``n`` page views of people and bots, reader by reader.

    ``clock`` gives how busy each step of time is, relative to the others. A reader's first page
    view falls anywhere in it, further ones later; those after its end are not part of the ``n``.
    """
    shares = [population.share for population in site.populations]
    returns = site.conditions.returns
    goes_on = returns / (1 + returns)
    left = n
    while left > 0:
        first = zip(
            random.choices(range(len(clock)), clock, k=left),
            random.choices(site.populations, shares, k=left),
            strict=True,
        )
        for step, population in first:
            for view in _reader(site.conditions, step, population, len(clock), goes_on, random):
                yield view
                left -= 1
                if not left:
                    return


def _reader(
    conditions: Conditions,
    step: int,
    population: Population,
    end: int,
    goes_on: float,
    random: Random,
) -> Iterator[View]:
    """The page views of one reader, who is the same at each of them."""
    chance = random.random
    if chance() < conditions.bots:
        page = chance() >= conditions.cached
        yield View(step, population, True, False, False, False, page, True, True, False)
        return
    drawn = chance()
    blocks = drawn < population.blocks
    probable = not blocks and drawn < population.blocks + population.probable
    withholds = chance() < population.withholds
    lost = conditions.lost_blocked if blocks else conditions.lost
    at = float(step)
    while at < end:
        yield View(
            int(at),
            population,
            False,
            blocks,
            probable,
            withholds,
            chance() >= conditions.cached,
            not blocks,
            chance() >= conditions.leaves,
            not withholds and chance() >= lost,
        )
        if not goes_on or chance() >= goes_on:
            return
        if conditions.away:
            at += random.expovariate(1 / conditions.away)
