"""What happened, for whoever looks at a rate and asks why it moved: one line at one moment.

Pure: an operator's words become an `Annotation`, or an `OptionError` says why not.
"""

from datetime import UTC, datetime
from typing import NamedTuple

from evenhand.errors import OptionError
from evenhand.vocabulary import ANNOTATION_KINDS, AnnotationKind

LONGEST = 120  # characters of a text
KEPT = 1000
"""How many annotations a store keeps: the newest."""

_FIRST = 946_684_800  # 2000: what is earlier is a slip of the pen
_AHEAD = 86_400  # seconds: so is what is later than tomorrow


class Annotation(NamedTuple):
    """One line about one moment; ``site`` is empty where it is about all of them."""

    at: int  # Unix seconds
    site: str
    kind: AnnotationKind
    text: str

    @property
    def moment(self) -> str:
        """The moment as ``2026-11-22T14:30Z``."""
        return datetime.fromtimestamp(self.at, UTC).strftime("%Y-%m-%dT%H:%MZ")


def annotation(text: str, *, at: str | None, kind: str, site: str, now: float) -> Annotation:
    """An annotation in an operator's words.

    ``at`` is a day or a moment in ISO 8601, of UTC where it names no zone; None is ``now`` (Unix
    seconds). Seconds are left out.
    """
    moment = int(now) if at is None else _moment(at, now)
    return Annotation(moment // 60 * 60, site, _kind(kind), line(text))


def line(text: str) -> str:
    """The text on one line, with single spaces."""
    told = " ".join(text.split())
    if not told or len(told) > LONGEST or not told.isprintable():
        raise OptionError(
            "TEXT",
            text[: LONGEST + 1],
            f"one line of up to {LONGEST} characters that can be printed",
            "say what was done, as 'Deployed 2.3'",
        )
    return told


def _kind(value: str) -> AnnotationKind:
    for known in ANNOTATION_KINDS:
        if value == known:
            return known
    raise OptionError("--kind", value, ", ".join(ANNOTATION_KINDS), "choose one of them")


def _moment(value: str, now: float) -> int:
    try:
        read = datetime.fromisoformat(value)
        found = int((read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        found = 0
    if not _FIRST <= found <= now + _AHEAD:
        raise OptionError(
            "--at",
            value,
            "a day or a moment up to tomorrow, such as 2026-11-22 or 2026-11-22T14:30+01:00",
            "write it so; without a zone it is UTC",
        )
    return found
