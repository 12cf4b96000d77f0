"""What one scrape of the metrics takes, with every series that a busy site can have."""

import asyncio
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.figures import Figures

from evenhand import ReaderSupport
from evenhand.keys import Key
from evenhand.vocabulary import BROWSERS, DEVICES, NOTICE_EVENTS, PAIR_KINDS, RESULTS, VERDICTS

_SCRAPES = 100


def every_key(site: str) -> Iterator[Key]:
    """A key for each of its series but those of bait and ad, which are there from the start."""
    for browser in BROWSERS:
        for device in DEVICES:
            for verdict in VERDICTS:
                yield Key(site, "", browser, device, "verdict", verdict)
            for kind in PAIR_KINDS:
                yield Key(site, "", browser, device, "pair", kind)
    for result in RESULTS:
        yield Key(site, "", "", "", "page", result)
    for event in NOTICE_EVENTS:
        for variant in ("plain", "warm", "short", "control"):
            yield Key(site, "", "", "", "notice", event, "", variant)


def measure() -> tuple[list[str], Figures]:
    """A line for people and figures."""
    with TemporaryDirectory(prefix="evenhand-bench-") as name:
        support = ReaderSupport(site="gazette", state_dir=Path(name))
        for key in every_key("gazette"):
            support.record.count(key, 7)
        begun = time.process_time()
        spent, lines = asyncio.run(_scrapes(support))
        used = (time.process_time() - begun) * 1e3 / _SCRAPES
        support.close()
    p95 = statistics.quantiles(spent, n=20)[-1]
    median = statistics.median(spent)
    told = (
        f"scrape of {lines} series: median {median:.1f} ms, 95 % within {p95:.1f} ms,"
        f" processor {used:.1f} ms"
    )
    return [told], {"scrape_series": lines, "scrape_p95_ms": round(p95, 1)}


async def _scrapes(support: ReaderSupport) -> tuple[list[float], int]:
    """Milliseconds for each scrape, and how many series it had."""
    app, body = support.metrics_app(), b""
    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": "/metrics", "headers": []}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        nonlocal body
        body = message.get("body", body)

    spent: list[float] = []
    for _ in range(_SCRAPES):
        begun = time.perf_counter()
        await app(scope, receive, send)
        spent.append((time.perf_counter() - begun) * 1e3)
    return spent, sum(not line.startswith(b"#") for line in body.splitlines())
