"""A state folder of this machine, looked at from here."""

from collections.abc import Iterator
from pathlib import Path

from evenhand.doctor.findings import Finding, Remark
from evenhand.doctor.inner import folder_checks
from evenhand.statedir import StateDirError, check_state_dir, file_system_at


def folder_remarks(folder: Path) -> Iterator[Remark]:
    """Whether it can hold counts, and for how long."""
    try:
        check_state_dir(folder)
    except StateDirError as error:
        yield Finding("state_dir_unusable", f"{folder}: {error.reason}")
        return
    yield from folder_checks(file_system_at(folder) or "", str(folder))
