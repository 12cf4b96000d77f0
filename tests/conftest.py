"""Makes skipped tests plain to see, and failures where everything must run (`CI=true`)."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)  # a busy machine is no failure
settings.load_profile("untimed")

ALL_MUST_RUN = os.environ.get("CI") == "true"


SHOWN = pytest.StashKey[list[str]]()


def show(config: pytest.Config, text: Iterable[str]) -> None:
    """Lines for the end of the run, to be read though the tests pass."""
    config.stash.setdefault(SHOWN, []).extend(["", *text])


def reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    where = report.longrepr
    return where[2].removeprefix("Skipped: ") if isinstance(where, tuple) else str(where)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if ALL_MUST_RUN and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, though CI=true: {reason(report)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if ALL_MUST_RUN and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped, though CI=true: {reason(report)}"
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In a worker of pytest-xdist: hand over what is to be shown."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["shown"] = session.config.stash.get(SHOWN, [])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """In its controller: take it."""
    workeroutput: dict[str, Any] = getattr(node, "workeroutput", {})
    node.config.stash.setdefault(SHOWN, []).extend(workeroutput.get("shown", []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in terminalreporter.config.stash.get(SHOWN, []):
        terminalreporter.write_line(line)
    skipped = [
        f"{report.nodeid}: {reason(report)}" for report in terminalreporter.stats.get("skipped", [])
    ]
    if not skipped:
        return
    terminalreporter.section(f"skipped, not tested on this machine ({len(skipped)})")
    for line in skipped:
        terminalreporter.write_line(line)
    if collected := os.environ.get("EVENHAND_SKIPPED"):  # the gate repeats them at its end
        with Path(collected).open("a") as file:
            file.writelines(f"{line}\n" for line in skipped)
