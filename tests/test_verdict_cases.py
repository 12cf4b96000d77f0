"""The table that verdict.js is held to: current, large, and with every pair of signal values."""

import itertools
import json
import runpy
from pathlib import Path
from typing import Any

from evenhand.vocabulary import SIGNALS, VERDICTS

ROOT = Path(__file__).parents[1]
SCRIPT: dict[str, Any] = runpy.run_path(str(ROOT / "scripts" / "verdict_cases.py"))
CASES = json.loads((ROOT / "tests" / "js" / "verdict_cases.json").read_text())


def test_it_is_what_the_script_writes() -> None:
    assert (ROOT / "tests" / "js" / "verdict_cases.json").read_text() == SCRIPT["table"]()


def test_every_pair_of_values_occurs() -> None:
    given = [set(case["signals"]) for case in CASES]
    assert len(given) >= 150
    for ones, twos in itertools.combinations(SCRIPT["FACTORS"].values(), 2):
        for one, two in itertools.product(ones, twos):
            assert any(_has(case, ones, one) and _has(case, twos, two) for case in given)


def _has(case: set[str], values: tuple[str, ...], value: str) -> bool:
    """Whether a case has this value of a factor; "" is none of them."""
    return value in case if value else case.isdisjoint(values)


def test_every_signal_is_a_factor_and_every_verdict_of_now_occurs() -> None:
    named = {value for values in SCRIPT["FACTORS"].values() for value in values if value}
    assert named == set(SIGNALS)
    verdicts = {case["verdict"] for case in CASES}
    assert verdicts == set(VERDICTS)
