"""The dashboard as people see it: wide and narrow, light and dark; and as axe-core judges it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import VisitFunction
from .harness import Action, Scheme, Visit, Wait
from .servers import Server, serving

pytestmark = pytest.mark.browser

AXE: Action = {"axe": True}
WIDTH: Action = {"evaluate": "document.documentElement.scrollWidth"}
OPEN: Action = {
    "evaluate": "document.querySelectorAll('details').forEach((part) => { part.open = true; })"
}
LOADED = Wait("load", settle=0)
WINDOWS = {"desktop": (1280, 900), "phone": (360, 740)}


@pytest.fixture(scope="module")
def demo() -> Iterator[Server]:
    command = ("-m", "evenhand", "demo", "--port", "{port}", "--readers", "20000")
    with serving(*command, ready="/favicon.svg") as server:
        yield server


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("window", WINDOWS)
def test_axe_finds_nothing_and_nothing_is_cut_off(
    demo: Server, visit: VisitFunction, tmp_path: Path, window: str, scheme: Scheme
) -> None:
    size = WINDOWS[window]
    run = visit(
        *(
            Visit(
                url=demo.at("127.0.0.1", f"/reader-support/dashboard?{query}"),
                wait=LOADED,
                actions=[OPEN, AXE, WIDTH],
                viewport=size,
                color_scheme=scheme,
                screenshot=tmp_path / f"{number}.png",
            )
            for number, query in enumerate(
                ("site=simulated", "site=simulated&period=24h", "site=simulated&period=12m", "")
            )
        ),
        browser="chromium",
    )
    for page in run.visits:
        _, audit, width = (step.value for step in page.steps)
        assert audit["violations"] == [], page.url
        assert {"color-contrast", "landmark-one-main", "list"} <= {*audit["rules"]}, page.url
        assert width <= size[0], page.url
    assert (tmp_path / "0.png").stat().st_size > 20_000
