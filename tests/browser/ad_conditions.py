# Long: one table, a row for each thing that befalls an ad tag.
"""Pages with ads of their own: what befalls their tags, and what may be concluded there.

`CONTROLS` have no blocker. `Stage` visits pages in browsers, in several at a time: most of the
time goes into waiting for ads that don't come.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from .adstack import (
    AD_HOSTS,
    ANYONE,
    CONSENT,
    EVERY,
    FOREIGN,
    GONE,
    JAVASCRIPT,
    Fate,
    ad_hosts,
    answered,
)
from .conditions import BOTH, WORKER_READY, Sites
from .harness import Action, Blocker, Browser, HostBlocker, Page, Run, Visit, Wait, visit
from .proxy import Rule
from .servers import Server, serving
from .tls import Hosts

LANES = 3  # browsers of a kind at a time
AT_ONCE = 9  # visits in one start of a browser
DOWN = Rule("", "answer", status=503, body="Down.\n", headers=(("content-type", "text/plain"),))
SLOW = Rule(r"\.js", after=10)
GPT_HOST = "securepubads.g.doubleclick.net"
ADSENSE_HOST = "pagead2.googlesyndication.com"
UNSURE = ("unknown",)
# The page can't tell these from DNS blocking; the server can, from all of its readers.
AS_BLOCKED = ("unknown", "blocked_probable")
SETTLED = Wait(timeout=20_000, settle=100)
# What the page itself can tell: every script, what was noted of its request, and every frame.
RAW = """(() => {
  const entries = performance.getEntriesByType("resource");
  const of = (url) => entries.filter(({ name }) => name === url)
    .map((e) => [e.initiatorType, Math.round(e.duration), e.responseStatus, e.transferSize]);
  const address = (url) => url.replace(/\\?.*/, "");
  return {
    scripts: [...document.scripts].filter(({ src }) => src && !src.includes("/reader-support/"))
      .map(({ src }) => [address(src), ...of(src)]),
    frames: [...document.querySelectorAll("iframe")]
      .map((f) => [address(f.src), f.offsetWidth, f.contentDocument === null, ...of(f.src)]),
    images: [...document.images].map((i) => [address(i.src), i.naturalWidth, ...of(i.src)]),
    gpt: window.googletag?.getVersion?.() ?? null,
    adsense: [...document.querySelectorAll("ins")].map((i) => i.dataset.adStatus ?? null),
  };
})()"""


@dataclass(frozen=True, kw_only=True)
class Control:
    """One arrangement without a blocker."""

    name: str
    page: str
    verdicts: tuple[str | None, ...]  # the last one, any of these
    first: str | None = None  # the first one, where another follows
    signals: tuple[str, ...] = ()  # that must be among those of the last verdict
    unsaid: tuple[str, ...] = ()  # that must not be
    fate: Fate = field(default_factory=Fate)
    declared: bool = True  # the site declares its slots
    nobody_at: tuple[str, ...] = ()
    browsers: tuple[Browser, ...] = BOTH
    wait: Wait = SETTLED
    actions: Sequence[Action] = ()
    rare: bool = False  # not in the gate: `make test-conditions` has it

    def host(self, browser: Browser) -> str:
        return f"{self.name}-{browser}" + ("" if self.declared else "-bare")


def spoiled(rule: Rule, *hosts: str) -> Fate:
    return Fate(spoiled=dict.fromkeys(hosts or (EVERY,), rule))


RELOAD: Action = {"reload": True}
CONTROLS: tuple[Control, ...] = (
    Control(name="plain", page="seven", verdicts=("loaded",), signals=("ad_rendered",)),
    Control(name="plain-undeclared", rare=True, page="seven", verdicts=("loaded",), declared=False),
    Control(name="alone", rare=True, page="seven-alone", verdicts=("loaded",)),
    Control(name="gpt", rare=True, page="gpt", verdicts=("loaded",)),
    Control(name="adsense", page="adsense", verdicts=("loaded",)),
    Control(name="inserted", page="seven-inserted", verdicts=("loaded",)),
    Control(name="late-slot", page="late", verdicts=("loaded",)),
    Control(
        name="cached",
        rare=True,
        page="seven",
        verdicts=("loaded",),
        fate=Fate(cached=True),
        actions=[RELOAD],
    ),
    Control(
        name="worker",
        page="worker",
        verdicts=("loaded",),
        actions=[{"evaluate": WORKER_READY}, RELOAD],
    ),
    Control(
        name="timing-cleared", rare=True, page="timing-cleared", verdicts=("loaded", "unknown")
    ),
    Control(name="timing-four", rare=True, page="timing-four", verdicts=("loaded", "unknown")),
    Control(
        name="timing-cleared-unfilled",
        rare=True,
        page="timing-cleared",
        fate=Fate(fills=False),
        verdicts=("unfilled", "unknown"),
    ),
    Control(
        name="timing-four-unfilled",
        rare=True,
        page="timing-four",
        fate=Fate(fills=False),
        verdicts=("unfilled", "unknown"),
    ),
    # The ad servers.
    Control(name="refused", page="seven", nobody_at=AD_HOSTS, verdicts=AS_BLOCKED),
    Control(
        name="refused-one", rare=True, page="seven", nobody_at=(GPT_HOST,), verdicts=("loaded",)
    ),
    Control(
        name="refused-adsense", rare=True, page="adsense", nobody_at=AD_HOSTS, verdicts=AS_BLOCKED
    ),
    Control(name="all-refused", page="seven", nobody_at=(*AD_HOSTS, FOREIGN), verdicts=UNSURE),
    Control(name="503", page="seven", fate=spoiled(DOWN), verdicts=AS_BLOCKED),
    Control(
        name="503-one", rare=True, page="seven", fate=spoiled(DOWN, GPT_HOST), verdicts=("loaded",)
    ),
    Control(
        name="503-single",
        page="adsense",
        fate=spoiled(DOWN),
        verdicts=UNSURE,
        signals=("ad_tag_failed",),
    ),
    Control(name="503-alone", rare=True, page="seven-alone", fate=spoiled(DOWN), verdicts=UNSURE),
    Control(
        name="503-untimed",  # the foreign control may come from a cache, for all that is known
        page="seven",
        fate=Fate(spoiled={EVERY: DOWN}, timed=False),
        verdicts=UNSURE,
    ),
    # A host that lets the page see its status.
    *(
        Control(
            name=name,
            rare=True,
            page="adsense",
            fate=spoiled(rule, ADSENSE_HOST),
            verdicts=UNSURE,
            signals=("ad_tag_failed",),
        )
        for name, rule in (
            ("503-seen", replace(DOWN, headers=(*DOWN.headers, ANYONE))),
            ("emptied", answered("/* nothing */", JAVASCRIPT, ANYONE)),
            # As a blocker's stand-in, but over the network: somebody else's, perhaps.
            ("neutered", answered("window.adsbygoogle = {push() {}}", JAVASCRIPT, ANYONE)),
        )
    ),
    Control(name="reset", page="seven", fate=spoiled(GONE), verdicts=AS_BLOCKED),
    Control(
        name="reset-one",
        rare=True,
        page="seven",
        fate=spoiled(GONE, GPT_HOST),
        verdicts=("loaded",),
    ),
    Control(name="reset-single", rare=True, page="adsense", fate=spoiled(GONE), verdicts=UNSURE),
    Control(
        name="all-reset",
        rare=True,
        page="seven",
        fate=spoiled(GONE, *AD_HOSTS, FOREIGN),
        verdicts=UNSURE,
    ),
    Control(
        name="slow",
        page="seven",
        fate=spoiled(SLOW),
        first="slow",
        verdicts=("slow", "loaded"),
    ),
    Control(
        name="slow-inserted",
        page="seven-inserted",
        fate=spoiled(SLOW),
        first="slow",
        verdicts=("loaded",),
        wait=Wait(timeout=20_000, settle=13_000),
    ),
    Control(name="no-cors", page="adsense", fate=Fate(cors=False), verdicts=UNSURE),
    Control(
        name="no-cors-seven", rare=True, page="seven", fate=Fate(cors=False), verdicts=("loaded",)
    ),
    Control(
        name="csp",
        page="seven-csp",
        browsers=("chromium",),
        verdicts=UNSURE,
        signals=("ad_tag_refused",),
    ),
    Control(
        name="csp-inserted",
        rare=True,
        page="inserted-csp",
        verdicts=UNSURE,
        signals=("ad_tag_refused",),
    ),
    # Firefox keeps nothing that could tell of a tag refused before we came.
    Control(name="csp", page="seven-csp", browsers=("firefox",), verdicts=UNSURE),
    Control(
        name="offline",
        page="offline",
        actions=[{"offline": True}, {"until": "verdict", "timeout": 12_000}, {"offline": False}],
        wait=Wait(until="load", settle=0),
        verdicts=UNSURE,
        signals=("offline",),
    ),
    # No ad was to be had.
    Control(
        name="unfilled", rare=True, page="seven", fate=Fate(fills=False), verdicts=("unfilled",)
    ),
    Control(name="unfilled-gpt", page="gpt", fate=Fate(fills=False), verdicts=("unfilled",)),
    Control(
        name="unfilled-adsense", page="adsense", fate=Fate(fills=False), verdicts=("unfilled",)
    ),
    # No ad was due.
    Control(name="ad-free", page="ad-free", verdicts=("not_applicable",), signals=("no_slots",)),
    Control(
        name="ad-free-undeclared", rare=True, page="ad-free", declared=False, verdicts=("loaded",)
    ),
    Control(name="empty-slot", page="empty-slot", verdicts=UNSURE, signals=("slots_empty",)),
    Control(name="lazy", page="lazy", verdicts=("not_applicable",), signals=("slots_unseen",)),
    Control(name="tab", page="tab", verdicts=("not_applicable",), signals=("slots_unseen",)),
    # Consent.
    *(
        Control(name=f"{api}-accepted", page=f"{api}-accepted", verdicts=("loaded",))
        for api in ("tcf", "gpp")
    ),
    *(
        Control(
            name=f"{api}-{answer}",
            page=f"{api}-{answer}",
            verdicts=("no_consent",),
            signals=(signal,),
        )
        for api in ("tcf", "gpp")
        for answer, signal in (("refused", "consent_refused"), ("undecided", "consent_pending"))
    ),
    *(
        Control(
            name=f"{api}-tool-gone",
            page=f"{api}-accepted",
            fate=spoiled(GONE, CONSENT),
            verdicts=("no_consent",),
            signals=("consent_tool_failed",),
        )
        for api in ("tcf", "gpp")
    ),
    Control(name="hook-given", rare=True, page="hook-given", verdicts=("loaded",)),
    Control(
        name="hook-pending",
        page="hook-pending",
        verdicts=("no_consent",),
        signals=("consent_pending",),
    ),
    Control(
        name="hook-refused",
        page="hook-refused",
        verdicts=("no_consent",),
        signals=("consent_refused",),
    ),
    # The publisher's own word.
    Control(name="told-filled", page="told-filled", verdicts=("loaded",)),
    Control(
        name="told-loaded",
        rare=True,
        page="told-loaded",
        declared=False,
        verdicts=("loaded",),
        signals=("ad_tag_loaded",),
    ),
    Control(
        name="told-bare",
        page="told-bare",
        declared=False,
        verdicts=("loaded",),
        signals=("ad_tag_loaded",),
    ),
    Control(  # whether it ran can't be told, so neither that it failed
        name="told-bare-untimed",
        page="told-bare",
        fate=Fate(timed=False),
        declared=False,
        verdicts=("unknown", "loaded"),
        unsaid=("ad_tag_failed", "ad_pending"),
    ),
    Control(name="told-unfilled", page="told-unfilled", verdicts=("unfilled",)),
    Control(
        name="told-tag-failed",
        page="told-tag",
        fate=spoiled(DOWN, FOREIGN),
        verdicts=UNSURE,
        signals=("ad_tag_failed",),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Blocked:
    """A browser with a blocker, and the pages that are visited there: name to page and fate."""

    blocker: Blocker | HostBlocker
    browser: Browser
    pages: Mapping[str, tuple[str, Fate]]
    wait: Wait = SETTLED

    @property
    def id(self) -> str:
        return f"{self.blocker}-{self.browser}"

    def host(self, name: str) -> str:
        return f"{self.id}-{name}"


@dataclass(frozen=True)
class Outcome:
    """What was concluded on one page, by the browser and by the server."""

    name: str
    browser: Browser
    verdicts: tuple[str, ...]
    signals: tuple[str, ...]  # of the last verdict
    counted: dict[str, int]
    revised: dict[str, int]
    notice: bool
    milliseconds: int | None
    asked: tuple[str, ...]  # of the foreign hosts
    raw: Any
    page: Page

    @property
    def verdict(self) -> str | None:
        return self.verdicts[-1] if self.verdicts else None

    def row(self) -> dict[str, Any]:
        """As it stands in build/ads.json."""
        return {k: v for k, v in vars(self).items() if k != "page"}

    def line(self) -> str:
        told = " > ".join(self.verdicts) or "-"
        counted = ",".join(f"{k}:{n}" for k, n in sorted(self.counted.items())) or "-"
        shown = "SHOWN" if self.notice else "-"
        ms = "-" if self.milliseconds is None else str(self.milliseconds)
        head = f"{self.name:34} {self.browser:8} {told:26} {counted:26} {ms:>6} {shown:5}"
        return f"{head}  {' '.join(self.signals)}"


class Stage(Sites):
    """The publisher's sites, the foreign hosts, and the browsers that meet both."""

    def __init__(self, server: Server, hosts: Hosts, fates: dict[str, Fate]) -> None:
        super().__init__(server)
        self.hosts, self.fates = hosts, fates

    def url(self, host: str, page: str) -> str:
        return self.server.at(f"{host}.localhost", f"/page/{page}")

    def visit(self, host: str, page: str, fate: Fate, **options: Any) -> Visit:
        """A visit to a site of this name, on which all readers so far had no blocker."""
        self.fates[host] = fate
        self.open_guard(host)
        return Visit(url=self.url(host, page), **options)

    def outcome(self, name: str, host: str, browser: Browser, page: Page) -> Outcome:
        counts = self.counts(host)
        raw = page.steps[-1].value if page.steps else None
        return Outcome(
            name,
            browser,
            tuple(heard.verdict for heard in page.verdicts),
            tuple(page.verdicts[-1].signals) if page.verdicts else (),
            dict(counts["verdict"]),
            dict(counts["to"]),
            page.notice.present or counts["event"]["shown"] > 0,
            round(page.verdicts[0].at) if page.verdicts else None,
            tuple(self.hosts.asked(host)),
            raw,
            page,
        )

    def controls(self, browser: Browser, rows: Sequence[Control]) -> list[Outcome]:
        """Every control that this browser can have, in a few of its kind side by side."""
        mine = [row for row in rows if browser in row.browsers]
        batches: list[list[Control]] = []
        for nobody_at in dict.fromkeys(row.nobody_at for row in mine):
            alike = [row for row in mine if row.nobody_at == nobody_at]
            lanes = -(-len(alike) // AT_ONCE)
            batches += [alike[lane::lanes] for lane in range(lanes)]
        with ThreadPoolExecutor(LANES) as pool:
            done = list(pool.map(lambda batch: self._controls(browser, batch), batches))
        return [outcome for outcomes in done for outcome in outcomes]

    def blocked(self, setup: Blocked) -> tuple[Run, dict[str, Outcome]]:
        """One blocker's pages; on those named `allowed` its reader has switched it off."""
        visits = {
            name: self.visit(
                setup.host(name), page, fate, wait=setup.wait, actions=[{"evaluate": RAW}]
            )
            for name, (page, fate) in setup.pages.items()
        }
        run = visit(
            *visits.values(),
            browser=setup.browser,
            blocker=setup.blocker,
            allowed=[f"{setup.host('allowed')}.localhost"],
            hosts=self.hosts,
        )
        return run, {
            name: self.outcome(f"{setup.blocker}/{name}", setup.host(name), setup.browser, page)
            for name, page in zip(visits, run.visits, strict=True)
        }

    def _controls(self, browser: Browser, rows: Sequence[Control]) -> list[Outcome]:
        visits = [
            self.visit(
                row.host(browser),
                row.page,
                row.fate,
                wait=row.wait,
                actions=[*row.actions, {"evaluate": RAW}],
                profile="own",
            )
            for row in rows
        ]
        run = visit(*visits, browser=browser, hosts=self.hosts, nobody_at=rows[0].nobody_at)
        return [
            self.outcome(row.name, row.host(browser), browser, page)
            for row, page in zip(rows, run.visits, strict=True)
        ]


@contextmanager
def stage() -> Iterator[Stage]:
    """All of it, for as long as it takes."""
    fates: dict[str, Fate] = {}
    command = ["-m", "uvicorn", "tests.browser.ad_pages:app", "--port", "{port}"]
    with (
        ad_hosts(fates) as hosts,
        serving(*command, "--no-access-log", "--lifespan", "off", ready="/favicon.ico") as server,
    ):
        yield Stage(server, hosts, fates)
