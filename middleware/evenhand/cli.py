"""The commands of ``evenhand``. What they need is the extra ``[cli]``."""

import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evenhand import commands
from evenhand.annotating import annotate
from evenhand.doctor.command import doctor
from evenhand.lint.command import lint
from evenhand.preview.command import preview
from evenhand.shell import PATH, told

if TYPE_CHECKING:
    from evenhand.demo import run


@click.group(help="Honest ad-block measurement and polite reader support.")
def app() -> None:
    """The group of all commands."""


commands.add_to(app)
app.add_command(annotate)
app.add_command(doctor)
app.add_command(lint)
app.add_command(preview)


@app.command(short_help="Start a small newspaper with ads, to try all of it.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_534),
    default=8000,
    show_default=True,
    help="The ad server takes the one after it.",
)
@click.option(
    "--readers",
    type=click.IntRange(0, 1_000_000),
    default=0,
    help="Simulated page views for the dashboard.",
)
@click.option(
    "--state-dir",
    type=PATH,
    help="Keep the counts here. Left out: nowhere, once the demo ends.",
)
def demo(host: str, port: int, readers: int, state_dir: Path | None) -> None:
    """Start a small newspaper with ads, measured by Evenhand."""
    from evenhand.demo import run
    from evenhand.demo.site import create_app

    with told(), _folder(state_dir) as folder:
        servers = run.Demo(host, port)
        if readers:
            run.add_readers(folder, readers, time.time())
        with closing(run.build_support(folder)) as support:  # before its folder goes
            newspaper = create_app(support, servers.ad_origin)
            _show(run.addresses(servers, support.settings.prefix, simulated=readers > 0))
            servers.serve(newspaper)


@contextmanager
def _folder(state_dir: Path | None) -> Generator[Path]:
    """The folder for the counts, made if it isn't there; without one, until the demo ends."""
    if state_dir is not None:
        state_dir.mkdir(parents=True, exist_ok=True)
        yield state_dir
        return
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="evenhand-demo-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _show(addresses: "list[run.Address]") -> None:
    """A table on a terminal, plain lines elsewhere."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    if not console.is_terminal:
        for address in addresses:
            click.echo(f"{address.label}: {address.url}")
        return
    table = Table.grid(padding=(0, 3))
    for address in addresses:
        table.add_row(address.label, f"[link={address.url}]{address.url}[/link]")
    console.print(
        "\n[bold]The Gazette is open.[/bold] Visit it with and without a blocker."
        " [bold]--readers 20000[/bold] fills the dashboard.\n"
    )
    console.print(table)
    console.print("\n[dim]Ctrl+C ends it.[/dim]")
