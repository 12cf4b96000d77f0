"""``GET notice``: the server's half of the policy, then the page; every "no" says why."""

from collections.abc import Callable, Collection

import jinja2
from starlette.types import Scope

from evenhand.answers import HTML, NO_STORE, Answer
from evenhand.asking import policy
from evenhand.asking.page import NoticePage
from evenhand.asking.reader import reader_of
from evenhand.browsers import Browsers
from evenhand.experiments.declaration import HOLD_OUT
from evenhand.faults import OnFault
from evenhand.keys import Key
from evenhand.languages.catalogues import Languages
from evenhand.record import Record
from evenhand.requests import Request, decided
from evenhand.settings import Settings
from evenhand.vocabulary import BLOCKED, NoReason, Verdict

REASON = b"x-reader-support"
"""The header of an answer without a notice that says why there is none."""

# What the publisher can do something about is counted. The rest concerns requests that no reader
# of theirs makes, or readers who are not counted beyond the pair.
_COUNTED: frozenset[NoReason] = frozenset(("quiet_path", "guard", "exempt"))

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
        believe: Believe,
        on_fault: OnFault,
        languages: Languages,
    ) -> None:
        self._settings, self._record, self._browsers = settings, record, browsers
        self._believe, self._on_fault = believe, on_fault
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
        # Who is exempt is in no arm, and so in no hold-out either.
        if reasons in ([], ["hold_out"]) and await self._exempt(request.scope):
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
            self._record.count(Key(*where, "notice", "withheld", reasons[0], notice.variant))
        return Answer(204, [NO_STORE, (REASON, ",".join(reasons).encode())])

    async def _exempt(self, scope: Scope) -> bool:
        """The publisher's word on this reader; where it fails, the reader is left alone."""
        rule = self._settings.exempt
        if rule is None:
            return False
        try:
            return await decided(rule, scope)
        except Exception as fault:  # a publisher's hook may raise anything
            self._on_fault("notice", fault)
            return True
