# Long: all that a test may ask of a visit, for every browser.
"""Sends a real browser to pages and tells what it saw there."""

from __future__ import annotations

import functools
import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec

from .tls import Hosts

Browser = Literal["chromium", "firefox"]
# Each as its readers have it; with "-network" its element hiding is off.
Blocker = Literal[
    "ubo",
    "ubo-network",
    "eyeo",
    "eyeo-network",
    "adguard",
    "adguard-network",
    "ghostery",
    "ghostery-network",
    "easylist",
    "easylist-network",
    "brave",
    "brave-network",
]
# They know hosts alone, and so never touch the first party.
HostBlocker = Literal[
    "dns-nxdomain",
    "dns-null",
    "tracking-protection",
    "privacy-badger",
    "privacy-badger-silent",  # with its "do not track" signal off
]
Scheme = Literal["dark", "light"]
Action = Mapping[str, Any]

BROWSER_OF: dict[Blocker, Browser] = {
    blocker: "firefox" if blocker.startswith(("ubo", "eyeo")) else "chromium"
    for blocker in get_args(Blocker)
}
HOST_BLOCKERS: dict[HostBlocker, tuple[Browser, ...]] = {
    blocker: ("chromium", "firefox") if blocker.startswith("dns-") else ("firefox",)
    for blocker in get_args(HostBlocker)
}
HERE = Path(__file__).parent
ROOT = HERE.parents[1]
DEADLINE = 120  # seconds for all visits of one call


@dataclass(frozen=True)
class Wait:
    """What a visit waits for; `Page.waited` tells whether it came before the timeout."""

    until: Literal["verdict", "notice", "load"] = "verdict"
    timeout: int = 10_000  # ms after the page's load event
    settle: int = 300  # ms more, for what must not happen


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One page to open, and what to do there.

    An action is one of `{"click": selector}` and `{"focus": selector}` (inside the notice, or in
    the page with `"in_page": True`), `{"press": key}`, `{"reload": True}`, `{"goto": url}`,
    `{"wait": ms}`, `{"back": ms}`, `{"offline": bool}`, `{"front": True}`, `{"print": True}`,
    `{"until": "notice", "timeout": ms}`, `{"evaluate": expression}`, `{"axe": True}`,
    `{"accessibility": True}` (Chromium, the notice's part of the tree) and
    `{"screenshot": path}`.
    """

    url: str
    wait: Wait = Wait()
    actions: Sequence[Action] = ()
    screenshot: Path | None = None  # taken at the end
    viewport: tuple[int, int] = (1280, 800)
    color_scheme: Scheme | None = None  # Firefox: one for all visits of a call
    page: Literal["new", "same"] = "new"  # "same" goes on in the tab of the visit before
    profile: Literal["shared", "own"] = "shared"  # "own" starts with empty storage
    # `javascript`, `background`, `scale`; Chromium: `cpu`, `network`, `forced_colors`, `gpc`,
    # `print` and `features` (media features by name)
    emulate: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def order(self) -> dict[str, Any]:
        width, height = self.viewport
        return {
            "url": self.url,
            "wait": vars(self.wait),
            "actions": [dict(action) for action in self.actions],
            "screenshot": None if self.screenshot is None else str(self.screenshot),
            "viewport": {"width": width, "height": height},
            "color_scheme": self.color_scheme,
            "page": self.page,
            "profile": self.profile,
            "emulate": dict(self.emulate),
        }


@dataclass(frozen=True)
class Evidence:
    """What loads, and is shown, on a page of the visited host: names on filter lists and twins."""

    listed_image: bool
    listed_script: bool
    listed_element: bool  # EasyList never hides one on 127.0.0.1 or localhost
    neutral_image: bool
    neutral_script: bool
    ad_host: bool | None  # an image of one; None: no foreign hosts are played
    foreign_host: bool | None  # its twin

    @property
    def blocked(self) -> bool:
        return self.twins_pass and not (self.listed_image or self.listed_script)

    @property
    def ad_host_blocked(self) -> bool:
        return self.twins_pass and bool(self.foreign_host) and not self.ad_host

    @property
    def clean(self) -> bool:
        listed = self.listed_image and self.listed_script and self.listed_element
        return self.twins_pass and listed and self.ad_host is not False

    @property
    def twins_pass(self) -> bool:
        foreign = self.foreign_host is not False
        return self.neutral_image and self.neutral_script and foreign


@dataclass(frozen=True)
class Message:
    """One console message. Firefox tells only what scripts log, Chromium also its own warnings."""

    type: str
    text: str
    url: str
    line: int | None


@dataclass(frozen=True)
class Request:
    """One request; in Firefox a blocked one is `other`, and fetches and beacons are `fetch`."""

    url: str
    method: str
    type: str
    status: int | None
    failed: str | None
    body: str | None
    at: int  # ms since the visit began


@dataclass(frozen=True)
class Box:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class NoticeState:
    """The notice as a reader meets it."""

    present: bool
    visible: bool
    in_viewport: bool  # the whole of it
    box: Box | None
    text: str
    focused: str  # such as "button#x.close"; empty when it is the body
    focus_inside: bool


@dataclass(frozen=True)
class Verdict:
    verdict: str
    signals: Any
    at: float  # ms since the navigation began


@dataclass(frozen=True)
class Violation:
    directive: str
    blocked: str
    disposition: str


@dataclass(frozen=True)
class Step:
    """What an action returned, and the notice right after it."""

    action: dict[str, Any]
    value: Any
    notice: NoticeState


@dataclass(frozen=True)
class Page:
    """What was heard and seen in one visit; console, errors and requests of all its loads."""

    url: str
    status: int | None
    title: str
    waited: bool
    notice: NoticeState
    verdicts: list[Verdict]  # of the last load, as is all below
    violations: list[Violation]
    layout_shift: float | None  # but for what input caused; None: the browser can't tell
    cookie: str
    local_storage: dict[str, str]
    session_storage: dict[str, str]
    console: list[Message]
    page_errors: list[str]
    requests: list[Request]
    steps: list[Step]

    @property
    def verdict(self) -> str | None:
        """The last verdict heard."""
        return self.verdicts[-1].verdict if self.verdicts else None

    def requested(self, part: str) -> list[Request]:
        """The requests whose address contains `part`."""
        return [request for request in self.requests if part in request.url]


@dataclass(frozen=True)
class Run:
    """All visits of one call, and whether the blocker blocked before and after them."""

    version: str
    before: Evidence
    after: Evidence
    visits: list[Page]
    ready_ms: int
    total_ms: int


@functools.cache
def missing(part: Literal["node", "prebid"] | Browser | Blocker | HostBlocker) -> str | None:
    """Why a part can't be used on this machine; None when it can."""
    if shutil.which("node") is None:
        return "Node is not installed"
    if not (ROOT / "node_modules/puppeteer-core").is_dir():
        return "puppeteer-core is not installed (npm ci)"
    if part == "node":
        return None
    kind = part.removesuffix("-network")
    if kind == "brave" and importlib.util.find_spec("adblock") is None:
        return "the list engine `adblock` is not installed"
    return None if (reason := _reasons()[kind]) is None else f"{kind} is not installed ({reason})"


@functools.cache
def _reasons() -> dict[str, str | None]:
    """Why each part is missing, as the driver sees it."""
    told = subprocess.run(
        ["node", str(HERE / "visit.mjs"), "--installed"], capture_output=True, check=True
    )
    return msgspec.json.decode(told.stdout, type=dict[str, str | None])


def browsers_of(blocker: Blocker | HostBlocker) -> tuple[Browser, ...]:
    """The browsers that a blocker runs in."""
    for known, browsers in HOST_BLOCKERS.items():
        if known == blocker:
            return browsers
    return (BROWSER_OF[blocker],)  # type: ignore[index]  # the others are all in there


class VisitError(Exception):
    """The browser could not be driven; carries what the driver said."""


def visit(
    *visits: Visit,
    browser: Browser,
    blocker: Blocker | HostBlocker | None = None,
    allowed: Sequence[str] = (),
    setup: Mapping[str, Any] | None = None,
    hosts: Hosts | None = None,
    nobody_at: Sequence[str] = (),
) -> Run:
    """Make the visits in one browser. With a blocker, only when it was seen to block.

    On the hosts that are `allowed` its reader has switched it off: not that of the first visit,
    where it is asked whether it blocks.

    Without one, a `setup` may name an unpacked `extension` and, in Firefox, `prefs` and the
    reader's own style sheet `user_css`.

    The foreign `hosts` are those of `tls.playing`; with nobody at some, connections to them are
    refused.
    """
    order = {
        "browser": browser,
        "blocker": blocker,
        "allowed": list(allowed),
        "python": sys.executable,
        "timeout": DEADLINE * 1000,
        "setup": dict(setup or {}),
        "hosts": hosts and hosts.order() | {"lost": list(nobody_at), "lost_to": "nobody"},
        "visits": [each.order() for each in visits],
    }
    if blocker is not None and browser not in browsers_of(blocker):
        raise ValueError(f"{blocker} runs in {browsers_of(blocker)}")
    driver = subprocess.Popen(
        ["node", str(HERE / "visit.mjs")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        out, err = driver.communicate(json.dumps(order).encode(), timeout=DEADLINE + 30)
    except BaseException:
        driver.terminate()  # on which it ends its browser
        driver.communicate()
        raise
    if driver.returncode != 0:
        raise VisitError(err.decode(errors="replace"))
    return msgspec.json.decode(out, type=Run)
