"""What the dashboard says has changed: each cause by its name, and none where nothing has."""

import random
from dataclasses import replace
from typing import NamedTuple

import pytest
from operations.thresholds import THRESHOLDS

from evenhand.dashboard import changes, phrases
from evenhand.dashboard.changes import Change, Step, What, change
from evenhand.dashboard.page import Links, render
from evenhand.dashboard.summary import summarise, window
from evenhand.dashboard.trend import step_label
from evenhand.keys import Key
from evenhand.store import Row
from evenhand.templating import environment

NOW = 1_795_357_800
HOUR = 3600
SINCE, UNTIL = window("24h", NOW)
LINKS = Links("/r/dashboard", "/r/dashboard.css", "/r/about")
USUAL = {"chrome": 0.2, "firefox": 0.3, "safari": 0.1}


class Hour(NamedTuple):
    """What one hour was like."""

    blocks: dict[str, float] = USUAL
    arrive: float = 1.0  # of the baits that nobody blocks
    ads: float = 0.99  # that load where nobody blocks
    reports: float = 0.98  # that arrive
    served: float = 1.0  # by the app, of the pages
    n: int = 400  # page views of each browser


def steps_of(hours: list[Hour], seed: int = 0) -> list[Step]:
    """One step for each hour, with the chance that real counts have."""
    chance = random.Random(seed)

    def many(n: int, share: float) -> int:
        return sum(chance.random() < share for _ in range(n))

    steps: list[Step] = []
    for number, hour in enumerate(hours):
        pairs: dict[str, tuple[int, int]] = {}
        cells = dict.fromkeys((("ok", "loaded"), ("ok", "failed"), ("blocked", "loaded")), 0)
        cells["blocked", "failed"] = 0
        for name, share in hour.blocks.items():
            blocked = many(hour.n, share)
            baits = many(hour.n - blocked, hour.arrive)
            pairs[name] = (baits, hour.n)
            eaten = hour.n - blocked - baits
            for (bait, blocker), n in ((("ok", 0), baits), (("blocked", 0), eaten)):
                came = many(n, hour.reports)
                loaded = many(came, hour.ads)
                cells[bait, "loaded"] += loaded
                cells[bait, "failed"] += came - loaded + blocker
            cells["blocked", "failed"] += many(blocked, hour.reports)
        total = hour.n * len(pairs)
        steps.append(Step(number, pairs, total, cells, many(total, hour.served)))
    return steps


CALM = [Hour()] * 20
CASES: dict[What, Hour] = {
    "baits_eaten": Hour(arrive=0.0),
    "ads_failing": Hour(ads=0.0),
    "baits_stale": Hour(arrive=0.8),
    "reports_missing": Hour(reports=0.5),
    "wave": Hour({**USUAL, "firefox": 0.6}),
    "cached": Hour(served=0.001),
}


@pytest.mark.parametrize("what", CASES)
def test_each_cause_is_named_with_its_beginning(what: What) -> None:
    for seed in range(5):
        found = change(steps_of([*CALM, *[CASES[what]] * 4], seed))
        assert found is not None
        assert (found.what, found.since) == (what, 20)


@pytest.mark.parametrize("what", CASES)
def test_what_is_over_is_not_told(what: What) -> None:
    assert change(steps_of([*CALM, *[CASES[what]] * 4, *CALM[:3]])) is None


@pytest.mark.parametrize("what", CASES)
def test_a_quiet_night_neither_begins_nor_ends_it(what: What) -> None:
    quiet = [Hour(n=3)] * 5
    found = change(steps_of([*CALM, *quiet, *[CASES[what]] * 4, *quiet]))
    assert found is not None
    assert (found.what, found.since) == (what, 25)


def test_nothing_is_said_where_nothing_has_changed() -> None:
    for seed in range(60):
        assert change(steps_of([Hour(n=100 + 50 * (seed % 8))] * 24, seed)) is None
    assert change([]) is None
    assert change(steps_of([Hour(n=0)] * 24)) is None


def test_a_rate_that_comes_and_goes_with_the_day_is_no_wave() -> None:
    for seed in range(20):
        days = [
            Hour({name: share + 0.02 * (hour % 24 > 12) for name, share in USUAL.items()})
            for hour in range(46)
        ]
        assert change(steps_of(days, seed)) is None


def test_a_short_history_knows_only_what_needs_no_comparison() -> None:
    for what, hour in CASES.items():
        found = change(steps_of([hour, hour]))
        alone = what in ("baits_eaten", "ads_failing", "cached")
        assert (found.what if found else None) == (what if alone else None)


def test_where_no_reports_are_due_none_are_missing() -> None:
    steps = steps_of([*CALM, *[Hour(reports=0.0)] * 4])
    assert change(steps, reporting=False) is None


def test_a_wave_says_in_which_browsers() -> None:
    one = change(steps_of([*CALM, *[CASES["wave"]] * 4]))
    assert one is not None
    assert (one.browsers, one.everywhere) == (("firefox",), False)
    assert one.now == pytest.approx(0.6, abs=0.05)
    assert one.usual == pytest.approx(0.3, abs=0.05)
    more = {name: share + 0.25 for name, share in USUAL.items()}
    every = change(steps_of([*CALM, *[Hour(more)] * 4]))
    assert every is not None
    assert (len(every.browsers), every.everywhere) == (3, True)


def test_the_limits_are_those_of_the_alerts() -> None:
    assert THRESHOLDS.wave_rise == changes.WAVE_RISE
    assert THRESHOLDS.wave_errors == changes.WAVE_ERRORS
    assert THRESHOLDS.wave_views == changes.WAVE_VIEWS
    assert THRESHOLDS.stale_rise == changes.STALE_RISE
    assert THRESHOLDS.coverage_left == changes.COVERAGE_LEFT


LATE = UNTIL - 3 * HOUR
BASE = Change("wave", LATE, 0.6, 0.3, ("firefox",))


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (replace(BASE, what="baits_eaten"), "a CDN, a firewall or a proxy on the way eats baits"),
        (replace(BASE, what="ads_failing"), "The ad server has been failing for nearly everyone"),
        (replace(BASE, what="baits_stale"), "on 60.0\u00a0% of such page views instead of 30.0"),
        (replace(BASE, what="reports_missing"), "the way of the reports is blocked"),
        (BASE, "More readers have been blocking ads in Firefox since"),
        (replace(BASE, everywhere=True), "in every browser"),
        (replace(BASE, what="cached", now=0.001), "the app served 1 for every 1,000 page views"),
    ],
)
def test_each_is_said_in_words(told: Change, words: str) -> None:
    summary = replace(summarise([], since=SINCE, until=UNTIL), change=told)
    text = phrases.change(summary)
    assert words in text
    assert f"since {step_label(LATE, HOUR)} UTC" in text
    always = replace(summary, change=replace(told, since=SINCE))
    assert "in all of this period" in phrases.change(always)


def rows(ads: str) -> list[Row]:
    return [
        Row(start, *key, 100)
        for start in range(SINCE, UNTIL, HOUR)
        for key in (
            Key("gazette", "", "chrome", "desktop", "pair", "bait"),
            Key("gazette", "", "chrome", "desktop", "pair", "control"),
            Key("gazette", "", "bot", "other", "bait_ad", "ok", "failed"),
            Key("gazette", "", "", "", "page", "inserted"),
            Key(
                "gazette",
                "x",
                "chrome",
                "desktop",
                "bait_ad",
                "ok",
                ads if start >= LATE else "loaded",
            ),
        )
    ]


def test_the_page_says_it_first_and_only_then() -> None:
    for ads, expected in (("failed", 1), ("loaded", 0)):
        summary = summarise(rows(ads), since=SINCE, until=UNTIL)
        page = render(summary, environment(None), links=LINKS, period="24h")
        assert page.count("<strong>Look:</strong> The ad server has been failing") == expected
