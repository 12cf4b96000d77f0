"""Clean page loads by the thousand: how often is an innocent reader called a blocker?

``make soak-detect N=3000``. Both browsers at once, several tabs each, over a rotation of all
clean conditions that a page makes by itself, where the pairs alone decide. Verdicts are counted
in the browser and by the server; every guard is open, so that nothing is weakened.
"""

from __future__ import annotations

import argparse
import json
import re
import select
import subprocess
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.browser.conditions import BOTH, CONDITIONS, Bench, Condition, bench
from tests.browser.harness import ROOT, Browser

DRIVER = ROOT / "tests/browser/soak.mjs"
RESULT = ROOT / "build/soak-detect.json"
TABS: dict[Browser, int] = {"chromium": 3, "firefox": 3}
ROUND = 600  # loads in one start of a browser: its memory stays bounded
PATIENCE = 20  # seconds for one load
# Every condition that a page makes all by itself.
PAGES = tuple(
    each.page
    for each in CONDITIONS
    if each == Condition(name=each.name, page=each.page) and each.name == each.page
)


@dataclass
class Tally:
    """One browser's loads so far."""

    verdicts: Counter[str] = field(default_factory=Counter[str])
    accused: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    others: Counter[str] = field(default_factory=Counter[str])  # page and verdict, if not loaded
    restarts: int = 0
    unfinished: int = 0  # loads that a restart cut off

    @property
    def loads(self) -> int:
        return self.verdicts.total()


def say(text: str) -> None:
    print(text, flush=True)


def start(order: dict[str, Any]) -> subprocess.Popen[str]:
    driver = subprocess.Popen(
        ["node", str(DRIVER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    assert driver.stdin is not None
    driver.stdin.write(json.dumps(order))
    driver.stdin.close()
    return driver


def end(driver: subprocess.Popen[str]) -> str:
    """Ends a driver, which ends its browser, and gives what it complained of."""
    driver.terminate()
    try:
        driver.wait(20)
    except subprocess.TimeoutExpired:
        driver.kill()
        driver.wait()
    assert driver.stderr is not None
    return driver.stderr.read()[:400]


def soak(bench: Bench, browser: Browser, n: int, tally: Tally) -> None:
    """Makes ``n`` loads in one browser, however often it has to be started."""
    host = f"soak-{browser}"
    bench.open_guard(host)
    urls = [bench.server.at(f"{host}.localhost", f"/page/{name}") for name in PAGES]
    while tally.loads < n:
        loads = min(ROUND, n - tally.loads)
        order = {
            "browser": browser,
            "urls": urls,
            "first": tally.loads,
            "loads": loads,
            "tabs": TABS[browser],
            "patience": PATIENCE * 1000,
        }
        before = tally.loads
        driver = start(order)
        try:
            heard_all = hear(driver, tally, loads)
        finally:
            complaint = end(driver)
        if not heard_all:
            tally.restarts += 1
            tally.unfinished += TABS[browser]
            say(f"{browser} was restarted after {tally.loads} loads: {complaint.strip()}")
            if tally.loads == before and tally.restarts > 20:
                raise RuntimeError(f"{browser} can't be driven: {complaint}")


def hear(driver: subprocess.Popen[str], tally: Tally, expected: int) -> bool:
    """Counts what the driver says; false where it fell silent."""
    assert driver.stdout is not None
    for _ in range(expected):
        ready, _, _ = select.select([driver.stdout], [], [], 3 * PATIENCE)
        line = driver.stdout.readline() if ready else ""
        if not line:
            return False
        told = json.loads(line)
        tally.verdicts[told["verdict"] or "none"] += 1
        if told["verdict"] != "loaded":
            agent, page = re.findall(r"soak-(\w+)\..*/(.*)", told["url"])[0]
            tally.others[f"{agent} {page} {told['verdict']} {' '.join(told['signals'])}"] += 1
        if str(told["verdict"]).startswith("blocked"):
            tally.accused.append(told)
            say(f"ACCUSED: {line.strip()}")
    return True


def figures(bench: Bench, tallies: dict[Browser, Tally], seconds: float) -> dict[str, Any]:
    """Everything in one flat object."""
    told: dict[str, Any] = {}
    served: Counter[str] = Counter()
    for browser, tally in tallies.items():
        counts = bench.counts(f"soak-{browser}")
        served += counts["verdict"]
        told |= {
            f"{browser}_loads": tally.loads,
            f"{browser}_restarts": tally.restarts,
            f"{browser}_unfinished": tally.unfinished,
            f"{browser}_guard_open": bool(counts["open"]["open"]),
        }
    heard = sum((tally.verdicts for tally in tallies.values()), Counter[str]())
    loads = heard.total()
    return {
        "loads": loads,
        "blocked": heard["blocked"],
        "blocked_probable": heard["blocked_probable"],
        "upper_bound_95": round(3 / loads, 6) if loads else None,
        "server_verdicts": served.total(),
        "server_blocked": served["blocked"],
        "server_blocked_probable": served["blocked_probable"],
        "seconds": round(seconds, 1),
        "loads_per_minute": round(60 * loads / seconds, 1),
        **{f"verdict_{name}": n for name, n in sorted(heard.items())},
        **{f"server_verdict_{name}": n for name, n in sorted(served.items())},
        **told,
        "not_loaded": dict(sum((tally.others for tally in tallies.values()), Counter[str]())),
        "accused": [each for tally in tallies.values() for each in tally.accused][:50],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("n", type=int, nargs="?", default=3000, help="page loads in all")
    n = parser.parse_args().n
    tallies: dict[Browser, Tally] = {browser: Tally() for browser in BOTH}
    shares: dict[Browser, int] = {"chromium": n - n // 2, "firefox": n // 2}
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, bench(Path(folder)) as site:
        workers = [
            threading.Thread(target=soak, args=(site, b, shares[b], tallies[b]), daemon=True)
            for b in BOTH
        ]
        for worker in workers:
            worker.start()
        written = began
        while any(worker.is_alive() for worker in workers):
            time.sleep(1)
            if time.monotonic() - written < 20:
                continue
            written = time.monotonic()
            told = figures(site, tallies, written - began)
            RESULT.parent.mkdir(exist_ok=True)
            RESULT.write_text(json.dumps(told, indent=2) + "\n")  # what there is, if it is ended
            loads, blocked, seconds = told["loads"], told["blocked"], told["seconds"]
            say(f"{loads:7} of {n} loads, {blocked} blocked, {seconds:.0f} s")
        time.sleep(2)  # the last beacons
        told = figures(site, tallies, time.monotonic() - began)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(told, indent=2) + "\n")
    say(json.dumps(told, indent=2))
    clean = not any(
        told[name]
        for name in ("blocked", "blocked_probable", "server_blocked", "server_blocked_probable")
    )
    return 0 if clean and told["loads"] >= n else 1


if __name__ == "__main__":
    raise SystemExit(main())
