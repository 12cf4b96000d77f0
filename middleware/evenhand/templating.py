"""The templates: the publisher's folder first, ours second."""

from pathlib import Path

import jinja2

from evenhand import _assets
from evenhand.languages import marked
from evenhand.languages.catalogues import Languages
from evenhand.vocabulary import OTHER, UNNAMED

THIS_SITE = marked("this site")


def environment(folder: Path | None, languages: Languages | None = None) -> jinja2.Environment:
    """Jinja2 as all our templates are rendered: escaped, and a missing value is an error."""
    folders = [folder, _assets.TEMPLATES] if folder else [_assets.TEMPLATES]
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    (languages or Languages()).install(made)
    return made


def shown_name(site: str) -> str:
    """A site's name as readers see it."""
    return THIS_SITE if site in (UNNAMED, OTHER) else site
