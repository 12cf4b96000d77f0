"""``evenhand export prometheus`` and ``grafana``: the shipped rules, alerts and dashboards."""

import re
from collections.abc import Mapping
from pathlib import Path

import click

from evenhand import _assets
from evenhand.errors import EvenhandError, OptionError
from evenhand.shell import PATH, told

GRAFANA = "https://grafana.example"
RUNBOOK = "https://runbook.example/runbook.md"
"""The addresses that the shipped alerts link to until an operator names others."""

folder_argument = click.argument("folder", type=PATH)
force_option = click.option("--force", is_flag=True, help="Replace files that differ.")


class FileDiffersError(EvenhandError):
    """A file is in the way that somebody may have edited.

    Attribute: ``path``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} is there already and differs. Fix: --force replaces it")


def add_to(export: click.Group) -> None:
    """Add the commands to ``evenhand export``."""
    export.add_command(prometheus)
    export.add_command(grafana)


@click.command(short_help="Write rules, alerts and scrape examples.")
@folder_argument
@click.option("--grafana", default=GRAFANA, help="Where your Grafana is.", show_default=True)
@click.option(
    "--runbook", default=RUNBOOK, help="Where your copy of the runbook is.", show_default=True
)
@force_option
def prometheus(folder: Path, grafana: str, runbook: str, force: bool) -> None:
    """Write recording rules, alerts, a test of them, the runbook, and how to scrape to FOLDER."""
    with told():
        addresses = {
            GRAFANA: _address("--grafana", grafana).rstrip("/"),
            RUNBOOK: _address("--runbook", runbook),
        }
    _write(_assets.DEPLOY / "prometheus", folder, addresses, force=force)
    if invented := [shown for ours, shown in addresses.items() if shown == ours]:
        click.echo(
            f"The alerts link to {' and '.join(invented)}, which nobody has: name yours with"
            " --grafana and --runbook",
            err=True,
        )


def _address(option: str, value: str) -> str:
    if not re.fullmatch(r"https?://[^\s#\"']+", value):
        allowed = "an http or https address without #, such as https://wiki.example/runbook"
        raise OptionError(option, value, allowed, "each alert adds its own section to it")
    return value


@click.command(short_help="Write the Grafana dashboards.")
@folder_argument
@force_option
def grafana(folder: Path, force: bool) -> None:
    """Write the two dashboards, ready for import or provisioning, to FOLDER."""
    _write(_assets.DEPLOY / "grafana", folder, {}, force=force)


def _write(source: Path, folder: Path, replaced: Mapping[str, str], *, force: bool) -> None:
    with told():
        files = texts(source, replaced)
        for name, text in files.items():
            path = folder / name
            if not force and path.exists() and path.read_bytes() != text.encode():
                raise FileDiffersError(path)
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
            click.echo(folder / name)


def texts(source: Path, replaced: Mapping[str, str]) -> dict[str, str]:
    """The shipped files of a folder by name, with the operator's addresses in them."""
    found: dict[str, str] = {}
    for path in sorted(source.iterdir()):
        text = path.read_text("utf-8")
        for ours, theirs in replaced.items():
            text = text.replace(ours, theirs)
        found[path.name] = text
    return found
