"""The notice in every language, on one sheet: `make pictures-languages`; KEEP=DIR keeps each shot.

Languages, themes, placements and colour schemes are paired, so that each meets each other one.
"""

import html
import itertools
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from evenhand.asking.theme import THEMES
from evenhand.languages.catalogues import Languages
from evenhand.vocabulary import PLACEMENTS

from .harness import Box, Page, Scheme, Visit, Wait, visit
from .notice_harness import OPENED, SETTLE, WINDOWS, ask
from .servers import serving

DOCS = Path(__file__).parents[2] / "docs"
SITE = ("-m", "uvicorn", "tests.browser.notice_site:app", "--app-dir", ".", "--port", "{port}")
EDGE = 12  # pixels of the page around each notice
VIEW = (760, 900)
WIDTH = 1560  # of the sheet


@dataclass(frozen=True)
class Shot:
    """One notice, and how its picture is taken."""

    tag: str
    theme: str
    placement: str
    scheme: Scheme

    @property
    def path(self) -> str:
        return f"/{self.theme}-{self.placement}/?lang={self.tag}"

    @property
    def name(self) -> str:
        return f"{self.tag}-{self.theme}-{self.placement}-{self.scheme}.png"


def shots() -> list[Shot]:
    """Each language once; themes, places and schemes in turn, at paces without a common factor."""
    themes, places = itertools.cycle(THEMES), itertools.cycle(PLACEMENTS)
    schemes: itertools.cycle[Scheme] = itertools.cycle(("light", "dark", "dark", "light", "light"))
    return [
        Shot(*row) for row in zip(sorted(Languages().tags), themes, places, schemes, strict=False)
    ]


def figure(shot: Shot, box: Box) -> str:
    """A picture, cut to the notice in it."""
    left, top = max(0, box.x - EDGE), max(0, box.y - EDGE)
    right, bottom = min(VIEW[0], box.x + box.width + EDGE), min(VIEW[1], box.y + box.height + EDGE)
    style = (
        f"width:{right - left}px;height:{bottom - top}px;"
        f"background:url({html.escape(shot.name)}) {-left}px {-top}px"
    )
    words = f"{shot.tag} · {shot.theme} · {shot.placement} · {shot.scheme}"
    return f'<figure><div style="{style}"></div><figcaption>{words}</figcaption></figure>'


def sheet(taken: list[tuple[Shot, Page]]) -> str:
    """All pictures on one page, the wide ones first."""
    boxed = [(shot, page.notice.box) for shot, page in taken]
    found = [(shot, box) for shot, box in boxed if box]
    found.sort(key=lambda one: (-one[1].width, one[1].height))
    return (
        "<!doctype html><meta charset=utf-8><style>body{margin:8px;display:flex;flex-wrap:wrap;"
        "gap:8px;font:13px sans-serif;background:#fff;color:#333}figure{margin:0}"
        f"</style>{''.join(itertools.starmap(figure, found))}"
    )


def main(keep: str | None) -> None:
    """Needs Chromium."""
    with TemporaryDirectory() as made, serving(*SITE, ready="/ready") as site:
        folder = Path(keep or made)
        folder.mkdir(parents=True, exist_ok=True)
        asked = [
            Visit(
                url=site.at("127.0.0.1", shot.path),
                wait=Wait("load"),
                actions=[ask(), SETTLE],
                screenshot=folder / shot.name,
                viewport=VIEW,
                color_scheme=shot.scheme,
            )
            for shot in shots()
        ]
        taken = list(zip(shots(), visit(*asked, browser="chromium").visits, strict=True))
        (folder / "sheet.html").write_text(sheet(taken), "utf-8")
        if keep:
            opened(site.at("127.0.0.1"), folder)
        files = ("-m", "http.server", "{port}", "--bind", "127.0.0.1", "--directory", str(folder))
        with serving(*files, ready="/sheet.html") as server:
            picture(server.at("127.0.0.1", "/sheet.html"))


def picture(url: str) -> None:
    """The sheet as a picture, as high as it is."""
    height = {"evaluate": "document.documentElement.scrollHeight"}
    looked = Visit(url=url, wait=Wait("load"), actions=[height], viewport=(WIDTH, 900))
    value = visit(looked, browser="chromium").visits[0].steps[0].value
    target = DOCS / "notice-languages.png"
    visit(replace(looked, viewport=(WIDTH, value), screenshot=target), browser="chromium")


def opened(url: str, folder: Path) -> None:
    """Each language on a narrow screen with its steps open: to look at, not for the docs."""
    visit(
        *(
            Visit(
                url=f"{url}plain-bar/?lang={tag}",
                wait=Wait("load"),
                actions=[ask(), {"click": ".more"}, OPENED, SETTLE],
                screenshot=folder / f"opened-{tag}.png",
                viewport=(WINDOWS["small"][0], 900),
                color_scheme="light",
            )
            for tag in sorted(Languages().tags)
        ),
        browser="chromium",
    )


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
