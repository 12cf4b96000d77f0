"""Checks the built documents: every link leads somewhere, and nothing is requested from elsewhere.

`python scripts/check_site.py FOLDER` prints the links to other sites, which it doesn't follow.
"""

import re
import sys
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

ELSEWHERE = re.compile(r"(?:[a-z]+:)?//|mailto:", re.IGNORECASE)
# What a browser fetches by itself; a link in <a> is followed by a reader only.
FETCHED = {
    "audio": "src",
    "embed": "src",
    "iframe": "src",
    "img": "src",
    "link": "href",
    "object": "data",
    "script": "src",
    "source": "src",
    "video": "src",
}
IN_STYLES = re.compile(r"url\(\s*[\"']?([^\"')]+)|@import\s+[\"']([^\"']+)")


class Page(HTMLParser):
    """One page's anchors, its links, and what it has the browser fetch."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes what the element has."""
        given = {name: value for name, value in attrs if value}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if FETCHED.get(tag, "") in given:
            self.fetched.append(given[FETCHED[tag]])
        self.fetched += (first or second for first, second in IN_STYLES.findall(str(given)))


page = cache(Page)


def pages(folder: Path) -> Iterator[tuple[Path, Page]]:
    """Every page of the site."""
    return ((path, page(path)) for path in sorted(folder.rglob("*.html")))


def broken(folder: Path) -> list[str]:
    """Links and addresses within the site that lead nowhere."""
    return [
        f"{path.relative_to(folder)}: {link}"
        for path, found in pages(folder)
        for link in (*found.links, *found.fetched)
        if not ELSEWHERE.match(link) and not link.startswith("data:") and not _leads(path, link)
    ]


def _leads(path: Path, link: str) -> bool:
    address, anchor = urldefrag(unquote(link))
    target = (path.parent / address.partition("?")[0]) if address else path
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        return False
    return not anchor or target.suffix != ".html" or anchor in page(target).anchors


def requested(folder: Path) -> list[str]:
    """Addresses on other hosts that a page, or a style sheet, has the browser fetch."""
    found = [(path, address) for path, each in pages(folder) for address in each.fetched]
    for path in sorted(folder.rglob("*.css")):
        parts = IN_STYLES.findall(path.read_text("utf-8"))
        found += ((path, first or second) for first, second in parts)
    return [f"{path.relative_to(folder)}: {to}" for path, to in found if ELSEWHERE.match(to)]


def external(folder: Path) -> list[str]:
    """Links to other sites, that only a reader follows."""
    return sorted({to for _, found in pages(folder) for to in found.links if ELSEWHERE.match(to)})


def main(folder: Path) -> int:
    """Print what was found; 1 where something is wrong."""
    for link in external(folder):
        sys.stdout.write(f"not followed: {link}\n")
    wrong = [f"leads nowhere: {link}" for link in broken(folder)]
    wrong += [f"requested elsewhere: {address}" for address in requested(folder)]
    sys.stdout.writelines(f"{line}\n" for line in wrong)
    sys.stdout.write(f"{sum(1 for _ in pages(folder))} pages, {len(wrong)} faults\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
