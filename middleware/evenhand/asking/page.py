"""The notice's HTML, and the support block's: from settings and a reader to a template's values."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

import jinja2

from evenhand.asking import words
from evenhand.asking.reader import ANYONE, Reader
from evenhand.asking.steps import in_network, kind_of, ranked
from evenhand.asking.voice import Voice, named, spoken
from evenhand.languages.catalogues import Languages
from evenhand.languages.tags import direction, lookup
from evenhand.notice import LINKS, Notice
from evenhand.paths import link
from evenhand.templating import shown_name
from evenhand.vocabulary import Verdict

CONTRACT = 1
"""The version of the values that templates get; ``docs/notice.md`` lists them."""
REMEMBERED = 256  # pages: sites, browsers, systems and kinds of blocking that differ


class NoticePage:
    """The notice's HTML for each site, verdict, kind of reader and language; rendered when first
    asked for.

    A publisher's template is looked up then too, so that a broken one costs the notice and
    nothing else.
    """

    def __init__(
        self,
        notice: Notice,
        templates: jinja2.Environment,
        prefix: str,
        languages: Languages | None = None,
    ) -> None:
        self._notice, self._templates, self._prefix = notice, templates, prefix
        self._languages = languages or Languages()
        self.languages, self._otherwise = spoken(notice, self._languages)
        self._words = words.checked("Notice.words", notice.words)
        self._voices: dict[str, Voice] = {}
        self._rendered: OrderedDict[object, bytes] = OrderedDict()

    def language(self, wanted: Iterable[str]) -> str:
        """One of ``languages``: the first wanted one that this notice can be shown in."""
        return lookup(wanted, self.languages) or self._otherwise

    def render(
        self,
        site: str,
        reader: Reader = ANYONE,
        verdict: Verdict = "blocked",
        signals: Iterable[str] = ("image_bait_failed",),
        root_path: str = "",
        *,
        language: str = "",
    ) -> bytes:
        """The page for one reader. Raises what a publisher's template raises.

        ``language`` is a tag; what the notice can't be shown in becomes what it can.
        """
        seen = frozenset(signals)
        language = self.language((language,))
        # All that the words depend on; the rest of the signals makes no difference.
        key = (
            site,
            reader,
            verdict,
            kind_of(seen),
            "element_bait_failed" in seen,
            root_path,
            language,
        )
        known = self._rendered.get(key)
        if known is None:
            values = self.values(site, reader, verdict, seen, root_path, language=language)
            known = self._templates.get_template("notice.html").render(values).encode()
            self._rendered[key] = known
            if len(self._rendered) > REMEMBERED:
                self._rendered.popitem(last=False)
        else:
            self._rendered.move_to_end(key)  # the one that was asked for longest ago makes room
        return known

    def block(self, site: str, root_path: str = "", *, language: str = "") -> str:
        """The support block that a publisher's template places: for everyone, without a script."""
        values = self.block_values(site, root_path, language=language)
        return self._templates.get_template("support.html").render(values)

    def values(
        self,
        site: str,
        reader: Reader = ANYONE,
        verdict: Verdict = "blocked",
        signals: Iterable[str] = ("image_bait_failed",),
        root_path: str = "",
        *,
        language: str = "",
    ) -> dict[str, Any]:
        """What ``notice.html`` receives."""
        seen = frozenset(signals)
        notice, voice = self._notice, self._voice(language)
        network = verdict == "blocked_probable" and in_network(reader, seen)
        text = notice.text
        if verdict == "blocked_probable":
            text = notice.network_text if network else notice.gentle_text
        guides = ranked(reader, seen)
        return {
            **self._common(voice, site, text, root_path),
            "logo": notice.logo,
            "placement": notice.placement,
            "network": network,
            "ways": [voice.way(way) for way in notice.all_ways],
            "groups": voice.groups(guides, reader, guides[0]),
        }

    def block_values(self, site: str, root_path: str = "", *, language: str = "") -> dict[str, Any]:
        """What ``support.html`` receives."""
        notice, voice = self._notice, self._voice(language)
        guides = ranked(ANYONE, ("image_bait_failed", "element_bait_failed"))
        allowing = any(way.kind == "allow" for way in notice.ways)
        return {
            **self._common(voice, site, notice.block_text, root_path),
            "links": [voice.way(way) for way in notice.ways if way.kind in LINKS],
            "groups": voice.groups(guides, ANYONE, None) if allowing else [],
        }

    def _common(self, voice: Voice, site: str, text: str, root_path: str) -> dict[str, Any]:
        notice = self._notice
        name = notice.name or shown_name(site)
        return {
            "v": CONTRACT,
            "name": voice.catalogue.gettext(name),
            "title": named(notice.title, name, voice.catalogue),
            "text": named(text, name, voice.catalogue),
            "words": voice.words,
            "about": f"{link(root_path, self._prefix)}/about?lang={voice.language}",
            "lang": voice.language,
            "dir": direction(voice.language),
        }

    def _voice(self, language: str) -> Voice:
        """The words of one of ``languages``, made once."""
        tag = self.language((language,))
        if tag not in self._voices:
            self._voices[tag] = Voice(tag, self._languages.of(tag), self._words)
        return self._voices[tag]
