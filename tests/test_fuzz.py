"""The fuzz targets on a few thousand inputs, and that each of them can tell a wrong answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from tests.fuzz.inputs import SEEDS, varied
from tests.fuzz.targets import TARGETS

from evenhand.insertion.walk import Insert
from evenhand.report import Report

INPUTS = 1_500


def inputs(name: str, count: int) -> list[bytes]:
    """The seeds, and what becomes of them in a few rounds."""
    choose, known = Random(7), SEEDS[name]()
    while len(known) < count:
        known.append(varied(choose.choice(known), name, choose)[:1024])
    return known


def answer_all(name: str, given: list[bytes]) -> Counter[str]:
    return Counter(map(TARGETS[name], given))


@pytest.mark.parametrize("name", TARGETS)
def test_strangers_bytes_are_answered_rightly(name: str) -> None:
    tally = answer_all(name, inputs(name, INPUTS))
    assert len(tally) >= 4, "inputs of many kinds"
    good = sum(n for word, n in tally.items() if word == "inserted" or word.startswith("report"))
    assert good > INPUTS / 50, tally


BROKEN: dict[str, tuple[str, str, Callable[..., Any]]] = {
    "walk": ("evenhand.insertion.walk.Walk", "_shortcut", lambda self, chunk: Insert(9)),
    "page": ("evenhand.insertion.headers.Answer", "with_tag", lambda self, *_: self._headers),
    "report": ("tests.fuzz.reports", "decode", lambda data: Report(1, "verdict", "loaded")),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_wrong_answer_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, attribute, broken = BROKEN[name]
    monkeypatch.setattr(f"{where}.{attribute}", broken)
    with pytest.raises(AssertionError):
        answer_all(name, inputs(name, 200))
