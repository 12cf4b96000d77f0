# Long: one page, held to hand-made rows in every state.
"""The dashboard: right numbers from hand-made rows, said plainly, safely and without a script."""

import re
from dataclasses import dataclass, replace
from typing import Any

import html5lib
import pytest

from evenhand.dashboard.diagnosis import Diagnosis
from evenhand.dashboard.page import (
    CONTENT_SECURITY_POLICY,
    STYLE,
    Links,
    Summary,
    render,
    summarise,
    window,
)
from evenhand.dashboard.phrases import count, interval, percent, with_interval
from evenhand.dashboard.rollups import DAY, HOUR, SIMULATED
from evenhand.dashboard.summary import PERIODS
from evenhand.dashboard.trend import chart, scale, strips
from evenhand.dashboard.words import (
    DROP_WORDS,
    EVENT_WORDS,
    PERIOD_WORDS,
    RESULT_WORDS,
    VERDICT_WORDS,
)
from evenhand.demo.readers import rows_for
from evenhand.estimate import paired_rate, wilson
from evenhand.templating import environment
from evenhand.vocabulary import DROP_REASONS, NOTICE_EVENTS, RESULTS, VERDICTS

NOW = 1_795_357_800
SINCE, UNTIL = window("24h", NOW)
LINKS = Links("/reader-support/dashboard", "/reader-support/dashboard.css", "/reader-support/about")


@dataclass(frozen=True)
class Line:
    kind: str
    value: str
    n: int
    hour: int = SINCE
    site: str = "gazette"
    section: str = ""
    browser: str = ""
    device: str = ""
    detail: str = ""
    variant: str = ""


ROWS = [
    Line("pair", "bait", 600, browser="chrome", device="desktop"),
    Line("pair", "control", 800, browser="chrome", device="desktop"),
    Line("pair", "bait", 90, browser="firefox", device="mobile", hour=SINCE + 2 * HOUR),
    Line("pair", "control", 100, browser="firefox", device="mobile", hour=SINCE + 2 * HOUR),
    Line("pair", "withheld_bait", 60, browser="firefox", device="desktop"),
    Line("pair", "withheld", 100, browser="firefox", device="desktop"),
    Line("pair", "bait", 5_000, browser="bot", device="other"),
    Line("pair", "control", 5_000, browser="bot", device="other"),
    Line("verdict", "loaded", 560, browser="chrome", section="news"),
    Line("verdict", "blocked", 150, browser="chrome", section="sport"),
    Line("verdict", "blocked_probable", 40, browser="firefox", section="sport"),
    Line("verdict", "unfilled", 50, browser="firefox", section="news"),
    Line("verdict", "not_applicable", 10, browser="firefox", section="news"),
    Line("verdict", "unknown", 30, browser="firefox", section="news"),
    Line("revised", "slow", 7, detail="loaded", browser="chrome"),
    Line("bait_ad", "ok", 560, detail="loaded"),
    Line("bait_ad", "ok", 40, detail="failed"),
    Line("bait_ad", "ok", 60, detail="none"),
    Line("bait_ad", "blocked", 10, detail="loaded"),
    Line("bait_ad", "blocked", 140, detail="failed"),
    Line("bait_ad", "unknown", 30, detail="unknown"),
    Line("notice", "shown", 40, variant="warm"),
    Line("notice", "dismissed", 30, variant="warm"),
    Line("page", "inserted", 1_200),
    Line("page", "amp", 3),
]


def summary_of(rows: list[Any], **options: Any) -> Summary:
    return summarise(rows, **{"since": SINCE, "until": UNTIL, "site": "gazette", **options})


def page_of(rows: list[Any], **options: Any) -> str:
    return render(summary_of(rows, **options), environment(None), links=LINKS, period="24h")


def test_the_paired_rate_takes_withheld_hits_in_and_leaves_bots_out() -> None:
    summary = summary_of(ROWS)
    assert summary.paired == paired_rate(750, 1_000, design_effect=summary.design_effect)
    assert summary.bots == 5_000
    assert summary.withheld == wilson(100, 1_000)


def test_the_reported_rate_is_of_settled_verdicts_on_pages_with_ads() -> None:
    summary = summary_of(ROWS)
    assert summary.reported == wilson(190, 800)
    assert summary.certain == wilson(150, 800)


def test_coverage_is_settled_verdicts_by_controls_of_readers_who_could_report() -> None:
    summary = summary_of(ROWS)
    assert summary.coverage == pytest.approx(810 / 900)
    assert summary.possible == pytest.approx((0.2375 * 0.9, 0.2375 * 0.9 + 0.1))


def test_no_coverage_is_claimed_where_nothing_is_reported() -> None:
    summary = summary_of(ROWS, reporting=False)
    assert (summary.coverage, summary.possible) == (None, None)
    assert "These settings report no verdicts" in page_of(ROWS, reporting=False)


def test_rates_by_browser_device_and_section() -> None:
    summary = summary_of(ROWS)
    assert {s.name: s.estimate for s in summary.by_browser} == {
        "chrome": paired_rate(600, 800),
        "firefox": paired_rate(150, 200),
    }
    assert [s.name for s in summary.by_device] == ["desktop", "mobile"]
    assert {s.name: s.estimate.rate for s in summary.by_section} == {
        "news": 0.0,
        "sport": 1.0,
    }


def test_rates_by_browser_and_device() -> None:
    assert [(s.name, s.estimate.n) for s in summary_of(ROWS).by_client] == [
        ("chrome on desktop", 800),
        ("firefox on desktop", 100),
        ("firefox on mobile", 100),
    ]


def test_counts_come_largest_first() -> None:
    summary = summary_of(ROWS, dropped={"bot": 1, "foreign": 9, "off": 0})
    assert [line.name for line in summary.verdicts][:3] == ["loaded", "blocked", "unfilled"]
    assert [(line.name, line.n) for line in summary.pages] == [("inserted", 1_200), ("amp", 3)]
    assert [(line.name, line.n) for line in summary.dropped] == [("foreign", 9), ("bot", 1)]
    assert [(r.before, r.after, r.n) for r in summary.revised] == [("slow", "loaded", 7)]
    assert [(v.name, [e.n for e in v.events]) for v in summary.notices] == [("warm", [40, 30])]


def test_the_trend_shows_gaps_as_gaps() -> None:
    summary = summary_of(ROWS)
    assert len(summary.trend) == 24
    assert [bool(point.estimate) for point in summary.trend[:4]] == [True, False, True, False]
    drawn = chart(summary.trend, summary.step)
    assert len(drawn.lines) == len(drawn.bands) == 2
    assert len(drawn.dots) == 2
    assert len(drawn.gaps) == 2
    assert "Nothing counted." in page_of(ROWS)


def test_rows_of_other_times_and_sites_are_ignored() -> None:
    strangers = [
        replace(row, **change)
        for row in ROWS
        for change in ({"hour": SINCE - HOUR}, {"hour": UNTIL}, {"site": "echo"})
    ]
    with_them, alone = summary_of([*ROWS, *strangers]), summary_of(ROWS)
    assert replace(with_them, sites=alone.sites) == alone
    assert with_them.sites == ("echo", "gazette")


def test_every_site_together_leaves_the_simulated_one_out() -> None:
    simulated = [replace(row, site=SIMULATED, section=SIMULATED) for row in ROWS]
    echo = [replace(row, site="echo") for row in ROWS]
    summary = summary_of([*ROWS, *echo, *simulated], site="")
    assert (summary.paired.n, summary.simulated) == (2_000, 0)
    assert "simulated.</strong>" not in page_of([*ROWS, *simulated], site="")


def test_simulated_page_views_are_announced() -> None:
    simulated = [replace(row, site=SIMULATED, section=SIMULATED) for row in ROWS]
    page = page_of(simulated, site=SIMULATED)
    assert "<strong>All 1,000 page views shown here are simulated.</strong>" in page
    mixed = [*ROWS, replace(ROWS[1], section=SIMULATED)]
    assert "<strong>800 of these page views are simulated.</strong>" in page_of(mixed)


@pytest.mark.parametrize(
    ("cells", "finding"),
    [
        pytest.param({}, "nothing", id="nothing"),
        pytest.param({"ok_none": 900, "blocked_none": 90}, "no_ad_evidence", id="no evidence"),
        pytest.param({"ok_loaded": 99}, "few", id="few"),
        pytest.param(
            {"ok_loaded": 900, "blocked_loaded": 21, "blocked_failed": 79},
            "stale_bait",
            id="ads load although the bait is lost",
        ),
        pytest.param(
            {"ok_loaded": 900, "ok_failed": 90, "blocked_failed": 100},
            "ads_failing",
            id="ads fail although the bait comes",
        ),
        pytest.param(
            {"ok_loaded": 960, "ok_failed": 40, "blocked_failed": 300}, "agree", id="agree"
        ),
    ],
)
def test_diagnosis(cells: dict[str, int], finding: str) -> None:
    assert Diagnosis(**cells).finding == finding


def test_the_two_by_two_table_is_read_out() -> None:
    assert summary_of(ROWS).diagnosis == Diagnosis(560, 40, 60, 10, 140, 0, 30)
    page = page_of(ROWS)
    assert "Ads failed on 6.7\u00a0% of the page views that kept the bait." in page
    assert "30 more could not be judged." in page


def test_missing_ad_evidence_is_said_in_words() -> None:
    rows = [row for row in ROWS if row.kind != "bait_ad"]
    page = page_of([*rows, Line("bait_ad", "ok", 500, detail="none")])
    assert "No ad evidence is configured" in page
    assert "Ad loaded" not in page


def test_the_headline_stands_with_its_interval() -> None:
    page = page_of([row for row in ROWS if row.hour == SINCE])
    assert "<strong>26.7\u00a0%</strong> <span>(23.9\u201329.7)</span>" in page
    assert "Counted from 900 page views" in page


@pytest.mark.parametrize("period", [*PERIODS, "nonsense", ""])
def test_every_period_gives_a_valid_page_within_60_kb(period: str) -> None:
    since, until = window(period, NOW)
    rows = rows_for(3_000, 1, NOW)
    summary = summarise(rows, since=since, until=until, site=SIMULATED, sites=["The Gazette"])
    page = render(summary, environment(None), links=LINKS, period=period)
    assert len(page.encode()) <= 60_000
    assert len(summary.trend) == {"24h": 24, "30d": 30, "12m": 52}.get(period, 28)
    html5lib.HTMLParser(strict=True).parse(page)


def test_the_page_holds_no_script_and_no_inline_style() -> None:
    page = page_of(ROWS)
    assert "<script" not in page
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", page)
    assert re.findall(r'(?:src|href)="([^"]*)"', page)[:2] == ["data:,", LINKS.stylesheet]
    assert "script-src" not in CONTENT_SECURITY_POLICY
    assert "@import" not in STYLE
    assert "url(" not in STYLE


def test_hostile_names_are_escaped() -> None:
    hostile = '"><script>alert(1)</script>'
    rows = [
        replace(
            row, site=hostile, section=f"{row.section}{hostile}", browser=row.browser or hostile
        )
        for row in ROWS
    ]
    rows += [Line(kind, hostile, 5, site=hostile, variant=hostile) for kind in ("notice", "page")]
    page = page_of(rows, site=hostile, dropped={hostile: 2})
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 5
    html5lib.HTMLParser(strict=True).parse(page)


def test_an_empty_history_is_met_kindly() -> None:
    page = page_of([])
    assert "Nothing counted yet" in page
    assert "0.0" not in page
    assert "<svg" not in page


def test_pages_without_any_pair_show_no_rate() -> None:
    page = page_of([Line("page", "inserted", 5)])
    assert "No page view asked for its control yet" in page
    assert 'class="number"' not in page


def test_filters_are_links_that_keep_the_other_choice() -> None:
    page = page_of([*ROWS, replace(ROWS[0], site="Echo & Co")])
    assert 'href="/reader-support/dashboard?site=Echo+%26+Co&amp;period=24h"' in page
    assert 'href="/reader-support/dashboard?site=gazette&amp;period=30d"' in page
    assert page.count("aria-current") == 2


def test_counts_in_memory_say_so() -> None:
    links, summary = LINKS, summary_of(ROWS)
    assert "start anew" in render(summary, environment(None), links=links, stored=False)
    assert "start anew" not in render(summary, environment(None), links=links)


def test_a_publishers_template_comes_first(tmp_path: Any) -> None:
    (tmp_path / "dashboard.html").write_text("{{ percent(summary.withheld.rate) }}")
    assert render(summary_of(ROWS), environment(tmp_path), links=LINKS) == "10.0\u00a0%"


def test_headings_and_landmarks() -> None:
    page = page_of(ROWS)
    assert page.count("<h1>") == page.count("<main>") == page.count("<nav ") == 1
    labels = set(re.findall(r'aria-labelledby="([^"]*)"', page))
    ids = re.findall(r' id="([^"]*)"', page)
    assert labels <= set(ids)
    assert len(ids) == len(set(ids))


def test_every_word_of_the_closed_sets_is_explained() -> None:
    assert set(VERDICT_WORDS) == set(VERDICTS)
    assert set(EVENT_WORDS) == set(NOTICE_EVENTS)
    assert set(RESULT_WORDS) == set(RESULTS)
    assert set(DROP_WORDS) == set(DROP_REASONS)
    assert set(PERIOD_WORDS) == set(PERIODS)


def test_numbers_are_written_one_way() -> None:
    assert count(1_234_567) == "1,234,567"
    assert percent(0.2314) == "23.1\u00a0%"
    assert percent(0.0001) == "<0.1\u00a0%"
    assert percent(0) == "0.0\u00a0%"
    assert interval(0.224, 0.239) == "22.4\u201323.9"
    assert with_interval(wilson(250, 1_000)) == "25.0\u00a0% (22.4\u201327.8)"
    assert with_interval(wilson(0, 0)) == "\u2013"


@pytest.mark.parametrize(
    ("period", "length"),
    [("24h", DAY), ("7d", 7 * DAY), ("30d", 30 * DAY), ("12m", 52 * 7 * DAY)],
)
def test_a_window_ends_with_the_current_step(period: str, length: int) -> None:
    since, until = window(period, NOW)
    step = PERIODS[period][1]
    assert until - since == length
    assert until - step <= NOW < until
    assert since % step == 0


def test_scales_are_round_and_hold_the_highest_value() -> None:
    assert [scale(value) for value in (0.004, 0.21, 0.3, 0.61, 2.0)] == [0.01, 0.3, 0.3, 0.8, 1.0]
    assert strips([]) == ()
    assert chart([], HOUR).lines == ()
