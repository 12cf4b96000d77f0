"""What the settings and their words promise, ask and say."""

import re
from collections.abc import Iterator

from evenhand.asking.voice import TEXTS, own_words
from evenhand.asking.voice import spoken as shown_in
from evenhand.asking.words import WORDS
from evenhand.languages.catalogues import FOLDER, Languages
from evenhand.lint.findings import Finding, Place
from evenhand.lint.wording import Manner, heard, promised_rest, promised_silence, shouts
from evenhand.notice import Notice

FEWEST_DAYS, MOST_TIMES = 30, 12
"""What is more than that is nagging; :class:`Notice` itself allows 7 days and 100 times."""

_ALWAYS: tuple[Manner, ...] = ("guilt", "demand", "urgency", "everywhere")
_UNCERTAIN: tuple[Manner, ...] = (*_ALWAYS, "accusation")
_REFUSAL: tuple[Manner, ...] = ("confirmshaming", *_ALWAYS)
_REFUSALS = frozenset(("not_now", "never"))
_STANDS_FOR = re.compile(r"\{\w*\}")


def asking_findings(
    notice: Notice, languages: Languages, own: frozenset[str] = frozenset()
) -> Iterator[Finding]:
    """Everything that can be said without a template.

    ``own`` are the languages of the publisher's catalogues. What ours say is not looked at again,
    but in the notice's own language.
    """
    yield from _frequency(notice)
    available, home = shown_in(notice, languages)
    for language in sorted(own - available):
        yield _untranslated(notice, languages, language, home)
    for language in sorted({home, *(own & available)}):
        catalogue = languages.of(language)
        for option, text, manners in _said(notice, every=language in own):
            place = Place(option if language == home else f"{option} ({language})")
            said = catalogue.gettext(text)
            yield from word_findings(said, language, place, manners)
            yield from _promises(option, said, language, notice.every_days, place)
            for name in sorted({*_STANDS_FOR.findall(said)} - {*_STANDS_FOR.findall(text)}):
                yield Finding("mistranslated", f"{name} in “{_short(said)}”", place)


def _untranslated(notice: Notice, languages: Languages, language: str, home: str) -> Finding:
    words = own_words(notice)
    missing = [text for text in words if not languages.of(language).knows(text)]
    seen = f"{len(missing)} of {len(words)} missing, “{_short(missing[0])}”; shown in “{home}”"
    return Finding("untranslated", seen, Place(f"{FOLDER}/{language}.mo"))


def _said(notice: Notice, *, every: bool) -> Iterator[tuple[str, str, tuple[Manner, ...]]]:
    """What is spoken; all words, ours too, where a catalogue may change them."""
    yield from spoken(notice)
    if every:
        for name, text in WORDS.items():
            if name not in notice.words:
                yield f"words.{name}", text, _REFUSAL if name == "close" else _ALWAYS


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


def _promises(option: str, text: str, language: str, days: int, place: Place) -> Iterator[Finding]:
    """What a text says about how often readers are asked."""
    if option.removeprefix("Notice.") not in TEXTS:
        return
    rest = promised_rest(text, language)
    if rest is not None and rest > days:
        yield Finding(
            "asks_more_than_stated", f"the words say {rest} days, every_days={days}", place
        )
    # Whose network filters is really not asked again.
    silence = "" if option == "Notice.network_text" else promised_silence(text, language)
    if silence:
        yield Finding("silence_not_kept", f"“{silence}”", place)


def _short(sentence: str) -> str:
    return sentence if len(sentence) <= 80 else sentence[:79] + "…"
