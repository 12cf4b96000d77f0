"""Our own routes below the prefix: scripts, pairs, reports, the notice, about."""

from collections.abc import Collection, Mapping
from functools import lru_cache, partial

import anyio
from starlette.types import Receive, Scope, Send

from evenhand.about_routes import about_routes
from evenhand.answers import NOTHING, Answer
from evenhand.asking.routes import Asking
from evenhand.baits import CONTENT, Pair, baits
from evenhand.browsers import Browsers, Client
from evenhand.faults import OnFault
from evenhand.guard import Guard
from evenhand.judgement import WEAKENED
from evenhand.keys import Key
from evenhand.languages.catalogues import Languages
from evenhand.limits import BAIT, CONTROL, REPORT, Limits
from evenhand.record import Record
from evenhand.report import Report, bait_and_ad, decode, weakened
from evenhand.requests import Handler, Request, same
from evenhand.scripts import Scripts
from evenhand.settings import Settings
from evenhand.templating import environment
from evenhand.vocabulary import (
    BLOCKED,
    OTHER,
    Browser,
    Device,
    DropReason,
    PairKind,
    Signal,
    Verdict,
)


class Routes:
    """Answers the requests below the prefix, except those that we have no answer for."""

    def __init__(
        self,
        settings: Settings,
        scripts: Scripts,
        record: Record,
        guard: Guard,
        browsers: Browsers,
        limits: Limits,
        on_fault: OnFault,
        more: Mapping[str, Handler],
    ) -> None:
        self._settings, self._scripts = settings, scripts
        self._record, self._guard, self._browsers = record, guard, browsers
        self._limits, self._on_fault = limits, on_fault
        notice = settings.notice
        self._variants = {notice.variant, *notice.variants.values()} if notice else set[str]()
        languages = Languages(settings.templates)
        templates = environment(settings.templates, languages)
        self.asking = Asking(
            settings, templates, record, browsers, limits, self._as_counted, on_fault, languages
        )
        self._handlers: dict[str, Handler] = {
            "outcome": self._outcome,
            "notice": self.asking.answer,
            **about_routes(settings, templates, languages, on_fault),
            **self._pairs(),
            **more,
        }

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path below the prefix, but for those of the scripts."""
        return tuple(self._handlers)

    def find(self, path: str) -> Handler | None:
        """The handler of a path below the prefix, or None: then it is the app's."""
        handler = self._handlers.get(path)
        if handler is None:
            build, _, name = path.partition("/")
            if self._scripts.answer(build, name, gzipped=False):
                return partial(self._script, build, name)
        return handler

    async def answer(self, handler: Handler, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers; a fault of ours is an empty answer, never an error."""
        answer = NOTHING
        if not self._settings.off:
            try:
                answer = await handler(Request(scope, receive, self._settings))
            except Exception as fault:  # whatever it is, it is ours and not the page's
                self._on_fault("route", fault)
        await answer.send(send, head=scope["method"] == "HEAD")

    async def _script(self, build: str, name: str, request: Request) -> Answer:
        return self._scripts.answer(build, name, gzipped=request.takes_gzip) or NOTHING

    def _pairs(self) -> dict[str, Handler]:
        handlers: dict[str, Handler] = {}
        for number, pair in enumerate(baits().pairs):
            counted = number == 0
            answer = half(pair, counted=counted)
            bait = partial(self._hit, answer, "bait") if counted else partial(same, answer)
            control = partial(self._hit, answer, "control") if counted else partial(same, answer)
            handlers[_path(pair.bait)] = bait
            handlers[_path(pair.control)] = control
        return handlers

    async def _hit(self, answer: Answer, kind: PairKind, request: Request) -> Answer:
        """A half of the counted pair: the honest floor of the rate."""
        if request.method != "GET":
            return answer
        if request.foreign:
            self._drop(request.site, "foreign")
            return answer
        half = BAIT if kind == "bait" else CONTROL
        if not self._limits.admits(request.site, request.source, half):
            self._drop(request.site, "limited")
            return answer
        client = self._browsers.of(request.agent)
        if request.opted_out:
            kind = "withheld_bait" if kind == "bait" else "withheld"
        self._record.count(_pair_key(request.site, client, kind))
        if client[0] != "bot":
            self._guard.saw(request.site, kind)
        return answer

    async def _outcome(self, request: Request) -> Answer:
        """A report: counted or counted as refused, and answered alike."""
        if request.method == "POST":
            report = await self._accepted(request)
            if isinstance(report, Report):
                if report.kind == "verdict" and self._guard.suspects(request.site, report.verdict):
                    # In a thread: reading every worker's counts may take long, or wait.
                    await anyio.to_thread.run_sync(self._review)
                self._count(request, report)
            else:
                self._drop(request.site, report)
        return NOTHING

    async def _accepted(self, request: Request) -> Report | DropReason:
        if self._settings.mode != "full":
            return "mode"
        if request.foreign:
            return "foreign"
        if request.opted_out:
            return "withheld"
        body = await request.body()
        if isinstance(body, str):
            return body
        report = decode(body)
        if not isinstance(report, Report):
            return report
        if self._browsers.of(request.agent)[0] == "bot":
            return "bot"
        return report if self._limits.admits(request.site, request.source, REPORT) else "limited"

    def _count(self, request: Request, report: Report) -> None:
        if report.site and report.site != request.site:
            self._on_fault("site_mismatch", ValueError("a report names another site"))
        client = self._browsers.of(request.agent)
        section = self._section(report.section)
        where = (request.site, section, *client)
        if report.kind == "notice":
            variant = report.variant if report.variant in self._variants else OTHER
            key = Key(request.site, section, "", "", "notice", report.event, "", variant)
            self._record.count(key)
            return
        verdict = self._as_counted(request, report.verdict, report.signals)
        if report.kind == "revised":
            former = report.former and self._as_counted(request, report.former, report.signals)
            self._record.count(Key(*where, "revised", former, verdict))
            return
        open_ = self._is_open(request)
        if verdict != report.verdict and not open_:
            self._record.count(Key(*where, WEAKENED, report.verdict))
        for key in _verdict_keys(where, verdict, report.signals, guard_open=open_):
            self._record.count(key)

    def _as_counted(self, request: Request, verdict: Verdict, signals: Collection[str]) -> Verdict:
        """A verdict as far as the server, which sees all readers, can let it stand."""
        if verdict not in BLOCKED:
            return verdict  # most of them; and the guard need not be asked
        open_ = self._is_open(request)
        down = self._guard.ads_are_down(request.site)
        return weakened(verdict, signals, guard_open=open_, ads_down=down)

    def _is_open(self, request: Request) -> bool:
        """Whether the guard lets a block count as one."""
        if self._guard.is_open(request.site):
            return True
        if request.local:
            self._guard.open(request.site, "loopback")
        return self._guard.is_open(request.site)

    def _review(self) -> None:
        self._guard.review(self._record.totals())

    def _section(self, named: str) -> str:
        if not self._settings.sections:
            return ""
        return named if named in self._settings.sections else OTHER

    def _drop(self, site: str, reason: DropReason) -> None:
        self._record.count(Key(site, "", "", "", "dropped", reason))


@lru_cache(maxsize=1024)
def _pair_key(site: str, client: Client, kind: PairKind) -> Key:
    return Key(site, "", *client, "pair", kind)


@lru_cache(maxsize=1024)
def _verdict_keys(
    where: tuple[str, str, Browser, Device],
    verdict: Verdict,
    signals: tuple[Signal, ...],
    *,
    guard_open: bool,
) -> tuple[Key, Key]:
    """What one report of a verdict is counted as."""
    pair = bait_and_ad(signals, guard_open=guard_open)
    return Key(*where, "verdict", verdict), Key(*where, "bait_ad", *pair)


def _path(half: str) -> str:
    """Where a half of a pair is, below the prefix; a query only makes its name."""
    return "pair/" + half.partition("?")[0]


def half(pair: Pair, *, counted: bool) -> Answer:
    """Either half of a pair. The counted one reaches the origin; a CDN may answer the others,
    though no browser may."""
    kind, content = CONTENT[pair.type]
    headers = [(b"content-type", kind), (b"cache-control", b"no-store")]
    if not counted:
        headers.append((b"cdn-cache-control", b"public, max-age=86400"))
    return Answer(200, headers, content)
