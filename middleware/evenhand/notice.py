"""The notice: what a publisher may set about it, checked at construction."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from evenhand.errors import OptionError
from evenhand.vocabulary import Verdict

VARIANT = re.compile(r"[a-z0-9][a-z0-9-]{0,19}")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
THEME = {
    "background": "#ffffff",
    "text": "#1c1b19",
    "accent": "#1f5f4a",
    "on-accent": "#ffffff",
    "dark-background": "#1e201f",
    "dark-text": "#f1efe9",
    "dark-accent": "#8fd3b6",
    "dark-on-accent": "#10211a",
}
"""The notice's colours, each a CSS custom property ``--rs-NAME``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """A way to help besides allowing ads: a link in the publisher's own words.

    ``url`` is an absolute http(s) address or a path on the site.
    """

    label: str
    url: str

    def __post_init__(self) -> None:
        _text("Way.label", self.label, 60)
        parts = split_url(self.url)
        local = parts is not None and self.url.startswith("/") and not self.url.startswith("//")
        if not local and not (parts and parts.scheme in ("http", "https") and parts.hostname):
            raise OptionError(
                "Way.url",
                self.url,
                "an http(s) address or a path such as '/subscribe'",
                "correct it",
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """A polite request for support, shown at the foot of the page to readers who block ads.

    Until the reader opens its steps it covers at most a fifth of the screen; it never takes the
    focus. A reader who acts is left alone for ``every_days``, or for good; one who ignores it
    may see it once more in another tab. Raises :class:`OptionError`.
    """

    # The publisher's name in the notice. None: the site's name.
    name: str | None = None
    title: str = "Ads pay for {name}"
    text: str = (
        "They seem to be switched off here. If you like what we do, please consider allowing "
        "them on this site. Nothing changes if you don't."
    )
    # Other ways to help, in this order.
    ways: tuple[Way, ...] = ()
    # Colours that differ from THEME, as "#rrggbb".
    theme: Mapping[str, str] = field(default_factory=dict[str, str])
    # Asked from this page view of a browser tab on (1: at once).
    after_pages: int = 2
    # Days until a reader who acted may be asked again.
    every_days: int = 30
    # Paths on which nobody is asked: "/checkout" means it and everything below it.
    not_on: tuple[str, ...] = ()
    # Also ask readers who block only probably; the words stay the same, so be gentle.
    ask_probable: bool = False
    # The name under which this wording is counted.
    variant: str = "default"

    def __post_init__(self) -> None:
        if self.name is not None:
            _text("Notice.name", self.name, 60)
        _text("Notice.title", self.title, 80)
        _text("Notice.text", self.text, 400)
        _whole("Notice.after_pages", self.after_pages, 1, 100)
        _whole("Notice.every_days", self.every_days, 7, 3650)
        _theme(self.theme)
        _each("Notice.ways", self.ways, Way, "Way(label=…, url=…)")
        _each("Notice.not_on", self.not_on, str, "paths such as '/checkout'")
        _a("Notice.ask_probable", self.ask_probable, bool, "True or False")
        _a("Notice.variant", self.variant, str, "a short name")
        if not VARIANT.fullmatch(self.variant):
            raise OptionError(
                "Notice.variant",
                self.variant,
                "1 to 20 lower-case letters, digits and hyphens",
                "use a name such as 'friendly'",
            )
        for path in self.not_on:
            if not path.startswith("/"):
                raise OptionError(
                    "Notice.not_on", path, "paths that start with a slash", f"write {'/' + path!r}"
                )

    @property
    def asks(self) -> tuple[Verdict, ...]:
        """The verdicts that are asked."""
        return ("blocked", "blocked_probable") if self.ask_probable else ("blocked",)

    def colours(self) -> dict[str, str]:
        """The whole theme: the publisher's colours over ours."""
        return {**THEME, **self.theme}


def split_url(value: object) -> SplitResult | None:
    """A URL's parts, or None: `urlsplit` raises on some that are none."""
    try:
        return urlsplit(value) if isinstance(value, str) and " " not in value else None
    except ValueError:
        return None


def _text(option: str, value: object, most: int) -> None:
    if not isinstance(value, str) or not value.strip() or len(value) > most:
        raise OptionError(option, value, f"1 to {most} characters of text", "shorten it")


def _whole(option: str, value: object, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise OptionError(
            option, value, f"a whole number from {low} to {high}", "choose one of them"
        )


def _a(option: str, value: object, kind: type, what: str) -> None:
    if not isinstance(value, kind):
        raise OptionError(option, value, what, f"give {what}")


def _each(option: str, values: object, kind: type, what: str) -> None:
    if not isinstance(values, tuple) or not all(isinstance(value, kind) for value in values):  # pyright: ignore[reportUnknownVariableType]
        raise OptionError(option, values, f"a tuple of {what}", "write (…, )")  # pyright: ignore[reportUnknownArgumentType]


def _theme(theme: Mapping[str, str]) -> None:
    _a("Notice.theme", theme, Mapping, "a mapping of name to colour")
    for name, colour in theme.items():
        if name not in THEME:
            raise OptionError("Notice.theme", name, ", ".join(THEME), "use one of these names")
        _a(f"Notice.theme[{name!r}]", colour, str, "'#rrggbb'")
        if not COLOUR.fullmatch(colour):
            raise OptionError(
                f"Notice.theme[{name!r}]", colour, "'#rrggbb'", "write it with six digits"
            )
