"""Whether baits and ads arrive at all: judged by the counts of all readers together.

One reader's page can't tell an outage from a blocker, all readers' pages can.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from evenhand.keys import Key

WINDOW = 130  # control hits that are judged together...
STEP = 20  # ...and by how many at least the window moves on
LEAST_SUCCESS = 0.02  # below this share of baits that arrive, something eats them all
REOPEN_SUCCESS = 0.10  # a guard that closed wants to see clearly more than that
MOST_EXCESS = 0.20  # how far reported blocks may exceed the baits that are missing
SLACK = 10  # page views by which they may do so anyway: windows overlap at their edges
LOOK = 20  # control hits of one worker after which a reported block is worth a look: so at most
# WINDOW + STEP + 2 * LOOK < 200 page views are judged wrongly
ADS_WINDOW = 40  # page views with ad evidence, and without a failed bait, that are judged together
ADS_DOWN = 0.9  # the share of them without ads from which the ad server is called down...
ADS_UP = 0.75  # ...and below which it is up again. No site has so many readers who block ads only.

WEAKENED = "weakened"
"""The kind, kept on the host, under which blocks are counted that a closed guard made unknown."""

Why = Literal["start", "bait_arrived", "loopback", "self_check", "baits_eaten", "excess_blocks"]


@dataclass(frozen=True, slots=True)
class SiteCounts:
    """What was counted for one site: hits of the counted pair, reported blocks; and of page views
    whose baits came through, those with ads and those whose ads failed."""

    baits: int = 0
    controls: int = 0
    blocks: int = 0
    ads_loaded: int = 0
    ads_failed: int = 0

    def __sub__(self, other: "SiteCounts") -> "SiteCounts":
        return SiteCounts(
            self.baits - other.baits,
            self.controls - other.controls,
            self.blocks - other.blocks,
            self.ads_loaded - other.ads_loaded,
            self.ads_failed - other.ads_failed,
        )

    @property
    def with_ads(self) -> int:
        """Page views that say whether ads come through."""
        return self.ads_loaded + self.ads_failed


@dataclass(frozen=True, slots=True)
class State:
    """Whether blocks count as blocks, why, since when (unix seconds), and the tallies at which
    the windows began that are still open, the oldest first. Whether the site's ads are down, and
    the tally at which their window began."""

    open: bool = False
    why: Why = "start"
    since: float = 0.0
    marks: tuple[SiteCounts, ...] = (SiteCounts(),)
    ads_down: bool = False
    ads_mark: SiteCounts = SiteCounts()


def judged(state: State, tally: SiteCounts, now: float) -> State:
    """The state after a look at the counts so far: pure, the same state where nothing changes."""
    return _of_ads(_of_baits(state, tally, now), tally)


def _of_ads(state: State, tally: SiteCounts) -> State:
    window = tally - state.ads_mark
    if window.with_ads < 0:  # the counts began anew
        return replace(state, ads_mark=tally)
    if window.with_ads < ADS_WINDOW:
        return state
    limit = ADS_UP if state.ads_down else ADS_DOWN
    down = window.ads_failed > limit * window.with_ads
    return replace(state, ads_down=down, ads_mark=tally)


def _of_baits(state: State, tally: SiteCounts, now: float) -> State:
    if tally.controls < state.marks[-1].controls:  # the counts began anew
        return replace(state, marks=(tally,))
    if state.why == "start" and not state.open and tally.baits > state.marks[0].baits:
        return replace(state, open=True, why="bait_arrived", since=now, marks=(tally,))
    marks = _moved_on(state.marks, tally)
    window = tally - marks[0]
    if window.controls >= WINDOW:
        verdict = _of_window(state.open, window)
        if verdict is not None:
            return replace(state, open=not state.open, why=verdict, since=now, marks=(tally,))
    return state if marks == state.marks else replace(state, marks=marks)


def _moved_on(marks: tuple[SiteCounts, ...], tally: SiteCounts) -> tuple[SiteCounts, ...]:
    """The marks with a new one every STEP, less those that no window needs any more."""
    if tally.controls - marks[-1].controls >= STEP:
        marks = (*marks, tally)
    while len(marks) > 1 and tally.controls - marks[1].controls >= WINDOW:
        marks = marks[1:]
    return marks


def _of_window(is_open: bool, window: SiteCounts) -> Why | None:
    """Why a full window closes an open guard, or opens a closed one."""
    success = window.baits / window.controls
    missing = window.controls - window.baits
    exceeds = window.blocks - missing > max(MOST_EXCESS * missing, SLACK)
    if not is_open:
        return "bait_arrived" if success >= REOPEN_SUCCESS and not exceeds else None
    if success < LEAST_SUCCESS:
        return "baits_eaten"
    return "excess_blocks" if exceeds else None


def tallies(totals: Mapping[Key, int]) -> dict[str, SiteCounts]:
    """Each site's tally from the host's counts; bots left out."""
    found: dict[str, SiteCounts] = {}
    for key, n in totals.items():
        counted = _COUNTED.get((key.kind, key.value, key.detail))
        if counted is None or key.browser == "bot":
            continue
        tally = found.get(key.site, SiteCounts())
        found[key.site] = replace(tally, **{counted: getattr(tally, counted) + n})
    return found


_COUNTED = {
    ("pair", "bait", ""): "baits",
    ("pair", "withheld_bait", ""): "baits",
    ("pair", "control", ""): "controls",
    ("pair", "withheld", ""): "controls",
    # Not `blocked_probable`: a reader whose ads alone are blocked fetches the bait.
    ("verdict", "blocked", ""): "blocks",
    (WEAKENED, "blocked", ""): "blocks",
    ("bait_ad", "ok", "loaded"): "ads_loaded",
    ("bait_ad", "ok", "failed"): "ads_failed",
}
"""Kind, value and detail of what is counted, and as which."""
