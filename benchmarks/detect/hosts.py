"""Asks every detector in browsers whose blocker knows hosts alone: it never touches what a site
serves itself, so ours has to see it by the page's own ad tags."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from subprocess import TimeoutExpired

from benchmarks.detect.answer import Answer
from benchmarks.detect.detectors import OURS, PEERS
from benchmarks.detect.lanes import Job, in_lanes, progress
from benchmarks.detect.setups import PATIENCE
from tests.browser import harness
from tests.browser.ad_conditions import SETTLED, Stage, stage
from tests.browser.adstack import Fate
from tests.browser.conditions import Bench
from tests.browser.harness import HOST_BLOCKERS, Browser, HostBlocker, Run, Visit, VisitError

# Its readers send "do not track" with every request: they are left alone.
LEFT_ALONE: HostBlocker = "privacy-badger"
BIG = Fate(small_fill=False)  # else an ad is shown that no list names, and there is nothing to see


def host_setups(bench: Bench, runs: int) -> list[Answer]:
    """Every such blocker, in every browser that can have it."""
    lanes: dict[Browser, list[Job]] = {"chromium": [], "firefox": []}
    with stage() as ads:
        for blocker, browsers in HOST_BLOCKERS.items():
            for browser in browsers if blocker != LEFT_ALONE else ():
                lanes[browser].append(partial(_ask, bench, ads, blocker, browser, runs))
        return in_lanes(lanes, 1)


def _ask(
    bench: Bench, ads: Stage, blocker: HostBlocker, browser: Browser, runs: int
) -> list[Answer]:
    where = f"{blocker} {browser}"
    try:
        return [
            *_ours(ads, blocker, browser, where, runs),
            *_peers(bench, ads, blocker, browser, where, runs),
        ]
    except (VisitError, TimeoutExpired, AssertionError) as error:
        progress(f"{where} failed: {error}")
        return []


def _ours(
    ads: Stage, blocker: HostBlocker, browser: Browser, where: str, runs: int
) -> list[Answer]:
    """On a page with seven ad tags of seven companies."""
    hosts = [f"{blocker}-{browser}-{run}" for run in range(runs)]
    visits = [ads.visit(host, "seven", BIG, wait=SETTLED) for host in hosts]
    run = harness.visit(*visits, browser=browser, blocker=blocker, hosts=ads.hosts)
    _check(run, where)
    answers = []
    for host, page in zip(hosts, run.visits, strict=True):
        counted = tuple(ads.counts(host)["verdict"].elements())
        answers.append(replace(Answer.of(OURS, where, browser, page), counted=counted))
    return answers


def _peers(
    bench: Bench, ads: Stage, blocker: HostBlocker, browser: Browser, where: str, runs: int
) -> list[Answer]:
    asked = PEERS * runs
    visits: Sequence[Visit] = [
        Visit(
            url=bench.server.at(f"{peer.label}.{blocker}-{browser}.localhost", "/page/plain"),
            wait=PATIENCE,
            page="same",
        )
        for peer in asked
    ]
    run = harness.visit(*visits, browser=browser, blocker=blocker, hosts=ads.hosts)
    _check(run, where)
    return [
        Answer.of(peer, where, browser, page) for peer, page in zip(asked, run.visits, strict=True)
    ]


def _check(run: Run, where: str) -> None:
    if not (run.before.ad_host_blocked and run.after.ad_host_blocked):
        raise AssertionError(f"{where} does not block all the time: {run.before} {run.after}")
