"""``evenhand export prometheus`` and ``grafana``: the shipped rules, alerts and dashboards."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from evenhand import _assets
from evenhand.errors import EvenhandError

GRAFANA = "https://grafana.example"
RUNBOOK = "https://runbook.example/runbook.md"
"""The addresses that the shipped alerts link to until an operator names others."""

FolderArgument = Annotated[Path, typer.Argument(help="Where to; made if it isn't there.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace files that differ.")]


class FileDiffersError(EvenhandError):
    """A file is in the way that somebody may have edited.

    Attribute: ``path``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} is there already and differs. Fix: --force replaces it")


def add_to(export: typer.Typer) -> None:
    """Add the commands to ``evenhand export``."""
    export.command("prometheus")(prometheus)
    export.command("grafana")(grafana)


def prometheus(
    folder: FolderArgument,
    grafana: Annotated[str, typer.Option(help="Where your Grafana is.")] = GRAFANA,
    runbook: Annotated[str, typer.Option(help="Where your copy of the runbook is.")] = RUNBOOK,
    force: ForceOption = False,
) -> None:
    """Write recording rules, alerts, and examples of how to scrape."""
    addresses = {GRAFANA: grafana.rstrip("/"), RUNBOOK: runbook}
    _write(_assets.DEPLOY / "prometheus", folder, addresses, force=force)


def grafana(folder: FolderArgument, force: ForceOption = False) -> None:
    """Write the two dashboards, ready for import or provisioning."""
    _write(_assets.DEPLOY / "grafana", folder, {}, force=force)


def _write(source: Path, folder: Path, replaced: Mapping[str, str], *, force: bool) -> None:
    try:
        files = texts(source, replaced)
        for name, text in files.items():
            path = folder / name
            if not force and path.exists() and path.read_text("utf-8") != text:
                raise FileDiffersError(path)
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
            typer.echo(folder / name)
    except (EvenhandError, OSError, UnicodeDecodeError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


def texts(source: Path, replaced: Mapping[str, str]) -> dict[str, str]:
    """The shipped files of a folder by name, with the operator's addresses in them."""
    found: dict[str, str] = {}
    for path in sorted(source.iterdir()):
        text = path.read_text("utf-8")
        for ours, theirs in replaced.items():
            text = text.replace(ours, theirs)
        found[path.name] = text
    return found
