"""What of a page's HTML matters here: our tags, its policies, its base, its service worker."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from evenhand.insertion.walk import MARKER

_MARKER = MARKER.decode()
_POLICY = "content-security-policy"
# Text to a browser that runs scripts, or content that isn't on the page.
_INERT = frozenset(
    ["iframe", "noembed", "noframes", "noscript", "template", "textarea", "title", "xmp"]
)
_PROBE = re.compile(r"/[0-9a-f]{12}/probe\.js")
_WORKER = re.compile(r"serviceWorker\s*\.\s*register\s*\(\s*[\"'`]([^\"'`]+)")

Attributes = dict[str, str | None]


@dataclass
class Page:
    """One page's markup, as far as doctor looks."""

    tags: list[Attributes] = field(default_factory=list[Attributes])
    policies: list[str] = field(default_factory=list[str])  # in metas
    policies_before: int = 0  # how many of them stand before the tag, and bind it
    base: str = ""
    workers: list[str] = field(default_factory=list[str])  # addresses of service workers

    @staticmethod
    @lru_cache(maxsize=16)
    def read(text: str) -> "Page":
        """The markup of a page; HTML in comments and scripts is no markup."""
        reader = _Reader()
        reader.feed(text)
        reader.close()
        return reader.page

    def source(self, url: str) -> str:
        """Where a browser would fetch our script; empty without a tag."""
        if not self.tags:
            return ""
        given = self.tags[0].get("src") or ""
        try:
            return urljoin(urljoin(url, self.base), given)
        except ValueError:  # no address at all
            return given

    def prefix(self, url: str) -> str:
        """The path before the build's hash in the script's address; empty where there is none."""
        found = _PROBE.search(path := urlsplit(self.source(url)).path)
        return path[: found.start()] if found else ""

    def build(self, url: str) -> str:
        """The hash in the script's address; empty where there is none."""
        found = _PROBE.search(urlsplit(self.source(url)).path)
        return found[0][1:13] if found else ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._in_script = False
        self._inert = ""  # the element that hides what is in it

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._inert:
            return
        if tag in _INERT:
            self._inert = tag
            return
        given: Attributes = dict(reversed(attrs))  # of two alike, the first counts
        if tag == "script":
            self._in_script = True
            # An optimiser may have moved the source elsewhere, and left us our mark.
            if _MARKER in given or _PROBE.search(given.get("src") or ""):
                if not self.page.tags:
                    self.page.policies_before = len(self.page.policies)
                self.page.tags.append(given)
        elif tag == "base" and not self.page.tags and not self.page.base:
            self.page.base = given.get("href") or ""
        elif tag == "meta" and (given.get("http-equiv") or "").lower() == _POLICY:
            self.page.policies.append(given.get("content") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inert:
            self._inert = ""
        if tag == "script":
            self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.page.workers += _WORKER.findall(data)
