"""The history as files for other tools: small cells merged, so that none tells of a few readers."""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from io import StringIO
from typing import Literal, NamedTuple

from evenhand.keys import BOT
from evenhand.store import Row
from evenhand.store.retention import start_of
from evenhand.vocabulary import OTHER, Span

Format = Literal["csv", "jsonl"]

SMALLEST = 10
"""Cells that count less are merged."""

COLUMNS = (
    *("start", "span", "site", "section", "browser", "device"),
    *("kind", "value", "detail", "variant", "n"),
)
_SPANS: tuple[Span, ...] = ("hour", "day", "month")


class Cell(NamedTuple):
    """What one exported line counts; ``start`` is in Unix seconds."""

    start: int
    span: Span
    site: str
    section: str
    browser: str
    device: str
    kind: str
    value: str
    detail: str
    variant: str


class Exported(NamedTuple):
    """Cells with their counts, none under `SMALLEST`, and what was counted in none of them."""

    cells: list[tuple[Cell, int]]
    left_out: int


def exported(rows: Iterable[Row], by: Span) -> Exported:
    """The rows by hour, day or month; those that were stored by something longer stay so.

    A small cell is merged with others of its time, site and kind: first over section, browser,
    device and variant, then over what was counted too. What is small even then is left out.
    """
    large = Counter[Cell]()
    small = Counter(_cells(rows, by))
    for merge in (_same, _without_reader, _without_value):
        # A merged cell may join one that was large enough from the start.
        merged = Counter[Cell]()
        for cell, n in small.items():
            merged[merge(cell)] += n
        small = Counter[Cell]()
        for cell, n in merged.items():
            if n >= SMALLEST or cell in large:
                large[cell] += n
            else:
                small[cell] = n
    return Exported(sorted(large.items()), small.total())


def _cells(rows: Iterable[Row], by: Span) -> Counter[Cell]:
    counts = Counter[Cell]()
    for row in rows:
        span = row.span if _SPANS.index(row.span) > _SPANS.index(by) else by
        _, *rest = row.key
        counts[Cell(start_of(row.hour, span), span, *map(str, rest))] += row.n
    return counts


def _same(cell: Cell) -> Cell:
    return cell


def _without_reader(cell: Cell) -> Cell:
    """The cell with the words that its kind uses replaced; a bot stays one."""
    return cell._replace(
        section=cell.section and OTHER,
        browser=cell.browser and (BOT if cell.browser == BOT else OTHER),
        device=cell.device and OTHER,
        variant=cell.variant and OTHER,
    )


def _without_value(cell: Cell) -> Cell:
    return _without_reader(cell)._replace(value=OTHER, detail=cell.detail and OTHER)


def lines(cells: Iterable[tuple[Cell, int]], format_: Format) -> Iterator[str]:
    """The file's lines, each with its end."""
    if format_ == "csv":
        yield _csv_line(COLUMNS)
    for cell, n in cells:
        begun = datetime.fromtimestamp(cell.start, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        values = (begun, *cell[1:], n)
        if format_ == "csv":
            yield _csv_line(values)
        else:
            yield json.dumps(dict(zip(COLUMNS, values, strict=True)), ensure_ascii=False) + "\n"


def _csv_line(values: Iterable[object]) -> str:
    line = StringIO()
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue()
