"""What the linter says: what was seen, and where."""

from collections.abc import Iterable
from dataclasses import dataclass

from evenhand.lint.catalogue import CATALOGUE
from evenhand.lint.entry import Entry, LintId, Severity


@dataclass(frozen=True, order=True)
class Place:
    """A line of a file; or an option, by its name, on line 0."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True)
class Finding:
    """One thing that is impolite, and what was seen of it."""

    id: LintId
    seen: str
    place: Place

    @property
    def entry(self) -> Entry:
        """When, why, by which rule, and the fix."""
        return CATALOGUE[self.id]

    @property
    def severity(self) -> Severity:
        """``error``: it breaks a rule; ``warning``: most likely, and a person has to judge."""
        return self.entry.severity


def ordered(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each finding once at each place: errors first, then as the catalogue has them."""
    once = {(each.id, each.place): each for each in reversed(tuple(found))}
    order = list(CATALOGUE)
    return tuple(
        sorted(
            once.values(),
            key=lambda each: (each.severity != "error", order.index(each.id), each.place),
        )
    )
