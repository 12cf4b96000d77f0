"""What inserting a tag costs, ours and others: ``python -m benchmarks.insertion [--quick]``."""

import argparse
import os
import platform
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from benchmarks.figures import Figures, merge, processor
from benchmarks.insertion import stalled
from benchmarks.insertion.checks import Verdict, judge
from benchmarks.insertion.load import CONNECTIONS, Load, answer_size, fetch, request_for
from benchmarks.insertion.process import ServerProcess, pin_load
from benchmarks.insertion.samples import Sample, Samples
from benchmarks.insertion.scenarios import MEASURED, STALLED, Scenario
from benchmarks.insertion.table import render
from benchmarks.insertion.variants import VARIANTS

_PACKAGES = ("starlette", "uvicorn", "uvloop", "httptools", "newrelic", "sphinx-autobuild")


class Plan(NamedTuple):
    """How much is measured."""

    # Servers are started anew as often: where a process's memory happens to lie moves its
    # figures by a twentieth.
    starts: int
    rounds: int  # at most, after each start
    limit: float  # seconds for all of these rounds; a busy machine has time for fewer
    warm_up: float  # seconds before each cell
    cell: float  # seconds


FULL = Plan(starts=5, rounds=4, limit=90.0, warm_up=0.05, cell=0.3)
QUICK = Plan(starts=2, rounds=2, limit=30.0, warm_up=0.03, cell=0.12)


class Contestant:
    """One variant's server with the load on it."""

    def __init__(self, server: ServerProcess, load: Load) -> None:
        self.variant = server.variant
        self._server = server
        self._load = load
        self._sizes = {each.name: answer_size(server.port, each.path) for each in MEASURED}
        self.verdicts: dict[str, Verdict] = {
            each.name: judge(server.variant, each, fetch(server.port, each.path))
            for each in MEASURED
        }

    def measure(self, scenario: Scenario, plan: Plan) -> Sample:
        request, size = request_for(scenario.path), self._sizes[scenario.name]
        self._load.run(request, size, plan.warm_up)
        spent = self._server.cpu_seconds()
        cell = self._load.run(request, size, plan.cell)
        return Sample.of(cell, self._server.cpu_seconds() - spent)


def main() -> None:
    arguments = _arguments()
    plan = QUICK if arguments.quick else FULL
    pin_load()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the servers are to end as well
    samples = Samples()
    verdicts: dict[str, dict[str, Verdict]] = {}
    for _ in range(plan.starts):
        with _contestants() as contestants:
            _rounds(samples, contestants, plan)
            verdicts = {each.variant: each.verdicts for each in contestants}
    held = {
        (variant, scenario.name): stalled.measure(variant, scenario)
        for variant in VARIANTS
        for scenario in STALLED
    }
    conditions = _conditions(plan, samples.rounds)
    table = render(conditions, samples, verdicts, held)
    sys.stdout.write(table)
    if arguments.save:
        arguments.save.write_text(table)
    merge(conditions | _figures(samples, held))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about a minute, less exact")
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the table there too")
    return parser.parse_args()


@contextmanager
def _contestants() -> Iterator[list[Contestant]]:
    with ExitStack() as stack:
        servers = [stack.enter_context(ServerProcess(variant, "measured")) for variant in VARIANTS]
        yield [
            Contestant(server, stack.enter_context(closing(Load(server.port))))
            for server in servers
        ]


def _rounds(samples: Samples, contestants: list[Contestant], plan: Plan) -> None:
    """Each round in the opposite order of the one before, so that drift hits all alike."""
    begun = time.monotonic()
    for number in range(plan.rounds):
        order = contestants if number % 2 == 0 else contestants[::-1]
        for scenario in MEASURED:
            for contestant in order:
                sample = contestant.measure(scenario, plan)
                samples.add(contestant.variant, scenario.name, sample)
        samples.rounds += 1
        sys.stderr.write(f"round {samples.rounds} of {plan.starts * plan.rounds}\n")
        if time.monotonic() - begun > plan.limit:
            break


def _figures(samples: Samples, held: dict[tuple[str, str], stalled.Held]) -> Figures:
    figures: Figures = {}
    for variant in VARIANTS:
        prefix = "" if variant == "evenhand" else f"{variant}_"
        for scenario in MEASURED:
            name = f"{prefix}{scenario.name}"
            sample = samples.medians(variant, scenario.name)
            figures[f"{name}_cpu_ratio"] = round(samples.cpu_ratio(variant, scenario.name), 3)
            figures[f"{name}_cpu_us"] = round(sample.cpu, 1)
            figures[f"{name}_rps"] = round(sample.rps)
            figures[f"{name}_p99_ms"] = round(sample.p99, 2)
        ratio = samples.cpu_ratio(variant, "json", "image")
        figures[f"{prefix}non_html_cpu_ratio"] = round(ratio, 3)
        more = max(
            held[variant, each.name].extra - held["bare", each.name].extra for each in STALLED
        )
        figures[f"{prefix}stalled_readers_extra_mb"] = round(more, 1)
    return figures


def _conditions(plan: Plan, rounds: int) -> Figures:
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    quick = " --quick" if plan is QUICK else ""
    return {
        "machine": f"{processor()}, {os.cpu_count()} cores, {platform.system()}",
        "insertion_date": time.strftime("%Y-%m-%d"),
        "insertion_command": f"python -m benchmarks.insertion{quick}",
        "insertion_method": (
            f"uvicorn (uvloop, httptools), one worker; {CONNECTIONS} connections, "
            f"{rounds} rounds of {plan.cell} s a cell, servers started {plan.starts} times, "
            f"load average {os.getloadavg()[1]:.1f}"
        ),
        "insertion_versions": f"Python {platform.python_version()}, {packages}",
    }


if __name__ == "__main__":
    main()
