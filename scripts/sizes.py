"""Prints what a page view costs on the wire: bytes of each file as served, gzipped."""

import gzip
import sys
from time import perf_counter

from evenhand import Notice, Way
from evenhand.asking.page import NoticePage
from evenhand.asking.reader import Reader
from evenhand.baits import baits
from evenhand.scripts import Scripts
from evenhand.settings import Settings
from evenhand.templating import environment
from evenhand.vocabulary import SYSTEMS, System

FRAGMENT = 12_000
WAYS = (*Notice().ways, *(Way(label=f"Way {n}", url=f"/{n}") for n in range(4)))
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


def fragment(system: System) -> bytes:
    """The notice's HTML with all ways to help, for a reader of that system."""
    return PAGE.render("The Gazette", Reader("firefox", system))


def main() -> None:
    fragment("other")  # compiles the template
    lines = [
        f"{' + '.join(names):28} {size:5} bytes gzipped (budget {BUDGETS[names]})"
        for names, size in sizes().items()
    ]
    begin = perf_counter()
    fragments = [fragment(system) for system in SYSTEMS if system != "other"]
    took = (perf_counter() - begin) / len(fragments) * 1000
    packed = max(len(gzip.compress(each, 9)) for each in fragments)
    lines.append(f"{'the notice itself':28} {packed:5} bytes gzipped (budget {FRAGMENT})")
    lines.append(f"{'rendering it':28} {took:5.2f} ms the first time for each kind of reader")
    requests = 2 * len(baits().pairs)
    lines.append(f"{'pairs':28} {requests:5} requests, 2 of them to the origin behind a CDN")
    lines.append(f"{'report':28} {1:5} request to the origin")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
