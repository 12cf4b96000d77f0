"""Runs the drill: ``python -m tests.drill [SCALE]``; 60 makes a minute a second.

All six cases run at once, each with an app, readers and, where it matters, a database or an ad
server of its own, before one nginx and one Prometheus with three weeks of history. Exits with 1
unless in each exactly the right alert fired, and the dashboard named the cause and its hour.
"""

import asyncio
import re
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import httpx
from operations.rulefiles import alerts_file, rules_file
from operations.thresholds import Times
from tests.browser.servers import Server, serving
from tests.drill.cases import CASES, Case, Scene
from tests.drill.clock import HOUR, Clock
from tests.drill.edge import Edge
from tests.drill.history import backfill, fill
from tests.drill.readers import Readers
from tests.postgres import serving as serving_postgres
from tests.prometheus import Api, configuration, running

from evenhand.dashboard.trend import step_label

SETUP = 20  # real seconds until all of it runs, more or less
VIEWS = 2400  # an hour
CALM = 45 * 60  # seconds before the trouble: the longest window fills, and nothing may fire...
TROUBLE = 75 * 60  # ...and how long it lasts
UVICORN = ("-m", "uvicorn", "--log-level", "error", "--no-access-log", "--port", "{port}")


@dataclass(slots=True)
class Seen:
    """Which alerts fired for a case, and after how many seconds of trouble; what the dashboard
    says at the end, and the hour at which the trouble began there."""

    first: dict[str, float] = field(default_factory=dict[str, float])
    diagnosis: str = ""
    hour: str = ""

    def fired(self, case: Case) -> bool:
        """Whether exactly the right one did."""
        return set(self.first) == ({case.alert} if case.alert else set())

    def named(self, case: Case) -> bool:
        """Whether the dashboard names the cause, and since when where it knows."""
        since = f" since {self.hour} UTC" if case.words.endswith("since") else ""
        return f"{case.words.removesuffix(' since')}{since}" in self.diagnosis


def drill(times: Times, folder: Path) -> dict[str, Seen]:
    """Run all cases, and say what fired in each."""
    with ExitStack() as stack:
        database = stack.enter_context(serving_postgres())
        clock = Clock.until(time.time(), CALM + SETUP / times.scale, times.scale)
        apps: dict[str, Server] = {}
        for case in CASES:
            state = folder / case.name
            state.mkdir()
            url = database.url if case.name == "e" else f"sqlite:///{state}/history.db"
            fill(url, int(clock.begun) // HOUR * HOUR, VIEWS)
            env = {"EVENHAND_STATE_DIR": str(state), "EVENHAND_FLUSH_SECONDS": "1"}
            env |= {"EVENHAND_STORE": url, **clock.environ}
            command = (*UVICORN, "tests.drill.publisher:app")
            apps[case.name] = stack.enter_context(serving(*command, env=env))
        factory = ("--factory", "evenhand.demo.adserver:create_ad_server")
        ads = {name: stack.enter_context(serving(*UVICORN, *factory)) for name in ("b", "others")}
        ports = {name: app.port for name, app in apps.items()}
        (folder / "nginx").mkdir()
        edge = stack.enter_context(Edge(folder / "nginx", ports).serving())
        readers = {
            name: Readers(edge.ports[name], ads["b" if name == "b" else "others"].port)
            for name in apps
        }
        samples = backfill(folder, apps, times, time.time())
        print(f"history: {samples:,} samples")
        (folder / "evenhand-rules.yml").write_text(rules_file(times))
        (folder / "evenhand-alerts.yml").write_text(alerts_file(times))
        addresses = {name: f"127.0.0.1:{port}" for name, port in ports.items()}
        config = configuration(addresses, times.duration(30), folder)
        api = stack.enter_context(running(config, times.duration(300)))
        stack.enter_context(reading(list(readers.values())))
        calm = CALM * times.scale
        calm += clock.until_full_hour(time.time() + calm)  # so that an hour has no other trouble
        early = watched(api, calm, time.monotonic())
        assert not any(seen.first for seen in early.values()), f"before any trouble: {early}"
        for case in CASES:
            own = ads["b"] if case.name == "b" else ads["others"]
            case.begin(Scene(case.name, readers[case.name], edge, own, database))
        begun = time.monotonic()
        hour = step_label(int(clock.at(time.time()) + HOUR / 2) // HOUR * HOUR, HOUR)
        time.sleep(2)  # nginx's former workers end
        before = {name: _pages(app) for name, app in apps.items()}
        views = {name: reader.views for name, reader in readers.items()}
        found = watched(api, TROUBLE * times.scale, begun)
        assert api.broken_rules() == []
        for name, reader in readers.items():
            seen, pages = reader.views - views[name], _pages(apps[name]) - before[name]
            counted = f"{seen:,} page views, {pages:,} seen by the app"
            found[name].diagnosis, found[name].hour = _diagnosis(apps[name]), hour
            print(f"({name}) {counted}; the dashboard: {found[name].diagnosis}")
        return found


def watched(api: Api, seconds: float, begun: float) -> dict[str, Seen]:
    """The alerts that fire within a time, by job."""
    found = {case.name: Seen() for case in CASES}
    while (passed := time.monotonic() - begun) < seconds:
        for alert in api.firing():
            labels = alert["labels"]
            found[labels["job"]].first.setdefault(labels["alertname"], passed)
        time.sleep(0.25)
    return found


@contextmanager
def reading(readers: list[Readers]) -> Iterator[None]:
    """All readers at work, in a thread of their own."""

    async def all_of_them() -> None:
        await asyncio.gather(*(reader.read() for reader in readers))

    thread = Thread(target=lambda: asyncio.run(all_of_them()))
    thread.start()
    try:
        yield
    finally:
        for reader in readers:
            reader.stop = True
        thread.join(30)


def _pages(app: Server) -> int:
    text = httpx.get(app.at("127.0.0.1", "/metrics/"), trust_env=False).text
    found = re.findall(r"^evenhand_pages_total{.*} (\S+)$", text, re.MULTILINE)
    return int(sum(map(float, found)))


def _diagnosis(app: Server) -> str:
    """What the built-in dashboard says above all else."""
    path = "/reader-support/dashboard?period=24h"
    answer = httpx.get(app.at("127.0.0.1", path), trust_env=False, timeout=30)
    if answer.status_code == 503:
        return f"503, {answer.text.strip()}"
    found = re.search(r'<p class="banner" role="note">(.*?)</p>', answer.text, re.DOTALL)
    text = unescape(re.sub(r"<[^>]+>", "", found[1])) if found else "nothing"
    return " ".join(text.split())


def main() -> int:
    times = Times(1 / float(sys.argv[1] if len(sys.argv) > 1 else 60))
    begun = time.monotonic()
    with TemporaryDirectory(prefix="evenhand-drill-", ignore_cleanup_errors=True) as folder:
        found = drill(times, Path(folder))
    wrong = 0
    for case in CASES:
        seen = found[case.name]
        fired = ", ".join(
            f"{name} after {seconds / times.scale / 60:.0f} min"
            for name, seconds in sorted(seen.first.items())
        )
        right = seen.fired(case) and seen.named(case)
        wrong += not right
        print(
            f"{'right' if right else 'WRONG'} ({case.name}) {case.title}: {fired or 'nothing'};"
            f" the cause is {'named' if seen.named(case) else 'NOT named'}"
        )
    print(f"{time.monotonic() - begun:.0f} s, a minute in {60 * times.scale:g} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
