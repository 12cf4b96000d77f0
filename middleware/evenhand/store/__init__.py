"""Where the hourly history lives: what a store must do, and how to open one."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from evenhand.errors import OptionError
from evenhand.statedir import StateDirError, check_state_dir

_ALLOWED = "sqlite:///relative/path or sqlite:////absolute/path"


@dataclass(frozen=True, slots=True)
class Row:
    """Counts of one key in one hour; ``hour`` is its start in Unix seconds."""

    hour: int
    site: str
    section: str
    browser: str
    device: str
    kind: str
    value: str
    detail: str
    variant: str
    n: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows that one producer sealed; the first three fields tell it from every other batch."""

    producer: str
    epoch: str
    seq: int
    rows: Sequence[Row]


class Store(Protocol):
    """Hourly counts, each batch of them added exactly once.

    Failures are `evenhand.errors.StoreError`; whoever ships a batch tries again later.
    """

    def apply(self, batch: Batch) -> bool:
        """Add the rows, unless this batch was added before (then ``False``): all or nothing."""
        ...

    def rows(self, since: int, until: int, site: str | None = None) -> list[Row]:
        """Rows with ``since <= hour < until``, of one site or of all."""
        ...

    def sites(self) -> list[str]:
        """Every site that was ever counted, sorted."""
        ...

    def close(self) -> None:
        """Let go of the connection; the store opens it again when it is used again."""
        ...


def open_store(url: str | None, folder: Path | None) -> Store:
    """The store at `url`; without one, SQLite in the state folder, or else in memory."""
    # Stores import the types above.
    from evenhand.store.sqlite import SQLiteStore

    if url is not None:
        return SQLiteStore(_sqlite_path(url))
    if folder is None or not _is_usable(folder):
        return SQLiteStore(None)
    return SQLiteStore(folder / "history.db")


def _is_usable(folder: Path) -> bool:
    """Whether the state folder will do; the record says so when it won't."""
    try:
        check_state_dir(folder)
    except StateDirError:
        return False
    return True


def _sqlite_path(url: str) -> Path:
    parts = urlsplit(url)
    if parts.scheme in {"postgresql", "postgres"}:
        raise OptionError(
            "store",
            _without_password(url),
            _ALLOWED,
            "PostgreSQL is planned for a later version and is not there yet; use SQLite",
        )
    path = Path(unquote(parts.path[1:]))
    if parts.scheme != "sqlite" or parts.netloc or not path.name:
        raise OptionError("store", _without_password(url), _ALLOWED, "give the path of a file")
    if not path.parent.is_dir():
        raise OptionError("store", url, "a file in a folder that exists", f"create {path.parent}")
    return path


def _without_password(url: str) -> str:
    """The URL as it may stand in a log."""
    scheme, separator, rest = url.partition("://")
    return scheme + separator + rest.rpartition("@")[2]
