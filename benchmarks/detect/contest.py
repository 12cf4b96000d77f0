"""The site behind its proxy and the ad hosts, all on this machine."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.detect import faults
from benchmarks.detect.adserver import playing_ad_hosts
from benchmarks.detect.controls import rows
from benchmarks.detect.setups import CLEAN
from tests.browser.conditions import CONDITIONS, Bench
from tests.browser.proxy import Rule, proxying
from tests.browser.servers import serving


@contextmanager
def contest() -> Iterator[Bench]:
    """For as long as it takes; each host is spoiled as its condition wants it."""
    every = {row.host: row for browser in CLEAN for row in rows(browser, CONDITIONS)}

    def of_site(host: str) -> Sequence[Rule]:
        row = every.get(host)
        return faults.of_site(row.condition, row.detector) if row else ()

    def of_ad_hosts(host: str) -> Rule | None:
        row = every.get(host)
        return faults.of_ad_hosts(row.condition) if row else None

    command = ["-m", "uvicorn", "benchmarks.detect.site:app", "--port", "{port}"]
    with (
        tempfile.TemporaryDirectory() as folder,
        playing_ad_hosts(of_ad_hosts) as hosts,
        serving(*command, "--no-access-log", "--lifespan", "off", ready="/favicon.ico") as server,
        proxying(of_site, lambda _: server.port) as proxy,
    ):
        yield Bench(server, proxy, Path(folder), hosts)
