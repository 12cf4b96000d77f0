"""Impolite words, in each shipped language: phrases as data, in ``phrases.json``."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import msgspec

Manner = Literal["guilt", "confirmshaming", "demand", "urgency", "accusation", "everywhere"]
"""What a phrase can be; each is a finding of that name."""

MANNERS: tuple[Manner, ...] = get_args(Manner)
_SENTENCE = re.compile(
    "[^.!?…;\u3002\uff01\uff1f\u0964\u061f]+"
)  # of all scripts that phrases.json has
_SHOUT = re.compile(r"[!\uff01]\s*[!\uff01]")
# What in the same sentence takes the edge off: "on this site", "if you".
_EXCUSES: Mapping[Manner, str] = {"everywhere": "here", "accusation": "condition"}
_DAYS = {"days": 1, "weeks": 7, "months": 30, "years": 365}


class Phrases(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One language's; ``phrases.json`` says what each list is for."""

    spaced: bool
    guilt: tuple[str, ...]
    confirmshaming: tuple[str, ...]
    demand: tuple[str, ...]
    urgency: tuple[str, ...]
    accusation: tuple[str, ...]
    condition: tuple[str, ...] = msgspec.field(name="if")
    everywhere: tuple[str, ...]
    here: tuple[str, ...]
    silence: tuple[str, ...]
    asking: tuple[str, ...]
    days: tuple[str, ...]
    weeks: tuple[str, ...]
    months: tuple[str, ...]
    years: tuple[str, ...]


class _File(msgspec.Struct):
    about: dict[str, str]
    languages: dict[str, Phrases]


class Heard(NamedTuple):
    """A phrase that was found, and the sentence around it as it was compared."""

    manner: Manner
    phrase: str
    sentence: str


@cache
def phrases() -> dict[str, Phrases]:
    """The phrases of every language."""
    text = Path(__file__).with_name("phrases.json").read_bytes()
    return msgspec.json.decode(text, type=_File).languages


def heard(text: str, lang: str, manners: Iterable[Manner] = MANNERS) -> Iterator[Heard]:
    """The impolite phrases in a text: each manner once."""
    sentences = _SENTENCE.findall(compared(text))
    for manner in manners:
        found = (
            _first(sentence, one, manner) for one in _languages(lang) for sentence in sentences
        )
        if first := next(filter(None, found), None):
            yield first


def shouts(text: str) -> str:
    """What is louder than a page: doubled exclamation marks, or three words in capitals."""
    if marks := _SHOUT.search(text):
        return marks[0]
    words = [word for word in re.findall(r"[^\W\d_]{3,}", text) if word.lower() != word.upper()]
    loud = [word for word in words if word.isupper()]
    return " ".join(loud) if len(loud) >= 3 and 2 * len(loud) > len(words) else ""


def promised_rest(text: str, lang: str) -> int | None:
    """The longest time in days that a text says readers are left alone for; None: it says none."""
    found = [
        int(number or 1) * days
        for one in _languages(lang)
        for sentence in _SENTENCE.findall(compared(text))
        if _pattern(one, "asking").search(sentence)
        for number, days in _spans(one, sentence)
    ]
    return max(found, default=None)


def promised_silence(text: str, lang: str) -> str:
    """What says that nobody is asked again, for whatever time; empty: nothing does."""
    for one in _languages(lang):
        for sentence in _SENTENCE.findall(compared(text)):
            found = _pattern(one, "silence").search(sentence)
            if found and not list(_spans(one, sentence)):
                return found[0].strip()
    return ""


def compared(text: str) -> str:
    """A text as phrases are: lower case, plain quotation marks, single spaces."""
    plain = unicodedata.normalize("NFKC", text.replace("\u2019", "'")).casefold()
    # Turkish has an i without a dot, and a capital one with: both are an i here.
    return " ".join(plain.replace("\u0307", "").replace("\u0131", "i").split())


def _languages(lang: str) -> list[str]:
    """The text's own language, and English, in which a template is written first."""
    own = lang.partition("-")[0].lower()
    return [own, "en"] if own in phrases() and own != "en" else ["en"]


def _first(sentence: str, lang: str, manner: Manner) -> Heard | None:
    found = _pattern(lang, manner).search(sentence)
    excuse = _EXCUSES.get(manner)
    if found is None or (excuse and _pattern(lang, excuse).search(sentence)):
        return None
    return Heard(manner, found[0].strip(), sentence.strip())


def _spans(lang: str, sentence: str) -> Iterator[tuple[str, int]]:
    for unit, days in _DAYS.items():
        words = "|".join(re.escape(compared(word)) for word in getattr(phrases()[lang], unit))
        end = r"(?!\w)" if phrases()[lang].spaced else ""
        start = r"(?<!\w)" if phrases()[lang].spaced else ""
        for found in re.finditer(rf"(?:(\d+)\s*|{start})(?:{words}){end}", sentence):
            yield found[1], days


@cache
def _pattern(lang: str, name: str) -> re.Pattern[str]:
    """All phrases of one kind in one language."""
    spaced = phrases()[lang].spaced
    return re.compile(
        "|".join(_expression(one, spaced=spaced) for one in getattr(phrases()[lang], name))
    )


def _expression(phrase: str, *, spaced: bool) -> str:
    parts = [re.escape(part) for part in compared(phrase).replace(" * ", "* ").split("*")]
    inner = r"[^.!?]{0,24}?".join(parts)
    if not spaced:
        return inner
    return rf"(?<!\w){inner}" + ("" if phrase.endswith("*") else r"(?!\w)")
