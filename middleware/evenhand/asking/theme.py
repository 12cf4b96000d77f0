"""Themes: the notice's colours and measures, refused where they can't be read."""

import re
from collections.abc import Mapping

from evenhand.asking import checks
from evenhand.asking.contrast import nearest, ratio
from evenhand.errors import ContrastError, OptionError

COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_LENGTH = re.compile(r"(0|\d{1,2}(\.\d{1,3})?(px|rem|em))")
_FACE = r"""(?:"[\w '-]+"|'[\w -]+'|[\w-]+(?: +[\w-]+)*)"""
_FONT = re.compile(rf"(?=.{{1,200}}\Z){_FACE}(?: *, *{_FACE})*")

_LIGHT = ("background", "text", "accent", "on-accent")
COLOURS = (*_LIGHT, *(f"dark-{name}" for name in _LIGHT))
"""The tokens that are colours; each is a CSS custom property ``--rs-NAME`` in the notice."""

THEMES: Mapping[str, Mapping[str, str]] = {
    "plain": {
        "background": "#ffffff",
        "text": "#1c1b19",
        "accent": "#1f5f4a",
        "on-accent": "#ffffff",
        "dark-background": "#1e201f",
        "dark-text": "#f1efe9",
        "dark-accent": "#8fd3b6",
        "dark-on-accent": "#10211a",
        "radius": "0.4rem",
        "font": "inherit",
    },
    "paper": {
        "background": "#fbf5e6",
        "text": "#33291c",
        "accent": "#8a3b12",
        "on-accent": "#fffaf0",
        "dark-background": "#2a231a",
        "dark-text": "#f2e8d5",
        "dark-accent": "#f0b27a",
        "dark-on-accent": "#2b1a0c",
        "radius": "0",
        "font": "Georgia, serif",
    },
    "slate": {
        "background": "#eef2f6",
        "text": "#17212b",
        "accent": "#1c4f8f",
        "on-accent": "#ffffff",
        "dark-background": "#17212b",
        "dark-text": "#e6edf3",
        "dark-accent": "#8cc2ff",
        "dark-on-accent": "#0b1a2a",
        "radius": "0.75rem",
        "font": "system-ui, sans-serif",
    },
    "bold": {
        "background": "#000000",
        "text": "#ffffff",
        "accent": "#ffd60a",
        "on-accent": "#000000",
        "dark-background": "#000000",
        "dark-text": "#ffffff",
        "dark-accent": "#ffd60a",
        "dark-on-accent": "#000000",
        "radius": "0",
        "font": "inherit",
    },
}
"""Ours, by name. ``font: inherit`` is the page's own typeface."""

TEXT, SHAPE = 4.5, 3.0  # WCAG 2.2 AA: 1.4.3 for text, 1.4.11 for what shows a control or the focus
PAIRS: tuple[tuple[str, str, float], ...] = tuple(
    (dark + front, dark + behind, needed)
    for dark in ("", "dark-")
    for front, behind, needed in (
        ("text", "background", TEXT),
        ("on-accent", "accent", TEXT),
        ("accent", "background", SHAPE),
    )
)
"""What stands before what in the notice, and the contrast that it needs."""


def checked(option: str, given: object) -> dict[str, str]:
    """The whole theme: one of ours by its name, or the publisher's tokens over ``plain``.

    Raises :class:`OptionError`; where a pair can't be read, :class:`ContrastError`.
    """
    if isinstance(given, str):
        if given not in THEMES:
            names = ", ".join(repr(name) for name in THEMES)
            raise OptionError(option, given, f"{names}, or a mapping of tokens", "choose one")
        return dict(THEMES[given])
    theme = dict(THEMES["plain"])
    for name, value in checks.mapping(option, given, "{'accent': '#1f5f4a'}").items():
        theme[_token(option, name)] = _value(f"{option}[{name!r}]", name, value)
    for front, behind, needed in PAIRS:
        _readable(option, theme, front, behind, needed)
    return theme


def _token(option: str, name: object) -> str:
    if not isinstance(name, str) or name not in THEMES["plain"]:
        raise OptionError(option, name, ", ".join(THEMES["plain"]), "use one of these names")
    return name


def _value(option: str, name: str, value: object) -> str:
    pattern, allowed = {
        "radius": (_LENGTH, "a length such as '0.5rem' or '4px', or '0'"),
        "font": (_FONT, "a list of typefaces such as 'Georgia, serif', or 'inherit'"),
    }.get(name, (COLOUR, "'#rrggbb'"))
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise OptionError(option, value, allowed, f"write {allowed}")
    return value


def _readable(
    option: str, theme: Mapping[str, str], front: str, behind: str, needed: float
) -> None:
    seen = ratio(theme[front], theme[behind])
    if seen < needed:
        raise ContrastError(
            option,
            pair=(front, behind),
            colours=(theme[front], theme[behind]),
            ratio=seen,
            needed=needed,
            nearest=nearest(theme[front], theme[behind], needed),
        )
