"""Experiments as declared: what is taken, what is refused, and names that never mix counts."""

from dataclasses import replace
from typing import Any

import pytest

from evenhand import Arm, Experiment, Notice, ReaderSupport, Way
from evenhand.errors import OptionError
from evenhand.experiments.declaration import HOLD_OUT, MOST_ARMS

ARMS = (Arm("plain"), Arm("short", text="Ads pay for this.", weight=2))
WORDS = Experiment(
    name="words", arms=ARMS, smallest=0.005, guardrails={"silenced": 0.01}, hold_out=0.1
)


def names(experiment: Experiment = WORDS, **options: Any) -> list[str]:
    return list(Notice(experiment=experiment, **options).variants.values())


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("name", "Autumn Words"),
        ("name", "x" * 21),
        ("arms", [Arm("a"), Arm("b")]),
        ("arms", (Arm("a"), "b")),
        ("arms", (Arm("a"), Arm("a"))),
        ("arms", ()),
        ("arms", tuple(Arm(f"arm-{n}") for n in range(MOST_ARMS + 1))),
        ("smallest", 0),
        ("smallest", "1 %"),
        ("smallest", float("nan")),
        ("hold_out", 0.6),
        ("hold_out", True),
        ("goal", "dismissed"),
        ("goal", "way"),
        ("guardrails", ("silenced",)),
        ("guardrails", {"allowed": 0.01}),
        ("guardrails", {"silenced": 0}),
    ],
)
def test_a_wrong_declaration_is_refused_with_a_way_out(option: str, value: Any) -> None:
    with pytest.raises(OptionError) as caught:
        replace(WORDS, **{option: value})
    assert caught.value.option.startswith(f"Experiment.{option}")
    assert caught.value.fix in str(caught.value)


@pytest.mark.parametrize(
    ("given", "option"),
    [
        ({"name": "Short"}, "Arm.name"),
        ({"name": HOLD_OUT}, "Arm.name"),
        ({"name": "short", "weight": 0}, "Arm.weight"),
    ],
)
def test_a_wrong_arm_is_refused(given: dict[str, Any], option: str) -> None:
    with pytest.raises(OptionError) as caught:
        Arm(**given)
    assert caught.value.option == option


@pytest.mark.parametrize(
    "changes", [{"title": ""}, {"text": "x" * 401}, {"placement": "popup"}, {"ways": ("donate",)}]
)
def test_an_arm_that_could_be_no_notice_is_refused_by_its_name(changes: dict[str, Any]) -> None:
    arms = (Arm("plain"), Arm("wrong", **changes))
    with pytest.raises(OptionError, match=r"Arm\('wrong'\)\.") as caught:
        Notice(experiment=replace(WORDS, arms=arms))
    assert caught.value.option == f"Arm('wrong').{next(iter(changes))}"


def test_one_arm_is_enough_beside_a_hold_out_and_only_there() -> None:
    alone = replace(WORDS, arms=ARMS[:1])
    assert alone.shares() == {"plain": 0.9, HOLD_OUT: 0.1}
    with pytest.raises(OptionError, match="2 to 5 arms"):
        replace(alone, hold_out=0)


def test_what_is_not_counted_is_not_tried() -> None:
    with pytest.raises(OptionError, match="mode='full' with an experiment"):
        ReaderSupport(mode="local", notice=Notice(experiment=WORDS))
    with pytest.raises(OptionError, match=r"an Experiment\("):
        Notice(experiment="words")  # type: ignore[arg-type]  # wrong on purpose


def test_arms_are_drawn_by_weight_and_the_hold_out_takes_its_share_first() -> None:
    assert WORDS.shares() == pytest.approx({"plain": 0.3, "short": 0.6, HOLD_OUT: 0.1})
    assert replace(WORDS, hold_out=0).shares() == pytest.approx({"plain": 1 / 3, "short": 2 / 3})


def test_arms_are_whole_notices_that_differ_in_what_was_declared() -> None:
    notice = Notice(title="Please", after_pages=3, experiment=WORDS)
    assert list(notice.arms) == names(WORDS, title="Please", after_pages=3)[:2]
    plain, short = notice.arms.values()
    assert plain == replace(notice, experiment=None)
    assert short == replace(plain, text="Ads pay for this.")
    assert short.after_pages == 3


def test_without_an_experiment_the_notice_is_the_only_arm() -> None:
    notice = Notice(variant="warm")
    assert notice.arms == {"warm": notice}
    assert notice.variants == {}


def test_the_names_say_which_experiment_and_which_arm() -> None:
    one, two, held = names()
    assert one.startswith("words-")
    assert one.endswith(".plain")
    assert {name.rpartition(".")[0] for name in (one, two, held)} == {one.removesuffix(".plain")}
    assert held.endswith(".hold-out")
    assert names() == [one, two, held], "the same declaration, the same names"


@pytest.mark.parametrize(
    "change",
    [
        {"arms": (ARMS[0], Arm("short", text="Ads pay for all of this.", weight=2))},
        {"arms": (ARMS[0], Arm("short", text="Ads pay for this."))},
        {"arms": ARMS[::-1]},
        {"arms": (*ARMS, Arm("third", placement="corner"))},
        {"hold_out": 0.2},
        {"smallest": 0.01},
        {"guardrails": {}},
        {"guardrails": {"silenced": 0.02}},
        {"name": "other"},
    ],
    ids=str,
)
def test_a_changed_declaration_never_counts_under_the_old_names(change: dict[str, Any]) -> None:
    assert not set(names(replace(WORDS, **change))) & set(names())


def test_nor_does_a_changed_notice_below_it() -> None:
    for options in ({"title": "Please"}, {"placement": "corner"}, {"ways": (Way(kind="allow"),)}):
        assert not set(names(**options)) & set(names())
    # What concerns all arms alike and is no part of what is compared changes no name.
    assert names(after_pages=5, theme="paper", not_on=("/checkout",)) == names()
