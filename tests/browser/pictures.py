"""Takes the pictures in docs/ from the demo itself: `make pictures`."""

from pathlib import Path
from typing import Any

from .harness import Action, Scheme, Visit, Wait, visit
from .notice_harness import SETTLE, ask
from .servers import serving

DOCS = Path(__file__).parents[2] / "docs"
DEMO = ("-m", "evenhand", "demo", "--port", "{port}", "--readers", "20000")

DASHBOARDS: tuple[tuple[str, tuple[int, int], Scheme], ...] = (
    ("", (1100, 1340), "light"),
    ("-dark", (1100, 1340), "dark"),
    ("-phone", (360, 1780), "light"),
)


def main() -> None:
    """Needs Firefox with uBlock Origin, and Chromium."""
    with serving(*DEMO, ready="/favicon.svg") as demo:
        article = demo.at("127.0.0.1", "/article")
        dashboard = demo.at("127.0.0.1", "/reader-support/dashboard?site=simulated")
        notice = Wait("notice", settle=500)
        visit(
            Visit(url=article, wait=notice, screenshot=DOCS / "notice.png"),
            browser="firefox",
            blocker="ubo",
        )
        still = Wait("load", settle=200)
        visit(
            *(
                Visit(
                    url=dashboard,
                    wait=still,
                    screenshot=DOCS / f"dashboard{name}.png",
                    viewport=size,
                    color_scheme=scheme,
                )
                for name, size, scheme in DASHBOARDS
            ),
            browser="chromium",
        )
    notices()
    preview()


def preview() -> None:
    """The editors' page."""
    with serving("-m", "evenhand", "preview", "--port", "{port}") as site:
        visit(
            Visit(
                url=site.at("127.0.0.1", "/?theme=paper&every_days=60"),
                wait=Wait("load", settle=1000),
                screenshot=DOCS / "preview.png",
                viewport=(1280, 1000),
                color_scheme="light",
            ),
            browser="chromium",
        )


def notices() -> None:
    """The notice in its themes, places and states, on the page that the tests look at."""
    command = (
        "-m",
        "uvicorn",
        "tests.browser.notice_site:app",
        "--app-dir",
        ".",
        "--port",
        "{port}",
    )
    with serving(*command, ready="/ready") as site:

        def picture(name: str, path: str, *actions: Action, **options: Any) -> Visit:
            return Visit(
                url=site.at("127.0.0.1", path),
                wait=Wait("load"),
                actions=[ask(), SETTLE, *actions],
                screenshot=DOCS / f"notice-{name}.png",
                **{"viewport": (1000, 720), "color_scheme": "light", **options},
            )

        opened: Action = {"click": "summary"}
        rest: Action = {"evaluate": "document.activeElement?.shadowRoot?.activeElement?.blur()"}
        visit(
            picture("open", "/plain-bar/", opened, rest, viewport=(1280, 800)),
            picture("corner", "/slate-corner/", color_scheme="dark"),
            picture("slot", "/paper-slot/"),
            picture("rtl", "/ar-bar/?rtl", viewport=(1280, 800)),
            picture("phone", "/plain-bar/", viewport=(320, 568)),
            picture("phone-open", "/plain-bar/", {"click": ".more"}, rest, viewport=(320, 568)),
            picture("zoomed", "/bold-bar/", viewport=(320, 200), emulate={"scale": 4}),
            picture("forced", "/plain-bar/", emulate={"forced_colors": True}, viewport=(1280, 800)),
            picture("bar", "/plain-bar/", viewport=(1280, 800)),
            browser="chromium",
        )


if __name__ == "__main__":
    main()
