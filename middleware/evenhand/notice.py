"""The notice: what a publisher may set about it, checked at construction."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import get_args

from evenhand.asking import checks, theme, words
from evenhand.errors import OptionError
from evenhand.experiments.declaration import Arm, Experiment
from evenhand.languages import marked, tags
from evenhand.vocabulary import Placement, Verdict, WayKind

VARIANT = re.compile(r"[a-z0-9][a-z0-9-]{0,19}")
LOGO = re.compile(r"/(?!/)[^\s\"'<>\\]*\.(svg|png|jpe?g|webp|avif)(\?[^\s\"'<>\\]*)?")
LINKS: frozenset[WayKind] = frozenset(("subscribe", "donate", "newsletter", "link"))
"""The ways to help that lead to another page."""

_VARIANT = ("1 to 20 lower-case letters, digits and hyphens", "use a name such as 'friendly'")
_LOGO = (
    "a path on the site to an .svg, .png, .jpg, .webp or .avif, such as '/logo.svg'",
    "serve the logo from the site itself: the notice asks nobody else for anything",
)
_LANG = ("a language tag such as 'en' or 'pt-BR'", "write the language of your words")
_PLACES = (", ".join(repr(place) for place in get_args(Placement)), "choose one of these words")
_HOURS = ("hours such as '22:00-07:00', not the same twice", "write 'HH:MM-HH:MM'")


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """A way to help, in the publisher's own words or ours.

    ``kind`` says what it leads to: ``allow`` (the steps that allow ads on this site), a page of
    the publisher's (``subscribe``, ``donate``, ``newsletter``, ``link``, with a ``url``),
    ``not_now`` or ``never``. ``url`` is an absolute http(s) address or a path on the site.
    """

    label: str = ""
    url: str | None = None
    kind: WayKind = "link"

    def __post_init__(self) -> None:
        if self.kind not in get_args(WayKind):
            allowed = ", ".join(get_args(WayKind))
            raise OptionError("Way.kind", self.kind, allowed, "use one of these words")
        if self.label or self.kind == "link":
            checks.text("Way.label", self.label, 60)
        if self.kind not in LINKS and self.url is not None:
            allowed = f"no url for kind={self.kind!r}, which stays on the page"
            raise OptionError("Way.url", self.url, allowed, "leave it out, or choose kind='link'")
        parts = checks.split_url(self.url)
        local = parts is not None and re.match(r"/(?!/)", str(self.url))
        web = parts is not None and parts.scheme in ("http", "https") and bool(parts.hostname)
        if self.kind in LINKS and not local and not web:
            allowed = "an http(s) address or a path such as '/subscribe'"
            raise OptionError("Way.url", self.url, allowed, "correct it")

    @property
    def words(self) -> str:
        """What it is called."""
        return self.label or words.LABELS[self.kind]


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """A polite request for support, shown to readers who block ads.

    Until the reader opens it, it covers at most a fifth of the screen; it never takes the focus.
    A reader who acts is left alone for ``every_days``, or for good; one who ignores it may see it
    once more in another tab. Raises :class:`OptionError`. ``docs/notice.md`` explains it all.
    """

    # The publisher's name in the notice. None: the site's name.
    name: str | None = None
    # A still image on the site itself, such as "/logo.svg": nothing is fetched from elsewhere.
    logo: str | None = None
    title: str = marked("Ads pay for {name}")
    text: str = marked(
        "They seem to be blocked here. If you like what we do, please consider allowing them on "
        "this site. Nothing changes if you don't."
    )
    # To readers who block only probably (`ask_probable`).
    gentle_text: str = marked(
        "They don't seem to arrive here, though we can't be sure why. If it's something you can "
        "change for this site, thank you; if not, nothing changes."
    )
    # To readers whose network filters, as far as can be told: they are not asked again.
    network_text: str = marked(
        "A filter in your network seems to stop them. That may not be yours to change, and it's "
        "all right: nothing changes for you. We won't ask again."
    )
    # Where a template places the block for everyone, with or without a blocker.
    block_text: str = marked(
        "If you block ads and like what we do, please consider allowing them on this site. "
        "Nothing changes if you don't."
    )
    # Ways to help, in this order. "Don't ask again" is always among them.
    ways: tuple[Way, ...] = (Way(kind="allow"), Way(kind="not_now"), Way(kind="never"))
    # Words of ours (see `evenhand.asking.words`) that the publisher replaces.
    words: Mapping[str, str] = field(default_factory=dict[str, str])
    # One of "plain", "paper", "slate", "bold"; or tokens that differ from "plain".
    theme: str | Mapping[str, str] = "plain"
    # "bar" along the foot of the window, "corner", or "slot": in an empty ad slot, if one is seen.
    placement: Placement = "bar"
    # Asked from this page view of a browser tab on (1: at once).
    after_pages: int = 2
    # Days until a reader who acted may be asked again.
    every_days: int = 30
    # How often a reader who acted is asked in all.
    at_most: int = 6
    # Hours in which nobody is asked, by the reader's own clock: "22:00-07:00".
    quiet_hours: tuple[str, ...] = ()
    # Paths on which nobody is asked: "/checkout" means it and everything below it.
    not_on: tuple[str, ...] = ()
    # Also ask readers who block only probably, with `gentle_text` or `network_text`.
    ask_probable: bool = False
    # The language of the words that you write here, and of notices to readers whose language we
    # don't speak. What you leave out is ours, in each reader's language; with one word of yours,
    # all of the notice is in this one, unless your folder translates it (docs/languages.md).
    lang: str = "en"
    # The name under which this wording is counted.
    variant: str = "default"
    # Notices that are compared with this one. None: everybody is shown this one.
    experiment: Experiment | None = None

    def __post_init__(self) -> None:
        if self.name is not None:
            checks.text("Notice.name", self.name, 60)
        checks.text("Notice.title", self.title, 80)
        for option in ("text", "gentle_text", "network_text", "block_text"):
            checks.text(f"Notice.{option}", getattr(self, option), 400)
        checks.whole("Notice.after_pages", self.after_pages, 1, 100)
        checks.whole("Notice.every_days", self.every_days, 7, 3650)
        checks.whole("Notice.at_most", self.at_most, 1, 100)
        theme.checked("Notice.theme", self.theme)
        words.checked("Notice.words", self.words)
        checks.each("Notice.ways", self.ways, Way, "Way(label=…, url=…)")
        checks.each("Notice.not_on", self.not_on, str, "paths such as '/checkout'")
        checks.each("Notice.quiet_hours", self.quiet_hours, str, "hours such as '22:00-07:00'")
        checks.kind("Notice.ask_probable", self.ask_probable, bool, "True or False")
        checks.matching("Notice.variant", self.variant, VARIANT.fullmatch, _VARIANT)
        checks.matching("Notice.lang", self.lang, tags.TAG.fullmatch, _LANG)
        if self.logo is not None:
            checks.matching("Notice.logo", self.logo, LOGO.fullmatch, _LOGO)
        checks.matching(
            "Notice.placement", self.placement, get_args(Placement).__contains__, _PLACES
        )
        for hours in self.quiet_hours:
            checks.matching("Notice.quiet_hours", hours, checks.minutes_of, _HOURS)
        for path in self.not_on:
            checks.path("Notice.not_on", path)
        if self.experiment is not None:
            checks.kind("Notice.experiment", self.experiment, Experiment, "an Experiment(…)")
            for arm in self.experiment.arms:
                self._changed_by(arm)

    @property
    def asks(self) -> tuple[Verdict, ...]:
        """The verdicts that are asked."""
        return ("blocked", "blocked_probable") if self.ask_probable else ("blocked",)

    @property
    def all_ways(self) -> tuple[Way, ...]:
        """The ways to help; a reader can always say that once is enough."""
        kinds = {way.kind for way in self.ways}
        return self.ways if "never" in kinds else (*self.ways, Way(kind="never"))

    @property
    def quiet_minutes(self) -> list[tuple[int, int]]:
        """The quiet hours as minutes since midnight, ``(from, until)``."""
        found = [checks.minutes_of(hours) for hours in self.quiet_hours]
        return [minutes for minutes in found if minutes]

    @property
    def arms(self) -> dict[str, "Notice"]:
        """What readers may be shown, by the name that it is counted under: this notice, or the
        arms of its experiment, the first one first. A hold-out is shown nothing, and not there.
        """
        if self.experiment is None:
            return {self.variant: self}
        named = self.variants
        return {named[arm.name]: self._changed_by(arm) for arm in self.experiment.arms}

    @property
    def variants(self) -> dict[str, str]:
        """The names that the experiment's arms are counted under, by the arm's, the hold-out's
        last; none without one."""
        if self.experiment is None:
            return {}
        arms = {arm.name: self._changed_by(arm) for arm in self.experiment.arms}
        return self.experiment.variants({name: arm._said for name, arm in arms.items()})

    @property
    def _said(self) -> tuple[object, ...]:
        """What an arm can change."""
        ways = [(way.kind, way.label, way.url) for way in self.all_ways]
        return self.title, self.text, self.gentle_text, ways, self.placement

    def _changed_by(self, arm: Arm) -> "Notice":
        try:
            return replace(self, experiment=None, **arm.changes)
        except OptionError as error:
            option = error.option.replace("Notice.", f"Arm({arm.name!r}).")
            raise OptionError(option, error.seen, error.allowed, error.fix) from None

    def tokens(self) -> dict[str, str]:
        """The whole theme."""
        return theme.checked("Notice.theme", self.theme)
