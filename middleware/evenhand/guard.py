"""The guard: keeps an outage, a CDN or a firewall that eats baits from looking like a blocker.

And an ad server that is down: one reader's page can't tell it from a block of ads, all readers'
pages together can.
"""

import fcntl
import logging
import os
import secrets
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from evenhand.faults import OnFault, ignore_fault
from evenhand.judgement import LOOK, REOPEN_SUCCESS, SLACK, SiteCounts, State, Why, judged, tallies
from evenhand.keys import Key
from evenhand.vocabulary import BLOCKED, PairKind, Verdict

log = logging.getLogger("evenhand")

REREAD = 1.0  # seconds between looks at what sibling workers decided

_UNDECIDED = State()


@dataclass(slots=True)
class _Lately:
    """What one worker saw of a site since its last look at what all of them counted."""

    baits: int = 0
    controls: int = 0
    blocks: int = 0
    ads_failed: int = 0


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
        self._lately = defaultdict[str, _Lately](_Lately)
        self._read_at = float("-inf")
        self._version = 0  # the file's modification time, in nanoseconds

    def share(self, folder: Path | None) -> None:
        """Keep the states in a file of this folder from here on."""
        self._path = folder / "guard.json" if folder else None

    def is_open(self, site: str) -> bool:
        """Whether a reported block of this site may count as one."""
        return self.state(site).open

    def state(self, site: str) -> State:
        """One site's state, as fresh as a second ago."""
        self._refresh()
        return self._states.get(site, _UNDECIDED)

    def open(self, site: str, why: Why) -> None:
        """Opens a guard that has not decided yet: a first bait arrived, or a self-check did, or
        this very machine is asked."""
        state = self.state(site)
        if not state.open and state.why == "start":
            self._set({site: replace(state, open=True, why=why, since=self._clock())})

    def saw(self, site: str, kind: PairKind) -> None:
        """A hit of the counted pair from a browser, as this worker saw it."""
        lately = self._lately[site]
        if kind in ("bait", "withheld_bait"):
            lately.baits += 1
            if not self._states.get(site, _UNDECIDED).open:
                self.open(site, "bait_arrived")
        else:
            lately.controls += 1

    def ads_are_down(self, site: str) -> bool:
        """Whether the ads of a site fail for nearly all readers."""
        return self.state(site).ads_down

    def suspects(self, site: str, verdict: Verdict) -> bool:
        """Whether one more report calls for a review at once, and not at the next flush: hardly a
        bait arrived lately, more blocks are reported than baits are missing, or many are called
        blocked whose baits came through."""
        if verdict not in BLOCKED:
            return False
        lately = self._lately[site]
        if verdict == "blocked_probable":
            lately.ads_failed += 1
            if lately.ads_failed < LOOK:
                return False
            lately.ads_failed = 0
            return True
        lately.blocks += 1
        if lately.controls < LOOK:
            return False
        del self._lately[site]
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
            with open(path.with_suffix(".lock"), "a", opener=_own) as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                shared = _read(path)
                fresh.write_bytes(msgspec.json.encode({**shared, **changed}))
                fresh.replace(path)
                # The others' decisions too: from now on this version counts as read.
                self._take_over({site: shared[site] for site in shared.keys() - changed.keys()})
                self._version = path.stat().st_mtime_ns
        except OSError as fault:  # this worker then decides for itself until the next change
            self._on_fault("guard", fault)

    def _take_over(self, shared: Mapping[str, State]) -> None:
        self._states.update({site: shared[site] for site in self._states if site in shared})

    def _refresh(self) -> None:
        now = self._clock()
        if self._path is None or 0 <= now - self._read_at < REREAD:
            return
        self._read_at = now
        try:
            version = self._path.stat().st_mtime_ns
            if version != self._version:
                self._take_over(_read(self._path))
                self._version = version
        except FileNotFoundError:
            pass
        except OSError as fault:
            self._on_fault("guard", fault)


def _own(name: str, flags: int) -> int:
    """Opens a file of ours, and none that a link leads to."""
    return os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)


def _read(path: Path) -> dict[str, State]:
    """The states in the file; a missing or broken one is as good as none."""
    try:
        return _states.decode(path.read_bytes())
    except FileNotFoundError:
        return {}
    # The last for what is nested without end; the middle one for bytes that are no UTF-8.
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as fault:
        log.warning("the guard's state can't be read, so it starts anew: %s", fault)
        return {}
