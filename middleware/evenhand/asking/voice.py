"""In which languages a notice can be shown, and what it says in one of them: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from evenhand.asking.reader import Reader
from evenhand.asking.steps import Guide
from evenhand.languages import marked
from evenhand.languages.catalogues import SOURCE, Catalogue, Languages
from evenhand.languages.tags import canonical
from evenhand.notice import Notice, Way
from evenhand.templating import THIS_SITE

TEXTS = frozenset(("title", "text", "gentle_text", "network_text", "block_text"))
"""The options that hold words of a sentence or more."""
_UNNAMED_TITLE = marked("Ads pay for this site")


def own_words(notice: Notice) -> list[str]:
    """The publisher's own: those that differ from ours."""
    texts = [
        text
        for option in fields(Notice)
        if option.name in TEXTS and (text := getattr(notice, option.name)) != option.default
    ]
    return [*texts, *notice.words.values(), *(way.label for way in notice.ways if way.label)]


def spoken(notice: Notice, languages: Languages) -> tuple[frozenset[str], str]:
    """The languages that a notice can be shown in, and the one for readers of all others.

    Without words of the publisher's: every language. With some: the language that they are in,
    and those in which the publisher's folder has all of them, so that no notice mixes two.
    """
    own, home = own_words(notice), canonical(notice.lang)
    if not own:
        return languages.tags, languages.choose((notice.lang,)) or SOURCE

    def whole(tag: str) -> bool:
        return tag.startswith(f"{home}-") or all(map(languages.of(tag).knows, own))

    return frozenset((home, *filter(whole, languages.tags))), home


def named(text: str, name: str, catalogue: Catalogue) -> str:
    """A text in a language, the publisher's name in it.

    Where the name is only "this site" the whole sentence is looked up: in many languages the
    words for it change with their place.
    """
    sentence = text.replace("{name}", name)
    if name == THIS_SITE and catalogue.knows(sentence):
        return catalogue.gettext(sentence)
    return catalogue.gettext(text).replace("{name}", catalogue.gettext(name))


class Voice:
    """What a template gets of our words and the guides, in one language."""

    def __init__(self, language: str, catalogue: Catalogue, words: Mapping[str, str]) -> None:
        self.language, self.catalogue = language, catalogue
        self.words = {name: catalogue.gettext(text) for name, text in words.items()}

    def way(self, way: Way) -> dict[str, str | None]:
        """A way to help."""
        return {"kind": way.kind, "label": self.catalogue.gettext(way.words), "url": way.url}

    def groups(
        self, guides: Sequence[Guide], reader: Reader, likely: Guide | None
    ) -> list[dict[str, Any]]:
        """The guides under headings: this browser's, others, and the network's."""
        own = [guide for guide in guides if guide.fits(reader) and not guide.network]
        others = [guide for guide in guides if not guide.fits(reader)]
        network = [guide for guide in guides if guide.network]
        groups = [("here", own), ("elsewhere", others), ("network", network)]
        if likely and likely.network:
            groups.insert(0, groups.pop())
        return [
            {
                "label": self.words[name],
                "guides": [self._guide(guide, likely=guide is likely) for guide in some],
            }
            for name, some in groups
            if some
        ]

    def _guide(self, guide: Guide, *, likely: bool) -> dict[str, Any]:
        said = self.catalogue.gettext
        note = "" if guide.network else self.words["only_here"].replace("{undo}", said(guide.undo))
        return {
            "id": guide.id,
            "name": said(guide.blocker),
            "steps": [said(step) for step in guide.steps],
            "note": note,
            "more": guide.more,
            "network": guide.network,
            "likely": likely,
        }
