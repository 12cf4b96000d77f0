"""The page in a real Chromium, clean and with filter lists: the extra ``[browser]``.

It says that it is a headless browser, and is counted as a bot.
"""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from evenhand.doctor.findings import Finding, Remark, Unchecked
from evenhand.doctor.lists import Engine
from evenhand.errors import EvenhandError, OptionError
from evenhand.vocabulary import BLOCKED

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserType, Page, Route

PATIENCE = 20_000  # ms for a verdict: a slow page's comes within ten seconds
_INSTALLED = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_LISTEN = """document.addEventListener("reader-support:verdict",
  ({ detail }) => { window.evenhandVerdict = detail; });"""
_KINDS = {"xhr": "xmlhttprequest", "fetch": "xmlhttprequest", "ping": "ping"}


class BrowserError(EvenhandError):
    """No browser can be started, or it can't open the page."""


@dataclass(frozen=True)
class Visit:
    """What one browser made of the page."""

    verdict: str  # empty: none came
    signals: Sequence[str] = ()
    refused: int = 0  # requests that the lists blocked


@dataclass(frozen=True)
class Measured:
    """What browsers said, and what is wrong with it."""

    remarks: Sequence[Remark]
    sentences: Sequence[str]


def measure(url: str, engine: Engine | None, place: tuple[str, int] | None) -> Measured:
    """Open the page, once clean, and once with the lists if there are any."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise OptionError(
            "--browser", True, "Playwright and a Chromium", 'pip install "evenhand[browser]"'
        ) from None
    try:
        with sync_playwright() as playwright:
            browser = _launched(playwright.chromium, url, place)
            clean = _visited(browser, url, None)
            blocking = _visited(browser, url, engine) if engine else None
            browser.close()
    except Error as error:
        raise BrowserError(f"The browser failed: {error.message.splitlines()[0]}") from None
    return Measured(tuple(browser_checks(clean, blocking)), tuple(_told(clean, blocking)))


def browser_checks(clean: Visit, blocking: Visit | None) -> Iterator[Remark]:
    """Whether verdicts are as they should be; ``blocking`` is the visit with the lists."""
    if clean.verdict in BLOCKED:
        yield Finding("clean_visit_blocked", _said(clean))
    if not clean.verdict:
        yield Finding("no_verdict", f"none within {PATIENCE // 1000} s, without a blocker")
    if blocking is None:
        yield Unchecked("the page in a browser with a blocker", "give its lists with --list")
    elif clean.verdict and blocking.verdict not in BLOCKED:
        yield Finding("blocker_unseen", f"{_said(blocking)}; {blocking.refused} requests blocked")


def _told(clean: Visit, blocking: Visit | None) -> Iterator[str]:
    yield f"In Chromium without a blocker: {_said(clean)}."
    if blocking is not None:
        yield (
            f"In Chromium with the given lists, requests only, nothing hidden: {_said(blocking)};"
            f" {blocking.refused} requests blocked."
        )


def _said(visit: Visit) -> str:
    if not visit.verdict:
        return "no verdict"
    return f"{visit.verdict} ({', '.join(visit.signals) or 'no signals'})"


def _launched(kind: "BrowserType", url: str, place: tuple[str, int] | None) -> "Browser":
    found = next(filter(None, map(shutil.which, _INSTALLED)), None)
    name = urlsplit(url).hostname
    rules = [f"--host-resolver-rules=MAP {name} {place[0]}:{place[1]}"] if place else []
    return kind.launch(executable_path=found, args=rules)


def _visited(browser: "Browser", url: str, engine: Engine | None) -> Visit:
    refused: list[str] = []

    def decide(route: "Route") -> None:
        request = route.request
        kind = _KINDS.get(request.resource_type, request.resource_type)
        if engine and kind != "document" and engine.blocks(request.url, url, kind):
            refused.append(request.url)
            route.abort("blockedbyclient")
        else:
            route.continue_()

    context = browser.new_context(service_workers="block" if engine else "allow")
    try:
        context.add_init_script(_LISTEN)
        page = context.new_page()
        if engine:
            page.route("**/*", decide)
        page.goto(url, wait_until="domcontentloaded")
        detail = _awaited(page)
        if detail is None:
            return Visit("", (), len(refused))
        return Visit(str(detail["verdict"]), tuple(detail["signals"]), len(refused))
    finally:
        context.close()


def _awaited(page: "Page") -> dict[str, Any] | None:
    """The verdict, once it has come and stood for a second: a late ad may change it."""
    # Looked at again and again: to wait within the page would be an eval, which policies refuse.
    for _ in range(PATIENCE // 250):
        page.wait_for_timeout(250)
        if page.evaluate("window.evenhandVerdict"):
            page.wait_for_timeout(1_000)
            found: dict[str, Any] = page.evaluate("window.evenhandVerdict")
            return found
    return None
