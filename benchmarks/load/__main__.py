"""The highest load that this machine holds, honest and hostile: ``python -m benchmarks.load``.

Real uvicorn with two workers on loopback. It ends by itself: after the load's time (ten minutes,
or with ``--quick`` half a minute) and a comparison of pages at half the bare app's saturation
rate. Exits with 1 if a page failed, if memory grew, or if one thing sent is not accounted for.
"""

import argparse
import platform
import sqlite3
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import cycle
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from benchmarks.load import latency
from benchmarks.load.drive import Answer, Drive
from benchmarks.load.mix import KINDS, VARIANTS, evenly, requests
from benchmarks.load.servers import WORKERS, Server, serving
from benchmarks.load.slow import SlowClients
from tests.test_servers import total

CONNECTIONS = 48
SLOW = 12
SAMPLE = 5.0  # seconds between looks at the memory
R, BOUNDS = "evenhand_reports", "evenhand_bounds_reached_total"
GROWTH_MB, GROWTH = 4.0, 0.03  # that memory may grow from the load's second fifth to its last


@dataclass(slots=True)
class Heard:
    """What the answers were."""

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter[tuple[str, int]])
    withheld: int = 0  # notices refused for a reason that is counted
    page_seconds: list[float] = field(default_factory=list[float])
    memory: list[float] = field(default_factory=list[float])

    def count(self, answer: Answer) -> None:
        self.statuses[answer.kind, answer.status] += 1
        if answer.kind == "page":
            self.page_seconds.append(answer.seconds)
        elif b"x-reader-support: guard" in answer.head.lower():
            self.withheld += 1

    @property
    def counted(self) -> int:
        """How much of it the servers must have received."""
        names = {kind.name for kind in KINDS if kind.counted}
        return self.withheld + sum(n for (kind, _), n in self.statuses.items() if kind in names)

    def wrong(self) -> dict[tuple[str, int], int]:
        """Answers with a status that they may not have."""
        right = {kind.name: kind.status for kind in KINDS}
        return {
            (kind, status): n
            for (kind, status), n in self.statuses.items()
            if status not in ((200, 204) if right[kind] == 0 else (right[kind],))
        }


def _load(server: Server, seconds: float) -> tuple[Heard, float, SlowClients, int]:
    """The mix, as fast as it is answered, with slow clients beside it."""
    heard, ready = Heard(), requests(Random(11))
    deck, turn = cycle(evenly()), Counter[str]()
    looked = [time.monotonic()]

    def following() -> tuple[str, bytes]:
        # A page view's requests come from one address.
        kind = next(deck)
        turn[kind] += 1
        return kind, ready[kind][turn[kind] % VARIANTS]

    def hear(answer: Answer) -> None:
        heard.count(answer)
        if time.monotonic() - looked[0] > SAMPLE:
            looked[0] = time.monotonic()
            heard.memory.append(server.memory_mb())

    slow, drive = SlowClients(server.port, SLOW), Drive(server.port, CONNECTIONS)
    begun = time.monotonic()
    drive.run(seconds, following, hear)
    took = time.monotonic() - begun
    drive.close()
    slow.stop()
    return heard, took, slow, drive.broken


def _settled(server: Server) -> str:
    """The metrics, once the store has everything."""
    for _ in range(120):
        metrics = server.get("/metrics/")
        if not total(metrics, "evenhand_reports_pending"):
            return metrics
        time.sleep(0.5)
    return metrics


def _stored(state: Path) -> int:
    database = sqlite3.connect(state / "history.db")
    query = "SELECT sum(n) FROM rollup WHERE kind IN ('pair', 'verdict', 'revised', 'notice')"
    n: int = database.execute(query).fetchone()[0]
    database.close()
    return n


def _account(heard: Heard, slow: SlowClients, metrics: str, state: Path) -> list[str]:
    """What is wrong with the account."""
    received = total(metrics, "evenhand_reports_received_total")
    stored = total(metrics, "evenhand_reports_stored_total")
    dropped = total(metrics, "evenhand_reports_dropped_total")
    sent = heard.counted + slow.sent
    wrong: list[str] = []
    if received != sent:
        wrong.append(f"{sent} were sent and answered, {received} received")
    if received != stored + dropped:
        wrong.append(f"{received} received, {stored} stored, {dropped} dropped")
    if stored != _stored(state):
        wrong.append(f"{stored} are said to be stored, {_stored(state)} are")
    return wrong


def _growth(memory: list[float]) -> tuple[float, float]:
    """Memory in the second fifth of the load and in the last one, in MB."""
    fifth = max(1, len(memory) // 5)
    early, late = memory[fifth : 2 * fifth] or memory, memory[-fifth:]
    return statistics.median(early), statistics.median(late)


def _loaded(seconds: float) -> tuple[list[str], list[str]]:
    """What is told of the load, and what is wrong."""
    with TemporaryDirectory(prefix="evenhand-load-") as folder, serving("ours", Path(folder)) as at:
        heard, took, slow, broken = _load(at, seconds)
        metrics = _settled(at)
        wrong = _account(heard, slow, metrics, Path(folder))
    answered = sum(heard.statuses.values())
    before, after = _growth(heard.memory)
    wrong += [f"{n} times {kind} {status}" for (kind, status), n in heard.wrong().items()]
    if after > before * (1 + GROWTH) + GROWTH_MB:
        wrong.append(f"memory grew from {before:.1f} to {after:.1f} MB")
    if broken:
        wrong.append(f"{broken} connections ended without an answer")
    reasons = ("limited", "foreign", "malformed", "too_large", "too_slow")
    refused = {reason: total(metrics, f"{R}_dropped_total", reason=reason) for reason in reasons}
    law = [total(metrics, f"{R}_{each}_total") for each in ("received", "stored", "dropped")]
    bounds = {bound: total(metrics, BOUNDS, bound=bound) for bound in ("agents", "notices")}
    pages = heard.statuses["page", 200]
    lines = [
        f"Load of {took:.0f} s, {WORKERS} workers, {CONNECTIONS} connections that never wait and"
        f" {SLOW} that drip:",
        f"  {answered:,} answers, {answered / took:,.0f} a second, {pages:,} of them pages;"
        f" p50 {_quantile(heard.page_seconds, 50):.1f} ms, p99"
        f" {_quantile(heard.page_seconds, 99):.1f} ms",
        f"  5xx: {sum(n for (_, status), n in heard.statuses.items() if status >= 500)}",
        f"  memory of all workers: {before:.1f} MB in the second fifth, {after:.1f} in the last",
        f"  {heard.counted + slow.sent:,} sent, {law[0]:,} received = {law[1]:,} stored +"
        f" {law[2]:,} dropped",
        "  dropped: " + ", ".join(f"{reason} {n:,}" for reason, n in refused.items()),
        f"  agents not parsed: {bounds['agents']:,}; notices not rendered: {bounds['notices']:,}",
        f"  bodies that drip were given up after {_spread(slow.given_up_after)} s",
        f"  faults: {total(metrics, 'evenhand_faults_total')}",
    ]
    if total(metrics, "evenhand_faults_total"):
        wrong.append("there were faults of ours")
    return lines, wrong


def _quantile(seconds: list[float], percent: int) -> float:
    return statistics.quantiles(seconds, n=100)[percent - 1] * 1000


def _spread(seconds: list[float]) -> str:
    return f"{min(seconds):.1f} to {max(seconds):.1f}" if seconds else "no"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="half a minute, less exact")
    parser.add_argument("--pages", action="store_true", help="the comparison of pages alone")
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the report there too")
    arguments = parser.parse_args()
    conditions = (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.platform()}, {platform.machine()},"
        f" Python {platform.python_version()}, uvicorn {version('uvicorn')}, load"
        f" {Path('/proc/loadavg').read_text().split()[0]}"
    )
    told = [f"$ python -m benchmarks.load {' '.join(sys.argv[1:])}".rstrip(), conditions]
    lines, wrong = ([], []) if arguments.pages else _loaded(20 if arguments.quick else 600)
    more, too_slow = latency.compared(3 if arguments.quick else 10, 2 if arguments.quick else 8)
    told += lines + more
    # Half a minute on a machine that does other things tells nothing about a p99.
    wrong += [] if arguments.quick else too_slow
    told += [f"WRONG: {each}" for each in wrong] or ["All as it should be."]
    report = "\n".join(told) + "\n"
    sys.stdout.write(report)
    if arguments.save:
        arguments.save.write_text(report)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
