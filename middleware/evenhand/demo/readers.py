"""Simulated readers: page views counted as real ones would be, for a dashboard to show.

Everything stands under the site and the section `SIMULATED`, so that it never mixes with real
counts. The shares are round figures of the right order of magnitude, to make the demo believable;
they are no forecast for any site. Where they come from:

- browsers on desktop and mobile: StatCounter Global Stats, June 2023 (desktop Chrome 61 %,
  Safari 14 %, Edge 11 %, Firefox 6 %, Opera 5 %; mobile Chrome 65 %), rounded;
- blockers: eyeo's ad-filtering report for 2023 (US desktop 27 %, other devices 22 %) and, for
  their spread, PageFair 2013 (Firefox above 35 %, Chrome above 30 %) and comScore 2015 (mobile
  page views 0.1 % to 9 %); set between them;
- allowing ads after a mild appeal: PageFair 2015 (0.33 %), rounded up to stay visible;
- lost reports, GPC, unfilled slots, slow pages and the daily rhythm: plausible guesses.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random
from typing import TypeVar

from evenhand.dashboard.rollups import HOUR, SIMULATED
from evenhand.keys import Key
from evenhand.simulate import Conditions, Population, Site, View, views
from evenhand.store import Row
from evenhand.vocabulary import Ad, Bait, Kind, NoticeEvent, Verdict

T = TypeVar("T")

HOURS = 7 * 24
RHYTHM = (2, 1, 1, 1, 1, 2, 4, 7, 8, 7, 6, 6, 7, 6, 5, 5, 6, 7, 8, 9, 10, 9, 6, 4)
"""Page views by hour of the day (UTC), relative to each other."""

CONDITIONS = Conditions(bots=0.03, leaves=0.006, lost=0.03, lost_blocked=0.12)
ASKED = 0.2  # of blocked page views: the quiet period spares the others
VARIANTS = ("plain", "warm")

RESULTS = (("inserted", 0.95), ("prefetched", 0.03), ("encoded", 0.01), ("no_transform", 0.01))
CLEAR_VERDICTS: tuple[tuple[Verdict, float], ...] = (
    ("loaded", 0.875),
    ("not_applicable", 0.05),
    ("no_consent", 0.03),
    ("unfilled", 0.025),
    ("slow", 0.012),
    ("unknown", 0.008),
)
EVENTS: tuple[tuple[NoticeEvent, float], ...] = (
    ("dismissed", 0.6),
    ("steps", 0.05),
    ("silenced", 0.04),
    ("way", 0.012),
    ("hidden", 0.01),
    ("allowed", 0.005),
)


POPULATIONS = (
    Population("chrome", "desktop", 0.24, 0.29, 0.03, 0.02),
    Population("safari", "desktop", 0.06, 0.15, 0.02, 0.02),
    Population("edge", "desktop", 0.05, 0.22, 0.01, 0.01),
    Population("firefox", "desktop", 0.05, 0.42, 0.03, 0.15),
    Population("opera", "desktop", 0.02, 0.45, 0.01, 0.02),
    Population("chrome", "mobile", 0.33, 0.03, 0.03, 0.01),
    Population("safari", "mobile", 0.16, 0.07, 0.02, 0.01),
    Population("samsung", "mobile", 0.04, 0.08, 0.01, 0.01),
    Population("firefox", "mobile", 0.01, 0.30, 0.02, 0.20),
    Population("safari", "tablet", 0.03, 0.08, 0.02, 0.01),
    Population("other", "other", 0.01, 0.05, 0.01, 0.01),
)


def rows_for(n: int, seed: int, now: float) -> list[Row]:
    """The counts of ``n`` simulated page views in the seven days before ``now``."""
    counts = Counter(simulate(n, seed, now))
    return [Row(hour, *key, count) for (hour, key), count in sorted(counts.items())]


def simulate(n: int, seed: int, now: float) -> Iterator[tuple[int, Key]]:
    """Every count of ``n`` page views, one at a time: the same seed gives the same counts."""
    random = Random(seed)
    first = int(now) // HOUR * HOUR - (HOURS - 1) * HOUR
    hours = range(first, first + HOURS * HOUR, HOUR)
    clock = [RHYTHM[hour // HOUR % 24] for hour in hours]
    for view in views(Site(POPULATIONS, CONDITIONS), n, clock, random):
        for key in _counted(view, random):
            yield hours[view.step], key


def _counted(view: View, random: Random) -> Iterator[Key]:
    if view.page:
        yield _key("page", _pick(RESULTS, random))
    if view.bot:
        yield _key("pair", "bait", browser="bot", device="other")
        yield _key("pair", "control", browser="bot", device="other")
        return
    where = {"browser": view.population.browser, "device": view.population.device}
    if view.bait:
        yield _key("pair", "withheld_bait" if view.withholds else "bait", **where)
    if view.control:
        yield _key("pair", "withheld" if view.withholds else "control", **where)
    if view.report:
        yield from _report(view, random)


def _report(view: View, random: Random) -> Iterator[Key]:
    where = {"browser": view.population.browser, "device": view.population.device}
    verdict = _verdict(blocks=view.blocks, probable=view.probable, random=random)
    yield _key("verdict", verdict, **where)
    if verdict == "slow" and random.random() < 0.6:
        yield _key("revised", "slow", detail="loaded", **where)
    bait, ad = _bait_ad(verdict, blocks=view.blocks)
    yield _key("bait_ad", bait, detail=ad)
    if verdict == "blocked":
        yield from _notice(random)


def _verdict(*, blocks: bool, probable: bool, random: Random) -> Verdict:
    if blocks:
        return "blocked" if random.random() < 0.97 else "blocked_probable"
    return "blocked_probable" if probable else _pick(CLEAR_VERDICTS, random)


def _bait_ad(verdict: Verdict, *, blocks: bool) -> tuple[Bait, Ad]:
    ads: dict[Verdict, Ad] = {
        "loaded": "loaded",
        "blocked": "failed",
        "blocked_probable": "failed",
        "unknown": "unknown",
    }
    bait: Bait = "unknown" if verdict == "unknown" else "blocked" if blocks else "ok"
    return bait, ads.get(verdict, "none")


def _notice(random: Random) -> Iterator[Key]:
    variant = random.choice(VARIANTS)
    if random.random() >= ASKED:
        yield _key("notice", "withheld", variant=variant)
        return
    yield _key("notice", "assigned", variant=variant)
    yield _key("notice", "shown", variant=variant)
    for event, share in EVENTS:
        if random.random() < share:
            yield _key("notice", event, variant=variant)


def _pick(choices: Sequence[tuple[T, float]], random: Random) -> T:
    values = [value for value, _ in choices]
    return random.choices(values, [share for _, share in choices])[0]


def _key(
    kind: Kind,
    value: str,
    *,
    browser: str = "",
    device: str = "",
    detail: str = "",
    variant: str = "",
) -> Key:
    return Key(SIMULATED, SIMULATED, browser, device, kind, value, detail, variant)
