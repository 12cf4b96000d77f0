"""How long counts keep their hour and their day: pure arithmetic on UTC calendars."""

from datetime import UTC, datetime
from typing import NamedTuple

from evenhand.vocabulary import Span

DAY = 86_400  # seconds
HOURS_KEPT = 35  # days
DAYS_KEPT = 25  # months
LEDGER_KEPT = 35  # days for which numbers of a producer that fell silent are told from new ones


class Bounds(NamedTuple):
    """What is older loses detail; Unix seconds."""

    hours: int  # hours before this become days
    days: int  # days before this become months
    ledger: int  # batches before this are forgotten, except the last of each epoch
    epochs: int  # and before this those too


def bounds(now: float) -> Bounds:
    """The bounds at a time; each is the start of a day, that of `days` the start of a month."""
    today = int(now) // DAY * DAY
    month = start_of(today, "month")
    for _ in range(DAYS_KEPT):
        month = start_of(month - DAY, "month")
    return Bounds(today - HOURS_KEPT * DAY, month, today - LEDGER_KEPT * DAY, month)


def start_of(moment: int, span: Span) -> int:
    """When the hour, day or month of a moment began."""
    if span == "month":
        day = datetime.fromtimestamp(moment, UTC)
        return int(datetime(day.year, day.month, 1, tzinfo=UTC).timestamp())
    length = DAY if span == "day" else 3600
    return moment // length * length


def end_of(start: int, span: Span) -> int:
    """When the hour, day or month that began at `start` ends."""
    if span == "month":
        return start_of(start + 31 * DAY, "month")
    return start + (DAY if span == "day" else 3600)
