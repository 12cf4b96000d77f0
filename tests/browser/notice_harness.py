"""Asks for the notice by hand, where no blocker runs; and says what a reader meets."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from .conftest import VisitFunction
from .harness import Action, Page, Visit, Wait
from .servers import Server, serving

WINDOWS = {
    "desktop": (1280, 800),
    "large": (1920, 1080),
    "phone": (360, 740),
    "small": (320, 568),
    "landscape": (844, 390),
    "zoomed": (320, 200),  # 1280 by 800 at 400 %
}
OPENED: Action = {"click": "summary"}
SIGNALS = ("image_bait_failed", "script_bait_failed", "element_bait_failed")


@pytest.fixture(scope="session")
def site() -> Iterator[Server]:
    """The publisher of `notice_site.py`."""
    command = (
        "-m",
        "uvicorn",
        "tests.browser.notice_site:app",
        "--app-dir",
        ".",
        "--port",
        "{port}",
    )
    with serving(*command, "--log-level", "warning", ready="/ready") as server:
        yield server


def ask(
    verdict: str = "blocked", signals: Sequence[str] = SIGNALS, *, remembering: bool = False
) -> Action:
    """Does what probe.js does once a page view is judged; keeps what is told in ``__told``."""
    forget = "" if remembering else "sessionStorage.clear(); localStorage.clear();"
    given = json.dumps({"verdict": verdict, "signals": list(signals)})
    return {
        "evaluate": f"""(async () => {{
  {forget}
  const build = new URL("./", document.querySelector("script[data-evenhand]").src).href;
  const {{ ask }} = await import(build + "notice.js");
  globalThis.__told = [];
  globalThis.__announced = [];
  document.addEventListener("reader-support:notice", ({{ detail }}) => __announced.push(detail));
  const report = ({{ event }}) => __told.push(event);
  globalThis.__takeBack = await ask({{ ...{given}, base: build + "../", build, report }});
  return {{ shown: !!__takeBack, announced: __announced }};
}})()"""
    }


def inside(expression: str) -> Action:
    """Evaluates with ``root`` and ``section``, the notice's."""
    return {
        "evaluate": f"""(() => {{
  const root = document.querySelector("reader-support-notice").shadowRoot;
  const section = root.querySelector("section");
  return {expression};
}})()"""
    }


TOLD: Action = {"evaluate": "globalThis.__told"}
ANNOUNCED: Action = {"evaluate": "globalThis.__announced"}
SETTLE: Action = {"wait": 350}


def at(site: Server, path: str, *actions: Action, **options: Any) -> Visit:
    """A page view that ends with the notice shown, and with what is done then."""
    return Visit(
        url=site.at("127.0.0.1", path),
        wait=Wait("load", settle=0),
        actions=[ask(), *actions],
        **options,
    )


@pytest.fixture(scope="session")
def shown(site: Server, visit: VisitFunction) -> Page:
    """The notice as it comes, and opened; measured in the page itself."""
    measure = inside(
        """({
  moving: section.getAnimations({ subtree: true }).length,
  media: root.querySelectorAll("video, audio, canvas, iframe, object, embed, marquee").length,
  images: [...root.querySelectorAll("img")].map(({ src }) => new URL(src).pathname),
  fonts: [section, document.body].map((part) => getComputedStyle(part).fontFamily),
  text: section.innerText,
  backdrop: root.childElementCount,
  scroll: [document.documentElement, document.body].map((part) => getComputedStyle(part).overflowY),
  main: getComputedStyle(document.querySelector("main")).cssText,
})"""
    )
    main: Action = {"evaluate": "getComputedStyle(document.querySelector('main')).cssText"}
    html: Action = {
        "evaluate": "[...document.querySelectorAll('header, main')].map((e) => e.outerHTML).join()"
    }
    return visit(
        Visit(
            url=site.at("127.0.0.1", "/plain-bar/"),
            wait=Wait("load", settle=100),
            actions=[
                *(main, html, ask(), SETTLE, measure, html, {"wait": 500}, measure, OPENED),
                *({"click": ".close"}, html, TOLD),
            ],
        ),
        browser="chromium",
    ).visits[0]
