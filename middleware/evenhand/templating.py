"""The templates: the publisher's folder first, ours second; and the notice rendered from them."""

from functools import cache
from pathlib import Path

import jinja2
import msgspec

from evenhand import _assets
from evenhand.notice import Notice
from evenhand.vocabulary import OTHER, UNNAMED, Browser


class Guide(msgspec.Struct, frozen=True):
    """How a reader allows ads on one site in one blocker: a row of ``steps.json``."""

    blocker: str
    browsers: tuple[Browser, ...]
    steps: tuple[str, ...]
    source: str
    checked: str
    confidence: str


class _Guides(msgspec.Struct):
    guides: tuple[Guide, ...]


@cache
def guides() -> tuple[Guide, ...]:
    """Every guide, most likely blocker first."""
    text = (Path(__file__).parent / "steps.json").read_bytes()
    return msgspec.json.decode(text, type=_Guides).guides


def guides_for(browser: Browser) -> list[Guide]:
    """The guides most likely to help in a browser; without a known one, the commonest."""
    here = [guide for guide in guides() if browser in guide.browsers]
    return here or [guide for guide in guides() if len(guide.browsers) > 2]


def environment(folder: Path | None) -> jinja2.Environment:
    """Jinja2 as all our templates are rendered: escaped, and a missing value is an error."""
    folders = [folder, _assets.TEMPLATES] if folder else [_assets.TEMPLATES]
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def shown_name(site: str) -> str:
    """A site's name as readers see it."""
    return "this site" if site in (UNNAMED, OTHER) else site


class NoticePage:
    """The notice's HTML, one for each site and browser family: rendered when first asked for."""

    def __init__(self, notice: Notice, templates: jinja2.Environment) -> None:
        self._template = templates.get_template("notice.html")
        self._notice = notice
        self._rendered: dict[tuple[str, Browser], bytes] = {}

    def render(self, site: str, browser: Browser) -> bytes:
        """The page for a site and a browser. Raises what a publisher's template raises."""
        known = self._rendered.get((site, browser))
        if known is None:
            known = self._template.render(self.values(site, browser)).encode()
            self._rendered[site, browser] = known
        return known

    def values(self, site: str, browser: Browser) -> dict[str, object]:
        """What ``notice.html`` receives."""
        notice = self._notice
        name = notice.name or shown_name(site)
        return {
            "name": name,
            "title": notice.title.replace("{name}", name),
            "text": notice.text.replace("{name}", name),
            "ways": [{"label": way.label, "url": way.url} for way in notice.ways],
            "guides": [
                {"blocker": guide.blocker, "steps": guide.steps} for guide in guides_for(browser)
            ],
            "lang": "en",
            "dir": "ltr",
        }
