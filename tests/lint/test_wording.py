"""Impolite phrases in each shipped language; polite words in all of them."""

import itertools

import pytest

from evenhand import Notice
from evenhand.lint.wording import (
    MANNERS,
    Manner,
    heard,
    phrases,
    promised_rest,
    promised_silence,
    shouts,
)

LANGUAGES = [
    *(
        "en",
        "de",
        "fr",
        "es",
        "it",
        "pt",
        "nl",
        "pl",
        "tr",
        "uk",
        "ar",
        "he",
        "hi",
        "ja",
        "ko",
        "zh",
    )
]
LISTED = [*itertools.product(LANGUAGES, MANNERS)]


def test_every_shipped_language_has_phrases() -> None:
    assert set(phrases()) == set(LANGUAGES)


@pytest.mark.parametrize(("lang", "manner"), LISTED)
def test_each_phrase_is_heard_in_a_sentence(lang: str, manner: Manner) -> None:
    listed = getattr(phrases()[lang], manner)
    assert len(listed) >= 8
    assert len(set(listed)) == len(listed)
    for phrase in listed:
        said = _bare(phrase)
        for text in (said, said.upper(), f"A, b. {said}", f"{said}, c"):
            assert manner in [one.manner for one in heard(text, lang, [manner])], (phrase, text)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_asked_for_here_only_is_let_be(lang: str) -> None:
    listed = phrases()[lang]
    for here in listed.here:
        phrase = _bare(listed.everywhere[0])
        assert not list(heard(f"{phrase} {here}", lang, ["everywhere"])), here


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_if_accuses_nobody(lang: str) -> None:
    listed = phrases()[lang]
    for condition in listed.condition:
        phrase = _bare(listed.accusation[0])
        assert not list(heard(f"{_bare(condition)} {phrase}", lang, ["accusation"])), condition


@pytest.mark.parametrize("lang", LANGUAGES)
def test_times_are_read(lang: str) -> None:
    listed = phrases()[lang]
    asking = _bare(listed.asking[0])
    for unit, days in (("days", 1), ("weeks", 7), ("months", 30), ("years", 365)):
        for word in getattr(listed, unit):
            assert promised_rest(f"{asking} 3 {word}", lang) == 3 * days, word


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_promised_silence_is_one_without_a_time(lang: str) -> None:
    listed = phrases()[lang]
    for phrase in listed.silence:
        said = _bare(phrase)
        assert promised_silence(said, lang)
        assert not promised_silence(f"{said} 3 {listed.weeks[0]}", lang)


def test_a_time_that_is_not_about_asking_is_none() -> None:
    assert promised_rest("Read us free for 90 days. We ask politely.", "en") is None


def test_a_word_within_another_is_not_heard() -> None:
    assert not list(heard("The hurricane guilder yesterday", "en"))
    assert not list(heard("Nothing is hidden here; stainless steel", "en"))


@pytest.mark.parametrize(
    ("text", "loud"),
    [
        ("Please!", ""),
        ("Please!!", "!!"),
        ("NASA and ESA", ""),
        ("HELP US NOW, PLEASE", "HELP NOW PLEASE"),
        ("広告を許可してください。", ""),
    ],
)
def test_shouting_is_more_than_one_word(text: str, loud: str) -> None:
    assert shouts(text) == loud


def test_our_own_words_are_polite_in_every_language_that_judges_them() -> None:
    notice = Notice()
    texts = (notice.title, notice.text, notice.gentle_text, notice.network_text, notice.block_text)
    for lang, text in itertools.product(LANGUAGES, texts):
        assert not list(heard(text, lang)), (lang, text)
        assert not shouts(text)


def _bare(phrase: str) -> str:
    """A phrase with nothing where it leaves room."""
    return phrase.replace(" * ", " ").replace("*", "")
