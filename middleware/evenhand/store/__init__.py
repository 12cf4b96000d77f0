"""Where the history lives: what a store must do, and how to open one."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

from evenhand.annotation import Annotation
from evenhand.errors import OptionError, StoreError
from evenhand.statedir import StateDirError, check_state_dir
from evenhand.store.retention import DAY
from evenhand.vocabulary import Kind, Span

_ALLOWED = (
    "sqlite:///relative/path, sqlite:////absolute/path or postgresql://user:password@host/database"
)


class BatchConflictError(StoreError):
    """The store has another batch under this one's number: its producer was copied or set back.

    Nothing of the batch was added. A retry can't help; its producer has to begin a new epoch.
    """


class Row(NamedTuple):
    """Counts of one key in one ``span``; ``hour`` is its start in Unix seconds.

    ``hour`` starts an hour, a day or a month of UTC, as `span` says.
    """

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
    span: Span = "hour"

    @property
    def key(self) -> tuple[int | str, ...]:
        """Everything but the count and the span, in the order of the store's columns."""
        return self[:9]


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows that one producer sealed; the first three fields tell it from every other batch.

    A producer numbers its batches upwards and sends one only when those before it are confirmed.
    ``nonce`` is drawn when a number is given out: should two copies of a producer give out the
    same one, it tells their batches apart.
    """

    producer: str
    epoch: str
    seq: int
    rows: Sequence[Row]
    nonce: str = ""

    def fingerprint(self) -> str:
        """The same for the same rows in any order: tells a retry from a number used twice."""
        digest = blake2b(self.nonce.encode(), digest_size=8)
        for line in sorted(f"{row.span}\x1f{row.key}\x1f{row.n}" for row in self.rows):
            digest.update(line.encode() + b"\n")
        return digest.hexdigest()


class Versions(NamedTuple):
    """A schema's version before and after it was brought up to date; 0 is an empty database."""

    before: int
    after: int


class Store(Protocol):
    """Counts by hour, later by day and month, each batch of them added exactly once.

    Failures are `evenhand.errors.StoreError`; whoever ships a batch tries again later. Every
    method may be called from any thread, and in a forked child.
    """

    pace: float
    """How many seconds a host with a state folder may leave between its batches."""

    def apply(self, batch: Batch) -> bool:
        """Add the rows, unless this batch was added before (then ``False``): all or nothing.

        Raises `BatchConflictError` for other rows under a number that was used before.
        """
        ...

    def rows(self, since: int, until: int, site: str | None = None) -> list[Row]:
        """Rows with ``since <= hour < until``, by hour, of one site or of all."""
        ...

    def sums(
        self,
        since: int,
        until: int,
        site: str | None = None,
        *,
        step: int = DAY,
        kind: Kind | None = None,
    ) -> list[Row]:
        """The rows of that time added up in the store: what reports and the dashboard need.

        By the ``step`` (seconds; whole steps count from 1970) that they, their day or their month
        began in: pages, pair hits by browser and device, and bait and ad of people. At ``since``:
        verdicts of people by section, everything else by what was counted. ``span`` is ``day`` in
        all, and other columns are empty: where no site is chosen, all are added up but
        `SIMULATED`. With a ``kind``, only rows of it.
        """
        ...

    def sites(self) -> list[str]:
        """Every site that was ever counted, sorted."""
        ...

    def annotate(self, annotation: Annotation) -> bool:
        """Keep it, unless the same one is kept (then ``False``); the oldest make room for it."""
        ...

    def remove_annotations(self, text: str) -> int:
        """Forget those with this text; gives how many they were."""
        ...

    def annotations(self, since: int, until: int, site: str | None = None) -> list[Annotation]:
        """Those with ``since <= at < until``, by time: of a site and of all sites, or of any.

        Of any is without those of `SIMULATED`.
        """
        ...

    def retain(self, now: float) -> bool:
        """Merge hours and days that are older than `evenhand.store.retention` keeps them.

        ``now`` is in Unix seconds. Does something at most once an hour, however many processes
        and hosts ask; gives whether this call did.
        """
        ...

    def migrate(self) -> Versions:
        """Bring the schema up to date now, and not at the first use."""
        ...

    def close(self) -> None:
        """Let go of the connection; the store opens it again when it is used again."""
        ...


def open_store(url: str | None, folder: Path | None) -> Store:
    """The store at `url`; without one, SQLite in the state folder, or else in memory.

    Raises `OptionError` for a URL that can't work; nothing is connected yet.
    """
    # Stores import the types above.
    from evenhand.store.sqlite import SQLiteStore

    if url is not None:
        if urlsplit(url).scheme in {"postgresql", "postgres"}:
            return _postgres(url)
        return SQLiteStore(_sqlite_path(url))
    if folder is None or not _is_usable(folder):
        return SQLiteStore(None)
    return SQLiteStore(folder / "history.db")


def _postgres(url: str) -> Store:
    try:
        from evenhand.store.postgres import PostgresStore
    except ImportError:
        raise OptionError(
            "store",
            without_secrets(url),
            _ALLOWED,
            "PostgreSQL needs one more package: pip install 'evenhand[postgres]'",
        ) from None
    return PostgresStore(url)


def _is_usable(folder: Path) -> bool:
    """Whether the state folder will do; the record says so when it won't."""
    try:
        check_state_dir(folder)
    except StateDirError:
        return False
    return True


def _sqlite_path(url: str) -> Path:
    parts = urlsplit(url)
    path = Path(unquote(parts.path[1:]))
    if parts.scheme != "sqlite" or parts.netloc or not path.name:
        raise OptionError(
            "store", without_secrets(url), _ALLOWED, "give the path of a file, or of a database"
        )
    if not path.parent.is_dir():
        raise OptionError("store", url, "a file in a folder that exists", f"create {path.parent}")
    return path


def without_secrets(url: str) -> str:
    """The URL as it may stand in a log: without user, password and options."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return "…"  # whatever it is, it may hold a password
    return scheme + separator + rest.rpartition("@")[2].partition("?")[0]
