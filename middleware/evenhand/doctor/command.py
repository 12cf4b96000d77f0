"""The command ``evenhand doctor``: exits with 0, 1 for findings, or 2 if it could not check."""

import sys
from dataclasses import dataclass
from pathlib import Path

import click

from evenhand.errors import EvenhandError, OptionError
from evenhand.shell import PATH

FOUND, FAILED = 1, 2


@click.command(short_help="Check a live page, and say what to mend.")
@click.argument("url", required=False)
@click.option(
    "--app",
    metavar="MODULE:ATTRIBUTE",
    help="On the server itself, where the app's ReaderSupport is.",
)
@click.option("--prefix", help="Where our routes should be. Left out: what the page says.")
@click.option(
    "--token",
    envvar="EVENHAND_DASHBOARD",
    help="The dashboard's token, for what only the app itself can tell. [EVENHAND_DASHBOARD]",
)
@click.option(
    "--header",
    multiple=True,
    help='Sent with each request: "Name: value". For sites behind a login.',
)
@click.option("--connect", help="HOST:PORT to connect to, whatever the URL's name says.")
@click.option(
    "--metrics", default="/metrics", show_default=True, help="Where the metrics may be open."
)
@click.option(
    "--list",
    "lists",
    type=PATH,
    multiple=True,
    help="A filter list's file; needs the extra 'lists'.",
)
@click.option(
    "--state-dir", type=PATH, help="On the server itself: the state folder, looked at here."
)
@click.option("--browser", is_flag=True, help="Also in a browser; needs the extra 'browser'.")
@click.option("--json", "as_object", is_flag=True, help="One JSON object.")
def doctor(
    url: str | None,
    app: str | None,
    prefix: str | None,
    token: str | None,
    header: tuple[str, ...],
    connect: str | None,
    metrics: str,
    lists: tuple[Path, ...],
    state_dir: Path | None,
    *,
    browser: bool,
    as_object: bool,
) -> None:
    """Check a live page: is it measured, and does nothing stand in the way?

    URL is a page of yours, as readers ask for it. Left out: the app's public_url.
    """
    from evenhand.doctor.examine import examined
    from evenhand.doctor.fetch import Fetcher
    from evenhand.doctor.findings import Remark, diagnosis
    from evenhand.doctor.folder import folder_remarks
    from evenhand.doctor.lists import list_checks, open_lists
    from evenhand.doctor.output import as_json, printable, show
    from evenhand.doctor.visit import Asked, visit
    from evenhand.scripts import shipped

    try:
        if url is None or app is not None:
            own = _own(app)
            if url is None:
                url, prefix = own.url, prefix or own.prefix
            token, state_dir = token or own.token, state_dir or own.state_dir
        _check_url(url)
        engine = open_lists(lists) if lists else None
        place = _place(connect) if connect else None
        fetcher = Fetcher(place, dict(map(_header, header)))
        remarks: list[Remark] = list(folder_remarks(state_dir)) if state_dir else []
        facts = visit(Asked(url, prefix, token or "", metrics), fetcher)
        remarks += examined(facts, shipped())
        remarks += list_checks(engine, facts.url, facts.prefix)
        measured: list[str] = []
        if browser:
            from evenhand.doctor.browser import measure

            visits = measure(facts.url, engine, place)
            remarks += visits.remarks
            measured += visits.sentences
        found = diagnosis(facts.url, facts.prefix, remarks, measured)
    except (EvenhandError, OSError) as error:
        click.echo(printable(str(error)), err=True)
        raise click.exceptions.Exit(FAILED) from None
    except Exception as fault:  # a page may hold anything; no finding, but no health either
        click.echo(f"doctor itself failed: {fault!r}. Please report it.", err=True)
        raise click.exceptions.Exit(FAILED) from fault
    if as_object:
        sys.stdout.write(as_json(found))
    else:
        from rich.console import Console

        show(found, Console(highlight=False, markup=True))
    if found.findings:
        raise click.exceptions.Exit(FOUND)


@dataclass(frozen=True)
class _Own:
    """What the app's own settings say, of what an operator may leave out."""

    url: str
    prefix: str
    token: str | None
    state_dir: Path | None


def _own(app: str | None) -> _Own:
    from urllib.parse import urlsplit

    from evenhand.appsettings import app_settings

    settings = app_settings(app)
    url = settings.public_url or ""
    token = settings.dashboard if isinstance(settings.dashboard, str) else None
    prefix = urlsplit(url).path.rstrip("/") + settings.prefix
    return _Own(url, prefix, token, settings.state_dir)


def _check_url(url: str) -> None:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise OptionError(
            "URL",
            url,
            "an http(s) address, or none where the app has a public_url",
            "write it whole: https://gazette.example/",
        )


def _place(connect: str) -> tuple[str, int]:
    host, _, port = connect.rpartition(":")
    if not host or not port.isdecimal():
        raise OptionError("--connect", connect, "HOST:PORT", "name both: 192.0.2.7:443")
    return host.strip("[]"), int(port)


def _header(given: str) -> tuple[str, str]:
    name, colon, value = given.partition(":")
    if not colon or not name.strip() or not given.isprintable():
        raise OptionError("--header", given, '"Name: value"', "write a colon between the two")
    return name.strip(), value.strip()
