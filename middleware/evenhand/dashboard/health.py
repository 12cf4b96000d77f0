"""How the measuring itself is doing, in words: what an operator would look up in the metrics."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from evenhand.dashboard.phrases import count
from evenhand.guard import Guard
from evenhand.judgement import State
from evenhand.keys import Key
from evenhand.record import Record

LATE = 10  # flush intervals after which counts should have been in the store


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that is as it should be, or not."""

    name: str
    words: str
    good: bool


def health(record: Record, guard: Guard, sites: tuple[str, ...], now: float) -> list[Sign]:
    """The signs of this host, the bad ones first."""
    law, flushed = record.law(), record.last_flush
    signs = [
        _folder(record.folder, str(record.degraded or "")),
        _store(flushed, now, record.interval, law.pending),
        *(_guard(site, guard.state(site)) for site in sites),
        _series(record.series_dropped),
        _faults(record.totals()),
    ]
    return sorted(signs, key=lambda sign: sign.good)


def _folder(folder: Path | None, trouble: str) -> Sign:
    if folder is not None:
        return Sign("State folder", "Counts outlive a restart and are shared by the workers.", True)
    return Sign(
        "State folder",
        trouble or "None is set: counts live in this process's memory and are not shared.",
        False,
    )


def _store(flushed: float | None, now: float, interval: float, pending: int) -> Sign:
    if flushed is None:
        words = f"Nothing was stored yet; {count(pending)} counts wait on this host."
        return Sign("Store", words, pending == 0)
    age = max(0.0, now - flushed)
    words = f"Last complete {age:,.0f} s ago; {count(pending)} counts wait on this host."
    return Sign("Store", words, age < LATE * interval or pending == 0)


def _guard(site: str, state: State) -> Sign:
    name = f"Guard of {site}"
    if state.open:
        return Sign(name, "Open: baits arrive, so reported blocks count.", True)
    words = {
        "start": "Closed until a first bait arrives. Reported blocks count as unknown.",
        "baits_eaten": "Closed: no baits arrive. A CDN, a firewall or an outage eats them.",
        "excess_blocks": "Closed: more blocks are reported than baits are missing.",
    }
    return Sign(name, words.get(state.why, "Closed."), False)


def _series(dropped: int) -> Sign:
    if not dropped:
        return Sign("Series", "Every count found a series of its own.", True)
    return Sign("Series", f"{count(dropped)} counts went under “other”: too many keys.", False)


def _faults(totals: Mapping[Key, int]) -> Sign:
    faults = {key.value: n for key, n in totals.items() if key.kind == "fault"}
    if not faults:
        return Sign("Faults of ours", "None.", True)
    told = ", ".join(f"{step} {count(n)}" for step, n in sorted(faults.items()))
    return Sign("Faults of ours", f"{told}. The log names each kind once.", False)
