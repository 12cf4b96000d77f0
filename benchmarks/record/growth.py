"""What counting and keeping cost after 10^4, 10^6 and 10^8 simulated page views."""

import statistics
import time
from collections.abc import Callable
from itertools import cycle, islice, product
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figures

from evenhand.keys import Key
from evenhand.record import Record
from evenhand.store import Store, open_store

SIZES = (10**4, 10**6, 10**8)
_SAMPLE = 100_000  # page views counted one by one
_HOURS = 24
_START = 1_760_000_000 // 86_400 * 86_400


def keys() -> list[list[Key]]:
    """What one page view counts, for each kind of reader that a site of ten sections has."""
    clients = list(
        product(("chrome", "edge", "firefox", "safari", "samsung"), ("desktop", "mobile", "tablet"))
    )
    views: list[list[Key]] = []
    for number, (section, (browser, device)) in enumerate(
        product([f"section {n}" for n in range(10)], clients)
    ):
        pair = Key("gazette", "", browser, device, "pair", "control")
        verdict = "blocked" if number % 4 == 0 else "loaded"
        where = ("gazette", section, browser, device)
        views.append(
            [
                Key("gazette", "", "", "", "page", "inserted"),
                pair,
                *([] if verdict == "blocked" else [pair._replace(value="bait")]),
                Key(*where, "verdict", verdict),
                Key(*where, "bait_ad", "blocked" if verdict == "blocked" else "ok", "none"),
            ]
        )
    return views


class _Clock:
    now = float(_START)

    def __call__(self) -> float:
        return self.now


def measure(url: str | None, engine: str) -> tuple[list[str], Figures]:
    """Lines for people and figures, for a history at `url` (none: SQLite)."""
    told = [f"{engine}: simulated page views over a day, flushed hourly"]
    figures: Figures = {}
    views = keys()
    for size in SIZES:
        with TemporaryDirectory(prefix="evenhand-bench-") as name:
            folder, clock = Path(name), _Clock()
            store = open_store(url, folder)
            record = Record(folder, store, clock=clock, interval=1e6)
            flushes = _fill(record, clock, views, size)
            each = _count(record, views)
            clock.now += 3600
            flushes.append(_timed(record.flush))
            scrape = statistics.median(_timed(record.snapshot) for _ in range(5))
            rows = len(_of_site(store, clock))
            held = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
            record.close()
            store.close()
        flush = statistics.median(flushes)
        power = len(str(size)) - 1
        told.append(
            f"  10^{power} page views: {each:6.2f} us each, flush {flush * 1e3:6.1f} ms,"
            f" snapshot {scrape * 1e3:5.1f} ms, {rows} rows a day, {held / 1e6:.1f} MB on the host"
        )
        figures[f"record_{engine}_page_view_us_1e{power}"] = round(each, 2)
        figures[f"record_{engine}_flush_ms_1e{power}"] = round(flush * 1e3, 1)
    return told, figures


def count_us() -> tuple[list[str], Figures]:
    """One count, and what one process could absorb."""
    with TemporaryDirectory(prefix="evenhand-bench-") as name:
        store = open_store(None, Path(name))
        record = Record(Path(name), store, interval=1e6)
        some = [key for view in keys() for key in view]
        spent: list[float] = []
        for _ in range(9):
            begun = time.process_time()
            for key in some * 100:
                record.count(key)
            spent.append((time.process_time() - begun) / (len(some) * 100) * 1e6)
        record.close()
        store.close()
    each, best = statistics.median(spent), min(spent)
    return (
        [f"one count: {each:.2f} us (best round {best:.2f}): {1e6 / each:,.0f} events a second"],
        {"count_us": round(each, 3), "record_events_per_second": round(1e6 / each)},
    )


def _fill(record: Record, clock: _Clock, views: list[list[Key]], size: int) -> list[float]:
    """A day's page views, those of a kind added at once."""
    flushes: list[float] = []
    for hour in range(_HOURS):
        clock.now = _START + hour * 3600.0
        n = max(1, size // _HOURS // len(views))
        for view in views:
            for key in view:
                record.count(key, n)
        flushes.append(_timed(record.flush))
    return flushes


def _count(record: Record, views: list[list[Key]]) -> float:
    begun = time.process_time()
    for view in islice(cycle(views), _SAMPLE):
        for key in view:
            record.count(key)
    return (time.process_time() - begun) / _SAMPLE * 1e6


def _of_site(store: Store, clock: _Clock) -> list[object]:
    return [*store.rows(_START, int(clock.now) + 3600, "gazette")]


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
