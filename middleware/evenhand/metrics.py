"""Prometheus metrics, read from the host's counters at scrape time: any worker answers alike."""

import hmac
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import product

import anyio
from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector as PrometheusCollector
from starlette.types import Receive, Scope, Send

from evenhand import checks
from evenhand.answers import NO_STORE, Answer
from evenhand.guard import Guard
from evenhand.keys import Key
from evenhand.lifespan import live
from evenhand.limits import Limits
from evenhand.record import Record
from evenhand.record.snapshot import Law, Snapshot
from evenhand.requests import bearer
from evenhand.settings import Settings
from evenhand.version import __version__
from evenhand.vocabulary import ADS, BAITS, BOUNDS, DROP_REASONS, FAULT_STEPS

_VERSION = re.compile(r"version\s*=([^;]*)")
_VERSIONS = frozenset(("0.0.1", "0.0.4", "1.0.0"))  # those that Prometheus asks for

FAMILIES: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    # kind: (family, help, labels); a label is a field of the key, `kind` etc. being its value.
    "page": ("evenhand_pages", "HTML responses by what became of them.", ("site", "result")),
    "pair": (
        "evenhand_pair_hits",
        "Requests for the counted bait and its neutral twin; withheld ones came with GPC or DNT.",
        ("site", "browser", "device", "kind"),
    ),
    "verdict": (
        "evenhand_verdicts",
        "Page views by the verdict that was reported and counted.",
        ("site", "browser", "device", "verdict"),
    ),
    "revised": (
        "evenhand_verdicts_revised",
        "Verdicts that changed after they were reported; history is not rewritten.",
        ("site", "from", "to"),
    ),
    "bait_ad": (
        "evenhand_bait_ad",
        "Page views by whether baits and ads came through.",
        ("site", "bait", "ad"),
    ),
    "notice": (
        "evenhand_notice",
        "What happened to notices.",
        ("site", "variant", "event"),
    ),
    "bound": (
        "evenhand_bounds_reached",
        "What a worker did not do because it does it only so often a second.",
        ("bound",),
    ),
    "fault": ("evenhand_faults", "Faults of our own that no page suffered from.", ("step",)),
}

_FIELDS: Mapping[str, Callable[[Key], str]] = {
    "site": lambda key: key.site,
    "browser": lambda key: key.browser,
    "device": lambda key: key.device,
    "variant": lambda key: key.variant,
    "to": lambda key: key.detail,
    "ad": lambda key: key.detail,
}


_UNAUTHORISED = Answer(
    401,
    [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"www-authenticate", b'Bearer realm="Evenhand metrics"'),
        NO_STORE,
    ],
    b"The metrics' token, as a bearer token, is needed here.\n",
)


def _labels(key: Key, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(_FIELDS[name](key) if name in _FIELDS else key.value for name in names)


class Collector(PrometheusCollector):
    """Every family of ours. Register it beside the app's own collectors, in any registry."""

    def __init__(self, record: Record, guard: Guard, limits: Limits, settings: Settings) -> None:
        self._record, self._guard, self._settings = record, guard, settings
        self._limits = limits
        self._started = time.time()

    def describe(self) -> Iterable[Metric]:
        """Nothing: registering must not read the counters."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """The families as they stand now."""
        snapshot = self._record.snapshot()
        for kind, (name, text, labels) in FAMILIES.items():
            sums: Counter[tuple[str, ...]] = Counter(self._zeros(kind))
            for key, n in snapshot.totals.items():
                if key.kind == kind:
                    sums[_labels(key, labels)] += n
            family = CounterMetricFamily(name, text, labels=labels)
            for values, n in sorted(sums.items()):
                family.add_metric(values, n)
            yield family
        yield from _law(snapshot.law)
        yield from self._flushes(snapshot)
        yield from self._state()

    def _zeros(self, kind: str) -> Mapping[tuple[str, ...], int]:
        """Series that stand at 0 from the start, so that their first counts are a rise.

        Alerts look at these: ``rate()`` can't see a counter appear with what it has counted.
        """
        if kind == "fault":
            return {(step,): 0 for step in FAULT_STEPS}
        if kind == "bound":
            return {(bound,): 0 for bound in BOUNDS}
        if kind == "bait_ad":
            return dict.fromkeys(product(self._settings.site_names, BAITS, ADS), 0)
        return {}

    def _flushes(self, snapshot: Snapshot) -> Iterator[Metric]:
        flushes = snapshot.flush_seconds
        yield HistogramMetricFamily(
            "evenhand_flush_seconds",
            "How long a flush to the store took.",
            buckets=[(_bound(bound), n) for bound, n in flushes.buckets.items()],
            sum_value=flushes.sum,
        )
        yield GaugeMetricFamily(
            "evenhand_last_flush_timestamp_seconds",
            "When the store last confirmed everything; 0 before that.",
            self._record.last_flush or 0,
        )
        yield CounterMetricFamily(
            "evenhand_series_dropped",
            "Counts that went under a coarser key because there was no room for their own.",
            snapshot.series_dropped,
        )

    def _state(self) -> Iterator[Metric]:
        guard = GaugeMetricFamily(
            "evenhand_guard_open", "1 where reported blocks count as blocks.", labels=("site",)
        )
        crowded = GaugeMetricFamily(
            "evenhand_site_crowded",
            "1 where so much more than usual arrives that each address may count less.",
            labels=("site",),
        )
        for site in self._settings.site_names:
            guard.add_metric((site,), self._guard.state(site).open)
            crowded.add_metric((site,), self._limits.crowded(site))
        yield guard
        yield crowded
        local = self._record.folder is None
        yield GaugeMetricFamily(
            "evenhand_worker_local",
            "1 where these numbers are this worker's alone: no state_dir is shared.",
            local,
        )
        started = GaugeMetricFamily(
            "evenhand_worker_start_time_seconds",
            "When the worker that answers began, while its numbers are its own; else absent.",
        )
        if local:
            started.add_metric((), self._started)
        yield started
        settings = self._settings
        yield GaugeMetricFamily(
            "evenhand_reporting",
            "1 where every reader who may be counted should report a verdict.",
            settings.reporting and not settings.off,
        )
        build = GaugeMetricFamily("evenhand_build_info", "1.", labels=("version", "mode"))
        build.add_metric((__version__, self._settings.mode), 1)
        yield build


def _law(law: Law) -> Iterator[Metric]:
    yield CounterMetricFamily(
        "evenhand_reports_received", "Pair hits and reports that arrived.", law.received
    )
    yield CounterMetricFamily(
        "evenhand_reports_stored", "Of those, confirmed by the store.", law.stored
    )
    dropped = CounterMetricFamily(
        "evenhand_reports_dropped", "Of those, refused, by reason.", labels=("reason",)
    )
    for reason in DROP_REASONS:
        dropped.add_metric((reason,), law.dropped.get(reason, 0))
    yield dropped
    yield GaugeMetricFamily(
        "evenhand_reports_pending",
        "Counted on this host, not yet confirmed by the store.",
        law.pending,
    )


def _bound(seconds: float) -> str:
    return "+Inf" if seconds == float("inf") else str(seconds)


class MetricsApp:
    """An ASGI app that answers every path with the metrics: mount it, or serve it on its own.

    With a ``token`` of 16 characters or more, only to those who bring it as a bearer token.
    """

    def __init__(self, collector: Collector, token: str | None = None) -> None:
        self._token = None if token is None else checks.token("token", token).encode()
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(collector)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request, or the lifespan of an app of its own."""
        if scope["type"] == "lifespan":
            await live(receive, send)
        if scope["type"] != "http":
            return
        headers = dict(scope["headers"])
        if self._token is not None and not self._knows(headers.get(b"authorization", b"")):
            await _UNAUTHORISED.send(send, head=scope["method"] == "HEAD")
            return
        accept = headers.get(b"accept", b"").decode("latin-1")
        # It repeats a version in its answer, and stumbles over what is none.
        known = (
            each
            for each in accept.split(",")
            if _VERSIONS.issuperset(map(str.strip, _VERSION.findall(each)))
        )
        encode, kind = choose_encoder(",".join(known))
        body = await anyio.to_thread.run_sync(partial(encode, self._registry))
        described = [(b"content-type", kind.encode()), NO_STORE]
        await Answer(200, described, body).send(send, head=scope["method"] == "HEAD")

    def _knows(self, authorization: bytes) -> bool:
        """Whether this is the token; compared in a time that tells nothing about it."""
        return self._token is not None and hmac.compare_digest(bearer(authorization), self._token)
