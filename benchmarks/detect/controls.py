"""Asks every detector under every control condition: no blocker, an awkward page or network."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from subprocess import TimeoutExpired

from benchmarks.detect.answer import Answer
from benchmarks.detect.detectors import DETECTORS, Detector
from benchmarks.detect.lanes import Job, in_lanes, progress
from benchmarks.detect.setups import CLEAN, PATIENCE
from tests.browser import harness
from tests.browser.conditions import SECTION, Bench, Condition, Guard
from tests.browser.harness import Browser, Page, Visit, VisitError

AT_ONCE = 3  # conditions in one start of a browser
STRIDE = 5


@dataclass(frozen=True)
class Row:
    """One visit to make."""

    condition: Condition
    guard: Guard
    detector: Detector
    browser: Browser

    @property
    def host(self) -> str:
        return f"{self.detector.label}.{self.condition.host(self.browser, self.guard)}"

    def visit(self, bench: Bench) -> Visit:
        condition = self.condition
        wait = condition.wait
        if not self.detector.is_ours and condition.name != "js-off":
            # Where ours can't be heard, or says nothing, peers may.
            wait = PATIENCE if wait is SECTION else replace(wait, timeout=8000)
        return Visit(
            url=bench.url(self.host, f"/page/{condition.page}"),
            wait=wait,
            actions=condition.actions,
            emulate=condition.emulate,
            page="new" if condition.emulate else "same",
        )


def rows(browser: Browser, conditions: Sequence[Condition]) -> list[Row]:
    """Every detector once; ours with the guard closed and open where that may matter."""
    return [
        Row(condition, guard, detector, browser)
        for condition in conditions
        if browser in condition.browsers
        for detector in DETECTORS
        for guard in (condition.guards if detector.is_ours else condition.guards[-1:])
    ]


def controls(bench: Bench, conditions: Sequence[Condition], until: float) -> list[Answer]:
    """Every condition in every browser that can have it, as far as the time reaches."""
    lanes: dict[Browser, list[Job]] = {
        browser: [
            partial(_ask_in_time, bench, browser, batch, until)
            for batch in _spread(list(_batches(browser, conditions)))
        ]
        for browser in CLEAN
    }
    return in_lanes(lanes, 2)


def _batches(browser: Browser, conditions: Sequence[Condition]) -> Iterator[list[Row]]:
    """The rows in batches, each for one start of a browser; a condition is never divided."""
    mine = [condition for condition in conditions if browser in condition.browsers]
    for setup in dict.fromkeys(condition.setup for condition in mine):
        alike = [condition for condition in mine if condition.setup == setup]
        for first in range(0, len(alike), AT_ONCE):
            yield rows(browser, alike[first : first + AT_ONCE])


def _spread(batches: list[list[Row]]) -> Iterator[list[Row]]:
    """Far from one another first: were the time to end, some of each kind would be done."""
    for first in range(STRIDE):
        yield from batches[first::STRIDE]


def _ask_in_time(
    bench: Bench, browser: Browser, batch: Sequence[Row], until: float
) -> list[Answer]:
    return _ask(bench, browser, batch) if time.monotonic() < until else []


def _ask(bench: Bench, browser: Browser, batch: Sequence[Row]) -> list[Answer]:
    """One batch of visits; halved when it fails, until it is known which page can't be had."""
    for row in batch:
        if row.detector.is_ours and row.guard == "open":
            bench.open_guard(row.host)
    setup = bench.setup(batch[0].condition.setup, browser)
    try:
        run = harness.visit(*_visits(bench, batch), browser=browser, setup=setup, hosts=bench.hosts)
    except (VisitError, TimeoutExpired) as error:
        if len(batch) == 1:
            return [_without_page(batch[0], error)]
        half = len(batch) // 2
        return [*_ask(bench, browser, batch[:half]), *_ask(bench, browser, batch[half:])]
    return [_answer(bench, row, page) for row, page in zip(batch, run.visits, strict=True)]


def _visits(bench: Bench, batch: Sequence[Row]) -> list[Visit]:
    """A page that emulates something is nobody else's."""
    visits = [row.visit(bench) for row in batch]
    return [
        replace(visit, page="new") if number and visits[number - 1].emulate else visit
        for number, visit in enumerate(visits)
    ]


def _without_page(row: Row, error: Exception) -> Answer:
    progress(f"no page: {row.detector.name}, {row.condition.name}, {row.browser}: {error}")
    return Answer(row.detector, row.condition.name, row.browser, None, None, guard=row.guard)


def _answer(bench: Bench, row: Row, page: Page) -> Answer:
    # The first step here is the condition's, and no start of ours.
    heard = replace(page, steps=[])
    answer = Answer.of(row.detector, row.condition.name, row.browser, heard)
    if not row.detector.is_ours:
        return answer
    counted = tuple(bench.counts(row.host)["verdict"].elements())
    decides = row.condition.guard_decides
    return replace(answer, counted=counted, guard=row.guard, server_decides=decides)
