"""What an experiment compares and by what it is judged: fixed before the start."""

from __future__ import annotations  # a Way is the notice's, and the notice has an experiment

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, get_args

from evenhand.asking import checks
from evenhand.errors import OptionError
from evenhand.vocabulary import Goal, Guardrail, Placement

if TYPE_CHECKING:
    from evenhand.notice import Way

HOLD_OUT = "hold-out"
"""The arm of those who are never asked."""

MOST_ARMS = 5
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,19}")
_NAMED = ("1 to 20 lower-case letters, digits and hyphens", "use a name such as 'short-words'")
_CHANGES = ("title", "text", "gentle_text", "ways", "placement")


@dataclass(frozen=True, slots=True)
class Arm:
    """One of the notices that are compared: the publisher's own, but for what is given here.

    ``weight`` is how often it is drawn, relative to the other arms. An arm that changes nothing
    is the notice as it is; the first arm is the one that all others are compared with.
    """

    name: str
    title: str | None = field(default=None, kw_only=True)
    text: str | None = field(default=None, kw_only=True)
    gentle_text: str | None = field(default=None, kw_only=True)
    ways: tuple[Way, ...] | None = field(default=None, kw_only=True)
    placement: Placement | None = field(default=None, kw_only=True)
    weight: float = field(default=1.0, kw_only=True)

    def __post_init__(self) -> None:
        checks.matching("Arm.name", self.name, _NAME.fullmatch, _NAMED)
        if self.name == HOLD_OUT:
            raise OptionError("Arm.name", self.name, "any other name", "use hold_out=0.1 instead")
        checks.number("Arm.weight", self.weight, 0.01, 100)

    @property
    def changes(self) -> dict[str, Any]:
        """The notice's options that it changes."""
        given = {name: getattr(self, name) for name in _CHANGES}
        return {name: value for name, value in given.items() if value is not None}


@dataclass(frozen=True, kw_only=True, slots=True)
class Experiment:
    """Which arms are compared, who is left unasked, and by what the arms are judged.

    All of it is part of the names that counts are kept under: whatever is changed later begins a
    new experiment, and the counts of the two never mix. Raises :class:`OptionError`.
    ``docs/experiments.md`` explains it all.
    """

    name: str
    arms: tuple[Arm, ...]
    # The smallest difference that would matter, as a share of sessions: 0.005 is half a point.
    smallest: float
    # What the notice is to bring about: "allowed" (ads load on a later page view of the tab),
    # "way" (another way to help was chosen) or "steps" (the steps were opened).
    goal: Goal = "allowed"
    # What must not rise by more than a share of sessions: {"silenced": 0.01}.
    guardrails: Mapping[Guardrail, float] = field(default_factory=dict[Guardrail, float])
    # The share of readers who would be asked, and never are.
    hold_out: float = 0.0

    def __post_init__(self) -> None:
        checks.matching("Experiment.name", self.name, _NAME.fullmatch, _NAMED)
        checks.number("Experiment.smallest", self.smallest, 0.0001, 0.5)
        checks.number("Experiment.hold_out", self.hold_out, 0, 0.5)
        _one_of("Experiment.goal", self.goal, get_args(Goal))
        if self.hold_out and self.goal != "allowed":
            allowed = "goal='allowed' with a hold-out: nothing else can come of no notice"
            raise OptionError("Experiment.goal", self.goal, allowed, "leave hold_out out")
        self._check_arms()
        example = "{'silenced': 0.01}"
        for event, most in checks.mapping(
            "Experiment.guardrails", self.guardrails, example
        ).items():
            _one_of("Experiment.guardrails", event, get_args(Guardrail))
            checks.number(f"Experiment.guardrails[{event!r}]", most, 0.0001, 0.5)

    def _check_arms(self) -> None:
        checks.each("Experiment.arms", self.arms, Arm, "Arm('short', title=…)")
        names = [arm.name for arm in self.arms]
        fewest = 1 if self.hold_out else 2
        if not fewest <= len(names) <= MOST_ARMS or len(set(names)) < len(names):
            allowed = f"{fewest} to {MOST_ARMS} arms, each with a name of its own"
            raise OptionError("Experiment.arms", names, allowed, "change the list of arms")

    def shares(self) -> dict[str, float]:
        """How often each arm is drawn, by its name, the hold-out last; they add up to 1."""
        whole = sum(arm.weight for arm in self.arms)
        shares = {arm.name: arm.weight / whole * (1 - self.hold_out) for arm in self.arms}
        return {**shares, HOLD_OUT: self.hold_out} if self.hold_out else shares

    def variants(self, shown: Mapping[str, object]) -> dict[str, str]:
        """The name that each arm is counted under, by the arm's name, the hold-out's last.

        ``shown`` says what readers of each arm see. The names hold a digest of it and of the whole
        declaration.
        """
        declared = (
            *(sorted(shown.items()), sorted(self.shares().items()), self.arms[0].name),
            *(self.smallest, self.goal, sorted(self.guardrails.items())),
        )
        digest = blake2b(repr(declared).encode(), digest_size=3).hexdigest()
        return {name: f"{self.name}-{digest}.{name}" for name in self.shares()}


def _one_of(option: str, value: object, words: tuple[str, ...]) -> None:
    if value not in words:
        raise OptionError(option, value, ", ".join(words), "use one of these words")
