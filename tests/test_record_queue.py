"""What is kept, merged and dropped when too much waits for the store."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from evenhand.keys import EVENT_KINDS, Key
from evenhand.record.queue import Place, shed

DAY = 86_400
NOON = DAY // 2
BAIT = Key("gazette", "", "firefox", "desktop", "pair", "bait")
VERDICT = Key("gazette", "news", "firefox", "desktop", "verdict", "loaded")


def hours(key: Key, count: int, start: int = 0) -> dict[Place, int]:
    return {Place("hour", start + hour * 3600, key): 1 for hour in range(count)}


def test_a_queue_that_fits_is_left_alone() -> None:
    rows = hours(BAIT, 8)
    assert shed(rows, 8) == (rows, 0, {})


def test_sections_go_first_and_those_of_the_oldest_days() -> None:
    rows = {
        Place("hour", day * DAY, VERDICT._replace(section=str(number))): 1
        for day in range(4)
        for number in range(5)
    }
    left, coarsened, lost = shed(rows, 18)
    assert len(left) == 12
    assert (coarsened, lost) == (10, {})
    assert left[Place("hour", 0, VERDICT._replace(section="other"))] == 5
    assert {place.hour for place in left if place.key.section != "other"} == {2 * DAY, 3 * DAY}


def test_then_hours_become_days() -> None:
    left, coarsened, lost = shed(hours(BAIT, 48), 40)
    assert left == {Place("day", 0, BAIT): 24, **hours(BAIT, 24, DAY)}
    assert (coarsened, lost) == (0, {})


def test_then_browsers_and_devices_are_merged_but_bots_stay_apart() -> None:
    browsers = ("firefox", "chrome", "safari", "edge", "bot")
    rows = {Place("hour", NOON, BAIT._replace(browser=browser)): 2 for browser in browsers}
    left, coarsened, lost = shed(rows, 4)
    other = BAIT._replace(section="other", browser="other", device="other")
    assert left == {Place("day", 0, other): 8, Place("day", 0, other._replace(browser="bot")): 2}
    assert (coarsened, lost) == (10, {})


def test_at_last_the_oldest_are_dropped_and_events_counted() -> None:
    page = Key("gazette", "", "", "", "page", "inserted")
    rows = {Place("day", day * DAY, key): 3 for day in range(4) for key in (BAIT, page)}
    left, _, lost = shed(rows, 5)
    assert {place.hour for place in left} == {2 * DAY, 3 * DAY}
    assert lost == {"gazette": 6}


KEYS = st.builds(
    Key,
    site=st.sampled_from(["gazette", "times"]),
    section=st.sampled_from(["", "news", "sport"]),
    browser=st.sampled_from(["firefox", "chrome", "bot"]),
    device=st.sampled_from(["desktop", "mobile"]),
    kind=st.sampled_from(["pair", "verdict", "page"]),
    value=st.sampled_from(["a", "b"]),
)
PLACES = st.builds(Place, st.just("hour"), st.integers(0, 200).map(lambda hour: hour * 3600), KEYS)


@given(rows=st.dictionaries(PLACES, st.integers(1, 99), max_size=80), bound=st.integers(1, 60))
def test_nothing_is_lost_that_is_not_counted(rows: dict[Place, int], bound: int) -> None:
    left, _, lost = shed(rows, bound)
    assert len(left) <= bound
    before, after = Counter[str](), Counter[str](lost)
    for counted, counts in ((before, rows), (after, left)):
        for place, n in counts.items():
            if place.key.kind in EVENT_KINDS:
                counted[place.key.site] += n
    assert before == after
