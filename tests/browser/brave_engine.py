"""Brave's list engine as a process: a JSON question on a line of stdin, an answer on one of stdout.

`engines.mjs` asks; the first question hands over the lists.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

import adblock


class BraveEngine:
    def lists(self, text: str) -> None:
        filters = adblock.FilterSet()
        filters.add_filter_list(text)
        self.engine = adblock.Engine(filters)

    def request(self, url: str, page: str, kind: str) -> dict[str, Any]:
        return {"blocked": self.engine.check_network_urls(url, page, kind).matched}

    def hide_at_start(self, page: str) -> str:
        return hiding(self.engine.url_cosmetic_resources(page).hide_selectors)

    def hide_names(self, page: str, classes: list[str], ids: list[str]) -> str:
        resources = self.engine.url_cosmetic_resources(page)
        if resources.generichide:  # type: ignore[attr-defined]  # its stub leaves this out
            return ""
        return hiding(self.engine.hidden_class_id_selectors(classes, ids, resources.exceptions))


def hiding(selectors: Iterable[str]) -> str:
    """One rule for each selector, so that one which no browser knows spoils no other."""
    return "\n".join(f"{selector} {{ display: none !important }}" for selector in selectors)


def main() -> None:
    engine = BraveEngine()
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        sys.stdout.write(json.dumps(getattr(engine, name)(*arguments)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
