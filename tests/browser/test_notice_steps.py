"""The steps for uBlock Origin in Firefox, done as a reader does; the page is then `loaded`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from evenhand.asking.steps import guides

from .harness import missing
from .marionette import UUID, Marionette, blocker, executable, firefox_with, wait_for
from .servers import Server
from .test_blockers import HOST, open_guard
from .test_demo import ad_origin, gazette, of, scraped

__all__ = ["ad_origin", "gazette"]

pytestmark = pytest.mark.browser

ROOT = 'document.querySelector("reader-support-notice")?.shadowRoot'
LIKELY = f'{ROOT}?.querySelector("[data-guide]:not([hidden])")'
TAB = """const { ExtensionParent } = ChromeUtils.importESModule("resource://gre/modules/ExtensionParent.sys.mjs");
return ExtensionParent.apiManager.global.tabTracker.getId(gBrowser.selectedTab);"""
# Its address is not read from the page: what is heard goes into an attribute.
LISTEN = """document.addEventListener("reader-support:verdict", (event) => {
  document.documentElement.dataset.heard = event.detail.verdict;
});"""
HEARD = "return document.documentElement.dataset.heard"


def blocked(firefox: Marionette, article: str) -> bool:
    """Opens the article; whether the notice comes: it takes uBlock Origin some seconds to start."""
    firefox.send("WebDriver:Navigate", url=article)
    firefox.run(LISTEN)
    return bool(firefox.until(HEARD, "a verdict") == "blocked")


def switch_off(firefox: Marionette) -> None:
    """Opens uBlock Origin's panel for the page's tab and clicks its big power button."""
    page = firefox.send("WebDriver:GetWindowHandle")
    tab = firefox.privileged(TAB)
    panel = firefox.send("WebDriver:NewWindow", type="tab")["handle"]
    firefox.send("WebDriver:SwitchToWindow", handle=panel)
    firefox.send("WebDriver:Navigate", url=f"moz-extension://{UUID}/popup-fenix.html?tabId={tab}")
    firefox.until(
        'return !document.body.matches(".loading") && !!document.querySelector("#switch")',
        "uBlock Origin's panel",
    )
    assert not firefox.run('return document.body.classList.contains("off")')
    firefox.run('document.querySelector("#switch").click()')
    firefox.until('return document.body.classList.contains("off")', "uBlock Origin's switch")
    firefox.send("WebDriver:CloseWindow")
    firefox.send("WebDriver:SwitchToWindow", handle=page)


def test_the_steps_for_ublock_origin_lead_to_loaded(gazette: Callable[..., Server]) -> None:
    for part in ("node", "firefox", "ubo"):
        if reason := missing(part):
            pytest.skip(reason)
    program, extension = executable(), blocker()
    assert program
    assert extension
    server = gazette()
    open_guard(server)
    article = server.at(HOST, "/article")
    with firefox_with(extension, program) as firefox:
        wait_for(lambda: blocked(firefox, article), "uBlock Origin's blocking")
        said = firefox.until(f"return {LIKELY}?.innerText || {LIKELY}?.textContent", "the notice")
        guide = next(guide for guide in guides() if guide.id == "ublock-origin")
        assert guide.blocker in said
        for step in guide.steps:
            assert step in said
        firefox.run(f'{ROOT}.querySelector("summary").click()')

        firefox.run(f'{ROOT}.querySelector("[data-act=check]").click()')
        status = f'return {ROOT}.querySelector("[role=status]").textContent'
        still = f"{status}.startsWith('Ads still seem')"
        firefox.until(still, "a polite no")
        assert firefox.run(f"return {ROOT}.activeElement === null")

        switch_off(firefox)
        firefox.run(f'{ROOT}.querySelector("[data-act=check]").click()')
        firefox.until(f"{status}.startsWith('Thank you')", "thanks, without a reload")
        wait_for(
            lambda: of(scraped(server), "evenhand_notice_total", "event")["allowed"] == 1,
            "the count of an allowance",
        )

        firefox.run(f'{ROOT}.querySelector("[data-act=reload]").click()')
        wait_for(
            lambda: of(scraped(server), "evenhand_verdicts_total", "verdict")["loaded"] >= 1,
            "the page's verdict after the reader's own reload",
        )
        firefox.send("WebDriver:Navigate", url=article)
        firefox.run(LISTEN)
        assert firefox.until(HEARD, "a verdict") == "loaded"
        assert not firefox.run(f"return !!{ROOT}")
