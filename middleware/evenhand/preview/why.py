"""Why a described reader is asked or isn't: the policy's own reasons, in sentences."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from evenhand.asking import policy
from evenhand.notice import Notice
from evenhand.vocabulary import Mode, NoReason, Verdict

SENTENCES: Mapping[NoReason, str] = {
    "no_storage": "The browser can't remember anything, so nothing is asked.",
    "few_pages": "This tab has seen fewer pages than `after_pages`.",
    "asked_in_tab": "This tab was asked already.",
    "resting": "The reader acted less than `every_days` ago.",
    "silenced": "The reader said “Don't ask again”, or a filter in their network blocks.",
    "often_enough": "The reader was asked and has answered `at_most` times.",
    "quiet_hours": "It is one of the `quiet_hours`, by the reader's own clock.",
    "hold_out": "The tab has drawn the experiment's hold-out, which is never asked.",
    "no_answer": "The notice could not be fetched; a filter list may stop it.",
    "off": "The settings say `off=True`.",
    "mode": 'With `mode="count"` nothing is judged and nobody is asked.',
    "no_notice": "The settings have no notice.",
    "version": "The request is of a script's version that is not served any more.",
    "foreign": "The request comes from another origin's page.",
    "variant": "The request asks for an arm that is in no experiment any more.",
    "opted_out": "The reader sends Global Privacy Control or Do Not Track.",
    "bot": "The reader is a bot.",
    "verdict": "Readers with this verdict are not asked (`ask_probable` adds the probable ones).",
    "quiet_path": "The page lies in `not_on`.",
    "busy": "More notices are due this second than one worker renders; the next page may ask.",
    "guard": "The guard is closed: too many readers seem blocked for it to be true.",
    "exempt": "Your `exempt` hook says that this reader supports you already.",
    "template": "The template can't be rendered.",
}


class Described(NamedTuple):
    """A reader, as an editor describes them."""

    verdict: Verdict = "blocked"
    views: int = 2  # page views in this tab, this one included
    asked: bool = False  # in this tab
    acted: int | None = None  # days ago; None: never
    silenced: bool = False
    times: int = 0  # asked and answered
    storage: bool = True
    clock: str = "12:00"
    path: str = "/"
    exempt: bool = False
    opted_out: bool = False
    bot: bool = False
    guard: bool = True  # open
    held: bool = False  # has drawn an experiment's hold-out

    def now(self, today: datetime) -> datetime:
        """The reader's own time on a day."""
        hour, _, minute = self.clock.partition(":")
        return today.replace(hour=int(hour), minute=int(minute))


def reasons(
    notice: Notice, reader: Described, mode: Mode, today: datetime, *, off: bool = False
) -> list[NoReason]:
    """Every reason against asking, as :func:`evenhand.asking.policy.explain` has them."""
    request = policy.Request(
        verdict=reader.verdict,
        believed=reader.verdict if reader.guard else "unknown",
        path=reader.path,
        mode=mode,
        off=off,
        opted_out=reader.opted_out,
        bot=reader.bot,
        exempt=reader.exempt,
        held=reader.held,
    )
    memory = policy.Memory(
        views=reader.views,
        asked=reader.asked,
        until=_until(notice, reader, today),
        times=reader.times,
        storage=reader.storage,
        held=reader.held,
    )
    found = policy.explain(notice, request, memory, reader.now(today))
    return list(dict.fromkeys(found))  # both sides know of a hold-out


def _until(notice: Notice, reader: Described, today: datetime) -> str:
    """The day from which on the reader may be asked again."""
    if reader.silenced:
        return policy.FOREVER
    if reader.acted is None:
        return ""
    rest = timedelta(days=notice.every_days - reader.acted)
    return (today + rest).date().isoformat()
