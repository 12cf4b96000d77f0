"""``GET notice``: the server's half of the policy, then the page; every "no" says why."""

import time
from collections.abc import Callable, Collection
from functools import partial

import jinja2
from starlette.types import Scope

from evenhand.answers import HTML, NO_STORE, Answer
from evenhand.asking import policy
from evenhand.asking.page import NoticePage
from evenhand.asking.reader import reader_of
from evenhand.bounds import PerSecond, bound_key
from evenhand.browsers import Browsers
from evenhand.experiments.declaration import HOLD_OUT
from evenhand.faults import OnFault
from evenhand.hooks import Hook
from evenhand.keys import Key
from evenhand.languages.catalogues import Languages
from evenhand.limits import REPORT, Limits
from evenhand.record import Record
from evenhand.requests import Request
from evenhand.settings import Settings
from evenhand.vocabulary import BLOCKED, NoReason, Verdict

REASON = b"x-reader-support"
"""The header of an answer without a notice that says why there is none."""

# What the publisher can do something about is counted. The rest concerns requests that no reader
# of theirs makes, or readers who are not counted beyond the pair.
_COUNTED: frozenset[NoReason] = frozenset(("quiet_path", "guard", "exempt"))

NOTICES_A_SECOND = 50  # of each worker, four million a day: one takes up to a millisecond

Believe = Callable[[Request, Verdict, Collection[str]], Verdict]
"""How far the server lets a verdict stand, by what it sees of all readers."""


class Asking:
    """Answers requests for the notice."""

    def __init__(
        self,
        settings: Settings,
        templates: jinja2.Environment,
        record: Record,
        browsers: Browsers,
        limits: Limits,
        believe: Believe,
        on_fault: OnFault,
        languages: Languages,
    ) -> None:
        self._settings, self._record, self._browsers = settings, record, browsers
        self._limits, self._believe, self._on_fault = limits, believe, on_fault
        refused = partial(record.count, bound_key("notices"))
        self._renders = PerSecond(NOTICES_A_SECOND, time.monotonic, refused)
        self._rule = Hook(settings.exempt) if settings.exempt else None
        notice = settings.notice
        self.pages = {
            variant: NoticePage(arm, templates, settings.prefix, languages)
            for variant, arm in (notice.arms if notice else {}).items()
        }
        self._held = notice.variants.get(HOLD_OUT) if notice else None
        # Scripts of a time before variants were asked for name none, and `evenhand doctor` too.
        self._variants = {"", *self.pages, self._held}

    @property
    def page(self) -> NoticePage | None:
        """The notice; of an experiment, its first arm's."""
        return next(iter(self.pages.values()), None)

    async def answer(self, request: Request) -> Answer:
        """The notice, where nothing on the server's side speaks against asking."""
        given = request.given
        signals = given("signs").split(",")
        known: dict[str, Verdict] = {verdict: verdict for verdict in BLOCKED}
        verdict = known.get(given("verdict"))
        asked = policy.Request(
            verdict=verdict or "",
            known=given("variant") in self._variants,
            held=given("variant") == self._held,
            believed=self._believe(request, verdict, signals) if verdict else "unknown",
            path=given("path"),
            mode=self._settings.mode,
            version=given("v"),
            foreign=request.foreign,
            opted_out=request.opted_out,
            bot=self._browsers.of(request.agent)[0] == "bot",
        )
        reasons = policy.on_server(self._settings.notice, asked)
        # Who isn't to be asked is in no arm, and so in no hold-out either.
        if reasons in ([], ["hold_out"]):
            if not self._renders.allow():
                reasons.insert(0, "busy")
            elif await self._exempt(request.scope):
                reasons.insert(0, "exempt")
        page = self.pages.get(given("variant"), self.page)
        if reasons or verdict is None or page is None:
            return self._no(request, reasons)
        reader = reader_of(request.headers, self._browsers.of(request.agent)[0])
        root_path = request.scope.get("root_path", "")
        # The page's language comes first: a notice is part of the page that it stands on.
        language = page.language((given("lang"), *request.languages))
        try:
            text = page.render(
                request.site, reader, asked.believed, signals, root_path, language=language
            )
        except Exception as fault:  # a publisher's template may raise anything
            self._on_fault("notice", fault)
            return self._no(request, ["template"])
        return Answer(200, [*HTML, NO_STORE], text)

    def _no(self, request: Request, reasons: list[NoReason]) -> Answer:
        notice = self._settings.notice
        if notice and reasons[0] in _COUNTED:
            where = (request.site, "", "", "")
            withheld = Key(*where, "notice", "withheld", reasons[0], notice.variant)
            limited = Key(*where, "dropped", "limited")
            admitted = self._limits.admits(request.site, request.source, REPORT)
            self._record.count(withheld if admitted else limited)
        return Answer(204, [NO_STORE, (REASON, ",".join(reasons).encode())])

    async def _exempt(self, scope: Scope) -> bool:
        """The publisher's word on this reader; where it fails, the reader is left alone."""
        if self._rule is None:
            return False
        try:
            return await self._rule.allows(scope)
        except Exception as fault:  # a publisher's hook may raise anything
            self._on_fault("notice", fault)
            return True
