"""Experiments that are looked at every day: few false winners, and the power that the docs name."""

import re
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
SAVED = (ROOT / "benchmarks" / "results" / "2026-11-28-experiments.txt").read_text("utf-8")
DOCS = (ROOT / "docs" / "experiments.md").read_text("utf-8")


@pytest.fixture(scope="module")
def study() -> Any:
    sys.path.insert(0, str(ROOT))
    try:
        from benchmarks import study_experiments
    finally:
        sys.path.remove(str(ROOT))
    return study_experiments


def scenario(study: Any, name: str) -> Any:
    (found,) = [each for each in study.SCENARIOS if each.name.endswith(name)]
    return found


@pytest.mark.parametrize(
    "name", ["2,000 sessions an arm and day, 28 days", "five arms of three weights and a hold-out"]
)
def test_a_look_every_day_calls_few_false_winners(study: Any, name: str) -> None:
    runs = 250 if name.endswith("28 days") else 100
    seen = study.study(scenario(study, name), runs, seed=3)
    # 5 %, and three standard errors or two.
    assert seen.share <= 0.09
    if name.endswith("28 days"):
        assert seen.naive / seen.runs > 0.18, "a z-test in the same runs"
        assert seen.share < seen.naive / seen.runs / 3


def test_a_difference_that_matters_is_found_with_the_sessions_that_are_named(study: Any) -> None:
    seen = study.study(scenario(study, "A/B: 3 % and 4 %"), 200, seed=3)
    assert seen.share >= 0.72
    assert sorted(seen.days)[len(seen.days) // 2] < 28, "and mostly before they have all come"


def test_a_broken_draw_is_seen_and_a_sound_one_is_not_accused(study: Any) -> None:
    lost = study.study(scenario(study, "a tenth of one arm is lost"), 50, seed=3)
    assert lost.share > 0.9
    assert study.study(scenario(study, "sound arms, 60 days"), 20, seed=3).found == 0


def test_the_saved_study_is_the_full_one_and_kept_every_promise(study: Any) -> None:
    assert "4,000 experiments for each line" in SAVED
    assert "BROKEN" not in SAVED
    for each in study.SCENARIOS:
        assert f"\n{each.name} " in SAVED, "make study-experiments"


def test_the_docs_show_the_saved_study() -> None:
    lines = SAVED.splitlines()
    shown = "\n".join(line for line in lines if re.match(r"A/|an interval|uneven", line))
    assert f"```text\n{shown}\n```" in DOCS


def test_the_docs_name_the_sessions_that_are_needed() -> None:
    from evenhand.experiments.sequential import sessions_needed

    rows = re.findall(r"^\| ([\d.]+) % \| ([\d.]+) % \| ([\d,]+) \|$", DOCS, re.MULTILINE)
    assert len(rows) >= 5
    for begin, end, sessions in rows:
        first, second = float(begin) / 100, float(end) / 100
        assert f"{sessions_needed(first, second - first):,}" == sessions
