"""What doctor says: findings, and what it could not look at."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from evenhand.doctor.catalogue import CATALOGUE
from evenhand.doctor.entry import Entry, FindingId, Severity


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, and what was seen of it."""

    id: FindingId
    seen: str

    @property
    def entry(self) -> Entry:
        """Why it matters, and the fix."""
        return CATALOGUE[self.id]

    @property
    def severity(self) -> Severity:
        """``error``: figures are wrong or a reader is harmed; ``warning``: it soon may be so."""
        return self.entry.severity


@dataclass(frozen=True)
class Unchecked:
    """Something that was not looked at, and why."""

    what: str
    why: str


Remark = Finding | Unchecked


@dataclass(frozen=True)
class Diagnosis:
    """Everything that doctor has to say about one page."""

    url: str
    prefix: str
    remarks: tuple[Remark, ...]
    measured: tuple[str, ...] = ()  # what browsers said, a sentence each

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """Errors first; each id once."""
        found = {r.id: r for r in reversed(self.remarks) if isinstance(r, Finding)}
        order = list(CATALOGUE)
        return tuple(
            sorted(found.values(), key=lambda f: (f.severity != "error", order.index(f.id)))
        )

    def fix(self, finding: Finding) -> str:
        """How to put it right here: with this page's own prefix."""
        return finding.entry.fix.replace("PREFIX", self.prefix)

    @property
    def unchecked(self) -> tuple[Unchecked, ...]:
        """What was not looked at."""
        return tuple(dict.fromkeys(r for r in self.remarks if isinstance(r, Unchecked)))


def diagnosis(
    url: str, prefix: str, remarks: Iterable[Remark], measured: Iterable[str] = ()
) -> Diagnosis:
    """A diagnosis of whatever the checks yield."""
    return Diagnosis(url, prefix, tuple(remarks), tuple(measured))
