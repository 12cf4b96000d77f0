"""How long ``evenhand report`` takes as a whole process on a year, and the dashboard in a running
one: ``python -m benchmarks.report``.

One busy site of ten sections, every key of it used each hour, and 100 small ones: hours for 35 days
up to this one, and days before that, as the store keeps them.
"""

import argparse
import asyncio
import os
import platform
import resource
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from benchmarks.figures import Figures, merge
from benchmarks.record.growth import keys
from starlette.applications import Starlette
from tests.postgres import serving

from evenhand import ReaderSupport, ReaderSupportMiddleware
from evenhand.dashboard import routes
from evenhand.dashboard.summary import PERIODS
from evenhand.keys import Key
from evenhand.store import open_store

HOUR, DAY, YEAR = 3_600, 86_400, 365
# The dashboard shows the time up to now: a year that ended some days ago would spare it the hours.
_NOW = int(time.time()) // HOUR * HOUR
_TODAY = _NOW // DAY * DAY
END = datetime.fromtimestamp(_TODAY, UTC).date()
_SPANS = {
    "rollup": range(_TODAY - 35 * DAY, _NOW, HOUR),
    "rollup_day": range(_TODAY - YEAR * DAY, _TODAY - 35 * DAY, DAY),
}
_RUNS = 5


def busy() -> list[Key]:
    """Every key of one site of ten sections."""
    return sorted({key for view in keys() for key in view})


def small(sites: int) -> list[Key]:
    """Sites of one section: the verdicts, pairs and evidence of five browsers."""
    clients = [("chrome", "desktop"), ("firefox", "desktop"), ("chrome", "mobile")]
    clients += [("safari", "mobile"), ("edge", "desktop")]
    found: list[Key] = []
    for number in range(sites):
        site = f"site {number:03}"
        found.append(Key(site, "", "", "", "page", "inserted"))
        for client in clients:
            found += [Key(site, "", *client, "pair", value) for value in ("bait", "control")]
            found += [Key(site, "other", *client, "verdict", v) for v in ("loaded", "blocked")]
            found += [Key(site, "other", *client, "bait_ad", v, "none") for v in ("ok", "blocked")]
    return sorted(found)


def rows(starts: Iterable[int], some: Sequence[Key]) -> Iterator[tuple[int | str, ...]]:
    for start in starts:
        for key in some:
            yield (start, *key, 30 if key.value in ("bait", "blocked") else 40)


def fill_sqlite(folder: Path, some: Sequence[Key]) -> str:
    url = f"sqlite:///{folder}/history.db"
    _made(url)
    db = sqlite3.connect(folder / "history.db")
    for table, starts in _SPANS.items():
        db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * 10)})", rows(starts, some))
    db.executemany("INSERT INTO site VALUES (?)", {(key.site,) for key in some})
    db.commit()
    _keep(
        url,
        lambda: (db.execute("UPDATE upkeep SET done = 0 WHERE name = 'retention'"), db.commit()),
    )
    db.close()
    return url


def fill_postgres(url: str, some: Sequence[Key]) -> str:
    _made(url)
    with psycopg.connect(url) as db:
        for table, starts in _SPANS.items():
            db.execute(f"TRUNCATE evenhand_{table}".encode())
            with db.cursor().copy(f"COPY evenhand_{table} FROM STDIN".encode()) as copy:
                for row in rows(starts, some):
                    copy.write_row(row)
    with psycopg.connect(url, autocommit=True) as db:
        again = b"UPDATE evenhand_upkeep SET done = 0 WHERE name = 'retention'"
        _keep(url, lambda: db.execute(again))
        db.execute(b"VACUUM ANALYZE")  # as the server does by itself in time
    return url


def _keep(url: str, let: Callable[[], object]) -> None:
    """What the store does by itself in a year of hours; `let` lets it do so again at once."""
    for _ in range(YEAR // 28):  # it adds up a month at a time
        let()
        store = open_store(url, None)
        store.retain(_NOW)
        store.close()


def _made(url: str) -> None:
    store = open_store(url, None)
    store.migrate()
    store.close()


def measured(url: str, *options: str) -> tuple[list[float], float]:
    """Seconds of whole processes, the first one left out, and processor seconds of one of them."""
    since = END - timedelta(days=YEAR)
    command = [sys.executable, "-m", "evenhand", "report", "--store", url, *options]
    command += ["--since", since.isoformat(), "--until", END.isoformat()]
    environ = {name: v for name, v in os.environ.items() if not name.startswith("EVENHAND_")}
    spent: list[float] = []
    used = 0.0
    for _ in range(_RUNS + 1):
        used = _used()
        begun = time.perf_counter()
        done = subprocess.run(command, env=environ, check=True, capture_output=True, text=True)
        spent.append(time.perf_counter() - begun)
        if "25.0" not in done.stdout:
            raise RuntimeError(
                f"a quarter of the baits is lost, and the report said\n{done.stdout}"
            )
    return spent[1:], _used() - used


def dashboard(url: str, folder: Path) -> dict[str, float]:
    """Milliseconds for the page of each period, of which 95 % took less, in this process."""
    routes.VIEWS_A_SECOND = 10**9  # here one view follows the other
    support = ReaderSupport(store=url, state_dir=folder, dashboard=lambda _: True)
    scope = {"type": "http", "method": "GET", "path": "/reader-support/dashboard", "headers": []}
    app, found = ReaderSupportMiddleware(Starlette(), support), dict[str, float]()

    async def send(message: dict[str, Any]) -> None:
        if message.get("status", 200) != 200:
            raise RuntimeError(f"the dashboard said {message}")

    async def visited(query: bytes) -> float:
        begun = time.perf_counter()
        await app({**scope, "query_string": query}, None, send)
        return (time.perf_counter() - begun) * 1e3

    async def visits(query: bytes) -> list[float]:
        return [await visited(query) for _ in range(1 + 200)][1:]

    for period in PERIODS:
        spent = asyncio.run(visits(b"period=" + period.encode()))
        found[period] = statistics.quantiles(spent, n=20)[-1]
    support.close()
    return found


def _used() -> float:
    """Processor seconds of all processes that were started here and have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the report there too")
    arguments = parser.parse_args()
    told: list[str] = []

    def tell(line: str) -> None:
        told.append(line)
        sys.stderr.write(f"{line}\n")  # at once: filling the stores takes minutes

    figures: Figures = {}
    cases = {"1_site": (busy(), 0.4), "100_sites": (small(100), 2.0)}
    with TemporaryDirectory() as name, serving() as server:
        for case, (some, budget) in cases.items():
            n = len(some) * sum(map(len, _SPANS.values()))
            for engine in ("sqlite", "postgres"):
                folder = Path(name) / case
                folder.mkdir(exist_ok=True)
                url = (
                    fill_sqlite(folder, some)
                    if engine == "sqlite"
                    else fill_postgres(server.url, some)
                )
                spent, cpu = measured(url)
                median = statistics.median(spent)
                tell(
                    f"{case.replace('_', ' '):10}{engine:10}{n:>10,} rows  median {median:6.3f} s"
                    f"  best {min(spent):6.3f} s  processor {cpu:6.3f} s"
                    f"{' and the server' if engine == 'postgres' else ''}  asked for {budget} s"
                )
                figures[f"report_{engine}_{case}_s"] = round(median, 3)
                if case != "1_site":
                    continue
                for period, ms in dashboard(url, folder).items():
                    tell(f"          {engine:10}dashboard, {period}: 95 % within {ms:5.1f} ms")
                    figures[f"dashboard_{engine}_{period}_p95_ms"] = round(ms, 1)
    conditions = (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.platform()}, Python"
        f" {platform.python_version()}, load {Path('/proc/loadavg').read_text().split()[0]}"
    )
    report = "\n".join(["$ python -m benchmarks.report", conditions, *told]) + "\n"
    sys.stdout.write(report)
    if arguments.save:
        arguments.save.write_text(report)
    merge(figures)


if __name__ == "__main__":
    main()
