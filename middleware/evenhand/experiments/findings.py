"""What an experiment says so far: from counts to shares, differences and findings. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Literal

from evenhand.estimate import Estimate
from evenhand.experiments import sequential
from evenhand.experiments.declaration import HOLD_OUT, Experiment
from evenhand.notice import Notice
from evenhand.store import Row, Store
from evenhand.vocabulary import Finding, NoticeEvent

Role = Literal["goal", "guardrail"]
Counts = Mapping[str, Mapping[str, int]]
"""Events by variant."""

FEWEST = 100
"""Sessions of each arm before anything is said of it."""
_EVER = 2**40  # seconds


@dataclass(frozen=True, slots=True)
class ArmRow:
    """One arm: how often it is drawn, its sessions, and their share with each outcome.

    A session is one browser tab in which a reader was due to be asked. Each share is a fraction of
    ``sessions`` and stands with its always-valid interval.
    """

    arm: str
    variant: str  # the name that it is counted under
    drawn: float  # share of all sessions, as declared
    sessions: int
    outcomes: Mapping[NoticeEvent, Estimate]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The difference of two arms in one outcome: ``arm`` less ``against``, in shares of sessions.

    ``low`` and ``high`` are the ends of its always-valid interval; ``most`` is the difference that
    it is held against: the smallest that matters, or what a guardrail allows. ``more`` sessions,
    in all arms together, are needed for a finding; None where one was made or can't be foretold.
    """

    arm: str
    against: str
    outcome: NoticeEvent
    role: Role
    difference: float
    low: float
    high: float
    most: float
    finding: Finding
    more: int | None


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that an experiment says so far, of one site or of all (``site`` is ``""``)."""

    experiment: str
    site: str
    goal: NoticeEvent
    sessions: int
    imbalance: float
    """An always-valid p-value of the arms' sizes: see `sequential.imbalance`."""
    arms: tuple[ArmRow, ...]
    comparisons: tuple[Comparison, ...]

    @property
    def is_uneven(self) -> bool:
        """Whether the arms are not as large as they were drawn: then nothing else says anything."""
        return self.imbalance <= sequential.UNEVEN


def findings_in(store: Store, notice: Notice | None, site: str = "") -> Findings | None:
    """What the notice's experiment says so far, from all that was ever counted of it.

    Of one site, or of all but simulated ones. None without an experiment. Raises `StoreError`.
    """
    if notice is None or notice.experiment is None:
        return None
    rows = store.sums(0, _EVER, site or None, kind="notice")
    return findings(notice.experiment, notice.variants, counted(rows), site)


def counted(rows: Iterable[Row]) -> dict[str, dict[str, int]]:
    """Notice events by variant."""
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        if row.kind == "notice":
            events = counts.setdefault(row.variant, {})
            events[row.value] = events.get(row.value, 0) + row.n
    return counts


def findings(
    experiment: Experiment, variants: Mapping[str, str], counts: Counts, site: str = ""
) -> Findings:
    """Judge what was counted. ``variants`` are the arms' names in ``counts``, by their own."""
    trial = _Trial.of(experiment, variants, counts)
    return Findings(
        experiment=experiment.name,
        site=site,
        goal=experiment.goal,
        sessions=sum(trial.sessions.values()),
        imbalance=trial.imbalance,
        arms=tuple(
            ArmRow(arm, variants[arm], share, trial.sessions[arm], dict(trial.outcomes(arm)))
            for arm, share in trial.shares.items()
        ),
        comparisons=tuple(trial.comparisons()),
    )


def compared(
    experiment: Experiment, variants: Mapping[str, str], counts: Counts
) -> tuple[Comparison, ...]:
    """The comparisons of `findings`, alone."""
    return tuple(_Trial.of(experiment, variants, counts).comparisons())


@dataclass(frozen=True, slots=True)
class _Trial:
    """The counts of one experiment; each mapping is by the arm's name."""

    experiment: Experiment
    shares: Mapping[str, float]
    events: Mapping[str, Mapping[str, int]]
    sessions: Mapping[str, int]
    imbalance: float

    @classmethod
    def of(cls, experiment: Experiment, variants: Mapping[str, str], counts: Counts) -> "_Trial":
        shares = experiment.shares()
        events = {arm: counts.get(variants[arm], {}) for arm in shares}
        sessions = {arm: events[arm].get("assigned", 0) for arm in shares}
        imbalance = sequential.imbalance(list(sessions.values()), list(shares.values()))
        return cls(experiment, shares, events, sessions, imbalance)

    @property
    def is_uneven(self) -> bool:
        return self.imbalance <= sequential.UNEVEN

    def outcomes(self, arm: str) -> Iterator[tuple[NoticeEvent, Estimate]]:
        """The goal and the guardrails, as far as the arm can have them."""
        guardrails = () if arm == HOLD_OUT else self.experiment.guardrails
        for event in (self.experiment.goal, *guardrails):
            k, n = self._reached(arm, event)
            low, high = sequential.share_interval(k, n, sequential.ALPHA / len(self.shares))
            yield event, Estimate(k / n if n else 0.0, low, high, n)

    def comparisons(self) -> Iterator[Comparison]:
        """Each arm with the first, and each with the hold-out; the guardrails with the first only:
        without a notice nobody can close one."""
        first, *others = (arm.name for arm in self.experiment.arms)
        pairs = [(arm, first) for arm in others]
        held = [(arm, HOLD_OUT) for arm in (first, *others)] if self.experiment.hold_out else []
        alpha = sequential.ALPHA / len(pairs + held)
        for arm, against in (*pairs, *held):
            goal, smallest = self.experiment.goal, self.experiment.smallest
            yield self._compared(arm, against, goal, "goal", smallest, alpha)
        for event, most in self.experiment.guardrails.items():
            alpha = sequential.ALPHA / (len(pairs) * len(self.experiment.guardrails) or 1)
            for arm, against in pairs:
                yield self._compared(arm, against, event, "guardrail", most, alpha)

    def _reached(self, arm: str, event: NoticeEvent) -> tuple[int, int]:
        """How many of the arm's sessions had the event; a report of one may outlive that of the
        other."""
        n = self.sessions[arm]
        return min(self.events[arm].get(event, 0), n), n

    def _compared(
        self, arm: str, against: str, event: NoticeEvent, role: Role, most: float, alpha: float
    ) -> Comparison:
        one, two = self._reached(arm, event), self._reached(against, event)
        if not (one[1] and two[1]):
            finding: Finding = "uneven" if self.is_uneven else "open"
            return Comparison(arm, against, event, role, 0.0, -1.0, 1.0, most, finding, None)
        difference = one[0] / one[1] - two[0] / two[1]
        error = sequential.standard_error(one, two)
        around = sequential.radius(error, most, alpha)
        low, high = max(-1.0, difference - around), min(1.0, difference + around)
        finding = _finding(role, low, high, most)
        if min(one[1], two[1]) < FEWEST:
            finding = "open"
        if self.is_uneven:
            finding = "uneven"
        more = self._more(arm, against, error, most, alpha) if finding == "open" else None
        return Comparison(arm, against, event, role, difference, low, high, most, finding, more)

    def _more(self, arm: str, against: str, error: float, most: float, alpha: float) -> int:
        """Sessions of all arms until a difference of ``most`` would be found: errors shrink with
        the root of their number."""
        total = sum(self.sessions.values())
        planned = total * (error / sequential.error_to_find(most, alpha)) ** 2
        fewest = FEWEST / min(self.shares[arm], self.shares[against])
        return max(0, ceil(max(planned, fewest)) - total)


def _finding(role: Role, low: float, high: float, most: float) -> Finding:
    if role == "guardrail":
        return "worse" if low > 0 else "within" if high < most else "open"
    if low > 0 or high < 0:
        return "better" if low > 0 else "worse"
    return "alike" if -most < low and high < most else "open"
