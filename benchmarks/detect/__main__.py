"""Whom detectors recognise and whom they accuse: ``python -m benchmarks.detect [--quick]``."""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import get_args

from benchmarks.detect.contest import contest
from benchmarks.detect.controls import controls
from benchmarks.detect.detectors import HERE
from benchmarks.detect.hosts import host_setups
from benchmarks.detect.lanes import progress
from benchmarks.detect.results import Results, render
from benchmarks.detect.setups import clean, setups
from benchmarks.figures import processor
from tests.browser.conditions import CONDITIONS, Condition
from tests.browser.harness import Blocker, missing

RESULTS = Path("build/bench-detect.json")
RUNS = 2
QUICK_BLOCKERS: tuple[Blocker, ...] = ("ubo",)
QUICK_CONDITIONS = ("plain", "hides-classic", "csp-self")
_COMMANDS = (("chromium", "--version"), ("firefox-esr", "--version"), ("node", "--version"))


def main() -> None:
    arguments = _arguments()
    blockers, conditions = _plan(arguments.quick)
    began = time.monotonic()
    until = began + 60 * arguments.minutes
    with contest() as bench:
        clean_answers, blocked = clean(bench), setups(bench, blockers, RUNS)
        by_host = [] if arguments.quick else host_setups(bench, RUNS)
        controlled = controls(bench, conditions, until)
    results = Results(blockers, conditions, clean_answers, blocked, by_host, controlled)
    heading = _heading() | {"seconds": round(time.monotonic() - began)}
    table = render(heading, results)
    sys.stdout.write(table)
    if arguments.save:
        arguments.save.write_text(table)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    figures = heading | results.figures()
    RESULTS.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one blocker, three conditions")
    parser.add_argument(
        "--minutes", type=float, default=22, help="after which no more conditions are begun"
    )
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the tables there too")
    return parser.parse_args()


def _plan(quick: bool) -> tuple[list[Blocker], Sequence[Condition]]:
    """The blockers that can run here, and the conditions."""
    blockers: list[Blocker] = []
    for blocker in QUICK_BLOCKERS if quick else get_args(Blocker):
        if reason := missing(blocker):
            progress(f"left out: {reason}")
        else:
            blockers.append(blocker)
    chosen = [c for c in CONDITIONS if not quick or c.name in QUICK_CONDITIONS]
    return blockers, chosen


def _heading() -> dict[str, float | int | str]:
    return {
        "machine": f"{processor()}, {os.cpu_count()} cores, {platform.system()}",
        "date": time.strftime("%Y-%m-%d"),
        "command": " ".join(["python -m benchmarks.detect", *sys.argv[1:]]),
        "versions": ", ".join([*_programs(), f"evenhand {version('evenhand')}", *_peers()]),
        "runs": f"{RUNS} of each set-up, 1 of each condition",
        "load_average": round(os.getloadavg()[2], 1),
    }


def _programs() -> list[str]:
    return [
        subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        for command in _COMMANDS
    ]


def _peers() -> list[str]:
    pinned = json.loads((HERE / "package.json").read_text())["dependencies"]
    return [f"{name} {number}" for name, number in pinned.items()]


if __name__ == "__main__":
    main()
