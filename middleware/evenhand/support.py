"""``ReaderSupport``: the options, and the parts that they make, put together once."""

import logging
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from functools import partial
from pathlib import Path
from typing import Literal

import anyio
from markupsafe import Markup
from starlette.types import ASGIApp, Message, Scope, Send

from evenhand.baits import CONTENT, baits
from evenhand.bounds import bound_key
from evenhand.browsers import Browsers
from evenhand.checks import Rule
from evenhand.dashboard.routes import dashboard_routes
from evenhand.experiments.findings import Findings, findings_in
from evenhand.faults import Faults
from evenhand.guard import Guard
from evenhand.history import By, HistoryRow, rows_of, summary_of
from evenhand.insertion.responder import Inserter, Tag
from evenhand.keys import Key
from evenhand.limits import Limits
from evenhand.lint import at_start
from evenhand.metrics import Collector, MetricsApp
from evenhand.notice import Notice
from evenhand.paths import below_root
from evenhand.record import LAST_PATIENCE, Record
from evenhand.requests import Handler
from evenhand.routes import Routes
from evenhand.scripts import Scripts
from evenhand.selfcheck import SelfCheck
from evenhand.settings import resolve
from evenhand.store import open_store
from evenhand.vocabulary import RESULTS, FaultStep, Mode, Result

log = logging.getLogger("evenhand.support")

_MEMORY_ONLY = (
    "No state_dir: counts are kept in this process's memory, and each worker has its own. "
    "Set state_dir= or EVENHAND_STATE_DIR to keep and share them."
)
_SHARED_ONLY = (
    "No state_dir: counts are shared through PROMETHEUS_MULTIPROC_DIR and last as long as it does. "
    "Set state_dir= or EVENHAND_STATE_DIR to keep them."
)


class ReaderSupport:
    """Everything one site (or a closed set of sites) needs; no state is global.

    Build it at import: every option is checked here, and a wrong one raises
    :class:`evenhand.errors.OptionError`. An option left out is read from ``EVENHAND_NAME``.
    ``evenhand.settings.Settings`` explains each option where it is declared.
    """

    def __init__(
        self,
        *,
        mode: Mode | None = None,
        consent: Literal["given", "wait"] | None = None,
        notice: Notice | None = None,
        state_dir: str | Path | None = None,
        store: str | None = None,
        flush_seconds: float | None = None,
        prefix: str | None = None,
        site: str | None = None,
        sites: Mapping[str, str] | None = None,
        sections: Sequence[str] | None = None,
        ad_slots: Sequence[str] | None = None,
        public_url: str | None = None,
        html_cached: bool | None = None,
        sample_rate: float | None = None,
        exclude: Sequence[str] | None = None,
        insert: Literal["auto", "manual"] | None = None,
        exempt: Rule | None = None,
        dashboard: Rule | str | None = None,
        templates: str | Path | None = None,
        trusted_proxies: Sequence[str] | None = None,
        address_budget: int | None = None,
        off: bool | None = None,
        debug_header: bool | None = None,
    ) -> None:
        given = {name: value for name, value in locals().items() if name != "self"}
        self.settings = settings = resolve(given, os.environ)
        folder = settings.state_dir or _multiprocess_folder()
        self.store = open_store(settings.store, folder)
        self._faults = Faults(self._count_fault)
        self.guard = Guard(settings.site_names, time.time, self._faults)
        self.record = Record(
            folder,
            self.store,
            interval=settings.flush_seconds,
            on_fault=self._count_fault,
            on_flush=self.guard.review,
        )
        self.guard.share(self.record.folder)
        self.limits = Limits(
            settings.address_budget,
            settings.trusted_proxies,
            settings.site_names,
            time.monotonic,
            self._faults,
        )
        self.limits.share(self.record.folder)
        if settings.state_dir is None:
            log.warning(_SHARED_ONLY if folder else _MEMORY_ONLY)
        self._count_page = {
            (site, result): self.record.counter(Key(site, "", "", "", "page", result))
            for site in settings.site_names
            for result in RESULTS
        }
        self.scripts = Scripts(settings)
        self._tag = Tag(settings.prefix, self.scripts.hash)
        inserter = Inserter(
            tag=self._tag,
            html_cached=settings.html_cached,
            exclude=settings.exclude,
            manual=settings.insert == "manual",
            debug_header=settings.debug_header,
            host_of=settings.host_of,
            on_result=self._page,
            on_inserted=None if settings.sites else self._count_page[settings.site, "inserted"],
            on_fault=self._faults,
        )
        self.inserter = None if settings.off else inserter
        self.routes = Routes(
            settings,
            self.scripts,
            self.record,
            self.guard,
            Browsers(time.monotonic, partial(self.record.count, bound_key("agents"))),
            self.limits,
            self._faults,
            dashboard_routes(settings, self.record, self.store, self.guard, self._faults),
        )
        self.collector = Collector(self.record, self.guard, self.limits, settings)
        self.below = settings.prefix + "/"  # what all of our paths begin with
        self._selfcheck = self._own_check()
        at_start.warn(settings)

    def tag(self, nonce: str = "", root_path: str = "") -> str:
        """The script tag for a template, with ``insert="manual"``; mark it safe there. Empty with
        ``off``."""
        return "" if self.settings.off else self._tag.markup(root_path, nonce)

    def support_block(self, host: str = "", root_path: str = "", lang: str = "") -> Markup:
        """A plain block that asks for support, for a publisher's template: no script, no style.

        For everyone, with or without a blocker, in the notice's words; with several `sites`,
        `host` says whose. `lang` is the page's language; without it, the notice's. Empty without
        a notice, and where its template raises.
        """
        page = self.routes.asking.page
        if page is None or self.settings.off:
            return Markup()
        try:
            site = self.settings.site_of(host)
            return Markup(page.block(site, root_path, language=lang))
        except Exception as fault:  # a publisher's template may raise anything
            self._faults("notice", fault)
            return Markup()

    def metrics_app(self, token: str | None = None) -> ASGIApp:
        """An ASGI app that serves the metrics: mount it, or serve it on a port of its own.

        With a ``token`` of 16 characters or more, only to those who bring it as a bearer token.
        """
        return MetricsApp(self.collector, token)

    def history(
        self,
        since: date,
        until: date,
        site: str | None = None,
        *,
        by: Sequence[By] = ("total", "day"),
    ) -> list[HistoryRow]:
        """Shares with their intervals, of the days ``since <= day < until`` of UTC, read-only.

        ``site`` is one site's name; left out, all are added up, but for simulated readers. ``by``
        says which rows: ``total``, ``day``, ``browser``, ``device``, ``section``, ``verdict``,
        ``variant``. `evenhand.history.HistoryRow` says what each share is of. What was counted in
        the last ``flush_seconds`` may not be in it yet. Raises `OptionError` for an empty time and
        `StoreError` where the store can't be read; it waits for the store, so call it in a thread
        from asynchronous code.
        """
        reporting = self.settings.reporting
        return rows_of(summary_of(self.store, since, until, site, reporting=reporting), by)

    def experiment(self, site: str | None = None) -> Findings | None:
        """What the notice's experiment says so far, of all that was ever counted of it, read-only.

        Typed rows, as `evenhand.experiments.findings.Findings` explains them; None without an
        experiment. ``site`` is one site's name; left out, all are added up. Raises `StoreError`
        where the store can't be read; it waits for the store, as `history` does.
        """
        return findings_in(self.store, self.settings.notice, site or "")

    def close(self) -> None:
        """Flushes what is counted and stops the background work. Counting goes on to work."""
        if self._selfcheck:
            self._selfcheck.stop()
        self.record.close()
        self.store.close()

    def _rest(self) -> None:
        """Flushes and ends the self-check; a server may start the app once more."""
        if self._selfcheck:
            self._selfcheck.stop()
        # One that is under way may have begun before the last counts: it doesn't do.
        self.record.flush(LAST_PATIENCE)

    def lifespan(self, send: Send) -> Send:
        """A lifespan's ``send``: the self-check begins and the last flush comes with the app's."""

        async def watched(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete" and self._selfcheck:
                self._selfcheck.start()
            if message["type"].startswith("lifespan.shutdown."):
                # Before the server hears of it: it may end the process at once.
                await anyio.to_thread.run_sync(self._rest)
            await send(message)

        return watched

    def route(self, scope: Scope) -> Handler | None:
        """Our handler for a request, or None: then it is the app's."""
        path = below_root(scope["path"], scope.get("root_path", ""))
        return self.routes.find(path[len(self.below) :]) if path.startswith(self.below) else None

    def _page(self, scope: Scope, result: Result) -> None:
        """Counts what became of one HTML response."""
        site = self.settings.site
        if self.settings.sites:
            site = self.settings.site_of(self.settings.host_of(scope, dict(scope["headers"])))
        self._count_page[site, result]()

    def _count_fault(self, step: FaultStep, _: BaseException) -> None:
        self.record.count(Key("", "", "", "", "fault", step))

    def _own_check(self) -> SelfCheck | None:
        url = self.settings.public_url
        if url is None or self.settings.off:
            return None
        pair = baits().pairs[0]
        site = self.settings.site_of(url.partition("://")[2].partition("/")[0])
        return SelfCheck(
            f"{url}{self.settings.prefix}/pair/{pair.bait}",
            CONTENT[pair.type][1],
            lambda: self.guard.open(site, "self_check"),
        )


def _multiprocess_folder() -> Path | None:
    """A folder that the workers share already, for the app's own metrics."""
    shared = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if not shared:
        return None
    folder = Path(shared) / "evenhand"
    with suppress(OSError):  # the record says what is wrong with it
        folder.mkdir(parents=True, exist_ok=True)
    return folder
