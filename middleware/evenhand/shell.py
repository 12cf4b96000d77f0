"""What the commands have in common: how a path is given, and how a failure is told."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import click

from evenhand.errors import EvenhandError

PATH = click.Path(path_type=Path)
"""The type of an option that names a file or a folder."""


@contextmanager
def told(status: int = 1) -> Generator[None]:
    """Failures as one line, and the exit status."""
    try:
        yield
    except (EvenhandError, OSError) as error:
        click.echo(str(error), err=True)
        raise click.exceptions.Exit(status) from None
