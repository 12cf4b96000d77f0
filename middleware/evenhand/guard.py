"""The guard: keeps an outage, a CDN or a firewall that eats baits from looking like a blocker."""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import msgspec

from evenhand.keys import Key
from evenhand.vocabulary import PairKind

log = logging.getLogger("evenhand")

WINDOW = 160  # control hits that are judged together...
STEP = 20  # ...and by how many the window moves on: so at most 200 page views are judged wrongly
LEAST_SUCCESS = 0.02  # below this share of baits that arrive, something eats them all
REOPEN_SUCCESS = 0.10  # a guard that closed wants to see clearly more than that
MOST_EXCESS = 0.20  # how far reported blocks may exceed the baits that are missing
SLACK = 10  # page views by which they may do so anyway: windows overlap at their edges
LOOK = 10  # control hits of one worker after which a reported block is worth a look
REREAD = 1.0  # seconds between looks at what sibling workers decided

Why = Literal["start", "bait_arrived", "loopback", "self_check", "baits_eaten", "excess_blocks"]


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted for one site: hits of the counted pair and reported blocks."""

    baits: int = 0
    controls: int = 0
    blocks: int = 0

    def __sub__(self, other: "Tally") -> "Tally":
        return Tally(
            self.baits - other.baits, self.controls - other.controls, self.blocks - other.blocks
        )


@dataclass(frozen=True, slots=True)
class State:
    """Whether blocks count as blocks, why, since when (unix seconds), and the tallies at which
    the windows began that are still open, the oldest first."""

    open: bool = False
    why: Why = "start"
    since: float = 0.0
    marks: tuple[Tally, ...] = (Tally(),)


def judged(state: State, tally: Tally, now: float) -> State:
    """The state after a look at the counts so far: pure, the same state where nothing changes."""
    if tally.controls < state.marks[-1].controls:  # the counts began anew
        return replace(state, marks=(tally,))
    if state.why == "start" and not state.open and tally.baits > state.marks[0].baits:
        return State(True, "bait_arrived", now, (tally,))
    marks = _moved_on(state.marks, tally)
    window = tally - marks[0]
    if window.controls >= WINDOW:
        verdict = _of_window(state.open, window)
        if verdict is not None:
            return State(not state.open, verdict, now, (tally,))
    return state if marks == state.marks else replace(state, marks=marks)


def _moved_on(marks: tuple[Tally, ...], tally: Tally) -> tuple[Tally, ...]:
    """The marks with a new one every STEP, less those that no window needs any more."""
    if tally.controls - marks[-1].controls >= STEP:
        marks = (*marks, tally)
    while len(marks) > 1 and tally.controls - marks[1].controls >= WINDOW:
        marks = marks[1:]
    return marks


def _of_window(is_open: bool, window: Tally) -> Why | None:
    """Why a full window closes an open guard, or opens a closed one."""
    success = window.baits / window.controls
    if not is_open:
        return "bait_arrived" if success >= REOPEN_SUCCESS else None
    if success < LEAST_SUCCESS:
        return "baits_eaten"
    missing = window.controls - window.baits
    excess = window.blocks - missing
    return "excess_blocks" if excess > max(MOST_EXCESS * missing, SLACK) else None


def tallies(totals: Mapping[Key, int]) -> dict[str, Tally]:
    """Each site's tally from the host's counts; bots left out."""
    found: dict[str, Tally] = {}
    for key, n in totals.items():
        if key.browser == "bot" or key.kind not in ("pair", "verdict"):
            continue
        tally = found.get(key.site, Tally())
        if key.value in ("bait", "withheld_bait"):
            tally = replace(tally, baits=tally.baits + n)
        elif key.value in ("control", "withheld"):
            tally = replace(tally, controls=tally.controls + n)
        elif key.value in ("blocked", "blocked_probable"):
            tally = replace(tally, blocks=tally.blocks + n)
        found[key.site] = tally
    return found


def is_loopback(hostname: str) -> bool:
    """Whether a host name means this very machine: nothing stands between it and a reader."""
    return hostname in ("localhost", "[::1]") or hostname.startswith("127.")


_states = msgspec.json.Decoder(dict[str, State])


class Guard:
    """The states of all sites; `share` lets the workers of a host have one mind."""

    def __init__(self, sites: Iterable[str], clock: Callable[[], float]) -> None:
        self._path: Path | None = None
        self._clock = clock
        self._lock = threading.Lock()
        self._states = {site: State() for site in sites}
        self._lately: dict[str, Tally] = {}  # what this worker saw since its last look
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
        return self._states.get(site, State())

    def open(self, site: str, why: Why) -> None:
        """Opens a guard that has not decided yet: a first bait arrived, or a self-check did."""
        state = self.state(site)
        if not state.open and state.why == "start":
            self._set({site: replace(state, open=True, why=why, since=self._clock())})

    def saw(self, site: str, kind: PairKind) -> None:
        """A hit of the counted pair from a browser, as this worker saw it."""
        lately = self._lately.get(site, Tally())
        if kind in ("bait", "withheld_bait"):
            self.open(site, "bait_arrived")
            self._lately[site] = replace(lately, baits=lately.baits + 1)
        else:
            self._lately[site] = replace(lately, controls=lately.controls + 1)

    def suspects(self, site: str) -> bool:
        """Whether one more reported block calls for a review at once, and not at the next flush:
        hardly a bait arrived lately, or more blocks are reported than baits are missing."""
        lately = self._lately.get(site, Tally())
        lately = self._lately[site] = replace(lately, blocks=lately.blocks + 1)
        if lately.controls < LOOK:
            return False
        self._lately[site] = Tally()
        missing = lately.controls - lately.baits
        return lately.baits < REOPEN_SUCCESS * lately.controls or lately.blocks > missing

    def review(self, totals: Mapping[Key, int]) -> None:
        """Judges every site by the host's counts."""
        counted = tallies(totals)
        self._read_at = float("-inf")
        self._refresh()
        now = self._clock()
        changed = {
            site: after
            for site, state in self._states.items()
            if (after := judged(state, counted.get(site, Tally()), now)) is not state
        }
        if changed:
            self._set(changed)

    def _set(self, changed: Mapping[str, State]) -> None:
        with self._lock:
            for site, state in changed.items():
                if state.open != self._states.get(site, State()).open:
                    word, level = (
                        ("open", logging.INFO) if state.open else ("closed", logging.WARNING)
                    )
                    log.log(level, "guard of site %r is %s: %s", site, word, state.why)
            self._states.update(changed)
            if self._path:
                self._write(self._path)

    def _write(self, path: Path) -> None:
        fresh = path.with_suffix(f".{threading.get_native_id()}.new")
        try:
            fresh.write_bytes(msgspec.json.encode(self._states))
            fresh.replace(path)
            self._version = path.stat().st_mtime_ns
        except OSError as fault:  # each worker then decides for itself
            log.warning("the guard's state can't be shared: %s", fault)
            self._path = None

    def _refresh(self) -> None:
        now = self._clock()
        if self._path is None or 0 <= now - self._read_at < REREAD:
            return
        self._read_at = now
        try:
            version = self._path.stat().st_mtime_ns
            if version != self._version:
                shared = _states.decode(self._path.read_bytes())
                self._states.update({site: shared[site] for site in self._states if site in shared})
                self._version = version
        except FileNotFoundError:
            pass
        except (OSError, msgspec.MsgspecError) as fault:
            log.warning("the guard's state can't be read, so it starts anew: %s", fault)
            self._version = 0
