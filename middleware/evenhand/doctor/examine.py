"""All checks on what was fetched."""

from collections.abc import Iterator, Mapping

from evenhand.doctor.facts import Facts
from evenhand.doctor.findings import Remark
from evenhand.doctor.inner import inner_checks
from evenhand.doctor.page import page_checks, worker_checks
from evenhand.doctor.routes import nothing_answers, route_checks
from evenhand.doctor.served import script_checks


def examined(facts: Facts, shipped: Mapping[str, str]) -> Iterator[Remark]:
    """Everything that can be said of the facts; ``shipped`` are this release's scripts by name."""
    yield from page_checks(facts)
    yield from route_checks(facts)
    if not facts.answers or nothing_answers(facts):
        return
    yield from script_checks(facts, shipped)
    yield from inner_checks(facts)
    yield from worker_checks(facts)
