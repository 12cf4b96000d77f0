"""What the settings and their words promise, ask and say."""

from collections.abc import Iterator

from evenhand.lint.findings import Finding, Place
from evenhand.lint.wording import Manner, heard, promised_rest, promised_silence, shouts
from evenhand.notice import Notice

FEWEST_DAYS, MOST_TIMES = 30, 12
"""What is more than that is nagging; :class:`Notice` itself allows 7 days and 100 times."""

_ALWAYS: tuple[Manner, ...] = ("guilt", "demand", "urgency", "everywhere")
_UNCERTAIN: tuple[Manner, ...] = (*_ALWAYS, "accusation")
_REFUSAL: tuple[Manner, ...] = ("confirmshaming", *_ALWAYS)
_REFUSALS = frozenset(("not_now", "never"))


def asking_findings(notice: Notice) -> Iterator[Finding]:
    """Everything that can be said without a template."""
    yield from _frequency(notice)
    for option, text, manners in spoken(notice):
        yield from word_findings(text, notice.lang, Place(option), manners)


def spoken(notice: Notice) -> Iterator[tuple[str, str, tuple[Manner, ...]]]:
    """The publisher's words: the option, the text, and what it must not be."""
    yield "Notice.title", notice.title, _ALWAYS
    yield "Notice.text", notice.text, _ALWAYS
    for option in ("gentle_text", "network_text", "block_text"):
        yield f"Notice.{option}", getattr(notice, option), _UNCERTAIN
    for name, text in notice.words.items():
        yield f"Notice.words[{name!r}]", text, _REFUSAL if name == "close" else _ALWAYS
    for way in notice.all_ways:
        manners = _REFUSAL if way.kind in _REFUSALS else _ALWAYS
        yield f"Way({way.kind!r}).label", way.words, manners


def word_findings(
    text: str, lang: str, place: Place, manners: tuple[Manner, ...]
) -> Iterator[Finding]:
    """Impolite words of one text."""
    for manner, phrase, sentence in heard(text, lang, manners):
        yield Finding(manner, f"“{phrase}” in “{_short(sentence)}”", place)
    if loud := shouts(text):
        yield Finding("shouting", f"“{loud}”", place)


def _frequency(notice: Notice) -> Iterator[Finding]:
    days = notice.every_days
    if days < FEWEST_DAYS:
        yield Finding("asks_often", f"every_days={days}", Place("Notice.every_days"))
    if notice.at_most > MOST_TIMES:
        yield Finding("asks_endlessly", f"at_most={notice.at_most}", Place("Notice.at_most"))
    for option in ("title", "text", "gentle_text", "network_text", "block_text"):
        text, place = getattr(notice, option), Place(f"Notice.{option}")
        rest = promised_rest(text, notice.lang)
        if rest is not None and rest > days:
            seen = f"the words say {rest} days, every_days={days}"
            yield Finding("asks_more_than_stated", seen, place)
        silence = promised_silence(text, notice.lang) if option != "network_text" else ""
        if silence:
            yield Finding("silence_not_kept", f"“{silence}”", place)


def _short(sentence: str) -> str:
    return sentence if len(sentence) <= 80 else sentence[:79] + "…"
