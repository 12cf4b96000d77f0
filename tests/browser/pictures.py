"""Takes the pictures in docs/ from the demo itself: `make pictures`."""

from pathlib import Path

from .harness import Visit, Wait, visit
from .servers import serving

DOCS = Path(__file__).parents[2] / "docs"
DEMO = ("-m", "evenhand", "demo", "--port", "{port}", "--readers", "20000")


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
        size = (1100, 900)
        visit(
            Visit(url=dashboard, wait=still, screenshot=DOCS / "dashboard.png", viewport=size),
            browser="chromium",
        )


if __name__ == "__main__":
    main()
