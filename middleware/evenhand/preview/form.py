"""The form as data: groups of fields, each with its words and what it may be."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from evenhand.asking.theme import COLOURS, THEMES
from evenhand.asking.words import LABELS
from evenhand.notice import LINKS, Notice
from evenhand.preview.choice import (
    AS_SET,
    DIRECTIONS,
    OWN,
    SCHEMES,
    VERDICTS,
    WIDTHS,
    Given,
    arms,
    rows,
)
from evenhand.preview.readers import blockings
from evenhand.vocabulary import PLACEMENTS

_LANGUAGES: Mapping[str, str] = {
    "ar": "العربية",
    "de": "Deutsch",
    "en": "English",
    "es": "Español",
    "fr": "Français",
    "he": "עברית",
    "hi": "हिन्दी",
    "it": "Italiano",
    "ja": "日本語",
    "ko": "한국어",
    "nl": "Nederlands",
    "pl": "Polski",
    "pt": "Português",
    "tr": "Türkçe",
    "uk": "Українська",
    "zh-Hans": "简体中文",
}
_SAID: Mapping[str, str] = {
    "language": "as the language",
    "ltr": "left to right",
    "rtl": "right to left",
    "system": "as this system",
    "bar": "bar along the foot",
    "slot": "slot of an empty ad",
    "blocker": "as this blocker's",
    OWN: "the colours below",
    AS_SET: "the app's own colours",
}


class Field(NamedTuple):
    """One field; ``kind`` is an input's type, or ``select`` or ``area``."""

    name: str
    label: str
    kind: str
    value: str
    options: list[tuple[str, str]] = []  # noqa: RUF012 - a tuple's default is never changed
    attrs: Mapping[str, str] = {}


class Group(NamedTuple):
    """Fields that belong together; ``open``: to be seen at first."""

    legend: str
    fields: list[Field]
    open: bool = True


def groups(given: Given, base: Notice, languages: Iterable[str]) -> list[Group]:
    """All of the form."""
    make = _Maker(given)
    return [
        Group("What you look at", _view(make, base, languages)),
        Group("Words", _words(make), open=False),
        Group("Ways to help", _ways(make, base), open=False),
        Group("Colours", _colours(make), open=False),
        Group("When", _policy(make), open=False),
        Group("For which reader?", _reader(make), open=False),
    ]


class _Maker(NamedTuple):
    """Makes fields that hold what is given."""

    given: Given

    def text(self, name: str, label: str, kind: str = "text", **attrs: int) -> Field:
        told = {attr: str(value) for attr, value in attrs.items()}
        return Field(name, label, kind, self.given[name], attrs=told)

    def number(self, name: str, label: str, low: int, high: int) -> Field:
        return self.text(name, label, "number", min=low, max=high)

    def check(self, name: str, label: str) -> Field:
        return Field(name, label, "checkbox", self.given[name])

    def select(self, name: str, label: str, values: Iterable[str]) -> Field:
        return self.options(name, label, [(value, _SAID.get(value, value)) for value in values])

    def options(self, name: str, label: str, options: list[tuple[str, str]]) -> Field:
        return Field(name, label, "select", self.given[name], options)


def _view(make: _Maker, base: Notice, languages: Iterable[str]) -> list[Field]:
    themes = [*THEMES, OWN, *([] if isinstance(base.theme, str) else [AS_SET])]
    windows = [(width, f"{width} by {height} px") for width, height in WIDTHS.items()]
    drawn = [make.select("arm", "Arm of the experiment", arms(base))] if base.experiment else []
    return [
        *drawn,
        make.options("language", "Language", _named(languages)),
        make.select("direction", "Page runs", DIRECTIONS),
        make.select("theme", "Theme", themes),
        make.select("scheme", "Light or dark", SCHEMES),
        make.select("placement", "Place", PLACEMENTS),
        make.options("width", "Window", windows),
        make.options("blocker", "Blocker", [(each.id, each.name) for each in blockings()]),
    ]


def _named(languages: Iterable[str]) -> list[tuple[str, str]]:
    return [(tag, language_name(tag)) for tag in languages]


def language_name(tag: str) -> str:
    """A language by its own name, where we know it, with its tag."""
    return f"{_LANGUAGES[tag]} ({tag})" if tag in _LANGUAGES else tag


def _words(make: _Maker) -> list[Field]:
    return [
        make.text("name", "Name of the publisher", maxlength=60),
        make.text("logo", "Logo (a path on the site)"),
        make.text("title", "Title", maxlength=80),
        make.text("text", "Text", "area", maxlength=400),
        make.text("gentle_text", "To who blocks only probably", "area", maxlength=400),
        make.text("network_text", "To whose network filters", "area", maxlength=400),
    ]


def _ways(make: _Maker, base: Notice) -> list[Field]:
    fields: list[Field] = []
    for number, way in enumerate(rows(base)):
        name = way.label if way.kind == "link" else LABELS[way.kind]
        fields.append(make.check(f"way-{number}", name))
        fields.append(make.text(f"label-{number}", f"{name}: other words", maxlength=60))
        if way.kind in LINKS:
            fields.append(make.text(f"url-{number}", f"{name}: address"))
    return fields


def _colours(make: _Maker) -> list[Field]:
    colours = [make.text(f"token-{name}", name.replace("-", " "), "color") for name in COLOURS]
    return [*colours, make.text("token-radius", "radius"), make.text("token-font", "font")]


def _policy(make: _Maker) -> list[Field]:
    return [
        make.number("after_pages", "From page view of a tab", 1, 100),
        make.number("every_days", "Days until asked again", 7, 3650),
        make.number("at_most", "Times in all", 1, 100),
        make.text("quiet_hours", "Quiet hours (22:00-07:00, …)"),
        make.text("not_on", "Not on these paths (/checkout, …)"),
        make.check("ask_probable", "Ask who blocks only probably"),
    ]


def _reader(make: _Maker) -> list[Field]:
    return [
        make.select("verdict", "Verdict", VERDICTS),
        make.number("views", "Page views in this tab", 1, 9999),
        make.number("acted", "Days since they acted (empty: never)", 0, 9999),
        make.number("times", "Times asked and answered", 0, 9999),
        make.text("clock", "Their clock", "time"),
        make.text("path", "Path of the page"),
        make.check("asked", "This tab was asked already"),
        make.check("silenced", "Said “Don't ask again”"),
        make.check("exempt", "Exempt, such as a subscriber"),
        make.check("opted_out", "Sends Global Privacy Control"),
        make.check("bot", "A bot"),
        make.check("storage", "The browser can remember"),
        make.check("guard", "The guard is open"),
    ]
