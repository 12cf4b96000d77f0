"""The report as tables and a small chart for a terminal."""

from collections.abc import Iterable, Iterator, Sequence

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from evenhand.dashboard.phrases import count, interval, page_views, percent, with_interval
from evenhand.experiments import words
from evenhand.experiments.findings import Findings
from evenhand.history import By, HistoryRow
from evenhand.overview import MEANING, STAKE_MEANING, Overview, annotated

BARS = "▁▂▃▄▅▆▇█"
COLUMNS = 60  # of the chart, at most
DAYS = 14  # of the table; JSON and CSV have all

_TABLES: tuple[tuple[By, str, str], ...] = (
    ("browser", "Browser", "Lost the bait"),
    ("device", "Device", "Lost the bait"),
    ("section", "Section", "Reported as blocked"),
    ("verdict", "Verdict", "Share of verdicts"),
    ("variant", "Variant", "Ads load after the notice"),
)


def show(found: Overview, console: Console) -> None:
    """Print the overview."""
    console.print(f"[bold]{escape(found.site or 'All sites')}[/bold], {_days(found)} (UTC)\n")
    if found.simulated:
        console.print(f"{count(found.simulated)} of these page views are simulated.\n")
    if not found.rate:
        console.print("No page view asked for its control in these days: there is no rate to show.")
    else:
        _show_rates(found, console)
    if found.experiment:
        _show_experiment(found.experiment, console)


def _show_rates(found: Overview, console: Console) -> None:
    console.print(_headline(found))
    console.print(f"\n{escape(found.diagnosis)}")
    for table in _tables(found):
        console.print()
        console.print(table)
    if found.annotations:
        console.print("\n[bold]What happened[/bold]")
        for each in found.annotations[-DAYS:]:
            console.print(f"  {escape(annotated(each))}")
    console.print()
    console.print(MEANING)


def _show_experiment(found: Findings, console: Console) -> None:
    console.print(f"\n[bold]Experiment “{escape(found.experiment)}”[/bold]\n")
    for sentence in words.headlines(found):
        console.print(escape(sentence))
    titles = ("Difference", "Outcome", "Points", "Always-valid interval", "Finding")
    console.print()
    console.print(_plain_table(titles, words.difference_lines(found)))
    titles = ("Arm", "Outcome", "Sessions (drawn)", "Share", "Always-valid interval")
    console.print()
    console.print(_plain_table(titles, words.share_lines(found)))
    console.print()
    console.print(words.MEANING)


def _plain_table(titles: Sequence[str], lines: Iterable[tuple[str, ...]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number, title in enumerate(titles):
        table.add_column(title, justify="right" if number in (2, 3) else "left")
    for line in lines:
        table.add_row(*map(escape, line))
    return table


def _days(found: Overview) -> str:
    return f"{found.since} up to, not including, {found.until}"


def _headline(found: Overview) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_row(
        "Page views that block ads", f"[bold]{with_interval(found.rate)}[/bold]", _of(found)
    )
    if found.corrected is not None:
        table.add_row(
            "  corrected",
            with_interval(found.corrected),
            f"an assumption: that {percent(found.sensitivity or 0)} of blockers are noticed",
        )
    if found.reported:
        table.add_row(
            "Reported as blocked",
            with_interval(found.reported),
            f"of {count(found.reported.n)} settled verdicts",
        )
    if found.coverage is not None:
        table.add_row("Coverage", percent(found.coverage), "page views with a settled verdict")
    if found.worst_case is not None:
        table.add_row(
            "  worst case",
            interval(*found.worst_case) + "\u00a0%",
            "reported as blocked, whatever the missing ones were",
        )
    if found.dropped:
        table.add_row(
            "Reports refused",
            count(sum(found.dropped.values())),
            ", ".join(f"{reason} {count(n)}" for reason, n in sorted(found.dropped.items()))
            + " (this host, since its counts began)",
        )
    if found.bots:
        table.add_row("Bots left out", count(found.bots), "in no figure here")
    if found.stake is not None:
        table.add_row(
            "Revenue at stake",
            f"{_money(found.stake.amount)}"
            f" ({_money(found.stake.low)}\u2013{_money(found.stake.high)})",
            STAKE_MEANING,
        )
    days = [row for row in found.rows if row.by == "day"]
    if len(days) > 1:
        bars, top, length = chart(days)
        each = "a day each" if length == 1 else f"{length} days each"
        table.add_row("Over time", f"[cyan]{bars}[/cyan]", f"{each}; full height is {percent(top)}")
    return table


def _money(amount: float) -> str:
    return f"{amount:,.2f}" if amount < 1000 else f"{amount:,.0f}"


def _of(found: Overview) -> str:
    widened = ""
    if found.design_effect > 1.05:
        widened = f"; interval widened {found.design_effect**0.5:.1f} times for returning readers"
    return f"of {page_views(found.rate.n)}, without any report{widened}"


def chart(days: Sequence[HistoryRow]) -> tuple[str, float, int]:
    """Bars of the rate, what the highest stands for, and how many days make a bar.

    Only days that were counted have a bar; several are added up where there are many.
    """
    length = -(-len(days) // COLUMNS)
    runs = [days[start : start + length] for start in range(0, len(days), length)]
    rates = [sum(d.rate * d.n for d in run) / sum(d.n for d in run) for run in runs]
    top = max(rates)
    levels = (round(rate / top * (len(BARS) - 1)) if top else 0 for rate in rates)
    return "".join(BARS[level] for level in levels), top, length


def _tables(found: Overview) -> Iterator[Table]:
    days = [row for row in found.rows if row.by == "day"]
    if days:
        shown = days[-DAYS:]
        name = "Day" if len(shown) == len(days) else f"Day (the last {DAYS} of {len(days)})"
        table = _table(name, "Lost the bait", "Since a week before, in points")
        for row in shown:
            table.add_row(*_cells(row), _change(found, row.name))
        yield table
    for by, name, share in _TABLES:
        rows = [row for row in found.rows if row.by == by]
        if rows:
            table = _table(name, share)
            for row in rows:
                table.add_row(*_cells(row))
            yield table


def _table(name: str, share: str, *more: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(name)
    table.add_column("Counted", justify="right")
    table.add_column(f"{share} (95\u00a0%)")
    for title in more:
        table.add_column(title)
    return table


def _cells(row: HistoryRow) -> tuple[str, str, str]:
    # Of verdicts, all have the same total: how often each came says more.
    n = round(row.rate * row.n) if row.by == "verdict" else row.n
    return escape(row.name), count(n), with_interval(row.estimate)


def _change(found: Overview, day: str) -> str:
    """``+1.2 to +3.4``; within chance where 0 lies in it."""
    change = found.changes.get(day)
    if change is None:
        return ""
    low, high = change.low * 100, change.high * 100
    verdict = "within chance" if low <= 0 <= high else "higher" if low > 0 else "lower"
    return f"{low:+.1f} to {high:+.1f}, {verdict}"
