"""The metrics: named and described by the rules, bounded, negotiated, and closed if wanted."""

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from benchmarks.record.scrape import every_key
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain

from evenhand import ReaderSupport, ReaderSupportMiddleware
from evenhand.baits import baits
from evenhand.errors import OptionError
from evenhand.keys import Key
from evenhand.vocabulary import DROP_REASONS, FAULT_STEPS

from .apps import FIREFOX, publisher, supporting

pytestmark = pytest.mark.anyio

DOCS = (Path(__file__).parents[1] / "docs" / "metrics.md").read_text("utf-8")
TOKEN = "a-token-of-more-than-16"
UNITS = ("seconds", "bytes", "ratio", "info")
P = "/reader-support"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def support() -> Iterator[ReaderSupport]:
    with supporting(site="gazette") as made:
        yield made


async def answer(
    support: ReaderSupport, token: str | None = None, **headers: Any
) -> httpx.Response:
    transport = httpx.ASGITransport(support.metrics_app(token))
    async with httpx.AsyncClient(transport=transport, base_url="http://metrics") as scraper:
        return await scraper.get("/metrics", headers=headers)


def families(support: ReaderSupport) -> list[Metric]:
    return list(support.collector.collect())


def exposed(family: Metric) -> str:
    return family.name + ("_total" if family.type == "counter" else "")


def fill(support: ReaderSupport) -> None:
    """One count in every kind that makes series of its own."""
    for key in (
        Key("gazette", "", "", "", "page", "inserted"),
        Key("gazette", "", "firefox", "desktop", "pair", "bait"),
        Key("gazette", "", "firefox", "desktop", "verdict", "loaded"),
        Key("gazette", "", "firefox", "desktop", "revised", "slow", "loaded"),
        Key("gazette", "", "", "", "notice", "shown", "", "plain"),
    ):
        support.record.count(key)


def test_every_metric_is_in_the_docs_with_its_type_and_labels(support: ReaderSupport) -> None:
    fill(support)
    for family in families(support):
        names = dict.fromkeys(name for sample in family.samples for name in sample.labels)
        labels = ", ".join(f"`{name}`" for name in names)
        row = f"| `{exposed(family)}` | {family.type} |{f' {labels}' if labels else ''} |"
        assert row in DOCS, row


def test_the_docs_name_no_metric_that_is_not_there(support: ReaderSupport) -> None:
    listed = re.findall(r"^\| `(evenhand_\w+)`", DOCS, re.MULTILINE)
    assert sorted(listed) == sorted(exposed(family) for family in families(support))


def test_names_and_help_texts_follow_the_rules(support: ReaderSupport) -> None:
    for family in families(support):
        assert re.fullmatch(r"evenhand(_[a-z]+)+", family.name)
        assert family.documentation.endswith(".")
        unit = family.name.rpartition("_")[2]
        assert unit not in ("milliseconds", "minutes", "kilobytes", "percent"), "base units"
        if "timestamp" in family.name or "_time_" in family.name or family.type == "histogram":
            assert unit in UNITS


async def test_no_created_series_in_either_format(support: ReaderSupport) -> None:
    fill(support)
    for accept in ("text/plain", "application/openmetrics-text; version=1.0.0"):
        assert "_created" not in (await answer(support, accept=accept)).text


def identities(parse: Callable[[str], Iterable[Metric]], text: str) -> set[tuple[object, ...]]:
    """Every series of an exposition, by name and labels."""
    return {
        (sample.name, *sorted(sample.labels.items()))
        for family in parse(text)
        for sample in family.samples
    }


async def test_the_format_is_negotiated(support: ReaderSupport) -> None:
    fill(support)
    text = await answer(support)
    assert text.headers["content-type"].startswith("text/plain; version=0.0.4")
    open_ = await answer(support, accept="application/openmetrics-text; version=1.0.0 ; q=0.6")
    assert open_.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert identities(plain, text.text) == identities(openmetrics, open_.text)


@pytest.mark.parametrize("version", ["1.0.0077_7", "1.0.\xa09", "9", "x", ""])
async def test_a_version_that_nobody_knows_is_not_repeated(
    support: ReaderSupport, version: str
) -> None:
    accept = f"application/openmetrics-text; version={version}, text/plain;version=0.0.4"
    told = await answer(support, accept=accept.encode("latin-1"))
    assert told.headers["content-type"].startswith("text/plain; version=0.0.4")


async def test_what_alerts_look_at_stands_at_zero_from_the_start(support: ReaderSupport) -> None:
    text = (await answer(support)).text
    for reason in DROP_REASONS:
        assert f'evenhand_reports_dropped_total{{reason="{reason}"}} 0.0' in text
    for step in FAULT_STEPS:
        assert f'evenhand_faults_total{{step="{step}"}} 0.0' in text
    assert 'evenhand_bait_ad_total{ad="failed",bait="ok",site="gazette"} 0.0' in text


@pytest.mark.parametrize("shared", [False, True], ids=["memory", "shared"])
async def test_only_numbers_of_one_worker_say_when_it_began(shared: bool, tmp_path: Path) -> None:
    with supporting(state_dir=tmp_path if shared else None) as support:
        text = (await answer(support)).text
    assert f"evenhand_worker_local {0.0 if shared else 1.0}" in text
    assert ("\nevenhand_worker_start_time_seconds " in text) is not shared


@pytest.mark.parametrize(
    ("options", "reporting"),
    [
        pytest.param({}, 1, id="full"),
        pytest.param({"consent": "wait"}, 0, id="waits"),
        pytest.param({"mode": "count"}, 0, id="count"),
        pytest.param({"off": True}, 0, id="off"),
    ],
)
async def test_whether_coverage_is_defined(options: dict[str, object], reporting: int) -> None:
    with supporting(**options) as support:
        assert f"evenhand_reporting {reporting}.0" in (await answer(support)).text


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        pytest.param(f"Bearer {TOKEN}", 200, id="right"),
        pytest.param(f"bearer  {TOKEN}", 200, id="odd"),
        pytest.param(f"Bearer {TOKEN[:-1]}", 401, id="short"),
        pytest.param(f"Basic {TOKEN}", 401, id="basic"),
        pytest.param("Bearer ü", 401, id="foreign"),
        pytest.param("", 401, id="none"),
    ],
)
async def test_a_token_closes_the_metrics(
    support: ReaderSupport, authorization: str, status: int
) -> None:
    headers = httpx.Headers({"authorization": authorization}, encoding="utf-8")
    transport = httpx.ASGITransport(support.metrics_app(TOKEN))
    async with httpx.AsyncClient(transport=transport, base_url="http://metrics") as scraper:
        given = await scraper.get("/", headers=headers)
    assert given.status_code == status
    assert ("evenhand_build_info" in given.text) is (status == 200)
    assert ("www-authenticate" in given.headers) is (status == 401)


@pytest.mark.parametrize("token", ["", "short"])
def test_a_token_that_can_be_guessed_is_refused(support: ReaderSupport, token: str) -> None:
    with pytest.raises(OptionError, match="16 characters") as refused:
        support.metrics_app(token)
    assert "short" not in str(refused.value)


def series(support: ReaderSupport) -> int:
    return sum(len(family.samples) for family in families(support))


async def test_hostile_words_make_no_series() -> None:
    """10⁵ page views that lie in every field: the series are those of honest ones, or fewer."""
    with supporting(sites={"gazette.example": "gazette"}, sections=["news"]) as support:
        app, random = ReaderSupportMiddleware(publisher(support), support), Random(1)
        pair, body = baits().pairs[0], b""
        headers: list[tuple[bytes, bytes]] = []

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(_: object) -> None:
            pass

        async def ask(method: str, path: str) -> None:
            scope = {
                **{"type": "http", "method": method, "path": path, "raw_path": path.encode()},
                **{"query_string": b"", "headers": headers, "root_path": "", "scheme": "http"},
                **{"client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "extensions": {}},
                **{"http_version": "1.1", "asgi": {"version": "3.0"}, "state": {}},
            }
            await app(scope, receive, send)

        async def lie(word: str) -> None:
            nonlocal body, headers
            headers = [
                (b"host", word.encode()),
                (b"user-agent", f"{FIREFOX} {word}".encode()),
                (b"sec-fetch-site", b"same-origin"),
            ]
            fields = ("v", "site", "section", "variant", "event", "verdict", "from", "kind")
            lied = random.choice(fields)
            signal = random.choice(("ad_rendered", word))
            report = {"v": 1, "kind": "verdict", "verdict": "loaded", "site": "gazette"}
            body = json.dumps({**report, "signals": [signal], lied: word}).encode()
            await ask("POST", f"{P}/outcome")
            if random.random() < 0.05:
                await ask("GET", f"{P}/pair/{random.choice((pair.bait, pair.control, word))}")

        for n in range(2000):  # what lies make, once: `other` sites and browsers, refusals
            await lie(f"w{n}")
        before, begun = series(support), time.monotonic()
        for n in range(100_000):
            await lie(f"hostile{n}")
        assert series(support) == before
        received = support.record.law().received
        assert received >= 100_000, "they were all looked at"
        print(f"series: {before}, then {series(support)}; {time.monotonic() - begun:.1f} s")  # noqa: T201 - a figure


async def test_a_busy_site_has_500_series(support: ReaderSupport) -> None:
    """`make bench-record` prints how long a scrape of them takes."""
    for key in every_key("gazette"):
        support.record.count(key, 7)
    text = (await answer(support)).text
    assert sum(not line.startswith("#") for line in text.splitlines()) >= 500
