"""Prints what a page view costs on the wire: bytes of each file as served, gzipped."""

import gzip
import sys
from itertools import product
from statistics import median
from time import perf_counter

from evenhand import Notice, Way
from evenhand.asking.page import NoticePage
from evenhand.asking.reader import Reader
from evenhand.baits import baits
from evenhand.scripts import Scripts
from evenhand.settings import Settings
from evenhand.templating import environment
from evenhand.vocabulary import SYSTEMS, System, WayKind

FRAGMENT = 12_000
PAID: tuple[WayKind, ...] = ("subscribe", "donate", "newsletter")
WAYS = (*Notice().ways, *(Way(kind=kind, url=f"/{kind}") for kind in PAID))
PAGE = NoticePage(Notice(ways=WAYS), environment(None), "/reader-support")
BUDGETS = {
    ("probe.js",): 3072,
    ("ads.js",): 4096,
    ("notice.js", "notice.css"): 6144,
}


def sizes() -> dict[tuple[str, ...], int]:
    """Gzipped bytes of the files that are fetched together."""
    scripts = Scripts(Settings(ad_slots=(".ad-slot",), notice=Notice()))
    found: dict[tuple[str, ...], int] = {}
    for names in BUDGETS:
        answers = [scripts.answer(scripts.hash, name, gzipped=True) for name in names]
        found[names] = sum(len(answer.body) for answer in answers if answer)
    return found


def fragment(system: System, language: str) -> bytes:
    """The notice's HTML with all ways to help, for a reader of that system and language."""
    return PAGE.render("The Gazette", Reader("firefox", system), language=language)


def main() -> None:
    for language in PAGE.languages:
        fragment("other", language)  # compiles the template, reads the catalogue
    lines = [
        f"{' + '.join(names):28} {size:5} bytes gzipped (budget {BUDGETS[names]})"
        for names, size in sizes().items()
    ]
    took: list[float] = []
    packed: dict[str, int] = {}
    for language, system in product(sorted(PAGE.languages), SYSTEMS):
        if system != "other":
            begin = perf_counter()
            made = fragment(system, language)
            took.append(perf_counter() - begin)
            packed[language] = max(packed.get(language, 0), len(gzip.compress(made, 9)))
    most, least = max(packed, key=packed.__getitem__), min(packed, key=packed.__getitem__)
    range_ = f"from {packed[least]} in {least} to {packed[most]} in {most}"
    lines.append(
        f"{'the notice itself':28} {packed[most]:5} bytes gzipped (budget {FRAGMENT}); {range_}"
    )
    once = "ms the first time for each kind of reader and language"
    lines.append(f"{'rendering it':28} {median(took) * 1000:5.2f} {once}")
    requests = 2 * len(baits().pairs)
    lines.append(f"{'pairs':28} {requests:5} requests, 2 of them to the origin behind a CDN")
    lines.append(f"{'report':28} {1:5} request to the origin")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
