"""Are experiments safe to look at? ``python -m benchmarks.study_experiments [--runs N]``.

Simulates experiments whose truth is known, looks at each of them every day as an editor would, and
counts how often something is found. Exits with 1 if a promise of docs/experiments.md is broken.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from evenhand.experiments.declaration import Arm, Experiment
from evenhand.experiments.findings import FEWEST, compared
from evenhand.experiments.sequential import (
    ALPHA,
    POWER,
    UNEVEN,
    sessions_needed,
    share_interval,
)

RUNS = 4_000
SEED = 20261128
Z = 1.959963984540054
Counted = NDArray[np.int64]  # run, day, arm


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """An experiment, its truth, and what may be found in how many of 100 runs."""

    name: str
    experiment: Experiment
    rates: Mapping[str, float]  # the true share of sessions that reach the goal, by arm
    days: int
    sessions: int  # a day, in all arms
    # "winner" (any comparison is called better or worse), "missed" (any interval of a difference
    # leaves the truth out), "share missed" (any of a share), "better" (the second arm against the
    # first), "uneven"
    wanted: Literal["winner", "missed", "share missed", "better", "uneven"]
    least: float = 0.0
    most: float = 1.0
    uneven_days: float = 0.0  # how much the rate varies from day to day: its share of the rate
    lost: Mapping[str, float] = field(default_factory=dict[str, float])  # sessions never counted
    naive: bool = False  # also with a z-test that is looked at every day


def declared(smallest: float, arms: int = 2, hold_out: float = 0.0, **weights: float) -> Experiment:
    named = tuple(Arm(f"arm-{n}", weight=weights.get(f"arm_{n}", 1.0)) for n in range(arms))
    return Experiment(name="study", arms=named, smallest=smallest, hold_out=hold_out)


def alike(experiment: Experiment, rate: float) -> dict[str, float]:
    return dict.fromkeys(experiment.shares(), rate)


def _needed(experiment: Experiment, rate: float) -> int:
    """Sessions in all for the second arm against the first."""
    arms = [arm.name for arm in experiment.arms]
    shares = experiment.shares()
    pairs = len(arms) - 1 + (len(arms) if experiment.hold_out else 0)
    first, second = shares[arms[0]], shares[arms[1]]
    return sessions_needed(rate, experiment.smallest, comparisons=pairs, shares=(first, second))


def _same(name: str, experiment: Experiment, rate: float, days: int, sessions: int) -> Scenario:
    """Arms without any difference: what is found is false."""
    return Scenario(
        name=f"A/A: {name}",
        experiment=experiment,
        rates=alike(experiment, rate),
        days=days,
        sessions=sessions,
        wanted="winner",
        most=ALPHA,
        naive=len(experiment.shares()) == 2,
    )


def _rising(name: str, experiment: Experiment, rate: float) -> Scenario:
    """The second arm is better by the smallest difference; as many sessions as are needed."""
    days = 28
    return Scenario(
        name=f"A/B: {name}",
        experiment=experiment,
        rates=alike(experiment, rate) | {experiment.arms[1].name: rate + experiment.smallest},
        days=days,
        sessions=-(-_needed(experiment, rate) // days),
        wanted="better",
        least=POWER,
    )


def _sizes(name: str, sessions: int, days: int, **more: Any) -> Scenario:
    experiment = more.pop("experiment", TWO)
    return Scenario(
        name=f"uneven? {name}",
        experiment=experiment,
        rates=alike(experiment, 0.01),
        days=days,
        sessions=sessions,
        wanted="uneven",
        **more,
    )


TWO, FIVE = declared(0.0025), declared(0.005, 5, 0.1, arm_0=2.0, arm_4=0.5)
SMALL = declared(0.005, arm_1=1 / 19)
_RARE = _same("0.33 %, 50 sessions an arm and day, 60 days", declared(0.0017), 0.0033, 60, 100)
_LOWER = {"arm-0": 0.01, "arm-1": 0.005}
SCENARIOS = (
    _same("1 %, 2,000 sessions an arm and day, 28 days", TWO, 0.01, 28, 4_000),
    _RARE,
    _same("16 %, 200 sessions an arm and day, 60 days", declared(0.02), 0.16, 60, 400),
    _same("one arm with a twentieth of the sessions", SMALL, 0.01, 28, 4_000),
    _same("five arms of three weights and a hold-out", FIVE, 0.01, 28, 4_000),
    replace(
        _same("readers return: days differ by half the rate", TWO, 0.01, 28, 4_000), uneven_days=0.5
    ),
    replace(_RARE, name="an interval leaves the truth out: shares", wanted="share missed"),
    Scenario(
        name="an interval leaves the truth out: differences",
        experiment=SMALL,
        rates=_LOWER,
        days=28,
        sessions=4_000,
        wanted="missed",
        most=ALPHA,
    ),
    _rising("0.33 % and 0.5 %", declared(0.0017), 0.0033),
    _rising("1 % and 1.25 %", TWO, 0.01),
    _rising("1 % and 1.5 %", declared(0.005), 0.01),
    _rising("3 % and 4 %", declared(0.01), 0.03),
    _rising("16 % and 18 %", declared(0.02), 0.16),
    _rising("1 % and 1.5 %, of five arms and a hold-out", FIVE, 0.01),
    _sizes("sound arms, 60 days", 2_000, 60, experiment=FIVE, most=UNEVEN),
    _sizes("a tenth of one arm is lost", 2_000, 14, lost={"arm-1": 0.1}, least=0.95),
    _sizes("a twentieth of one arm is lost", 4_000, 28, lost={"arm-1": 0.05}, least=0.95),
)


@dataclass(slots=True)
class Seen:
    """In how many runs something was found, on any day at all; and when, in the median."""

    runs: int
    found: int = 0
    naive: int = 0
    days: list[int] = field(default_factory=list[int])

    @property
    def share(self) -> float:
        return self.found / self.runs


def study(scenario: Scenario, runs: int, seed: int) -> Seen:
    """Look at ``runs`` experiments every day, with the code that the dashboard looks with."""
    seen = Seen(runs)
    for sessions, reached in _simulated(scenario, runs, seed):
        for day, (n, k) in enumerate(zip(sessions.tolist(), reached.tolist(), strict=True), 1):
            if _is_found(scenario, n, k):
                seen.found += 1
                seen.days.append(day)
                break
        seen.naive += _naively(sessions, reached)
    return seen


def _is_found(scenario: Scenario, sessions: list[int], reached: list[int]) -> bool:
    names, rates = list(scenario.rates), scenario.rates
    if scenario.wanted == "share missed":
        ends = (
            share_interval(k, n, ALPHA / len(names)) for k, n in zip(reached, sessions, strict=True)
        )
        return any(
            not low <= rates[arm] <= high for arm, (low, high) in zip(names, ends, strict=True)
        )
    counts = {
        arm: {"assigned": n, "allowed": k}
        for arm, n, k in zip(names, sessions, reached, strict=True)
    }
    found = compared(scenario.experiment, {arm: arm for arm in names}, counts)
    if scenario.wanted == "winner":
        return any(each.finding in ("better", "worse") for each in found)
    if scenario.wanted == "missed":
        return any(
            not each.low <= rates[each.arm] - rates[each.against] <= each.high
            for each in found
            if min(counts[each.arm]["assigned"], counts[each.against]["assigned"]) >= FEWEST
        )
    return found[0].finding == scenario.wanted  # the second arm against the first comes first


def _simulated(scenario: Scenario, runs: int, seed: int) -> Iterator[tuple[Counted, Counted]]:
    """Sessions, and those that reached the goal, added up by day, of one run after the other.

    A day has so many sessions; each draws its arm. Where days differ, so does the rate of all arms:
    that is what readers who come back, all alike, look like from outside.
    """
    random = np.random.default_rng([seed, sum(scenario.name.encode())])
    shares = np.array(list(scenario.experiment.shares().values()))
    rates = np.array([scenario.rates[name] for name in scenario.experiment.shares()])
    kept = np.array([1 - scenario.lost.get(name, 0.0) for name in scenario.experiment.shares()])
    for _ in range(runs):
        sessions = random.binomial(
            random.multinomial(scenario.sessions, shares / shares.sum(), scenario.days), kept
        )
        swing = 1 + scenario.uneven_days * random.uniform(-1, 1, (scenario.days, 1))
        reached = random.binomial(sessions, np.clip(rates * swing, 0, 1))
        yield sessions.cumsum(axis=0), reached.cumsum(axis=0)


def _naively(sessions: Counted, reached: Counted) -> bool:
    """Whether a z-test of the first two arms, looked at every day, ever calls a winner."""
    (n1, n2), (k1, k2) = sessions[:, :2].T, reached[:, :2].T
    pooled = (k1 + k2) / (n1 + n2)
    with np.errstate(invalid="ignore", divide="ignore"):  # an arm without sessions, or none reached
        error = np.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
        return bool(np.any(np.abs(k1 / n1 - k2 / n2) / error > Z))


def line(scenario: Scenario, seen: Seen) -> tuple[str, bool]:
    """What one scenario showed, and whether its promise was kept.

    A promise is kept if four standard errors away from what was seen it still may be.
    """
    doubt = 4 * np.sqrt(max(seen.share * (1 - seen.share), 1 / seen.runs) / seen.runs)
    strict = seen.runs >= RUNS  # the full study has to keep it by itself
    slack = 0.0 if strict else float(doubt)
    kept = scenario.least - slack <= seen.share <= scenario.most + slack
    promise = f"at least {scenario.least:.0%}" if scenario.least else f"at most {scenario.most:.1%}"
    told = f"{seen.share:7.2%}  {promise}"
    if scenario.naive and scenario.wanted == "winner":
        told += f"; a z-test {seen.naive / seen.runs:.1%}"
    if scenario.least and seen.days:
        told += f"; median day {sorted(seen.days)[len(seen.days) // 2]} of {scenario.days}"
        told += f", {scenario.sessions * scenario.days:,} sessions"
    broken = "" if kept else "  BROKEN"
    return f"{scenario.name:54}" + told.replace("%", " %") + broken, bool(kept)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="for each scenario")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the report there too")
    arguments = parser.parse_args()
    told = [
        f"$ python -m benchmarks.study_experiments --runs {arguments.runs} --seed {arguments.seed}",
        f"{arguments.runs:,} experiments for each line, each looked at every day.",
        "Share of them in which it was found, on any day at all.",
    ]
    results = [line(each, study(each, arguments.runs, arguments.seed)) for each in SCENARIOS]
    report = "\n".join([*told, *(text for text, _ in results)]) + "\n"
    sys.stdout.write(report)
    if arguments.save:
        arguments.save.write_text(report)
    raise SystemExit(not all(kept for _, kept in results))


if __name__ == "__main__":
    main()
