"""The annotations of a SQL store: few lines, the newest of which are kept."""

from evenhand.annotation import KEPT, Annotation
from evenhand.store.sums import Transaction
from evenhand.vocabulary import SIMULATED


class Annotations:
    """The table ``annotation``, named with ``prefix`` before it."""

    def __init__(self, prefix: str) -> None:
        self.table = f"{prefix}annotation"

    def add(self, db: Transaction, annotation: Annotation) -> bool:
        """See `evenhand.store.Store.annotate`."""
        fresh = db.execute(
            f"INSERT INTO {self.table} (at, site, kind, text) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            annotation,
        ).rowcount
        db.execute(
            f"DELETE FROM {self.table} WHERE (at, site, kind, text) NOT IN (SELECT at, site, kind,"
            f" text FROM {self.table} ORDER BY at DESC, site, kind, text LIMIT {KEPT})"
        )
        return fresh > 0

    def remove(self, db: Transaction, text: str) -> int:
        """See `evenhand.store.Store.remove_annotations`."""
        return db.execute(f"DELETE FROM {self.table} WHERE text = ?", (text,)).rowcount

    def read(self, db: Transaction, since: int, until: int, site: str | None) -> list[Annotation]:
        """See `evenhand.store.Store.annotations`."""
        of_site, named = ("site <> ?", SIMULATED) if site is None else ("site IN ('', ?)", site)
        found = db.execute(
            f"SELECT at, site, kind, text FROM {self.table}"
            f" WHERE at >= ? AND at < ? AND {of_site} ORDER BY at, site, kind, text",
            (since, until, named),
        )
        return [Annotation(*values) for values in found.fetchall()]
