"""Nothing about a reader is kept: marked requests, then a search for the marks in every byte."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from evenhand.baits import baits
from evenhand.keys import Key
from evenhand.record import Record
from evenhand.store import open_store

from . import postgres
from .browser.servers import Server, serving
from .marks import Search, digests, forms

pytestmark = pytest.mark.server

P = "/reader-support"
HERE = "127.83.67.211"  # where requests really come from
MARKS = {
    "address": HERE,
    "forwarded address": "198.51.100.233",
    "forwarded IPv6 address": "2001:db8:5ca1:ab1e::d00d",
    "agent": "MarkedAgent/77q1",
    "brand": "MarkedBrand77q2",
    "referrer": "marked-referrer-77q3",
    "path": "marked-path-77q4",
    "query": "marked-query-77q5",
    "cookie": "marked-cookie-77q6",
    "credentials": "marked-user-77q7",
    "language": "x-marked77q8",
    "host": "marked-host-77q9.example",
    "origin": "marked-origin-77q10.example",
    "report": "marked-report-77q11",
    "method": "MARKED77Q12",
    "header": "marked-header-77q13",
    "etag": "marked-etag-77q14",
}
SEARCH = Search(MARKS)
HEADERS = {
    "user-agent": f"Mozilla/5.0 (X11; rv:140.0) {MARKS['agent']} Firefox/140.0",
    "sec-ch-ua": f'"{MARKS["brand"]}";v="1", "Brave";v="2"',
    "sec-ch-ua-platform": f'"{MARKS["brand"]}"',
    "sec-fetch-site": "same-origin",
    "referer": f"https://{MARKS['referrer']}/{MARKS['referrer']}?a",
    "cookie": f"id={MARKS['cookie']}",
    "authorization": f"Bearer {MARKS['credentials']}",
    "accept-language": MARKS["language"],
    "accept": MARKS["header"],
    "x-forwarded-for": f"{MARKS['forwarded IPv6 address']}, {MARKS['forwarded address']}",
    "forwarded": f'for="[{MARKS["forwarded IPv6 address"]}]"',
    "x-forwarded-host": MARKS["host"],
    "x-real-ip": MARKS["forwarded address"],
    "if-none-match": f'"{MARKS["etag"]}"',
    "x-request-id": MARKS["header"],
}
REPORT = {"v": 1, "kind": "verdict", "verdict": "blocked", "signals": ["image_bait_failed"]}


def reports() -> Iterator[bytes]:
    """Reports with a mark in each field, whole and broken, and one that is none."""
    mark = MARKS["report"]
    for field in ("site", "section", "variant", "verdict", "kind", "from", "event", "more", "v"):
        yield json.dumps({**REPORT, field: mark}).encode()
    yield json.dumps({**REPORT, "signals": [mark]}).encode()
    yield json.dumps({**REPORT, "kind": "notice", "event": "shown", "variant": mark}).encode()
    yield json.dumps({**REPORT, "kind": "revised", "from": "slow"}).encode()
    yield json.dumps(REPORT).encode()
    yield mark.encode()
    yield mark.encode() * 200


def browse(server: Server) -> Iterator[httpx.Response]:
    """A marked reader, and a scanner, on every route."""
    path, query = MARKS["path"], f"a={MARKS['query']}&b=%6d{MARKS['query']}"
    transport = httpx.HTTPTransport(local_address=HERE)
    with httpx.Client(
        base_url=server.at("127.0.0.1", ""), headers=HEADERS, transport=transport, trust_env=False
    ) as reader:
        counted, other = baits().pairs[:2]
        for half in (counted.bait, counted.control, other.bait):
            yield reader.get(f"{P}/pair/{half}?{query}")
            yield reader.get(f"{P}/pair/{half}", headers={"sec-fetch-site": "cross-site"})
            yield reader.get(f"{P}/pair/{half}", headers={"sec-gpc": "1"})
        for report in reports():
            yield reader.post(f"{P}/outcome?{query}", content=report)
            foreign = {"origin": f"https://{MARKS['origin']}", "sec-fetch-site": "cross-site"}
            yield reader.post(f"{P}/outcome", content=report, headers=foreign)
        yield reader.post(f"{P}/outcome", content=b"{}", headers={"content-encoding": path})
        for signs in ("image_bait_failed", path):
            yield reader.get(
                f"{P}/notice?v=1&verdict=blocked&signs={signs}&lang={path}&path=/{path}&{query}"
            )
        for page in ("/article", "/", f"/{path}", f"{P}/{path}/probe.js", f"{P}/{path}"):
            yield reader.get(f"{page}?{query}")
            yield reader.head(page)
            yield reader.request(MARKS["method"], page)
            yield reader.get(page, headers={"host": MARKS["host"]})
        for view in ("about", "about.json", "dashboard", "dashboard.csv", "dashboard.json"):
            yield reader.get(f"{P}/{view}?site={path}&period={path}&{query}")
        yield reader.get(f"{P}/inside?{query}")
        yield reader.get("/metrics")


def told(answer: httpx.Response) -> bytes:
    """Everything that an answer says."""
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.multi_items())
    return headers.encode() + b"\n\n" + answer.content


@contextmanager
def marked(folder: Path, store: str | None, *options: str) -> Iterator[tuple[Server, Path]]:
    """The marked site in two workers; its server's own log lies beside."""
    state, access = folder / "state", folder / "access.log"
    state.mkdir()
    temporary = folder / "tmp"
    temporary.mkdir()
    env = {
        "EVENHAND_STATE_DIR": str(state),
        "ACCESS_LOG": str(access),
        "TMPDIR": str(temporary),
        "FORWARDED_ALLOW_IPS": "*",
        "EVENHAND_TRUSTED_PROXIES": "127.0.0.0/8",
        **({"EVENHAND_STORE": store} if store else {}),
    }
    command = ("-m", "uvicorn", "tests.marked_site:app", "--workers", "2", "--port", "{port}")
    more = ("--http", "h11", "--log-level", "debug", *options)
    with serving(*command, *more, env=env, ready="/favicon.svg") as site:
        yield site, access


def outputs(folder: Path, store: str | None, server: Server) -> Iterator[tuple[str, bytes]]:
    """What the commands say about these counts."""
    where = ["--state-dir", str(folder / "state"), *(["--store", store] if store else [])]
    url = server.at("127.0.0.1", "/article")
    for command in (
        ["export", "history", *where, "--by", "hour"],
        ["report", *where, "--json"],
        ["record", *where[:2]],
        ["doctor", url, "--json"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "evenhand", *command],
            capture_output=True,
            env={**os.environ, "EVENHAND_STATE_DIR": ""},
            timeout=60,
            check=False,
        )
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        yield " ".join(command[:2]), done.stdout + done.stderr


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[postgres.Server | None]:
    with ExitStack() as stack:
        if request.param == "sqlite":
            yield None
            return
        server = stack.enter_context(postgres.serving())
        server.stop()
        server.start(log_statement="all", log_min_duration_statement="0")
        yield server


def test_nothing_about_a_reader_is_kept_or_told(
    database: postgres.Server | None, tmp_path: Path
) -> None:
    store = database.url if database else None
    # In one run the server itself believes the forwarded address, in the other only we may.
    options = () if database else ("--no-proxy-headers",)
    places = [tmp_path / "state", tmp_path / "tmp", *([database.folder] if database else [])]
    before = digests(database.data) if database else {}
    found: set[str] = set()
    with marked(tmp_path, store, *options) as (site, access):
        for answer in browse(site):
            assert answer.status_code < 500
            if answer.request.url.path != f"{P}/inside":  # tells those whom it lets in their Host
                found |= SEARCH.within(told(answer), str(answer.request.url))
        for place, said in outputs(tmp_path, store, site):
            found |= SEARCH.within(said, place)
        found |= SEARCH.on_disk(*places, before=before)
        live = site.log
    found |= SEARCH.on_disk(*places, before=before)
    found |= SEARCH.within(live.encode(), "our log")
    assert found == set()
    assert "notice: LookupError" in live, "the hook failed, and the log says so"
    assert_marks_were_there(access, places, database, before)


def assert_marks_were_there(
    access: Path,
    places: list[Path],
    database: postgres.Server | None,
    before: Mapping[Path, bytes],
) -> None:
    """The search can fail: the server's own log has them, and so would a database."""
    seen = SEARCH.within(access.read_bytes(), "the server's own log")
    assert {name.partition(",")[0] for name in seen} >= {"path", "query", "method"}
    assert {"address", "forwarded IPv6 address"} & {name.partition(",")[0] for name in seen}
    store = open_store(database.url if database else None, places[0])
    record = Record(places[0], store)
    mark = MARKS["path"]
    record.count(Key("The Gazette", mark, "firefox", "desktop", "verdict", "loaded"))
    record.flush()
    record.close()
    store.close()
    planted = {place.rpartition("/")[2] for place in SEARCH.on_disk(*places, before=before)}
    assert any(name.startswith("counts") or name.endswith(".db") for name in planted), planted
    if database is not None:
        log = [path for path in SEARCH.on_disk(database.data, before=before) if "pg_wal" in path]
        assert log, "and its log of changes"


@pytest.mark.parametrize("kind", [kind for kind, _ in forms(MARKS["forwarded IPv6 address"])])
def test_the_search_finds_every_form(kind: str, tmp_path: Path) -> None:
    form = dict(forms(MARKS["forwarded IPv6 address"]))[kind]
    (tmp_path / "any.db").write_bytes(os.urandom(1000) + form + os.urandom(1000))
    (tmp_path / "none.db").write_bytes(os.urandom(1000))
    found = SEARCH.on_disk(tmp_path)
    assert found
    assert all("any.db" in place for place in found)
