"""The guard: keeps an outage, a CDN or a firewall that eats baits from looking like a blocker.

And an ad server that is down: one reader's page can't tell it from a block of ads, all readers'
pages together can.
"""

import fcntl
import logging
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import msgspec

from evenhand.faults import OnFault, ignore_fault
from evenhand.keys import Key
from evenhand.vocabulary import PairKind, Verdict

log = logging.getLogger("evenhand")

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
REREAD = 1.0  # seconds between looks at what sibling workers decided

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
    def counts(self) -> tuple[int, int, int, int, int]:
        """The fields, in their order."""
        return self.baits, self.controls, self.blocks, self.ads_loaded, self.ads_failed

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


_UNDECIDED, _NOTHING = State(), SiteCounts()


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


def is_loopback(hostname: str) -> bool:
    """Whether a host name means this very machine: nothing stands between it and a reader."""
    return hostname in ("localhost", "[::1]") or hostname.startswith("127.")


_states = msgspec.json.Decoder(dict[str, State])


class Guard:
    """The states of all sites; `share` lets the workers of a host have one mind."""

    def __init__(
        self, sites: Iterable[str], clock: Callable[[], float], on_fault: OnFault = ignore_fault
    ) -> None:
        self._on_fault = on_fault
        self._path: Path | None = None
        self._clock = clock
        self._lock = threading.Lock()
        self._states = {site: State() for site in sites}
        self._lately: dict[str, SiteCounts] = {}  # what this worker saw since its last look
        self._read_at = float("-inf")
        self._version = 0  # the file's modification time, in nanoseconds

    def share(self, folder: Path | None) -> None:
        """Keep the states in a file of this folder from here on."""
        self._path = folder / "guard.json" if folder else None

    def is_open(self, site: str, hostname: str) -> bool:
        """Whether a reported block of this site may count as one."""
        state = self.state(site)
        if not state.open and state.why == "start" and is_loopback(hostname):
            self.open(site, "loopback")
            return True
        return state.open

    def state(self, site: str) -> State:
        """One site's state, as fresh as a second ago."""
        self._refresh()
        return self._states.get(site, _UNDECIDED)

    def open(self, site: str, why: Why) -> None:
        """Opens a guard that has not decided yet: a first bait arrived, or a self-check did."""
        state = self.state(site)
        if not state.open and state.why == "start":
            self._set({site: replace(state, open=True, why=why, since=self._clock())})

    def saw(self, site: str, kind: PairKind) -> None:
        """A hit of the counted pair from a browser, as this worker saw it."""
        baits, controls, *others = self._lately.get(site, _NOTHING).counts
        if kind in ("bait", "withheld_bait"):
            self.open(site, "bait_arrived")
            baits += 1
        else:
            controls += 1
        self._lately[site] = SiteCounts(baits, controls, *others)

    def ads_are_down(self, site: str) -> bool:
        """Whether the ads of a site fail for nearly all readers."""
        return self.state(site).ads_down

    def suspects(self, site: str, verdict: Verdict) -> bool:
        """Whether one more report calls for a review at once, and not at the next flush: hardly a
        bait arrived lately, more blocks are reported than baits are missing, or many are called
        blocked whose baits came through."""
        lately = self._lately.get(site, _NOTHING)
        if verdict == "blocked_probable":
            lately = self._lately[site] = replace(lately, ads_failed=lately.ads_failed + 1)
            if lately.ads_failed < LOOK:
                return False
            self._lately[site] = replace(lately, ads_failed=0)
            return True
        if verdict != "blocked":
            return False
        lately = self._lately[site] = replace(lately, blocks=lately.blocks + 1)
        if lately.controls < LOOK:
            return False
        self._lately[site] = SiteCounts()
        missing = lately.controls - lately.baits
        eaten = lately.baits < REOPEN_SUCCESS * lately.controls
        return eaten or lately.blocks - missing > SLACK / 2

    def review(self, totals: Mapping[Key, int]) -> None:
        """Judges every site by the host's counts."""
        counted = tallies(totals)
        self._read_at = float("-inf")
        self._refresh()
        now = self._clock()
        changed = {
            site: after
            for site, state in self._states.items()
            if (after := judged(state, counted.get(site, SiteCounts()), now)) is not state
        }
        if changed:
            self._set(changed)

    def _set(self, changed: Mapping[str, State]) -> None:
        with self._lock:
            for site, state in changed.items():
                if state.open != self._states.get(site, State()).open:
                    level = logging.INFO if state.open else logging.WARNING
                    word = "open" if state.open else "closed"
                    log.log(level, "guard of site %r is %s: %s", site, word, state.why)
                if state.ads_down != self._states.get(site, State()).ads_down:
                    word = "fail for nearly all readers" if state.ads_down else "load again"
                    log.warning("ads of site %r %s", site, word)
            self._states.update(changed)
            if self._path:
                self._write(self._path, changed)

    def _write(self, path: Path, changed: Mapping[str, State]) -> None:
        """Puts the changed sites, and no others, into the file that the workers share."""
        fresh = path.with_suffix(f".{secrets.token_hex(4)}.new")
        try:
            with path.with_suffix(".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                shared = _read(path)
                fresh.write_bytes(msgspec.json.encode({**shared, **changed}))
                fresh.replace(path)
                self._version = path.stat().st_mtime_ns
        except OSError as fault:  # this worker then decides for itself until the next change
            self._on_fault("guard", fault)

    def _refresh(self) -> None:
        now = self._clock()
        if self._path is None or 0 <= now - self._read_at < REREAD:
            return
        self._read_at = now
        try:
            version = self._path.stat().st_mtime_ns
            if version != self._version:
                shared = _read(self._path)
                self._states.update({site: shared[site] for site in self._states if site in shared})
                self._version = version
        except FileNotFoundError:
            pass
        except OSError as fault:
            self._on_fault("guard", fault)


def _read(path: Path) -> dict[str, State]:
    """The states in the file; a missing or broken one is as good as none."""
    try:
        return _states.decode(path.read_bytes())
    except FileNotFoundError:
        return {}
    except msgspec.MsgspecError as fault:
        log.warning("the guard's state can't be read, so it starts anew: %s", fault)
        return {}
