"""Annotations: what an operator may say, where it stands, and that it harms nothing."""

import csv
import json
from collections.abc import Callable
from io import StringIO
from itertools import product
from pathlib import Path

import html5lib
import pytest
from click.testing import CliRunner, Result

from evenhand.annotation import KEPT, LONGEST, Annotation, annotation
from evenhand.cli import app
from evenhand.dashboard.page import ANNOTATIONS, Links, render, summarise, window
from evenhand.dashboard.summary import PERIODS
from evenhand.dashboard.trend import flags
from evenhand.dashboard.words import ANNOTATION_WORDS
from evenhand.errors import OptionError
from evenhand.keys import Key
from evenhand.overview import annotated, as_csv, as_json, overview
from evenhand.store import Batch, Row, Store, annotations, open_store
from evenhand.templating import environment
from evenhand.vocabulary import (
    ANNOTATION_KINDS,
    BAITS,
    BROWSERS,
    DEVICES,
    NOTICE_EVENTS,
    RESULTS,
    VERDICTS,
)

from .postgres import serving

NOW = 1_795_357_800  # 2026-11-22, 14:30 UTC
HOUR, DAY = 3600, 86_400
LINKS = Links("/reader-support/dashboard", "/reader-support/dashboard.css", "/reader-support/about")
HOSTILE = "</li><script>alert('x')</script>&amp;\"'=cmd|"

Annotate = Callable[..., Result]


def said(text: str = "Deployed 2.3", **options: str | None) -> Annotation:
    given = {"at": None, "kind": "deploy", "site": "", **options}
    return annotation(text, now=NOW, **given)  # type: ignore[arg-type]  # wrong ones too


def test_words_become_one_line_at_one_minute() -> None:
    made = said(" Deployed\n\t2.3 ")
    assert made == Annotation(NOW, "", "deploy", "Deployed 2.3")
    assert annotated(made) == "2026-11-22T14:30Z Deployed 2.3 (deploy)"
    assert annotated(made._replace(site="gazette")).endswith("(deploy, gazette)")


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-22", NOW // DAY * DAY),
        ("2026-11-22T14:29:59", NOW - 60),
        ("2026-11-22T15:30+01:00", NOW),
        ("2026-11-22 14:30Z", NOW),
    ],
)
def test_moments_are_utc_unless_they_say_otherwise(at: str, expected: int) -> None:
    assert said(at=at).at == expected


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        pytest.param("", {}, "one line", id="nothing"),
        pytest.param(" \n", {}, "one line", id="blank"),
        pytest.param("x" * (LONGEST + 1), {}, "up to 120 characters", id="long"),
        pytest.param("a\x00b", {}, "can be printed", id="nul"),
        pytest.param("a\u202eb", {}, "can be printed", id="right-to-left override"),
        pytest.param("a\udc80b", {}, "can be printed", id="surrogate"),
        pytest.param("x", {"kind": "release"}, "deploy, list, note", id="kind"),
        pytest.param("x", {"at": "yesterday"}, "2026-11-22T14:30", id="word"),
        pytest.param("x", {"at": "2062-11-22"}, "up to tomorrow", id="slip"),
        pytest.param("x", {"at": "1026-11-22"}, "2026-11-22", id="long ago"),
    ],
)
def test_what_can_not_be_kept_is_refused(text: str, options: dict[str, str], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        said(text, **options)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(None, tmp_path)


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(annotations, "KEPT", 20)
    return 20


def test_a_store_keeps_the_newest_and_each_of_them_once(store: Store, kept: int) -> None:
    _keeps_the_newest(store, kept)


@pytest.mark.server
def test_postgresql_keeps_the_newest_and_each_of_them_once(kept: int) -> None:
    with serving() as server:
        _keeps_the_newest(open_store(server.url, None), kept)


def _keeps_the_newest(store: Store, most: int) -> None:
    first = Annotation(NOW, "gazette", "list", HOSTILE)
    everywhere = Annotation(NOW + 60, "", "deploy", "Deployed 2.3")
    other = Annotation(NOW + 60, "chronicle", "note", "Ünï ©ode 漢字 %s ? {}")
    made_up = Annotation(NOW + 60, "simulated", "note", "made up")
    for each in (other, first, made_up, everywhere):
        assert store.annotate(each)
        assert not store.annotate(each)
    assert store.annotations(NOW, NOW + 61) == [first, everywhere, other]
    assert store.annotations(NOW, NOW + 61, "gazette") == [first, everywhere]
    assert store.annotations(NOW, NOW + 60, "chronicle") == []
    assert store.remove_annotations("made up") == 1
    assert store.remove_annotations("made up") == 0
    for number in range(most):  # the same minute for all
        store.annotate(Annotation(NOW + DAY, "", "note", f"{number:04}"))
    newest = store.annotations(0, NOW + 2 * DAY)
    assert len(newest) == most
    assert first not in newest
    store.close()


@pytest.fixture
def annotate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Annotate:
    monkeypatch.chdir(tmp_path)

    def ran(*arguments: str) -> Result:
        environ = {"EVENHAND_STATE_DIR": str(tmp_path), "EVENHAND_SITES": None}
        return CliRunner().invoke(app, ["annotate", *arguments], env=environ)

    return ran


def test_the_command_keeps_says_and_forgets(annotate: Annotate, store: Store) -> None:
    store.apply(Batch("p", "e", 1, [Row(NOW, *Key("gazette", "", "", "", "page", "inserted"), 1)]))
    done = annotate("Deployed 2.3", "--at", "2026-11-22T14:30", "--kind", "deploy")
    assert (done.exit_code, done.output) == (0, "2026-11-22T14:30Z deploy: Deployed 2.3\n")
    again = annotate("Deployed 2.3", "--at", "2026-11-22T14:30", "--kind", "deploy")
    assert again.output == "2026-11-22T14:30Z deploy: Deployed 2.3 (known)\n"
    done = annotate("Sale", "--at", "2026-11-22", "--site", "gazette")
    assert done.output == "2026-11-22T00:00Z note on gazette: Sale\n"
    assert [each.text for each in store.annotations(0, 2**40)] == ["Sale", "Deployed 2.3"]
    assert annotate("Sale", "--remove").output == "1 removed\n"
    assert annotate("Sale", "--remove").output == "no annotation has this text\n"
    assert [each.text for each in store.annotations(0, 2**40)] == ["Deployed 2.3"]
    now = annotate("Just now")
    assert now.exit_code == 0
    store.close()


def test_the_command_says_what_is_wrong(annotate: Annotate) -> None:
    for arguments, words in (
        (["x", "--site", "gazete"], "--site='gazete' can't be used. Allowed: default."),
        (["x", "--kind", "oops"], "Allowed: deploy, list, note."),
        (["x", "--at", "14:30"], "without a zone it is UTC"),
        (["x" * 121], "up to 120 characters"),
    ):
        done = annotate(*arguments)
        assert done.exit_code == 1
        assert words in done.stderr
        assert "Traceback" not in done.output


def page_of(annotations: list[Annotation], period: str = "24h", site: str = "") -> str:
    since, until = window(period, NOW)
    row = Row(since, *Key("gazette", "", "chrome", "desktop", "pair", "control"), 90)
    summary = summarise([row], since=since, until=until, site=site, annotations=annotations)
    return render(summary, environment(None), links=LINKS, period=period)


def test_the_page_marks_and_lists_them_escaped() -> None:
    listed = [Annotation(NOW - DAY // 2, "gazette", "list", HOSTILE), said()]
    page = page_of(listed)
    html5lib.HTMLParser(strict=True).parse(page)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert page.count('<g class="flag">') == 2
    assert '<time datetime="2026-11-22T14:30Z">22 November 2026, 14:30 UTC</time> Deploy' in page
    assert "Filter list, gazette" in page
    assert "Filter list, gazette" not in page_of(listed, site="gazette"), "there it goes unsaid"
    assert "What happened" not in page_of([])
    assert {*ANNOTATION_WORDS} == {*ANNOTATION_KINDS}


def test_close_marks_share_a_label_and_each_keeps_its_line() -> None:
    apart = flags([0, 12 * HOUR, 23 * HOUR], 0, DAY)
    assert [flag.label for flag in apart] == ["1", "2", "3"]
    assert (apart[0].x, apart[1].x) == (48.0, 380.0)
    close = flags([0, 600, 1200, 12 * HOUR], 0, DAY)
    assert [flag.label for flag in close] == ["1\u20133", "", "", "4"]
    assert close[1].x > close[0].x
    assert flags([], 0, DAY) == ()


def test_json_and_csv_have_all_of_them() -> None:
    since, until = window("24h", NOW)
    listed = [
        Annotation(NOW - 60 * number, "", "note", f"={number}") for number in reversed(range(30))
    ]
    found = overview(summarise([], since=since, until=until, annotations=listed))
    told = json.loads(as_json(found))["annotations"]
    assert told[-1] == {"at": "2026-11-22T14:30Z", "site": "", "kind": "note", "text": "=0"}
    assert len(told) == 30
    lines = list(csv.DictReader(StringIO(as_csv(found))))
    assert [line["by"] for line in lines] == ["annotation"] * 30
    assert lines[-1]["name"] == "2026-11-22T14:30Z =0 (note)", "no formula to a spreadsheet"
    assert "n" in lines[-1]
    assert page_of(listed).count("<li><span") == ANNOTATIONS
    assert "(20 before that are in the CSV and the JSON)" in page_of(listed)


@pytest.mark.parametrize("period", PERIODS)
def test_a_year_of_one_site_with_all_there_is_to_say_fits_60_kb(period: str) -> None:
    since, until = window(period, NOW)
    sections = [f"section {number} of twenty" for number in range(20)]
    rows = [
        Row(start, *key, 12_345)
        for start in range(since, until, PERIODS[period][1])
        for key in [
            *(
                Key("gazette", "", *client, "pair", value)
                for client in product(BROWSERS, DEVICES)
                for value in ("bait", "control", "withheld", "withheld_bait")
            ),
            *(
                Key("gazette", *where, "verdict", verdict)
                for where in product(sections, ["chrome"], ["mobile"])
                for verdict in VERDICTS
            ),
            *(Key("gazette", "", "", "", "page", result) for result in RESULTS),
            *(Key("gazette", "", "chrome", "mobile", "bait_ad", bait, "failed") for bait in BAITS),
            *(
                Key("gazette", "", "", "", "notice", event, "", variant)
                for event in NOTICE_EVENTS
                for variant in "abcde"
            ),
        ]
    ]
    listed = [Annotation(NOW, "", "deploy", ("<&>" * LONGEST)[:LONGEST])] * KEPT
    summary = summarise(rows, since=since, until=until, annotations=listed, dropped={"bot": 99_999})
    page = render(summary, environment(None), links=LINKS, period=period)
    html5lib.HTMLParser(strict=True).parse(page)
    assert len(page.encode()) <= 60_000
