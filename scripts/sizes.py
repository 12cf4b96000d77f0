"""Prints what a page view costs on the wire: bytes of each file as served, gzipped."""

import sys

from evenhand import Notice
from evenhand.baits import baits
from evenhand.scripts import Scripts
from evenhand.settings import Settings

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


def main() -> None:
    lines = [
        f"{' + '.join(names):28} {size:5} bytes gzipped (budget {BUDGETS[names]})"
        for names, size in sizes().items()
    ]
    requests = 2 * len(baits().pairs)
    lines.append(f"{'pairs':28} {requests:5} requests, 2 of them to the origin behind a CDN")
    lines.append(f"{'report':28} {1:5} request to the origin")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
