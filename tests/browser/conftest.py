"""Browsers and servers as fixtures; a part that isn't there skips its tests by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Protocol

import pytest

from ..conftest import show
from .ad_conditions import Outcome, Stage, stage
from .harness import ROOT, Blocker, Browser, HostBlocker, Run, Visit, missing, visit
from .servers import RUNNING, Server, serving
from .tls import Hosts


class VisitFunction(Protocol):
    def __call__(
        self,
        *visits: Visit,
        browser: Browser,
        blocker: Blocker | HostBlocker | None = None,
        allowed: Sequence[str] = (),
        setup: Mapping[str, Any] | None = None,
        hosts: Hosts | None = None,
        nobody_at: Sequence[str] = (),
    ) -> Run: ...


@pytest.fixture(name="visit", scope="session")
def _visit() -> VisitFunction:
    """`harness.visit`, or a skip that names the missing part."""

    def visit_or_skip(
        *visits: Visit,
        browser: Browser,
        blocker: Blocker | HostBlocker | None = None,
        **options: Any,
    ) -> Run:
        for part in ("node", browser, blocker):
            if part is not None and (reason := missing(part)):
                pytest.skip(reason)
        return visit(*visits, browser=browser, blocker=blocker, **options)

    return visit_or_skip


@pytest.fixture(scope="session")
def ads() -> Iterator[Stage]:
    """A publisher with ads of its own, and the hosts that they come from."""
    if reason := missing("node"):
        pytest.skip(reason)
    with stage() as made:
        yield made


@pytest.fixture(scope="module")
def seen(request: pytest.FixtureRequest) -> Iterator[list[Outcome]]:
    """What was concluded on pages with ads; shown and written when the module is done."""
    outcomes: list[Outcome] = []
    yield outcomes
    if outcomes:
        file = ROOT / f"build/{request.node.path.stem.removeprefix('test_')}.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps([each.row() for each in outcomes], indent=1) + "\n")
        show(request.config, [each.line() for each in outcomes])


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """`harness.serving` that lasts until the test ends."""
    with ExitStack() as stack:
        yield lambda *command, **options: stack.enter_context(serving(*command, **options))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        for server in RUNNING:
            report.sections.append((f"log of the server on port {server.port}", server.log))
    return report
