"""Browsers and servers as fixtures; a part that isn't there skips its tests by name."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from typing import Protocol

import pytest

from .harness import Blocker, Browser, Run, Visit, missing, visit
from .servers import RUNNING, Server, serving


class VisitFunction(Protocol):
    def __call__(self, *visits: Visit, browser: Browser, blocker: Blocker | None = None) -> Run: ...


@pytest.fixture(name="visit", scope="session")
def _visit() -> VisitFunction:
    """`harness.visit`, or a skip that names the missing part."""

    def visit_or_skip(*visits: Visit, browser: Browser, blocker: Blocker | None = None) -> Run:
        for part in ("node", browser, blocker):
            if part is not None and (reason := missing(part)):
                pytest.skip(reason)
        return visit(*visits, browser=browser, blocker=blocker)

    return visit_or_skip


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
