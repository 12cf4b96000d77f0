"""The form as data: groups of fields, each with its words and what it may be."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

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


def groups(
    given: Given, base: Notice, languages: Iterable[str], variants: Iterable[str]
) -> list[Group]:
    """All of the form."""

    def text(name: str, label: str, kind: str = "text", **attrs: Any) -> Field:
        return Field(name, label, kind, given[name], attrs=attrs)

    def check(name: str, label: str) -> Field:
        return Field(name, label, "checkbox", given[name])

    def select(name: str, label: str, values: Iterable[str]) -> Field:
        return Field(name, label, "select", given[name], [(v, _SAID.get(v, v)) for v in values])

    def number(name: str, label: str, low: int, high: int) -> Field:
        return text(name, label, "number", min=low, max=high)

    themes = [*THEMES, OWN, *([] if isinstance(base.theme, str) else [AS_SET])]
    arms = list(variants)
    blockers = [(each.id, each.name) for each in blockings()]
    return [
        Group(
            "What you look at",
            [
                *([select("variant", "Variant", arms)] if len(arms) > 1 else []),
                Field("language", "Language", "select", given["language"], _named(languages)),
                select("direction", "Page runs", DIRECTIONS),
                select("theme", "Theme", themes),
                select("scheme", "Light or dark", SCHEMES),
                select("placement", "Place", PLACEMENTS),
                Field(
                    "width",
                    "Window",
                    "select",
                    given["width"],
                    [(w, f"{w} by {h} px") for w, h in WIDTHS.items()],
                ),
                Field("blocker", "Blocker", "select", given["blocker"], blockers),
            ],
        ),
        Group(
            "Words",
            [
                text("name", "Name of the publisher", maxlength=60),
                text("logo", "Logo (a path on the site)"),
                text("title", "Title", maxlength=80),
                text("text", "Text", "area", maxlength=400),
                text("gentle_text", "To who blocks only probably", "area", maxlength=400),
                text("network_text", "To whose network filters", "area", maxlength=400),
            ],
            open=False,
        ),
        Group("Ways to help", _ways(given, base), open=False),
        Group("Colours", _colours(given), open=False),
        Group(
            "When",
            [
                number("after_pages", "From page view of a tab", 1, 100),
                number("every_days", "Days until asked again", 7, 3650),
                number("at_most", "Times in all", 1, 100),
                text("quiet_hours", "Quiet hours (22:00-07:00, …)"),
                text("not_on", "Not on these paths (/checkout, …)"),
                check("ask_probable", "Ask who blocks only probably"),
            ],
            open=False,
        ),
        Group(
            "For which reader?",
            [
                select("verdict", "Verdict", VERDICTS),
                number("views", "Page views in this tab", 1, 9999),
                text("acted", "Days since they acted (empty: never)", "number", min=0, max=9999),
                number("times", "Times asked and answered", 0, 9999),
                text("clock", "Their clock", "time"),
                text("path", "Path of the page"),
                check("asked", "This tab was asked already"),
                check("silenced", "Said “Don't ask again”"),
                check("exempt", "Exempt, such as a subscriber"),
                check("opted_out", "Sends Global Privacy Control"),
                check("bot", "A bot"),
                check("storage", "The browser can remember"),
                check("guard", "The guard is open"),
            ],
            open=False,
        ),
    ]


def _named(languages: Iterable[str]) -> list[tuple[str, str]]:
    """Languages by their own names, where we know them."""
    return [(tag, f"{_LANGUAGES[tag]} ({tag})" if tag in _LANGUAGES else tag) for tag in languages]


def _ways(given: Given, base: Notice) -> list[Field]:
    fields: list[Field] = []
    for number, way in enumerate(rows(base)):
        name = way.label if way.kind == "link" else LABELS[way.kind]
        box, label, url = f"way-{number}", f"label-{number}", f"url-{number}"
        fields.append(Field(box, name, "checkbox", given[box]))
        fields.append(
            Field(label, f"{name}: other words", "text", given[label], attrs={"maxlength": "60"})
        )
        if way.kind in LINKS:
            fields.append(Field(url, f"{name}: address", "text", given[url]))
    return fields


def _colours(given: Given) -> list[Field]:
    fields = [
        Field(f"token-{name}", name.replace("-", " "), "color", given[f"token-{name}"])
        for name in COLOURS
    ]
    return [
        *fields,
        Field("token-radius", "radius", "text", given["token-radius"]),
        Field("token-font", "font", "text", given["token-font"]),
    ]
