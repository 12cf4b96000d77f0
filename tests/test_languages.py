"""The catalogues: in step with the source, whole, and in each language what its rules ask for."""

import io
import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from babel import Locale
from babel.messages import Catalog, Message
from babel.messages.pofile import read_po
from babel.numbers import get_decimal_symbol, get_plus_sign_symbol

from evenhand import Notice, Way
from evenhand.asking.steps import guides
from evenhand.asking.voice import TEXTS
from evenhand.asking.words import LABELS, WORDS
from evenhand.languages.catalogues import Languages
from evenhand.languages.tags import canonical, direction

from .pseudo import compiled

ROOT = Path(__file__).parents[1]
DOCS = (ROOT / "docs" / "languages.md").read_text("utf-8")
SCRIPT: dict[str, Any] = runpy.run_path(str(ROOT / "scripts" / "languages.py"))
FOLDER: Path = SCRIPT["FOLDER"]
SHIPPED = [
    *("ar", "de", "es", "fr", "he", "hi", "it", "ja", "ko", "nl", "pl", "pt", "tr", "uk"),
    "zh-Hans",
]
NAMES = {
    guide.blocker for guide in guides() if not re.search(r" (on|in|for) |'s |^A ", guide.blocker)
}
HOLES = re.compile(r"\{\w+\}|%\(\w+\)s|%%|</?\w+>")
EACH = pytest.mark.parametrize("tag", SHIPPED)


def catalogue(tag: str) -> Catalog:
    with (FOLDER / f"{tag}.po").open("rb") as file:
        return read_po(file, locale=tag.replace("-", "_"))


def entries(tag: str) -> list[Message]:
    return [message for message in catalogue(tag) if message.id]


def said(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else [*(message.string or ())]


def test_the_files_are_in_step_with_the_source_and_with_each_other() -> None:
    for path, content in SCRIPT["files"](SHIPPED):
        assert path.read_bytes() == content, f"{path.name}: make languages"


def test_these_are_the_languages() -> None:
    assert Languages().tags == {"en", *SHIPPED}
    assert sorted(path.stem for path in FOLDER.glob("*.po")) == SHIPPED


@EACH
def test_a_language_is_whole(tag: str) -> None:
    untranslated = [message.id for message in entries(tag) if not all(said(message))]
    assert untranslated == []
    assert [message.id for message in entries(tag) if message.fuzzy] == []


@EACH
def test_what_stands_for_something_is_kept(tag: str) -> None:
    for message in entries(tag):
        source = message.id if isinstance(message.id, str) else message.id[1]
        wanted = sorted(HOLES.findall(source))
        for text in said(message):
            found = sorted(HOLES.findall(text))
            # "one" may be written out, in languages where it has a form of its own.
            assert found == wanted or (message.pluralizable and found == []), (message.id, text)
        assert said(message)[-1].count("{") == source.count("{")


@EACH
def test_only_names_stay_as_they_are(tag: str) -> None:
    same = {message.id for message in entries(tag) if message.id in said(message)}
    assert same - NAMES <= {"."}
    assert same >= NAMES, "a product is called the same everywhere"


@EACH
def test_our_words_keep_the_bounds_that_a_publishers_must_keep(tag: str) -> None:
    of, ours = Languages().of(tag).gettext, Notice()
    texts: dict[str, Any] = {name: of(getattr(ours, name)) for name in TEXTS}
    ways = tuple(Way(kind="link", url="/", label=of(label)) for label in LABELS.values())
    words = {name: of(word) for name, word in WORDS.items()}
    Notice(lang=tag, ways=ways, words=words, **texts)  # raises for one that is too long
    assert all(len(of(step)) <= 200 for guide in guides() for step in guide.steps)


@EACH
def test_it_is_written_in_its_own_letters_and_marks(tag: str) -> None:
    letters = {
        "ar": "[\u0600-\u06ff]", "he": "[\u0590-\u05ff]", "hi": "[\u0900-\u097f]",
        "ja": "[\u3040-\u30ff\u4e00-\u9fff]", "ko": "[\uac00-\ud7af]", "uk": "[\u0400-\u04ff]",
        "zh-Hans": "[\u4e00-\u9fff]",
    }.get(tag, "[A-Za-z]")  # fmt: skip
    for message in entries(tag):
        if message.id not in NAMES and message.id != ".":
            for text in said(message):
                assert re.search(letters, text), text
                assert "..." not in text, text
                assert text == text.strip(), text


@EACH
def test_numbers_are_written_as_the_language_does(tag: str) -> None:
    locale = Locale.parse(tag, sep="-")
    number = Languages().of(tag).number
    assert number(12.5) == f"12{get_decimal_symbol(locale, numbering_system='latn')}5"
    assert number(100.0) == "100"
    assert number(0.25).endswith("25")
    assert get_plus_sign_symbol(locale), "Babel knows it"


@pytest.mark.parametrize(
    ("tag", "n", "expected"),
    [
        ("en", 1, "at most 1 time in all"),
        ("en", 2, "at most 2 times in all"),
        ("de", 6, "insgesamt höchstens 6 Mal"),
        ("fr", 1, "1 fois au plus en tout"),
        ("pl", 1, "najwyżej 1 raz w sumie"),
        ("pl", 3, "najwyżej 3 razy w sumie"),
        ("uk", 1, "щонайбільше 1 раз загалом"),
        ("uk", 3, "щонайбільше 3 рази загалом"),
        ("uk", 5, "щонайбільше 5 разів загалом"),
        ("uk", 21, "щонайбільше 21 раз загалом"),
        ("ar", 1, "مرة واحدة على الأكثر إجمالًا"),
        ("ar", 2, "مرتين على الأكثر إجمالًا"),
        ("ar", 6, "6 مرات على الأكثر إجمالًا"),
        ("ar", 30, "30 مرة على الأكثر إجمالًا"),
        ("he", 2, "לכל היותר פעמיים בסך הכול"),
        ("he", 6, "לכל היותר 6 פעמים בסך הכול"),
        ("ja", 6, "全部で 6 回まで"),
    ],
)
def test_each_number_has_its_form(tag: str, n: int, expected: str) -> None:
    one, many = "at most %(n)s time in all", "at most %(n)s times in all"
    assert Languages().of(tag).ngettext(one, many, n) % {"n": n} == expected


def test_two_run_from_right_to_left() -> None:
    assert [tag for tag in SHIPPED if direction(tag) == "rtl"] == ["ar", "he"]


@EACH
def test_a_label_in_a_sentence_is_the_buttons_own(tag: str) -> None:
    """“Don't ask again” on the page about the notice is what stands on the notice."""
    of = Languages().of(tag).gettext
    sentence = of("“Don't ask again” in the notice: you are not asked again in this browser.")
    assert of("Don't ask again") in sentence


VENDORS = json.loads((ROOT / "tests" / "vendor_labels.json").read_text("utf-8"))


@EACH
def test_blockers_are_quoted_as_their_makers_translate_them(tag: str) -> None:
    of = Languages().of(tag).gettext
    for blocker, label in VENDORS["labels"][tag].items():
        text = of(VENDORS["sentences"][blocker])
        quoted = f'["«„“「\u2018]\u00a0?{re.escape(label)}\u00a0?["»“”」\u2019]'
        assert re.search(quoted, text), text


def test_tags_are_canonical() -> None:
    assert all(canonical(tag) == tag for tag in SHIPPED)


def test_the_documents_list_each_language_and_who_has_checked_it() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \| .+ \| (no|yes\b.*) \|$", DOCS, re.MULTILINE)
    assert sorted(tag for tag, _ in rows) == sorted(["en", *SHIPPED])
    unchecked = all(checked == "no" for _, checked in rows)
    assert unchecked == ("No native reader has checked any of them yet" in DOCS)


def test_the_documents_example_is_a_catalogue(tmp_path: Path) -> None:
    (example,) = re.findall(r"```po\n(msgid \"\"\n.*?)```", DOCS, re.DOTALL)
    words = {
        message.id: message.string
        for message in read_po(io.BytesIO(example.encode()))
        if message.id and isinstance(message.id, str) and isinstance(message.string, str)
    }
    (tmp_path / "languages").mkdir()
    (tmp_path / "languages" / "de.mo").write_bytes(compiled(words))
    german = Languages(tmp_path).of("de")
    assert german.gettext("Not now") == "Vielleicht später"
    assert german.knows("Coffee and news, {name}")
    assert german.gettext("Close") == "Schließen"
