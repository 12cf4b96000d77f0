# Long: one choice, and every place where it is made.
"""Which language a reader gets: tags, catalogues laid over each other, and whose words they are."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evenhand import Notice, Way
from evenhand.asking.page import NoticePage
from evenhand.errors import OptionError
from evenhand.languages.catalogues import FOLDER, Languages
from evenhand.languages.tags import accepted, canonical, direction, lookup
from evenhand.templating import environment

from .apps import client, supporting
from .pseudo import folder

P = "/reader-support"
ASK = f"{P}/notice?v=1&verdict=blocked&signs=image_bait_failed&path=/"
AVAILABLE = ("en", "de", "de-CH", "pt", "zh-Hans")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("DE-ch", "de-CH"),
        ("pt_br", "pt-BR"),
        ("sr-latn-rs", "sr-Latn-RS"),
        ("de-CH-1996", "de-CH-1996"),
        ("iw", "he"),
        ("iw-IL", "he-IL"),
        ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans-CN"),
        ("zh-SG", "zh-Hans-SG"),
        ("zh-TW", "zh-Hant-TW"),
        ("zh-hk", "zh-Hant-HK"),
        ("zh-Hant", "zh-Hant"),
        ("zh-hans-tw", "zh-Hans-TW"),
        ("", ""),
        ("*", ""),
        ("english", ""),
        ("../../etc", ""),
        ("de\n", "de"),
        ("x" * 5000, ""),
    ],
)
def test_tags_are_read_as_they_are_written(given: str, expected: str) -> None:
    assert canonical(given) == expected


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (["de-AT"], "de"),
        (["de-CH-1996"], "de-CH"),
        (["pt-BR"], "pt"),
        (["sv", "de"], "de"),
        (["sv"], None),
        (["zh-TW"], None),
        (["zh-TW", "en"], "en"),
        (["zh-CN"], "zh-Hans"),
        (["", "de"], "de"),
        ([], None),
    ],
    ids=str,
)
def test_the_first_that_is_there_is_taken(wanted: list[str], expected: str | None) -> None:
    assert lookup(wanted, AVAILABLE) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"de-CH, de;q=0.9, en;q=0.8, *;q=0.5", ["de-CH", "de", "en", "*"]),
        (b"en;q=0.5,fr", ["fr", "en"]),
        (b"en;q=0, fr;q=0.3", ["fr"]),
        (b"en;q=high, fr", ["fr"]),
        (b"", [""]),
        (b"\xff\xfe;q=1", ["\xff\xfe"]),
    ],
    ids=str,
)
def test_what_the_browser_likes_is_heard_in_its_order(header: bytes, expected: list[str]) -> None:
    assert accepted(header) == expected


def test_a_long_header_is_not_read_to_its_end() -> None:
    assert len(accepted(b"de," * 100_000)) < 200


@pytest.mark.parametrize(("tag", "expected"), [("ar-EG", "rtl"), ("he", "rtl"), ("az", "ltr")])
def test_the_direction_is_the_languages(tag: str, expected: str) -> None:
    assert direction(tag) == expected


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("page", "header", "lang", "title"),
    [
        pytest.param("de", "fr", "de", "Werbung finanziert", id="the page's language first"),
        pytest.param("de-AT", "fr", "de", "Werbung finanziert", id="shortened"),
        pytest.param("", "fr-CA,en;q=0.8", "fr", "La publicité finance", id="else the browser's"),
        pytest.param("sv", "fr", "fr", "La publicité finance", id="a page in one we don't speak"),
        pytest.param("sv", "fi", "en", "Ads pay for", id="neither"),
        pytest.param("", "", "en", "Ads pay for", id="nothing said"),
        pytest.param("zh-TW", "", "en", "Ads pay for", id="Traditional is not Simplified"),
        pytest.param("zh-CN", "", "zh-Hans", "依靠广告维持运营", id="Simplified"),
        pytest.param("iw", "", "he", "פרסומות מממנות", id="the former tag of Hebrew"),
        pytest.param("%22%3E%3Cb%3E", "de", "de", "Werbung finanziert", id="nonsense"),
    ],
)
async def test_a_reader_hears_the_pages_language_else_their_browsers(
    page: str, header: str, lang: str, title: str
) -> None:
    with supporting(site="The Gazette", notice=Notice()) as support:
        async with client(support) as reader:
            await reader.get(f"{P}/pair/ads728x90.gif")  # opens the guard
            answer = await reader.get(f"{ASK}&lang={page}", headers={"accept-language": header})
    assert answer.status_code == 200
    assert f'<html lang="{lang}">' in answer.text
    assert title in answer.text
    assert f'dir="{"rtl" if lang == "he" else "ltr"}"' in answer.text
    assert f"/about?lang={lang}" in answer.text, "the page about it is in the same language"
    assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("query", "header", "lang"),
    [("", "fr;q=0.5,pl", "pl"), ("?lang=ar", "pl", "ar"), ("?lang=sv", "", "de"), ("", "", "de")],
)
async def test_the_page_about_it_is_in_the_readers_language(
    query: str, header: str, lang: str
) -> None:
    """Of several languages, one address: caches are told what it depends on."""
    with supporting(notice=Notice(lang="de", quiet_hours=("22:00-07:00",))) as support:
        async with client(support) as reader:
            answer = await reader.get(P + "/about" + query, headers={"accept-language": header})
            again = await reader.get(P + "/about" + query, headers={"accept-language": header})
            english = (await reader.get(P + "/about.json")).json()
    assert answer.headers["content-language"] == lang
    assert answer.headers["vary"] == "accept-language"
    assert answer.headers["cache-control"] == "public, max-age=3600"
    assert f'<html lang="{lang}" dir="{direction(lang)}">' in answer.text
    assert answer.content == again.content
    assert "measures" not in answer.text, "no English is left"
    assert english["stored_in_the_browser"][0]["how_long"] == "until the tab is closed"


def page(notice: Notice, templates: Path | None = None) -> NoticePage:
    languages = Languages(templates)
    return NoticePage(notice, environment(templates, languages), P, languages)


def title(made: NoticePage, language: str, site: str = "The Gazette") -> tuple[str, str]:
    values = made.values(site, language=language)
    return values["lang"], values["title"]


def test_without_own_words_a_notice_speaks_every_language() -> None:
    made = page(Notice(name="The Gazette", logo="/logo.svg", theme="slate", ask_probable=True))
    assert made.languages == Languages().tags
    assert made.language(["fi", "nl"]) == "nl"
    assert made.language(["fi"]) == "en"
    assert page(Notice(lang="de")).language(["fi"]) == "de", "the publisher's, for all others"
    assert page(Notice(lang="sv")).language(["fi"]) == "en", "which we don't speak either"


OWN: dict[str, dict[str, Any]] = {
    "title": {"title": "Hej"},
    "text": {"text": "Hej"},
    "block_text": {"block_text": "Hej"},
    "words": {"words": {"close": "Hej"}},
    "label": {"ways": (Way(label="Hej", url="/hej"),)},
}


@pytest.mark.parametrize("own", OWN.values(), ids=OWN)
def test_own_words_keep_the_notice_in_their_language(own: dict[str, Any]) -> None:
    """One word of the publisher's is enough: no notice mixes two languages."""
    made = page(Notice(lang="de", **own))
    assert made.languages == {"de"}
    for wanted in ("en", "fr", "de-AT", ""):
        values = made.values("The Gazette", language=wanted)
        assert values["lang"] == "de"
        assert values["words"]["more"] == "Mehr"
        assert values["groups"][0]["label"] in ("In diesem Browser", "Anderswo", "Im Netzwerk")
    assert page(Notice(lang="sv", **own)).values("G")["lang"] == "sv", "ours around them: English"
    assert page(Notice(lang="ar-EG", **own)).values("G")["dir"] == "rtl"


def test_words_that_are_ours_are_no_own_words() -> None:
    ours = Notice(ways=(Way(kind="subscribe", url="/", label="Subscribe"),), title=Notice().title)
    assert title(page(ours), "fr") == ("fr", "La publicité finance The Gazette")


def test_a_folder_translates_own_words(tmp_path: Path) -> None:
    notice = Notice(title="Coffee and news, {name}", ways=(Way(label="Buy us a coffee", url="/"),))
    german = {"Coffee and news, {name}": "Kaffee und Nachrichten, {name}"}
    some = page(notice, folder(tmp_path, de=german))
    assert title(some, "de") == ("en", "Coffee and news, The Gazette"), "half of it is not enough"
    german["Buy us a coffee"] = "Spendieren Sie uns einen Kaffee"
    made = page(notice, folder(tmp_path, de=german))
    assert made.languages == {"en", "de"}
    assert title(made, "de-CH") == ("de", "Kaffee und Nachrichten, The Gazette")
    assert "Spendieren Sie" in made.render("The Gazette", language="de").decode()
    assert title(made, "fr") == ("en", "Coffee and news, The Gazette")


def test_a_folder_changes_one_sentence_and_leaves_the_rest(tmp_path: Path) -> None:
    made = page(Notice(), folder(tmp_path, de={"More": "Weiter"}, en={"More": "Go on"}))
    german = made.values("G", language="de")
    assert german["words"]["more"] == "Weiter"
    assert german["words"]["close"] == "Schließen"
    assert made.values("G", language="en")["words"]["more"] == "Go on"
    assert made.values("G", language="fr")["words"]["more"] == "Plus"


def test_a_folder_adds_a_language_and_a_region(tmp_path: Path) -> None:
    made = page(Notice(), folder(tmp_path, sv={"Close": "Stäng"}, de_AT={"Close": "Zumachen"}))
    assert made.languages >= {"sv", "de-AT"}
    assert made.values("G", language="sv")["words"]["close"] == "Stäng"
    assert made.values("G", language="sv-FI")["lang"] == "sv"
    austrian = made.values("G", language="de-AT")
    assert (austrian["words"]["close"], austrian["words"]["more"]) == ("Zumachen", "Mehr")
    assert made.values("G", language="de")["words"]["close"] == "Schließen"


def test_a_folder_adds_traditional_chinese_by_any_of_its_names(tmp_path: Path) -> None:
    made = page(Notice(), folder(tmp_path, zh_Hant={"Close": "關閉"}))
    for tag in ("zh-TW", "zh-HK", "zh-Hant-MO"):
        assert made.values("G", language=tag)["words"]["close"] == "關閉"
    assert made.values("G", language="zh-CN")["words"]["close"] == "关闭"


def test_files_that_can_not_work_are_told_at_the_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder(tmp_path) / FOLDER / "sv.po").write_text('msgid "Close"\nmsgstr "Stäng"\n', "utf-8")
    with caplog.at_level(logging.WARNING):
        Languages(tmp_path)
    assert "msgfmt" in caplog.text
    (tmp_path / FOLDER / "da.mo").write_bytes(b"no catalogue")
    with pytest.raises(OptionError, match=r"da\.mo"):
        Languages(tmp_path)
    (tmp_path / FOLDER / "da.mo").rename(tmp_path / FOLDER / "danish.mo")
    with pytest.raises(OptionError, match=r"danish\.mo"):
        Languages(tmp_path)


def test_without_a_name_the_whole_sentence_is_translated() -> None:
    """In many languages "this site" changes with its place."""
    made = page(Notice())
    assert title(made, "pl", "default") == ("pl", "Reklamy finansują tę witrynę")
    assert title(made, "en", "default") == ("en", "Ads pay for this site")
    assert title(made, "ja", "other") == ("ja", "このサイトは広告で支えられています")
    own = page(Notice(title="Wir danken für {name}", lang="de"))
    assert title(own, "de", "default") == ("de", "Wir danken für diese Website")


def test_variants_are_judged_each_by_its_own_words() -> None:
    plain, warm = Notice(), replace(Notice(), title="Hello", variant="warm")
    assert page(plain).language(["fr"]) == "fr"
    assert page(warm).language(["fr"]) == "en"


def test_the_block_is_in_the_pages_language() -> None:
    with supporting(site="The Gazette", notice=Notice()) as support:
        assert "Ads pay for The Gazette" in support.support_block()
        german = support.support_block(lang="de-AT")
        assert "Werbung finanziert The Gazette" in german
        assert '<div class="reader-support" lang="de" dir="ltr"' in german


def test_a_publishers_template_speaks_with_trans(tmp_path: Path) -> None:
    (tmp_path / "notice.html").write_text(
        "<section>{% trans name=name %}Hello, {{ name }}!{% endtrans %} {{ words.more }}</section>"
    )
    made = page(Notice(), folder(tmp_path, de={"Hello, %(name)s!": "Hallo, %(name)s!"}))
    evil = made.render("<b>", language="de").decode()
    assert evil == "<section>Hallo, &lt;b&gt;! Mehr</section>"


def test_pages_that_are_remembered_differ_by_language_and_stay_few() -> None:
    made = page(Notice())
    german = made.render("The Gazette", language="de")
    assert made.render("The Gazette", language="de-AT") is german
    assert made.render("The Gazette", language="fr") is not german
    for number in range(500):
        made.render("The Gazette", language=f"x{number}")
    assert len(made._rendered) == 3, "tags that nobody speaks are all the same"
