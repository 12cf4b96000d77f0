"""The routes ``about`` and ``about.json``: what is measured, in the reader's language."""

from functools import partial
from typing import Any

import jinja2
import msgspec

from evenhand import _assets
from evenhand.about import describe
from evenhand.answers import HTML, Answer, Headers
from evenhand.asking.voice import named
from evenhand.faults import OnFault
from evenhand.languages import marked
from evenhand.languages.catalogues import SOURCE, Languages
from evenhand.languages.tags import direction
from evenhand.notice import Notice
from evenhand.requests import Handler, Request, same
from evenhand.settings import Settings
from evenhand.templating import environment, shown_name

_HOUR = (b"cache-control", b"public, max-age=3600")
_TITLE = marked("What {name} measures about ads")
_UNNAMED_TITLE = marked("What this site measures about ads")


class AboutPages:
    """The page for readers, for each site and in each language; made when first asked for."""

    def __init__(
        self,
        settings: Settings,
        templates: jinja2.Environment,
        languages: Languages,
        on_fault: OnFault,
    ) -> None:
        self._settings, self._templates = settings, templates
        self._languages, self._on_fault = languages, on_fault
        self._pages: dict[tuple[str, str], Answer] = {}

    async def answer(self, request: Request) -> Answer:
        """In the language that the address names, else the one that the browser asks for."""
        wanted = (request.given("lang"), *request.languages, _home(self._settings.notice))
        chosen = request.site, self._languages.choose(wanted) or SOURCE
        if chosen not in self._pages:
            self._pages[chosen] = self._made(*chosen)
        return self._pages[chosen]

    def _made(self, site: str, lang: str) -> Answer:
        headers = [
            *(*HTML, _HOUR),
            (b"vary", b"accept-language"),
            (b"content-language", lang.encode()),
        ]
        return Answer(200, headers, self._page(site, lang))

    def _page(self, site: str, lang: str) -> bytes:
        """The page; ours where the publisher's template raises: readers must be told."""
        try:
            values = _values(self._settings, self._languages, site, lang)
            return self._templates.get_template("about.html").render(values).encode()
        except Exception as fault:  # a template may raise anything
            self._on_fault("notice", fault)
            ours = Languages()
            values = _values(self._settings, ours, site, ours.choose((lang,)) or SOURCE)
            return environment(None, ours).get_template("about.html").render(values).encode()


def _values(settings: Settings, languages: Languages, site: str, lang: str) -> dict[str, Any]:
    catalogue, name = languages.of(lang), shown_name(site)
    title = named(_TITLE, name, catalogue)
    return {
        "site": catalogue.gettext(name),
        "title": title,
        "about": describe(settings, catalogue),
        "share": catalogue.number(settings.sample_rate * 100),
        "stylesheet": "about.css",
        "lang": lang,
        "dir": direction(lang),
    }


def _home(notice: Notice | None) -> str:
    """The publisher's language, for readers of none that we speak."""
    return notice.lang if notice else SOURCE


def about_routes(
    settings: Settings,
    templates: jinja2.Environment,
    languages: Languages,
    on_fault: OnFault,
) -> dict[str, Handler]:
    """``about``, its style sheet, and ``about.json``."""
    json: Headers = [(b"content-type", b"application/json"), _HOUR]
    css: Headers = [(b"content-type", b"text/css; charset=utf-8"), _HOUR]
    described = msgspec.json.encode(describe(settings))
    styles = (_assets.TEMPLATES / "about.css").read_bytes()
    return {
        "about": AboutPages(settings, templates, languages, on_fault).answer,
        "about.json": partial(same, Answer(200, json, described)),
        "about.css": partial(same, Answer(200, css, styles)),
    }
