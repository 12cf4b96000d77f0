"""The notice's HTML, and the support block's: from settings and a reader to a template's values."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Any

import jinja2

from evenhand.asking import words
from evenhand.asking.reader import ANYONE, Reader
from evenhand.asking.steps import Guide, in_network, kind_of, ranked
from evenhand.notice import LINKS, Notice, Way
from evenhand.templating import shown_name
from evenhand.vocabulary import Verdict

CONTRACT = 1
"""The version of the values that templates get; ``docs/notice.md`` lists them."""
REMEMBERED = 256  # pages: sites, browsers, systems and kinds of blocking that differ


class NoticePage:
    """The notice's HTML for each site, verdict and kind of reader; rendered when first asked for.

    A publisher's template is looked up then too, so that a broken one costs the notice and
    nothing else.
    """

    def __init__(self, notice: Notice, templates: jinja2.Environment, prefix: str) -> None:
        self._notice, self._templates, self._prefix = notice, templates, prefix
        self._words = words.checked("Notice.words", notice.words)
        self._rendered: OrderedDict[object, bytes] = OrderedDict()

    def render(
        self,
        site: str,
        reader: Reader = ANYONE,
        verdict: Verdict = "blocked",
        signals: Iterable[str] = ("image_bait_failed",),
        root_path: str = "",
    ) -> bytes:
        """The page for one reader. Raises what a publisher's template raises."""
        seen = frozenset(signals)
        # All that the words depend on; the rest of the signals makes no difference.
        key = site, reader, verdict, kind_of(seen), "element_bait_failed" in seen, root_path
        known = self._rendered.get(key)
        if known is None:
            values = self.values(site, reader, verdict, seen, root_path)
            known = self._templates.get_template("notice.html").render(values).encode()
            self._rendered[key] = known
            if len(self._rendered) > REMEMBERED:
                self._rendered.popitem(last=False)
        return known

    def block(self, site: str, root_path: str = "") -> str:
        """The support block that a publisher's template places: for everyone, without a script."""
        return self._templates.get_template("support.html").render(
            self.block_values(site, root_path)
        )

    def values(
        self,
        site: str,
        reader: Reader = ANYONE,
        verdict: Verdict = "blocked",
        signals: Iterable[str] = ("image_bait_failed",),
        root_path: str = "",
    ) -> dict[str, Any]:
        """What ``notice.html`` receives."""
        seen = frozenset(signals)
        notice = self._notice
        network = verdict == "blocked_probable" and in_network(reader, seen)
        text = notice.text
        if verdict == "blocked_probable":
            text = notice.network_text if network else notice.gentle_text
        guides = ranked(reader, seen)
        return {
            **self._common(site, text, root_path),
            "logo": notice.logo,
            "placement": notice.placement,
            "network": network,
            "ways": [_way(way) for way in notice.all_ways],
            "groups": self._groups(guides, reader, guides[0]),
        }

    def block_values(self, site: str, root_path: str = "") -> dict[str, Any]:
        """What ``support.html`` receives."""
        notice = self._notice
        guides = ranked(ANYONE, ("image_bait_failed", "element_bait_failed"))
        allowing = any(way.kind == "allow" for way in notice.ways)
        return {
            **self._common(site, notice.block_text, root_path),
            "links": [_way(way) for way in notice.ways if way.kind in LINKS],
            "groups": self._groups(guides, ANYONE, None) if allowing else [],
        }

    def _common(self, site: str, text: str, root_path: str) -> dict[str, Any]:
        notice = self._notice
        name = notice.name or shown_name(site)
        return {
            "v": CONTRACT,
            "name": name,
            "title": notice.title.replace("{name}", name),
            "text": text.replace("{name}", name),
            "words": self._words,
            "about": f"{root_path}{self._prefix}/about",
            "lang": notice.lang,
            "dir": notice.direction,
        }

    def _groups(
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
                "label": self._words[name],
                "guides": [self._guide(guide, likely=guide is likely) for guide in some],
            }
            for name, some in groups
            if some
        ]

    def _guide(self, guide: Guide, *, likely: bool) -> dict[str, Any]:
        note = "" if guide.network else self._words["only_here"].replace("{undo}", guide.undo)
        return {
            "id": guide.id,
            "name": guide.blocker,
            "steps": list(guide.steps),
            "note": note,
            "more": guide.more,
            "network": guide.network,
            "likely": likely,
        }


def _way(way: Way) -> dict[str, str | None]:
    return {"kind": way.kind, "label": way.words, "url": way.url}
