"""The templates: the publisher's folder first, ours second; and the notice rendered from them."""

from functools import cache
from pathlib import Path

import jinja2
import msgspec

from evenhand import _assets
from evenhand.notice import Notice
from evenhand.vocabulary import Browser

MOST_GUIDES = 4  # more would be a catalogue: the rest have the sentence below them


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
    return (here or list(guides()))[:MOST_GUIDES]


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


class NoticePage:
    """The notice's HTML, the same for all readers of a browser family: rendered once for each."""

    def __init__(self, notice: Notice, site: str, templates: jinja2.Environment) -> None:
        self._template = templates.get_template("notice.html")
        self._notice = notice
        self._name = notice.name or site
        self._rendered: dict[Browser, bytes] = {}

    def render(self, browser: Browser) -> bytes:
        """The page for a browser. Raises what a publisher's template raises."""
        known = self._rendered.get(browser)
        if known is None:
            known = self._rendered[browser] = self._template.render(self.values(browser)).encode()
        return known

    def values(self, browser: Browser) -> dict[str, object]:
        """What ``notice.html`` receives."""
        notice = self._notice
        return {
            "name": self._name,
            "title": notice.title.replace("{name}", self._name),
            "text": notice.text.replace("{name}", self._name),
            "ways": [{"label": way.label, "url": way.url} for way in notice.ways],
            "guides": [
                {"blocker": guide.blocker, "steps": guide.steps} for guide in guides_for(browser)
            ],
            "lang": "en",
            "dir": "ltr",
        }
