"""The command ``evenhand lint``: exits with 0, 1 for findings, or 2 if it could not look."""

import sys
from pathlib import Path

import click

from evenhand.errors import EvenhandError, OptionError

FOUND, FAILED = 1, 2
PATH = click.Path(path_type=Path)


@click.command(short_help="Check that the notice is polite.")
@click.option("--app", metavar="MODULE:ATTRIBUTE", help="Where the app's ReaderSupport is.")
@click.option("--templates", type=PATH, help="The folder of your templates. Left out: the app's.")
@click.option(
    "--css",
    type=PATH,
    multiple=True,
    help="A style sheet of your site's, for rules on reader-support; may be given again.",
)
@click.option("--json", "as_object", is_flag=True, help="One JSON object.")
def lint(
    app: str | None, templates: Path | None, css: tuple[Path, ...], *, as_object: bool
) -> None:
    """Check the notice's settings, words, templates and styles for what is impolite.

    Without --app, the settings are those of EVENHAND_…; without a notice there, the defaults.
    """
    from evenhand.appsettings import app_settings
    from evenhand.lint.examine import Matter, examined, looked_at
    from evenhand.lint.output import as_json, show
    from evenhand.notice import Notice

    try:
        settings = app_settings(app)
        folder = _folder(templates) if templates else settings.templates
        matter = Matter(
            settings.notice or Notice(),
            folder,
            settings.site_names[0],
            settings.prefix,
            tuple((str(path), path.read_text("utf-8")) for path in css),
        )
        found = examined(matter)
    except (EvenhandError, OSError, UnicodeDecodeError) as error:
        click.echo(str(error), err=True)
        raise click.exceptions.Exit(FAILED) from None
    except Exception as fault:  # a template may hold anything; no finding, but no praise either
        click.echo(f"lint itself failed: {fault!r}. Please report it.", err=True)
        raise click.exceptions.Exit(FAILED) from fault
    named = looked_at(matter, "the app's notice" if settings.notice else "the default notice")
    if as_object:
        sys.stdout.write(as_json(found, named))
    else:
        from rich.console import Console

        show(found, named, Console(highlight=False))
    if found:
        raise click.exceptions.Exit(FOUND)


def _folder(path: Path) -> Path:
    if not path.is_dir():
        raise OptionError("--templates", str(path), "an existing folder", "correct the path")
    return path
