"""The notice's options: what is taken, and what is refused with a way out."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from evenhand import Notice, Way
from evenhand.asking.words import LABELS, WORDS
from evenhand.errors import OptionError
from evenhand.languages import tags
from evenhand.vocabulary import NO_REASONS, PLACEMENTS, WAY_KINDS

TESTS = Path(__file__).parent
DOCS = (TESTS.parent / "docs" / "notice.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("name", ""),
        ("name", "x" * 61),
        ("logo", "https://cdn.example/logo.svg"),
        ("logo", "//cdn.example/logo.svg"),
        ("logo", "/logo.gif"),
        ("logo", "/\\cdn.example/logo.svg"),
        ("logo", '/logo.svg" onload="x'),
        ("title", " "),
        ("text", "x" * 401),
        ("gentle_text", ""),
        ("network_text", 7),
        ("block_text", ""),
        ("ways", [Way(kind="allow")]),
        ("ways", ("subscribe",)),
        ("words", {"shut": "Shut"}),
        ("words", {"close": ""}),
        ("words", ["close"]),
        ("placement", "popup"),
        ("placement", "modal"),
        ("after_pages", 0),
        ("after_pages", True),
        ("every_days", 6),
        ("at_most", 0),
        ("quiet_hours", "22:00-07:00"),
        ("quiet_hours", ("22-7",)),
        ("quiet_hours", ("24:00-07:00",)),
        ("quiet_hours", ("07:00-07:00",)),
        ("not_on", ("checkout",)),
        ("not_on", "/checkout"),
        ("not_on", ("/checkout/*",)),
        ("ask_probable", "yes"),
        ("lang", "English"),
        ("variant", "Friendly!"),
    ],
)
def test_a_wrong_option_is_refused_with_a_way_out(option: str, value: Any) -> None:
    with pytest.raises(OptionError) as caught:
        Notice(**{option: value})
    error = caught.value
    assert error.option.startswith(f"Notice.{option}")
    assert error.allowed in str(error)
    assert error.fix in str(error)


@pytest.mark.parametrize(
    "given",
    [
        {"label": "Subscribe"},
        {"label": "Subscribe", "url": "javascript:alert(1)"},
        {"label": "Subscribe", "url": "//evil.example"},
        {"label": "", "url": "/subscribe"},
        {"label": "x" * 61, "url": "/subscribe"},
        {"kind": "bitcoin", "url": "/pay"},
        {"kind": "donate"},
        {"kind": "never", "url": "/never"},
        {"kind": "allow", "url": "/how"},
    ],
    ids=str,
)
def test_a_wrong_way_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(OptionError) as caught:
        Way(**given)
    assert caught.value.fix in str(caught.value)


@pytest.mark.parametrize("kind", [kind for kind in WAY_KINDS if kind != "link"])
def test_each_kind_of_way_has_words_of_its_own(kind: Any) -> None:
    leads = kind in ("subscribe", "donate", "newsletter")
    way = Way(kind=kind, url="/there" if leads else None)
    assert way.words == LABELS[kind]
    assert Way(kind=kind, url=way.url, label="Please").words == "Please"


def test_any_number_of_ways_in_the_publishers_order() -> None:
    ways = tuple(Way(label=f"Way {n}", url=f"/{n}") for n in range(9))
    notice = Notice(ways=(*ways, Way(kind="never"), Way(kind="allow")))
    assert notice.all_ways == notice.ways


def test_a_reader_can_always_say_that_once_is_enough() -> None:
    assert [way.kind for way in Notice(ways=()).all_ways] == ["never"]
    assert [way.kind for way in Notice().all_ways] == ["allow", "not_now", "never"]


def test_the_defaults_ask_rarely() -> None:
    notice = Notice()
    assert (notice.after_pages, notice.every_days, notice.at_most) == (2, 30, 6)
    assert notice.asks == ("blocked",)
    assert notice.placement in PLACEMENTS


@pytest.mark.parametrize(
    ("lang", "direction"),
    [
        ("en", "ltr"),
        ("ar", "rtl"),
        ("he-IL", "rtl"),
        ("fa", "rtl"),
        ("pt-BR", "ltr"),
        ("az", "ltr"),
    ],
)
def test_the_direction_follows_the_language(lang: str, direction: str) -> None:
    assert tags.direction(lang) == direction


def test_quiet_hours_become_minutes() -> None:
    notice = Notice(quiet_hours=("22:00-07:00", "12:15-13:45"))
    assert notice.quiet_minutes == [(1320, 420), (735, 825)]


@pytest.mark.parametrize("word", WORDS)
def test_each_of_our_words_can_be_replaced(word: str) -> None:
    assert Notice(words={word: "Other words"}).words[word] == "Other words"


def test_every_option_and_its_default_are_written_down() -> None:
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| ([^|]+) \|", DOCS, re.MULTILINE)
    told = {name: default.strip() for names, default in rows for name in re.findall(r"\w+", names)}
    for option in fields(Notice):
        assert option.name in told
        if isinstance(option.default, int):
            assert told[option.name].strip("`") == str(option.default)


def test_every_reason_is_written_down() -> None:
    table = DOCS.partition("| reason | found |")[2].partition("##")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(NO_REASONS)


def test_every_test_that_the_docs_name_is_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", DOCS))
    assert len(named) > 8
    code = "".join(path.read_text("utf-8") for path in TESTS.rglob("test_*.py"))
    assert [name for name in sorted(named) if f"def {name}(" not in code] == []


def test_every_picture_and_link_is_there() -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", DOCS)
    assert len(targets) >= 7
    assert [target for target in targets if not (TESTS.parent / "docs" / target).exists()] == []


def test_all_complaints_are_answered() -> None:
    table = DOCS.partition("| complaint | here |")[2]
    numbers = re.findall(r"\d+", " ".join(re.findall(r"^\| ([\d, ]+)\.", table, re.MULTILINE)))
    assert [int(number) for number in numbers] == list(range(1, 20))
