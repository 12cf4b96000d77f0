# Long: one table of conditions, each with what makes it awkward.
"""Awkward but innocent: conditions without any blocker in which a naive detector accuses readers.

`CONDITIONS` says how each is made and what may be concluded there; `measure` visits them all.
"""

from __future__ import annotations

import json
import re
import subprocess
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from evenhand.baits import baits

from .harness import Action, Browser, Page, Visit, VisitError, Wait, visit
from .proxy import Proxy, Rule, proxying
from .servers import Server, serving
from .tls import Hosts

Guard = Literal["closed", "open"]
Setup = Literal["plain", "reader_css", "extension", "gpc", "forced_colors", "zoomed"]

BOTH: tuple[Browser, ...] = ("chromium", "firefox")
CHROMIUM: tuple[Browser, ...] = ("chromium",)
FIREFOX: tuple[Browser, ...] = ("firefox",)

_NAMES = "|".join(re.escape(pair.bait.partition("?")[0]) for pair in baits().pairs)
BAITS = rf"/reader-support/pair/(?:{_NAMES})(?:\?|$)"
PAIRS = "/reader-support/pair/"
PREFIX = "/reader-support/"
AT_ONCE = 12  # visits in one start of a browser
SECTION = Wait(until="load", settle=2500)  # where no verdict can be heard, or none comes
HEARD = Wait(settle=150)
FRAME = Wait(until="load", settle=1500)
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One row: how it is made, where it can be, and what the browser may conclude."""

    name: str
    # The last verdict, any of these. None: no verdict and no report.
    verdicts: tuple[str | None, ...] = ("loaded",)
    page: str = "plain"  # of tests/conditions.py
    rules: tuple[Rule, ...] = ()
    browsers: tuple[Browser, ...] = BOTH
    # Baits, or all pairs, don't come through: run with the guard closed and open.
    eats_baits: bool = False
    # No browser can tell this from a blocker: the guard must, so only what is counted is judged.
    guard_decides: bool = False
    slots: bool = False  # the site declares ad slots
    wait: Wait = HEARD
    actions: Sequence[Action] = ()
    emulate: Mapping[str, Any] = field(default_factory=dict[str, Any])
    setup: Setup = "plain"

    @property
    def guards(self) -> tuple[Guard, ...]:
        return ("closed", "open") if self.eats_baits else ("closed",)

    def host(self, browser: Browser, guard: Guard) -> str:
        return f"{self.name}-{guard}-{browser}" + ("-ads" if self.slots else "")


def answered(path: str, status: int, body: str = "Spoiled.\n", **headers: str) -> tuple[Rule, ...]:
    kept = {"content-type": "text/plain", **{k.replace("_", "-"): v for k, v in headers.items()}}
    rule = Rule(path, "answer", status=status, body=body, headers=tuple(kept.items()))
    return (rule,)


def delayed(path: str, seconds: float) -> tuple[Rule, ...]:
    return (Rule(path, after=seconds),)


def reset(path: str) -> tuple[Rule, ...]:
    return (Rule(path, "reset"),)


UNSURE = ("unknown",)
HTML = "<!doctype html><title>Sign in</title><p>Sign in to this network.</p>"
WORKER_READY = (
    "new Promise((done) => { const look = () => document.documentElement.dataset.worker"
    " ? done(true) : setTimeout(look, 50); look(); })"
)
FOLLOW = "void setTimeout(() => document.querySelector('a').click(), 50)"
VERDICT: Action = {"until": "verdict", "timeout": 8000}

CONDITIONS: tuple[Condition, ...] = (
    Condition(name="plain"),
    # The site's own styles.
    Condition(name="hides-classic", page="hides-classic"),
    Condition(name="hides-attribute", page="hides-attribute", verdicts=("blocked_probable",)),
    Condition(name="body-hidden-first", page="body-hidden-first"),
    Condition(name="body-hidden", page="body-hidden"),
    Condition(name="root-hidden", page="root-hidden"),
    Condition(name="root-invisible", page="root-invisible"),
    Condition(name="root-contained", page="root-contained"),
    Condition(name="div-squashed", page="div-squashed"),
    Condition(name="zoom-in", page="zoom-in"),
    Condition(name="zoom-out", page="zoom-out"),
    Condition(name="transformed", page="transformed"),
    Condition(name="rtl", page="rtl"),
    Condition(name="vertical", page="vertical"),
    Condition(name="print-style", emulate={"print": True}, browsers=CHROMIUM),
    # Frames: no page views of their own.
    Condition(name="frame", page="outer", wait=FRAME, verdicts=(None,)),
    Condition(name="frame-hidden", page="outer-hidden", wait=FRAME, verdicts=(None,)),
    Condition(name="frame-sandboxed", page="outer-sandboxed", wait=FRAME, verdicts=(None,)),
    Condition(
        name="frame-sandboxed-same", page="outer-sandboxed-same", wait=FRAME, verdicts=(None,)
    ),
    # Policies.
    Condition(name="csp-self", page="csp-self"),
    Condition(name="csp-no-image", page="csp-no-image"),
    Condition(name="csp-no-connect", page="csp-no-connect"),
    Condition(name="csp-script-only", page="csp-script-only"),
    Condition(name="csp-img-host", page="csp-img-host"),
    Condition(name="csp-meta", page="csp-meta"),
    Condition(name="csp-meta-no-image", page="csp-meta-no-image"),
    Condition(name="csp-meta-late", page="csp-meta-late"),
    Condition(name="csp-nonce", page="csp-nonce"),
    Condition(name="csp-trusted-types", page="csp-trusted-types"),
    Condition(name="csp-both", page="csp-both"),
    # What stands between the reader and us.
    Condition(name="pairs-503", rules=answered(PAIRS, 503), verdicts=UNSURE, eats_baits=True),
    Condition(
        name="prefix-503",
        rules=answered(PREFIX, 503),
        wait=SECTION,
        verdicts=(None,),
        eats_baits=True,
    ),
    Condition(name="baits-503", rules=answered(BAITS, 503), verdicts=UNSURE, eats_baits=True),
    Condition(name="baits-403", rules=answered(BAITS, 403), verdicts=UNSURE, eats_baits=True),
    Condition(name="baits-404", rules=answered(BAITS, 404), verdicts=UNSURE, eats_baits=True),
    Condition(name="baits-204", rules=answered(BAITS, 204, ""), verdicts=("loaded", "unknown")),
    Condition(
        name="baits-html",  # a network's sign-in page
        rules=answered(BAITS, 200, HTML, content_type="text/html"),
        verdicts=("loaded", "unknown"),
        eats_baits=True,
    ),
    Condition(
        name="all-html",
        rules=answered(PAIRS, 200, HTML, content_type="text/html"),
        verdicts=("loaded", "unknown"),
        eats_baits=True,
    ),
    Condition(
        name="baits-redirected",  # to an answer of the same origin
        rules=answered(BAITS, 302, location="/page/plain"),
        verdicts=("loaded", "unknown"),
        eats_baits=True,
    ),
    Condition(
        name="baits-redirected-away",  # a company's "this is blocked" page on a host of its own
        rules=answered(BAITS, 302, location="http://blockpage.localhost:18019/"),
        verdicts=UNSURE,
        eats_baits=True,
    ),
    Condition(
        name="baits-503-timing-full",
        page="timing-full",
        rules=answered(BAITS, 503),
        verdicts=UNSURE,
        eats_baits=True,
    ),
    Condition(
        name="baits-503-cleared",
        page="crowd-cleared",
        rules=answered(BAITS, 503),
        verdicts=UNSURE,
        eats_baits=True,
    ),
    Condition(
        name="baits-503-crowd",
        page="crowd",
        rules=answered(BAITS, 503),
        verdicts=UNSURE,
        eats_baits=True,
    ),
    Condition(
        name="baits-503-no-fetch",  # nothing is left that could tell an answer from a block
        page="timing-full-no-connect",
        rules=answered(BAITS, 503),
        verdicts=("blocked",),
        eats_baits=True,
        guard_decides=True,
    ),
    Condition(name="pairs-reset", rules=reset(PAIRS), verdicts=UNSURE, eats_baits=True),
    Condition(
        name="baits-reset",
        rules=reset(BAITS),
        verdicts=("blocked",),
        eats_baits=True,
        guard_decides=True,
    ),
    Condition(
        name="image-bait-reset",  # one name that something else dislikes
        rules=reset(r"/pair/ads728x90\.gif"),
        verdicts=("blocked_probable",),
        eats_baits=True,
    ),
    Condition(name="third-party-gone", page="third-party-gone"),
    Condition(
        name="offline",
        page="busy",
        wait=Wait(until="load", settle=0),
        actions=[{"offline": True}, {"wait": 3000}, {"offline": False}],
        verdicts=("unknown", None),
        eats_baits=True,
    ),
    Condition(
        name="offline-late",  # between baits and controls
        rules=delayed(BAITS, 1.5),
        wait=Wait(until="load", settle=700),
        actions=[{"offline": True}, {"wait": 2500}, {"offline": False}],
        verdicts=UNSURE,
        eats_baits=True,
    ),
    Condition(name="baits-1s", rules=delayed(BAITS, 1)),
    Condition(name="baits-5s", rules=delayed(BAITS, 5), verdicts=UNSURE, eats_baits=True),
    Condition(name="baits-30s", rules=delayed(BAITS, 30), verdicts=UNSURE, eats_baits=True),
    Condition(name="origin-slow", rules=delayed("^/", 1.2), verdicts=("loaded", "unknown")),
    Condition(
        name="origin-very-slow",
        rules=delayed(PREFIX, 3),
        verdicts=("loaded", "unknown"),
        wait=Wait(timeout=15000),
    ),
    # Ads that don't come for reasons of their own.
    Condition(name="ads", page="ads", slots=True),
    Condition(name="ads-none", slots=True, verdicts=("not_applicable",)),
    Condition(name="ads-down", page="ads-down", slots=True, verdicts=UNSURE),
    Condition(
        name="ads-503",
        page="ads-503",
        slots=True,
        rules=answered("/adtag-503", 503),
        verdicts=UNSURE,
    ),
    Condition(
        name="ads-slow",
        page="ads-slow",
        slots=True,
        rules=(Rule("/adtag-slow", "answer", after=3),),
        verdicts=UNSURE,
    ),
    Condition(  # revised
        name="ads-late", page="ads-late", slots=True, wait=Wait(until="load", settle=7500)
    ),
    Condition(
        name="ads-down-baits-503",
        page="ads-down",
        slots=True,
        rules=answered(BAITS, 503),
        verdicts=UNSURE,
        eats_baits=True,
    ),
    # What the reader does.
    Condition(
        name="background",
        emulate={"background": True},
        wait=Wait(until="load", settle=1000),
        actions=[{"front": True}, VERDICT],
    ),
    Condition(name="reload", actions=[{"reload": True}]),
    Condition(
        name="reload-early", wait=Wait(until="load", settle=0), actions=[{"reload": True}, VERDICT]
    ),
    Condition(
        name="back",
        page="leaves",
        actions=[{"evaluate": FOLLOW}, {"wait": 1200}, {"back": 800}, VERDICT],
    ),
    Condition(
        name="prerender",
        page="prerenders",
        browsers=CHROMIUM,
        actions=[{"wait": 2500}, {"evaluate": FOLLOW}, {"wait": 2000}],
    ),
    Condition(
        name="print",
        page="busy",
        wait=Wait(until="load", settle=300),
        actions=[{"print": True}, VERDICT],
    ),
    Condition(name="cpu-6x", emulate={"cpu": 6}, browsers=CHROMIUM),
    Condition(
        name="slow-3g",
        emulate={"network": "Slow 3G"},
        browsers=CHROMIUM,
        verdicts=("loaded", "unknown"),
        wait=Wait(timeout=15000),
    ),
    Condition(name="scaled", emulate={"scale": 0.5}),
    Condition(
        name="js-off",  # WebDriver BiDi can't in this Firefox
        emulate={"javascript": False},
        browsers=CHROMIUM,
        wait=SECTION,
        verdicts=(None,),
    ),
    Condition(name="gpc", emulate={"gpc": True}, browsers=CHROMIUM, wait=SECTION, verdicts=(None,)),
    Condition(name="gpc", setup="gpc", browsers=FIREFOX, wait=SECTION, verdicts=(None,)),
    Condition(name="forced-colors", emulate={"forced_colors": True}, browsers=CHROMIUM),
    Condition(name="forced-colors", setup="forced_colors", browsers=FIREFOX),
    Condition(name="browser-zoom", setup="zoomed", browsers=FIREFOX),
    Condition(name="reader-css", setup="reader_css", verdicts=("blocked_probable",)),
    Condition(name="extension", setup="extension"),
    # What the page does.
    Condition(  # Chromium's worker keeps a headless name, so its requests are counted as a bot's
        name="worker-pass",
        page="worker-pass",
        actions=[{"evaluate": WORKER_READY}, {"reload": True}],
    ),
    Condition(
        name="worker-cache",
        page="worker-cache",
        actions=[{"evaluate": WORKER_READY}, {"reload": True}, {"reload": True}],
    ),
    Condition(name="base", page="base"),
    Condition(name="base-own", page="base-own"),
    Condition(name="removes-nodes", page="removes-nodes", verdicts=("loaded", "unknown")),
    Condition(name="crowd", page="crowd"),
    Condition(name="crowd-cleared", page="crowd-cleared"),
    Condition(name="timing-full", page="timing-full"),
    Condition(name="errors", page="errors"),
)

READER_CSS = '[class*="ad-"], [class~="adsbox"], [id*="ads"], ins, [data-revive-zoneid] '
READER_CSS += "{ display: none !important }"
CHANGES_PAGE = """
document.body.style.background = "#fffbe6";
const bar = document.createElement("div");
bar.textContent = "Looked up for you.";
bar.className = "ad-banner";
document.body.prepend(bar);
for (const link of document.links) link.rel = "noopener";
"""


@dataclass(frozen=True)
class Outcome:
    """What was concluded under one condition, as the browser, the wire and the server tell."""

    condition: Condition
    browser: Browser
    guard: Guard
    verdict: str | None
    signals: tuple[str, ...]
    counted: dict[str, int]  # verdicts as the server counted them
    notice: bool
    asked: bool  # GET notice was sent
    guard_open: bool  # at the end
    requests: tuple[str, ...]  # for our prefix, in order, with their fate
    pairs: dict[str, int]  # hits of the counted pair that reached the origin
    console: tuple[str, ...]
    page_errors: tuple[str, ...]
    violations: tuple[str, ...]
    milliseconds: int | None  # from navigation to verdict

    def row(self) -> dict[str, Any]:
        """As it stands in build/conditions.json."""
        told = {k: v for k, v in vars(self).items() if k != "condition"}
        return {"condition": self.condition.name, **told}


class Sites:
    """A server whose host names are sites of their own, met past every proxy."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def direct(
        self, host: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, str]:
        """A clean reader's request, past the proxy."""
        request = urllib.request.Request(self.server.at("127.0.0.1", path), data=body)
        known = {"host": f"{host}.localhost", "user-agent": AGENT, "sec-fetch-site": "same-origin"}
        for name, value in {**known, **headers}.items():
            request.add_header(name, value)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=20) as answer:
            return answer.status, answer.read().decode(errors="replace")

    def open_guard(self, host: str) -> None:
        """A clean reader's bait arrives."""
        self.direct(host, f"/reader-support/pair/{baits().pairs[0].bait}")

    def counts(self, host: str) -> dict[str, Counter[str]]:
        """A host's own metrics: verdicts, pair hits, notices, and whether its guard is open."""
        found: dict[str, Counter[str]] = {
            name: Counter() for name in ("verdict", "kind", "event", "open", "to")
        }
        for line in self.direct(host, "/metrics")[1].splitlines():
            series, _, value = line.rpartition(" ")
            if series.startswith("evenhand_guard_open"):
                found["open"]["open"] += int(float(value))
            for family, label in _FAMILIES.items():
                named = re.search(rf'[{{,]{label}="([^"]*)"', series)
                if series.startswith(family + "{") and named:
                    found[label][named[1]] += int(float(value))
        return found


class Bench(Sites):
    """The site behind its proxy, and the browsers that visit it."""

    def __init__(
        self, server: Server, proxy: Proxy, folder: Path, hosts: Hosts | None = None
    ) -> None:
        super().__init__(server)
        self.proxy, self.folder, self.hosts = proxy, folder, hosts

    def url(self, host: str, path: str) -> str:
        return f"http://{host}.localhost:{self.proxy.port}{path}"

    def page_view(self, host: str, report: bytes | None = None) -> None:
        """What a page view leaves at the origin: both hits, or a control's and a report."""
        if report is None:
            self.direct(host, f"/reader-support/pair/{baits().pairs[0].bait}")
        self.direct(host, f"/reader-support/pair/{baits().pairs[0].control}")
        if report is not None:
            self.direct(host, "/reader-support/outcome", report)

    def setup(self, name: Setup, browser: Browser) -> dict[str, Any]:
        """What the browser is started with."""
        prefs = {
            "gpc": {"privacy.globalprivacycontrol.enabled": True},
            "forced_colors": {
                "browser.display.document_color_use": 2,
                "ui.prefersContrast": 1,
            },
            "zoomed": {"layout.css.devPixelsPerPx": "0.3"},
        }
        if name == "extension":
            return {"extension": self._extension(name, browser, script=CHANGES_PAGE)}
        if name == "reader_css" and browser == "chromium":
            return {"extension": self._extension(name, browser, css=READER_CSS)}
        if name == "reader_css":
            return {"user_css": READER_CSS}
        return {"prefs": prefs[name]} if name in prefs else {}

    def _extension(
        self, name: str, browser: Browser, *, script: str | None = None, css: str | None = None
    ) -> str:
        folder = self.folder / f"{name}-{browser}"
        folder.mkdir(exist_ok=True)
        content: dict[str, Any] = {"matches": ["http://*/*"], "run_at": "document_start"}
        if script is not None:
            (folder / "page.js").write_text(script)
            content |= {"js": ["page.js"], "run_at": "document_end"}
        if css is not None:
            (folder / "page.css").write_text(css)
            content["css"] = ["page.css"]
        manifest: dict[str, Any] = {
            # Firefox leaves it to its user whether a version 3 script may run on a site.
            "manifest_version": 3 if browser == "chromium" else 2,
            "name": "No blocker",
            "version": "1",
            "content_scripts": [content],
        }
        if browser == "firefox":
            manifest["browser_specific_settings"] = {"gecko": {"id": "none@evenhand.test"}}
        (folder / "manifest.json").write_text(json.dumps(manifest))
        return str(folder)

    def measure(
        self, browser: Browser, conditions: Sequence[Condition] = CONDITIONS
    ) -> Iterator[Outcome | VisitError]:
        """Visits every condition that this browser can have."""
        mine = [
            (condition, guard)
            for condition in conditions
            if browser in condition.browsers
            for guard in condition.guards
        ]
        for setup in dict.fromkeys(condition.setup for condition, _ in mine):
            alike = [row for row in mine if row[0].setup == setup]
            for first in range(0, len(alike), AT_ONCE):
                yield from self._visit(browser, setup, alike[first : first + AT_ONCE])

    def _visit(
        self, browser: Browser, setup: Setup, rows: Sequence[tuple[Condition, Guard]]
    ) -> Iterator[Outcome | VisitError]:
        visits: list[Visit] = []
        for condition, guard in rows:
            host = condition.host(browser, guard)
            if guard == "open":
                self.open_guard(host)
            visits.append(
                Visit(
                    url=self.url(host, f"/page/{condition.page}"),
                    wait=condition.wait,
                    actions=condition.actions,
                    emulate=condition.emulate,
                    profile="shared" if setup != "plain" else "own",
                )
            )
        try:
            run = visit(*visits, browser=browser, setup=self.setup(setup, browser))
        except (VisitError, subprocess.TimeoutExpired) as late:
            error = late if isinstance(late, VisitError) else VisitError(str(late))
            if len(rows) == 1:
                error.add_note(f"{rows[0][0].name} in {browser}, guard {rows[0][1]}")
                yield error
                return
            half = len(rows) // 2  # one visit that hangs must not take the others with it
            yield from self._visit(browser, setup, rows[:half])
            yield from self._visit(browser, setup, rows[half:])
            return
        if setup == "plain" and not (run.before.clean and run.after.clean):
            raise AssertionError(f"{browser} is not clean: {run.before} {run.after}")
        for (condition, guard), page in zip(rows, run.visits, strict=True):
            yield self._outcome(condition, browser, guard, page)

    def _outcome(self, condition: Condition, browser: Browser, guard: Guard, page: Page) -> Outcome:
        host = condition.host(browser, guard)
        seen = [each for each in self.proxy.seen if each.host == host and PREFIX in each.path]
        reports = [r for each in seen if (r := each.report) and r["kind"] != "notice"]
        heard = page.verdicts[-1] if page.verdicts else None
        signals = heard.signals if heard else reports[-1]["signals"] if reports else ()
        verdict = heard.verdict if heard else reports[-1]["verdict"] if reports else None
        counts = self.counts(host)
        return Outcome(
            condition,
            browser,
            guard,
            verdict,
            tuple(signals),
            dict(counts["verdict"]),
            page.notice.present or counts["event"]["shown"] > 0,
            any("/notice?" in each.path for each in seen),
            counts["open"]["open"] > 0,
            tuple(f"{each.method} {each.path} {each.fate}" for each in seen),
            dict(counts["kind"]),
            tuple(f"{message.type}: {message.text} {message.url}" for message in page.console),
            tuple(page.page_errors),
            tuple(f"{v.directive} {v.blocked}" for v in page.violations),
            round(heard.at) if heard else None,
        )


BULK = reset(BAITS)  # for hosts on which many page views are made by hand
_FAMILIES = {
    "evenhand_verdicts_total": "verdict",
    "evenhand_pair_hits_total": "kind",
    "evenhand_notice_total": "event",
    "evenhand_verdicts_revised_total": "to",
}


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    """The site and its proxy, for as long as it takes."""
    rules = {
        condition.host(browser, guard): condition.rules
        for condition in CONDITIONS
        for browser in condition.browsers
        for guard in condition.guards
    }
    command = ["-m", "uvicorn", "tests.conditions:app", "--port", "{port}", "--no-access-log"]
    # Its sites keep their counts in memory; the environment of a developer is none of theirs.
    with (
        serving(*command, "--lifespan", "off", ready="/favicon.ico") as server,
        proxying(
            lambda host: rules.get(host, BULK if host.startswith("bulk-") else ()),
            lambda _: server.port,
        ) as proxy,
    ):
        yield Bench(server, proxy, folder)


def table(outcomes: Sequence[Outcome]) -> str:
    """What every browser concluded under every condition."""
    lines = [
        f"{'condition':22} {'guard':6} {'browser':8} {'verdict':16} {'counted':24} "
        f"{'ms':>6}  notice  signals"
    ]
    for o in outcomes:
        counted = ",".join(f"{k}:{n}" for k, n in sorted(o.counted.items())) or "-"
        notice = "SHOWN" if o.notice else "asked" if o.asked else "-"
        shown = "-" if o.milliseconds is None else str(o.milliseconds)
        lines.append(
            f"{o.condition.name:22} {o.guard:6} {o.browser:8} {o.verdict or '-':16} {counted:24} "
            f"{shown:>6}  {notice:6}  {' '.join(o.signals)}"
        )
    return "\n".join(lines)
