"""The commands on what was counted: ``report``, ``record``, ``migrate`` and ``export``.

What only one of them needs, it imports itself: imports are most of what a command takes.
"""

import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

import click

from evenhand import deployment
from evenhand.appsettings import command_settings
from evenhand.errors import OptionError
from evenhand.shell import PATH, told
from evenhand.store import Store, Versions, open_store
from evenhand.vocabulary import Span

if TYPE_CHECKING:
    from evenhand.export import Format
    from evenhand.overview import Prices

app_option = click.option(
    "--app", metavar="MODULE:ATTRIBUTE", help="Where the app's ReaderSupport is."
)
state_dir_option = click.option(
    "--state-dir", type=PATH, help="The state folder. Left out: the app's."
)
store_option = click.option("--store", help="The history's URL. Left out: the app's.")

_EVER = 2**40  # seconds


def add_to(evenhand: click.Group) -> None:
    """Add the commands to ``evenhand``."""
    for command in (report, migrate, record, export):
        evenhand.add_command(command)
    deployment.add_to(export)


@click.group(help="Write what was counted for other tools.")
def export() -> None:
    """The group of commands for other tools."""


@click.command(short_help="Bring the tables to this release's schema.")
@app_option
@state_dir_option
@store_option
def migrate(app: str | None, state_dir: Path | None, store: str | None) -> None:
    """Bring the store's tables, and the state folder's, to this release's schema."""
    with told():
        settings = command_settings(app, state_dir, store)
        opened = open_store(settings.store, settings.state_dir)
        try:
            _tell("history", opened.migrate())
        finally:
            opened.close()
        if settings.state_dir is not None:
            from evenhand.record.hostdb import HostDatabase

            host = HostDatabase(settings.state_dir / "host.db", 0)
            _tell("state folder", host.migrate())


@click.command(short_help="Show how many page views block ads.")
@app_option
@state_dir_option
@store_option
@click.option("--site", help="One site. Left out: all, added up.")
@click.option("--since", help="The first day, UTC. Left out: 30 days before the end.")
@click.option("--until", help="The first day left out. Left out: tomorrow.")
@click.option("--rpm", type=float, help="Your revenue of 1,000 ads shown, in any currency.")
@click.option("--ads-per-page", type=float, help="Ads on a page of yours, on average.")
@click.option(
    "--sensitivity", type=float, help="The share of blockers that you assume are noticed."
)
@click.option("--json", "as_object", is_flag=True, help="One JSON object.")
@click.option("--csv", "as_lines", is_flag=True, help="Every share as a line of CSV.")
def report(
    app: str | None,
    state_dir: Path | None,
    store: str | None,
    site: str | None,
    since: str | None,
    until: str | None,
    rpm: float | None,
    ads_per_page: float | None,
    sensitivity: float | None,
    *,
    as_object: bool,
    as_lines: bool,
) -> None:
    """Show how many page views block ads, how sure that is, and what is at stake."""
    with told():
        if as_object and as_lines:
            raise OptionError("--json", "--csv", "one of the two", "leave one out")
        prices = _prices(rpm, ads_per_page)
        if sensitivity is not None and not 0 < sensitivity <= 1:
            raise OptionError(
                "--sensitivity", sensitivity, "a share over 0, up to 1", "0.7 is 70 %"
            )
        tomorrow = datetime.now(UTC).date() + timedelta(days=1)
        end = tomorrow if until is None else _date("until", until)
        begin = end - timedelta(days=30) if since is None else _date("since", since)
        settings = command_settings(app, state_dir, store)
        from evenhand.experiments.findings import findings_in
        from evenhand.history import summary_of
        from evenhand.overview import as_csv, as_json, overview

        opened = open_store(settings.store, settings.state_dir)
        try:
            _check_site(opened, site)
            summary = summary_of(opened, begin, end, site, reporting=settings.reporting)
            experiment = findings_in(opened, settings.notice, site or "")
        finally:
            opened.close()
        found = overview(
            summary,
            prices=prices,
            sensitivity=sensitivity,
            sample_rate=settings.sample_rate,
            dropped=_dropped(settings.state_dir),
            experiment=experiment,
        )
        if as_object or as_lines:
            sys.stdout.write(as_json(found) if as_object else as_csv(found))
            return
        from rich.console import Console

        from evenhand.terminal import show

        show(found, Console(highlight=False, emoji=False))


def _prices(rpm: float | None, ads_per_page: float | None) -> "Prices | None":
    from evenhand.overview import Prices

    if rpm is None and ads_per_page is None:
        return None
    for name, value in (("--rpm", rpm), ("--ads-per-page", ads_per_page)):
        if value is None or not 0 <= value < float("inf"):
            raise OptionError(name, value, "a number from 0", "give both --rpm and --ads-per-page")
    return Prices(cast(float, rpm), cast(float, ads_per_page))


def _check_site(store: Store, site: str | None) -> None:
    if site is not None and site not in (known := store.sites()):
        raise OptionError(
            "--site", site, ", ".join(known) or "none yet", "name a site of the history"
        )


def _dropped(folder: Path | None) -> dict[str, int]:
    """Refused reports by reason, of this host since its counts began."""
    if folder is None or not (folder / "host.db").is_file():
        return {}
    from evenhand.record.audit import audit

    return {reason: n for reason, n in audit(folder).law.dropped.items() if n}


@click.command(short_help="Show this host's account of every count.")
@app_option
@state_dir_option
def record(app: str | None, state_dir: Path | None) -> None:
    """Show this host's account: received = stored + pending + dropped. Exits with 1 if not."""
    from evenhand.record.audit import audit

    with told():
        folder = command_settings(app, state_dir, None).state_dir
        if folder is None:
            raise OptionError(
                "state_dir", None, "the folder that the workers share", "give --state-dir or --app"
            )
        found = audit(folder)
    law, dropped = found.law, sum(found.law.dropped.values())
    click.echo(f"received  {law.received:>15,}")
    click.echo(f"stored    {law.stored:>15,}")
    click.echo(f"pending   {law.pending:>15,}")
    click.echo(f"  queued  {found.queued:>15,}")
    click.echo(f"  unsealed{found.unsealed:>15,}")
    click.echo(f"dropped   {dropped:>15,}")
    for reason, n in sorted(law.dropped.items()):
        click.echo(f"  {reason:<14}{n:>9,}")
    if not found.holds:
        click.echo("received = stored + pending + dropped does NOT hold", err=True)
        raise click.exceptions.Exit(1)
    click.echo("received = stored + pending + dropped holds")


@export.command("history")
@app_option
@state_dir_option
@store_option
@click.option("--format", "format_", default="csv", help="csv or jsonl.")
@click.option("--by", default="day", help="hour, day or month.")
@click.option("--since", help="A day, as 2026-11-22, in UTC.")
@click.option("--until", help="A day, as 2026-11-22, in UTC.")
@click.option("--site", help="One site. Left out: all.")
@click.option("--output", type=PATH, help="The file. Left out: standard output.")
def history(
    app: str | None,
    state_dir: Path | None,
    store: str | None,
    format_: str,
    by: str,
    since: str | None,
    until: str | None,
    site: str | None,
    output: Path | None,
) -> None:
    """Write the history as CSV or JSON lines; counts under 10 are merged into "other"."""
    from evenhand.export import exported, lines

    with told():
        chosen, span = _format(format_), _span(by)
        first, end = _day("since", since, 0), _day("until", until, _EVER)
        settings = command_settings(app, state_dir, store)
        opened = open_store(settings.store, settings.state_dir)
        try:
            found = exported(opened.rows(first, end, site), span)
        finally:
            opened.close()
        if output is None:
            sys.stdout.writelines(lines(found.cells, chosen))
        else:
            with output.open("w", encoding="utf-8", newline="") as file:
                file.writelines(lines(found.cells, chosen))
    if found.left_out:
        click.echo(
            f"Left out: {found.left_out} counts in cells under 10 that nothing could be merged with"
            " (a longer --by has fewer)",
            err=True,
        )


def _tell(what: str, versions: Versions) -> None:
    if versions.before == versions.after:
        click.echo(f"{what}: schema {versions.after} already")
    else:
        click.echo(f"{what}: schema {versions.before} -> {versions.after}")


def _format(value: str) -> "Format":
    from evenhand.export import Format

    for known in get_args(Format):
        if value == known:
            return cast(Format, known)
    raise OptionError("--format", value, "csv or jsonl", "choose one of them")


def _span(value: str) -> Span:
    for known in get_args(Span):
        if value == known:
            return cast(Span, known)
    raise OptionError("--by", value, "hour, day or month", "choose one of them")


def _day(option: str, value: str | None, missing: int) -> int:
    """The start of a day in Unix seconds."""
    if value is None:
        return missing
    day = _date(option, value)
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _date(option: str, value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise OptionError(f"--{option}", value, "a day such as 2026-11-22", "write it so") from None
