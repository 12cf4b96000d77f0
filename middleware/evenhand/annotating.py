"""``evenhand annotate``: says on the dashboard what happened, and when."""

import time
from pathlib import Path

import click

from evenhand.annotation import annotation, line
from evenhand.appsettings import command_settings
from evenhand.commands import app_option, state_dir_option, store_option
from evenhand.errors import OptionError
from evenhand.settings import Settings
from evenhand.shell import told
from evenhand.store import Store, open_store
from evenhand.vocabulary import ANNOTATION_KINDS


@click.command(short_help="Say on the dashboard what happened.")
@click.argument("text")
@click.option("--at", help="When, as 2026-11-22T14:30 (UTC unless it says so). Left out: now.")
@click.option(
    "--kind", default="note", show_default=True, help=f"One of {', '.join(ANNOTATION_KINDS)}."
)
@click.option("--site", help="The site it is about. Left out: all of them.")
@click.option("--remove", is_flag=True, help="Take every annotation with this text away again.")
@app_option
@state_dir_option
@store_option
def annotate(
    text: str,
    at: str | None,
    kind: str,
    site: str | None,
    app: str | None,
    state_dir: Path | None,
    store: str | None,
    *,
    remove: bool,
) -> None:
    """Keep TEXT beside the counts: a deploy, a change of a filter list, or a note.

    The dashboard marks it on the chart. Said twice, it is kept once, so a deploy may be tried
    again.
    """
    with told():
        made = annotation(text, at=at, kind=kind, site=site or "", now=time.time())
        settings = command_settings(app, state_dir, store)
        opened = open_store(settings.store, settings.state_dir)
        try:
            if remove:
                click.echo(_removed(opened.remove_annotations(line(text))))
                return
            _check_site(opened, settings, made.site)
            fresh = opened.annotate(made)
        finally:
            opened.close()
    where = f" on {made.site}" if made.site else ""
    click.echo(f"{made.moment} {made.kind}{where}: {made.text}{'' if fresh else ' (known)'}")


def _check_site(store: Store, settings: Settings, site: str) -> None:
    known = sorted({*settings.site_names, *store.sites()})
    if site and site not in known:
        raise OptionError("--site", site, ", ".join(known), "name a site of the settings")


def _removed(n: int) -> str:
    return f"{n} removed" if n else "no annotation has this text"
