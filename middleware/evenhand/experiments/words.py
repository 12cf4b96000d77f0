"""An experiment's findings in an operator's words: the same on the dashboard and in a terminal."""

from collections.abc import Mapping
from typing import NamedTuple

from evenhand.experiments.findings import Comparison, Findings
from evenhand.experiments.sequential import UNEVEN
from evenhand.vocabulary import Finding, NoticeEvent

MEANING = (
    "Look as often as you like: these intervals hold on all days at once, with 95 % for all"
    " comparisons of the goal together and with 95 % for all of the guardrails. A session is a"
    " browser tab in which a reader was due to be asked; one reader may have several. All that was"
    " ever counted is in it, whatever period is shown. No arm is preferred by itself: ending the"
    " experiment is up to you."
)

_OUTCOMES: Mapping[NoticeEvent, str] = {
    "allowed": "ads load later",
    "way": "chose another way to help",
    "steps": "opened the steps",
    "silenced": "asked not to be asked again",
    "dismissed": "closed it",
    "hidden": "something hid it",
}
FINDINGS: Mapping[Finding, str] = {
    "uneven": "can't be told",
    "open": "not enough data yet",
    "better": "more",
    "worse": "fewer",
    "alike": "alike",
    "within": "kept",
}
_DASH = "\u2013"


class ShareLine(NamedTuple):
    """A share of one arm's sessions."""

    arm: str
    outcome: str
    sessions: str  # and how often it is drawn
    share: str
    interval: str


class DifferenceLine(NamedTuple):
    """A difference of two arms, in points (hundredths of all sessions)."""

    arms: str
    outcome: str
    points: str
    interval: str
    finding: str


def headlines(found: Findings) -> list[str]:
    """What there is to say, each in a sentence."""
    if not found.sessions:
        return ["Nobody was assigned yet: the first reader who is due to be asked begins it."]
    if found.is_uneven:
        return [
            f"The arms are not as large as they are drawn (p < {UNEVEN:g}, however often one"
            " looks). The draw, the counting or one of the arms is broken. Until that is mended"
            " nothing can be said; then give the experiment another name."
        ]
    goals = [each for each in found.comparisons if each.role == "goal"]
    told = [sentence(each) for each in goals if each.finding != "open"]
    told += [sentence(each) for each in found.comparisons if _is_broken(each)]
    waiting = [each for each in goals if each.finding == "open"]
    if waiting:
        told.append(_missing(waiting, alone=len(waiting) == len(goals)))
    return told


def sentence(each: Comparison) -> str:
    """What one comparison says."""
    pair = f"“{each.arm}” and “{each.against}”"
    if each.finding == "alike":
        return f"{pair} are alike: a difference of {_points(each.most)} points is ruled out."
    if each.finding in ("better", "worse") and each.role == "goal":
        ends = sorted((abs(each.low), abs(each.high)))
        more = "more" if each.finding == "better" else "fewer"
        return (
            f"“{each.arm}” has {_points(ends[0])} to {_points(ends[1])} points {more} sessions in"
            f" which readers {_did(each.outcome)} than “{each.against}”."
        )
    outcome = _OUTCOMES[each.outcome]
    if each.finding == "worse":
        return f"Guardrail broken: with “{each.arm}” more readers {outcome} ({_ends(each)} points)."
    if each.finding == "within":
        return f"Kept: it rises by less than {_points(each.most)} points."
    return _missing([each], alone=True) if each.finding == "open" else "Can't be told."


def share_lines(found: Findings) -> list[ShareLine]:
    """Every arm's shares with their intervals."""
    return [
        ShareLine(
            row.arm,
            _OUTCOMES[event],
            f"{row.sessions:,} ({row.drawn * 100:.3g}\u00a0%)",
            f"{share.rate * 100:.2f}\u00a0%" if share else _DASH,
            f"{_points(share.low)}{_DASH}{_points(share.high)}" if share else _DASH,
        )
        for row in found.arms
        for event, share in row.outcomes.items()
    ]


def difference_lines(found: Findings) -> list[DifferenceLine]:
    """Every comparison with its finding."""
    return [
        DifferenceLine(
            f"{each.arm} less {each.against}",
            _OUTCOMES[each.outcome],
            f"{each.difference * 100:+.2f}" if found.sessions else _DASH,
            _ends(each) if found.sessions else _DASH,
            _briefly(each),
        )
        for each in found.comparisons
    ]


def _briefly(each: Comparison) -> str:
    if each.role == "guardrail" and each.finding == "worse":
        return "broken: it has risen"
    if each.finding == "open" and each.more:
        return f"{FINDINGS['open']}: {_rounded(each.more)} more sessions"
    return FINDINGS[each.finding]


def _is_broken(each: Comparison) -> bool:
    return each.role == "guardrail" and each.finding == "worse"


def _missing(waiting: list[Comparison], *, alone: bool) -> str:
    """How much is missing, of the comparison that lacks most."""
    begin = "Not enough data yet" if alone else "Not enough data yet for the rest"
    if any(each.more is None for each in waiting):
        return f"{begin}: an arm has no session."
    most = max(waiting, key=lambda each: each.more or 0)
    if not most.more:
        return (
            f"{begin}, though as many sessions as planned were counted: if there is a difference,"
            f" it is hardly larger than {_points(most.most)} points."
        )
    return (
        f"{begin}: about {_rounded(most.more)} more sessions, in all arms together, to find a"
        f" difference of {_points(most.most)} points."
    )


def _did(event: NoticeEvent) -> str:
    return "allowed ads later" if event == "allowed" else _OUTCOMES[event]


def _points(share: float) -> str:
    return f"{share * 100:.2f}"


def _ends(each: Comparison) -> str:
    return f"{each.low * 100:+.2f} to {each.high * 100:+.2f}"


def _rounded(n: int) -> str:
    """Two digits are all that a forecast is good for."""
    place = max(0, len(str(n)) - 2)
    return f"{-(-n // 10**place) * 10**place:,}"
