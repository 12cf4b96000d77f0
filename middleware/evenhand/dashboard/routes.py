"""The dashboard's routes: who may see it, and the page from the stored counts."""

import hmac
from base64 import b64decode
from binascii import Error as NotBase64
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from time import monotonic, time
from typing import NamedTuple, TypeVar
from urllib.parse import parse_qs

import anyio

from evenhand.answers import NO_STORE, Answer, Headers
from evenhand.bounds import PerSecond, bound_key
from evenhand.checks import Rule
from evenhand.dashboard import phrases
from evenhand.dashboard.health import health
from evenhand.dashboard.page import (
    CONTENT_SECURITY_POLICY,
    STYLE,
    Links,
    environment,
    render,
    summarise,
    window,
)
from evenhand.dashboard.summary import DEFAULT_PERIOD, PERIODS, Summary
from evenhand.errors import StoreError
from evenhand.experiments.findings import Findings, findings_in
from evenhand.faults import OnFault
from evenhand.guard import Guard
from evenhand.hooks import Hook
from evenhand.inside import look
from evenhand.overview import as_csv, as_json, overview
from evenhand.paths import link
from evenhand.record import Record
from evenhand.requests import Handler, Request, bearer
from evenhand.settings import Settings
from evenhand.store import Store

_PAGE: Headers = [
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-robots-tag", b"noindex"),
    NO_STORE,
]
_CSV: Headers = [(b"content-type", b"text/csv; charset=utf-8"), NO_STORE]
_JSON: Headers = [(b"content-type", b"application/json"), NO_STORE]
_TEXT: Headers = [(b"content-type", b"text/plain; charset=utf-8"), NO_STORE]
_NO_SITE = Answer(404, _TEXT, b"The history has no site of that name.\n")
_FORBIDDEN = Answer(403, _TEXT, b"The site's access rule does not let you see this page.\n")
_AWAY = (
    "The history can't be read just now: the database is away. Pages are measured all the same, and"
    " counts are kept on this host until it is back: "
)
_BUSY = Answer(
    503,
    [*_TEXT, (b"retry-after", b"1")],
    b"More views of the dashboard were asked for just now than one worker makes.\n",
)
Made = TypeVar("Made")
VIEWS_A_SECOND = 10  # of each worker: one takes up to 50 ms
VIEWS_AT_ONCE = 4  # of each worker: while the store is slow, more would only wait with these
_LOGIN = Answer(
    401,
    [*_TEXT, (b"www-authenticate", b'Basic realm="Evenhand", charset="UTF-8"')],
    b"Any user name, with the dashboard's token as the password.\n",
)


def dashboard_routes(
    settings: Settings, record: Record, store: Store, guard: Guard, on_fault: OnFault
) -> Mapping[str, Handler]:
    """The handlers below the prefix; none without an access rule."""
    rule = settings.dashboard
    if rule is None:
        return {}
    dashboard = Dashboard(settings, rule, record, store, guard, on_fault)
    return {
        "dashboard": partial(dashboard.view, dashboard.page, _PAGE),
        "dashboard.csv": partial(dashboard.view, dashboard.table, _CSV),
        "dashboard.json": partial(dashboard.view, dashboard.figures, _JSON),
        "dashboard.css": dashboard.style,
        "inside": dashboard.inside,
    }


class Chosen(NamedTuple):
    """What the query asks for."""

    site: str
    period: str
    root_path: str


class Dashboard:
    """Answers with the page for those whom the publisher's rule lets in."""

    def __init__(
        self,
        settings: Settings,
        rule: Rule | str,
        record: Record,
        store: Store,
        guard: Guard,
        on_fault: OnFault,
    ) -> None:
        self._settings, self._record, self._store = settings, record, store
        self._rule = rule.encode() if isinstance(rule, str) else Hook(rule)
        self._guard = guard
        self._on_fault = on_fault
        self._environment = environment(settings.templates)
        self._refused = partial(record.count, bound_key("dashboards"))
        self._views = PerSecond(VIEWS_A_SECOND, monotonic, self._refused)
        self._waiting = 0

    async def style(self, _: Request) -> Answer:
        """The stylesheet: it says nothing, so everybody may have it."""
        return Answer(
            200, [(b"content-type", b"text/css; charset=utf-8"), NO_STORE], STYLE.encode()
        )

    async def inside(self, request: Request) -> Answer:
        """What `evenhand doctor` asks the app about itself."""
        refusal = await self._refusal(request)
        if refusal:
            return refusal
        body = await self._made(partial(look, self._settings, self._record, request, time))
        if body is None:
            return _BUSY
        return Answer(200, [(b"content-type", b"application/json"), NO_STORE], body)

    async def view(
        self, show: Callable[[Summary, Chosen], str], headers: Headers, request: Request
    ) -> Answer:
        """One view of a site and a period, chosen by the query."""
        refusal = await self._refusal(request)
        if refusal:
            return refusal
        if not self._views.allow():
            return _BUSY
        query = parse_qs(request.scope["query_string"].decode("latin-1"))
        chosen = Chosen(
            query.get("site", [""])[0],
            query.get("period", [DEFAULT_PERIOD])[0],
            request.scope.get("root_path", ""),
        )
        try:
            shown = await self._made(partial(self._shown, show, chosen))
        except StoreError as error:
            self._on_fault("store", error)
            waiting = phrases.count(self._record.law().pending)
            return Answer(503, _TEXT, f"{_AWAY}{waiting} wait.\n".encode())
        if shown is None:
            return _BUSY
        return shown if isinstance(shown, Answer) else Answer(200, headers, shown.encode())

    async def _made(self, make: Callable[[], Made]) -> Made | None:
        """What a thread makes, and none of the app's: its pages would wait with ours where the
        store is slow. None while as many as may be are at work."""
        if self._waiting >= VIEWS_AT_ONCE:
            self._refused()
            return None
        self._waiting += 1
        try:
            return await anyio.to_thread.run_sync(make, limiter=anyio.CapacityLimiter(1))
        finally:
            self._waiting -= 1

    def _shown(self, show: Callable[[Summary, Chosen], str], chosen: Chosen) -> str | Answer:
        """The view; of a site that there isn't the name is said to nobody."""
        sites = [*self._settings.site_names, *self._store.sites()]
        if chosen.site and chosen.site not in sites:
            return _NO_SITE
        return show(self._summary(chosen, sites), chosen)

    def page(self, summary: Summary, chosen: Chosen) -> str:
        """The page."""
        below = link(chosen.root_path, self._settings.prefix)
        return render(
            summary,
            self._environment,
            links=Links(f"{below}/dashboard", f"{below}/dashboard.css", f"{below}/about"),
            period=chosen.period,
            stored=self._record.folder is not None,
            health=health(self._record, self._guard, self._settings.site_names, time()),
            experiment=self._experiment(chosen),
        )

    def table(self, summary: Summary, chosen: Chosen) -> str:
        """The rows of all tables as CSV."""
        return as_csv(overview(summary, experiment=self._experiment(chosen)))

    def figures(self, summary: Summary, chosen: Chosen) -> str:
        """Everything as JSON, as ``evenhand report --json`` writes it."""
        dropped, experiment = self._dropped(chosen.site), self._experiment(chosen)
        return as_json(overview(summary, dropped=dropped, experiment=experiment))

    def _experiment(self, chosen: Chosen) -> Findings | None:
        return findings_in(self._store, self._settings.notice, chosen.site)

    def _summary(self, chosen: Chosen, sites: Sequence[str]) -> Summary:
        since, until = window(chosen.period, time())
        step = PERIODS.get(chosen.period, PERIODS[DEFAULT_PERIOD])[1]
        self._record.flush()  # a reader of numbers wants those of this minute
        settings = self._settings
        return summarise(
            self._store.sums(since, until, chosen.site or None, step=step),
            since=since,
            until=until,
            site=chosen.site,
            sites=sites,
            dropped=self._dropped(chosen.site),
            annotations=self._store.annotations(since, until, chosen.site or None),
            reporting=settings.reporting,
            step=step,
        )

    def _dropped(self, site: str) -> dict[str, int]:
        """Refused reports by reason, since the counts began."""
        found: Counter[str] = Counter()
        for key, n in self._record.totals().items():
            if key.kind == "dropped" and site in ("", key.site):
                found[key.value] += n
        return dict(found)

    async def _refusal(self, request: Request) -> Answer | None:
        if isinstance(self._rule, bytes):
            given = _secret(request.headers.get(b"authorization", b""))
            return None if hmac.compare_digest(given, self._rule) else _LOGIN
        try:
            return None if await self._rule.allows(request.scope) else _FORBIDDEN
        except Exception as fault:  # a publisher's rule may raise anything: then nobody is let in
            self._on_fault("route", fault)
            return _FORBIDDEN


def _secret(authorization: bytes) -> bytes:
    """The bearer token, or the password of basic authentication."""
    scheme, _, value = authorization.partition(b" ")
    if scheme.lower() != b"basic":
        return bearer(authorization)
    try:
        return b64decode(value, validate=True).partition(b":")[2]
    except NotBase64:
        return b""
