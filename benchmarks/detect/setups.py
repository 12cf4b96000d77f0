"""Asks every detector in browsers with a blocker, and, for its times, in clean ones."""

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from benchmarks.detect.answer import Answer
from benchmarks.detect.detectors import DETECTORS, OURS, Detector
from benchmarks.detect.lanes import Job, in_lanes, progress
from tests.browser import harness
from tests.browser.conditions import Bench
from tests.browser.harness import BROWSER_OF, Blocker, Browser, Run, Visit, VisitError, Wait

PATIENCE = Wait("verdict", timeout=8000, settle=0)
CLEAN_RUNS = 3
CLEAN: tuple[Browser, ...] = ("chromium", "firefox")
# When ours started: with its first request.
STARTED = """performance.getEntriesByType("resource")
  .find((entry) => entry.name.includes("/pair/")).startTime"""
harness.DEADLINE = 600  # all detectors are visited in one start of a browser


def setups(bench: Bench, blockers: Sequence[Blocker], runs: int) -> list[Answer]:
    """Every blocker."""
    lanes: dict[Browser, list[Job]] = {"chromium": [], "firefox": []}
    for blocker in blockers:
        lanes[BROWSER_OF[blocker]].append(partial(_ask_blocked, bench, blocker, runs))
    return in_lanes(lanes, 2)


def clean(bench: Bench) -> list[Answer]:
    """Both browsers with nothing in the way, one after the other: for the times."""
    return [
        answer
        for browser in CLEAN
        for answer in _ask(bench, f"clean-{browser}", browser, None, CLEAN_RUNS)
    ]


def _ask_blocked(bench: Bench, blocker: Blocker, runs: int) -> list[Answer]:
    """One blocker, in a second start if the first one fails; else left out, and not silently."""
    for attempt in ("first", "second"):
        try:
            where = f"{blocker}-{attempt}"
            answers = _ask(bench, where, BROWSER_OF[blocker], blocker, runs)
            return [replace(answer, where=blocker) for answer in answers]
        except (VisitError, AssertionError) as error:
            progress(f"{blocker} failed in its {attempt} start: {error}")
    return []


def _ask(
    bench: Bench, where: str, browser: Browser, blocker: Blocker | None, runs: int
) -> list[Answer]:
    """All detectors, `runs` times, in one start of a browser with or without a blocker."""
    visits = _visits(bench, where, runs)
    ours = f"{OURS.label}.{where}"
    bench.open_guard(ours)
    run = _visit(bench, [visit for _, visit in visits], browser, blocker)
    answers = [
        Answer.of(detector, where, browser, page)
        for (detector, _), page in zip(visits, run.visits, strict=True)
    ]
    said = sorted(answer.said or "" for answer in answers if answer.detector.is_ours)
    counted = _counted(bench, ours, runs)
    if said != sorted(counted):
        progress(f"{where}: heard {said}, counted {counted}")
        counted = ()
    return [replace(a, counted=counted) if a.detector.is_ours else a for a in answers]


def _visits(bench: Bench, where: str, runs: int) -> list[tuple[Detector, Visit]]:
    """Every detector on a host of its own: to a blocker, each is a site not seen before, and
    from its second run on one that is known."""
    visits = []
    for _ in range(runs):
        for detector in DETECTORS:
            host = f"{detector.label}.{where}.localhost"
            told = [{"evaluate": STARTED}] if detector.is_ours else []
            url = bench.server.at(host, "/page/plain")
            visits.append((detector, Visit(url=url, wait=PATIENCE, actions=told, page="same")))
    return visits


def _visit(bench: Bench, visits: Sequence[Visit], browser: Browser, blocker: Blocker | None) -> Run:
    run = harness.visit(*visits, browser=browser, blocker=blocker, hosts=bench.hosts)
    if blocker and not (run.before.blocked and run.after.blocked):
        raise AssertionError(f"{blocker} does not block all the time: {run.before} {run.after}")
    if not blocker and not (run.before.clean and run.after.clean):
        raise AssertionError(f"{browser} is not clean: {run.before} {run.after}")
    return run


def _counted(bench: Bench, host: str, expected: int) -> tuple[str, ...]:
    """The verdicts in the server's record of a host, one word each, when they have come."""
    for _ in range(20):
        counts = bench.counts(host)["verdict"]
        if counts.total() >= expected:
            break
        time.sleep(0.1)
    return tuple(counts.elements())
