"""Checks on what is behind the routes: counts, folder, clocks, and who may look at figures."""

from collections.abc import Iterator
from email.utils import parsedate_to_datetime

from evenhand.doctor.facts import Facts, Fetched
from evenhand.doctor.findings import Finding, Remark, Unchecked
from evenhand.inside import Inside

TOLERANCE = 60.0  # seconds that clocks may differ by
_LOCAL = ("", "sqlite")  # a history that stays on its host
_VOLATILE = frozenset(["aufs", "overlay", "overlayfs", "ramfs", "tmpfs"])


def inner_checks(facts: Facts) -> Iterator[Remark]:
    """Everything that only the app itself, or a login's lack, can tell."""
    yield from _figures(facts)
    yield from _dates(facts)
    if not facts.inside:
        yield Unchecked(
            "whether workers share their counts, the file system of state_dir, the app's clock, "
            "and the Host that it sees",
            facts.refused_inside,
        )
        return
    one = facts.inside[0]
    yield from _host(facts, one)
    yield from _counts(facts, one)
    yield from folder_checks(one.file_system if one.shared else "", "state_dir")
    faults = {step: n for step, n in one.faults.items() if n and step != "state_dir"}
    if faults:
        yield Finding("faults", ", ".join(f"{step} {n}" for step, n in sorted(faults.items())))
    difference = one.clock - facts.answers["inside"][0].at
    if abs(difference) > TOLERANCE:
        yield Finding("clock_off", f"the app's clock is {_apart(difference)}")


def folder_checks(file_system: str, name: str) -> Iterator[Remark]:
    """The file system that holds a state folder."""
    if file_system in _VOLATILE:
        yield Finding("state_dir_volatile", f"{name} is on {file_system}")


def _figures(facts: Facts) -> Iterator[Remark]:
    """The dashboard and the metrics, asked for without any login."""
    if facts.is_loopback:
        yield Unchecked(
            "whether the dashboard and the metrics need a login",
            "this is the machine's own address; check the public one",
        )
        return
    dashboard, metrics = facts.first("dashboard"), facts.first("metrics")
    if dashboard and dashboard.status == 200 and "dashboard.css" in dashboard.text:
        yield Finding("dashboard_open", f"{dashboard.url} answers without a login")
    if metrics and metrics.status == 200 and "evenhand_build_info" in metrics.text:
        yield Finding("metrics_open", f"{metrics.url} answers without a login")


def _dates(facts: Facts) -> Iterator[Remark]:
    """The Date of an answer that no cache has had the time to keep."""
    answer = facts.first("control 0") or facts.pages["fresh"]
    difference = _ahead(answer)
    if difference is not None and not answer.cached and abs(difference) > TOLERANCE:
        yield Finding("clock_off", f"the server's clock (Date) is {_apart(difference)}")


def _ahead(answer: Fetched) -> float | None:
    try:
        return parsedate_to_datetime(answer.header("date")).timestamp() - answer.at
    except ValueError:
        return None


def _apart(seconds: float) -> str:
    where = "ahead of" if seconds > 0 else "behind"
    return f"{abs(seconds):,.0f} s {where} this machine's"


def _host(facts: Facts, one: Inside) -> Iterator[Remark]:
    if one.host.lower() != facts.host:
        yield Finding("host_lost", f"the app sees {one.host!r} for {facts.host!r}")


def _counts(facts: Facts, one: Inside) -> Iterator[Remark]:
    workers = len({(look.machine, look.worker) for look in facts.inside})
    if one.degraded:
        yield Finding("state_dir_unusable", f"the app says: {one.degraded}")
        return
    alone = [look for look in facts.inside if not look.shared]
    if alone:
        yield Finding("no_state_dir", f"{workers} processes answered, none shares its counts")
        return
    if facts.counts_agree:
        return
    by_machine: dict[str, list[Inside]] = {}
    for look in facts.inside:
        by_machine.setdefault(look.machine, []).append(look)
    # Hosts with a history in common may each have counts of their own.
    if all(_rise(looks) and looks[0].store not in _LOCAL for looks in by_machine.values()):
        yield Unchecked(
            "whether every hit and report of doctor's was counted",
            f"{len(by_machine)} hosts answer in turn; check each with --connect",
        )
        return
    received = ", ".join(f"{look.received:,}" for look in facts.inside)
    yield Finding(
        "counts_disagree",
        f"one answer after the other had {received} hits and reports ({workers} processes on"
        f" {len(by_machine)} hosts answered)",
    )


def _rise(looks: list[Inside]) -> bool:
    received = [look.received for look in looks]
    return received == sorted(received)
