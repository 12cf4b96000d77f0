"""Do the intervals hold what they claim? ``python -m benchmarks.study_estimates [--sites N]``.

Simulates sites whose true block rate is known, estimates it as the report does, and counts how
often the interval, or the wider bound that is stated for that condition, holds the truth. Exits
with 1 if a promise is broken.
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from evenhand.estimate import (
    Bounds,
    Estimate,
    corrected,
    coverage,
    dispersion,
    leaving,
    paired_rate,
    wilson,
    worst_case,
)
from evenhand.simulate import Conditions, Population, Site, views

DAYS = 56
VIEWS = 1_000
RATES = (0.03, 0.6)
LEAVES, SENSITIVITY = 0.02, 0.7
SITES = 10_000
SEED = 20261122


@dataclass(slots=True)
class Counts:
    """What the server counted for one site."""

    baits: list[int] = field(default_factory=lambda: [0] * DAYS)
    controls: list[int] = field(default_factory=lambda: [0] * DAYS)
    reports: int = 0
    blocked: int = 0

    @property
    def paired(self) -> Estimate:
        return paired_rate(sum(self.baits), sum(self.controls))

    @property
    def widened(self) -> Estimate:
        parts = [(c - b, c) for b, c in zip(self.baits, self.controls, strict=True)]
        return paired_rate(sum(self.baits), sum(self.controls), design_effect=dispersion(parts))

    @property
    def reported(self) -> Estimate:
        return wilson(self.blocked, self.reports)

    @property
    def worst(self) -> Bounds:
        return worst_case(self.reported, coverage(self.reports, sum(self.controls)) or 0.0)


Method = Callable[[Counts], Estimate | Bounds]


@dataclass(frozen=True, slots=True)
class Scenario:
    """Conditions and the methods that are tried under them, each with what it promises."""

    name: str
    conditions: Conditions
    methods: Mapping[str, tuple[Method, str]]
    sensitivity: float = 1.0  # the share of blockers that the bait shows


EXACT, WIDE, FAILS = "94 to 96 %", "95 % or more", "no promise: shown for contrast"
_RETURNS = {"returns": 3.0}

SCENARIOS = (
    Scenario(
        "every page view by another reader",
        Conditions(),
        {
            "paired": (lambda c: c.paired, EXACT),
            "widened by batches": (lambda c: c.widened, WIDE),
        },
    ),
    Scenario(
        "10 % bots, 70 % of pages from a cache",
        Conditions(bots=0.1, cached=0.7),
        {"paired": (lambda c: c.paired, EXACT)},
    ),
    Scenario(
        "reports lost: 25 % of blockers', 3 % of others'",
        Conditions(lost=0.03, lost_blocked=0.25),
        {
            "paired": (lambda c: c.paired, EXACT),
            "reported": (lambda c: c.reported, FAILS),
            "worst case of reported": (lambda c: c.worst, WIDE),
        },
    ),
    Scenario(
        "4 page views a reader, on one day",
        Conditions(**_RETURNS),
        {
            "paired": (lambda c: c.paired, FAILS),
            "widened by batches": (lambda c: c.widened, WIDE),
        },
    ),
    Scenario(
        "4 page views a reader, over some days",
        Conditions(**_RETURNS, away=1.0),
        {
            "paired": (lambda c: c.paired, FAILS),
            "widened by batches": (lambda c: c.widened, WIDE),
        },
    ),
    Scenario(
        f"{LEAVES:.0%} leave between bait and control".replace("%", " %"),
        Conditions(leaves=LEAVES),
        {
            "paired": (lambda c: c.paired, FAILS),
            "with the stated share": (lambda c: leaving(c.paired, LEAVES), WIDE),
        },
    ),
    Scenario(
        f"the bait shows {SENSITIVITY:.0%} of blockers".replace("%", " %"),
        Conditions(),
        {
            "paired": (lambda c: c.paired, FAILS),
            "corrected, as stated": (lambda c: corrected(c.paired, SENSITIVITY), EXACT),
        },
        sensitivity=SENSITIVITY,
    ),
    Scenario(
        "all of it: bots, caches, losses, returns, leaves",
        Conditions(
            **_RETURNS,
            away=1.0,
            bots=0.1,
            cached=0.7,
            lost=0.03,
            lost_blocked=0.25,
            leaves=LEAVES,
        ),
        {
            "paired": (lambda c: c.paired, FAILS),
            "widened, with the stated share": (lambda c: leaving(c.widened, LEAVES), WIDE),
        },
    ),
)


@dataclass(slots=True)
class Held:
    """How often a method's interval held the truth, and how wide it was on average."""

    promise: str
    sites: int = 0
    times: int = 0
    width: float = 0.0

    @property
    def share(self) -> float:
        return self.times / self.sites

    @property
    def is_kept(self) -> bool:
        return {EXACT: 0.94 <= self.share <= 0.96, WIDE: self.share >= 0.95}.get(self.promise, True)


def study(scenario: Scenario, sites: int, seed: int, n: int = VIEWS) -> dict[str, Held]:
    """How each method did on ``sites`` simulated sites of ``n`` page views."""
    random = Random(f"{seed} {scenario.name}")
    held = {name: Held(promise) for name, (_, promise) in scenario.methods.items()}
    for _ in range(sites):
        truth = random.uniform(*RATES)
        counts = simulated(scenario, truth, n, random)
        for name, (method, _) in scenario.methods.items():
            found, result = method(counts), held[name]
            result.sites += 1
            result.times += found.low <= truth <= found.high
            result.width += (found.high - found.low) / sites
    return held


def simulated(scenario: Scenario, truth: float, n: int, random: Random) -> Counts:
    """What the server of one site of that true rate counts."""
    shown = truth * scenario.sensitivity
    readers = Population("other", "other", 1.0, shown, truth - shown, 0.0)
    counts = Counts()
    for view in views(Site((readers,), scenario.conditions), n, [1.0] * DAYS, random):
        if view.bot:
            continue
        counts.baits[view.step] += view.bait
        counts.controls[view.step] += view.control
        # A report follows the control: who left before it sends none.
        if view.report and view.control:
            counts.reports += 1
            counts.blocked += view.blocks
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=SITES, help="for each condition")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the report there too")
    arguments = parser.parse_args()
    told = [
        f"$ python -m benchmarks.study_estimates --sites {arguments.sites} --seed {arguments.seed}",
        f"{arguments.sites:,} sites for each condition, {VIEWS:,} page views each over {DAYS} days,"
        f" true rates from {RATES[0]:.0%} to {RATES[1]:.0%}.",
        "Share of sites whose 95 % interval holds the truth; its mean width in points.",
    ]
    kept = True
    for scenario in SCENARIOS:
        told.append(scenario.name)
        for name, held in study(scenario, arguments.sites, arguments.seed).items():
            kept &= held.is_kept
            told.append(
                f"  {name:32}{held.share:7.2%}  width {held.width * 100:5.1f}"
                f"  {held.promise}{'' if held.is_kept else '  BROKEN'}"
            )
    report = "\n".join(told) + "\n"
    sys.stdout.write(report)
    if arguments.save:
        arguments.save.write_text(report)
    raise SystemExit(not kept)


if __name__ == "__main__":
    main()
