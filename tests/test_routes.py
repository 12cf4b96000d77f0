# Long: one table of routes, with all that each counts and refuses.
"""Our routes: what they answer, what they count, and what they refuse."""

import gzip
import html
import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from evenhand import Notice, ReaderSupport, ReaderSupportMiddleware, Way
from evenhand.judgement import ADS_WINDOW, LOOK
from evenhand.keys import Key
from evenhand.requests import MAX_FORWARDED
from evenhand.store import Row
from evenhand.vocabulary import DROP_REASONS, KINDS, OTHER

from .apps import ORIGIN, READER, client, counted, supporting, values

pytestmark = pytest.mark.anyio

P = "/reader-support"
BAIT, CONTROL = f"{P}/pair/ads728x90.gif", f"{P}/pair/zx728q90.gif"
REPORT = {"v": 1, "kind": "verdict", "site": "default", "verdict": "loaded", "signals": []}
SITES = {"gazette.example": "Gazette", "times.example": "Times"}
ASK = f"{P}/notice?v=1&verdict=blocked&signs=&lang=en&path=/article"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def report(**changed: Any) -> bytes:
    return json.dumps({**REPORT, **changed}).encode()


async def test_the_counted_pair_is_counted_by_browser_and_device() -> None:
    with supporting() as support:
        async with client(support) as reader:
            bait, control = await reader.get(BAIT), await reader.get(CONTROL)
        assert bait.status_code == control.status_code == 200
        assert bait.content == control.content
        assert bait.headers == control.headers
        assert bait.headers["cache-control"] == "no-store"
        assert counted(support, "pair") == {
            Key("default", "", "firefox", "desktop", "pair", "bait"): 1,
            Key("default", "", "firefox", "desktop", "pair", "control"): 1,
        }


async def test_one_readers_headers_never_reach_another() -> None:
    """Middleware around ours adds to our messages: a session's cookie, for one."""
    given = iter(("first", "second"))

    async def outer(scope: Any, receive: Any, send: Any) -> None:
        async def adding(message: Any) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("set-cookie", f"session={next(given)}")
                message["headers"].append((b"x-appended", b"in place"))
            await send(message)

        await ReaderSupportMiddleware(Starlette(), support)(scope, receive, adding)

    with supporting() as support:
        transport = httpx.ASGITransport(outer)
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as reader:
            await reader.get(BAIT)
            reader.cookies.clear()
            answer = await reader.get(BAIT)
    assert answer.headers.get_list("set-cookie") == ["session=second"]
    assert answer.headers.get_list("x-appended") == ["in place"]


async def test_hits_with_gpc_or_dnt_are_counted_apart() -> None:
    with supporting() as support:
        async with client(support) as reader:
            await reader.get(BAIT, headers={"sec-gpc": "1"})
            await reader.get(CONTROL, headers={"dnt": "1"})
        assert values(support, "pair") == {"withheld_bait": 1, "withheld": 1}


async def test_other_sites_pages_do_not_move_the_rate() -> None:
    with supporting() as support:
        async with client(support) as reader:
            answer = await reader.get(BAIT, headers={"sec-fetch-site": "cross-site"})
        assert answer.status_code == 200
        assert values(support, "pair") == {}
        assert values(support, "dropped") == {"foreign": 1}


async def test_the_halves_of_every_pair_are_equal_in_all_but_name() -> None:
    with supporting() as support:
        async with client(support) as reader:
            for kind, bait, control in (
                ("text/javascript", "adserver.js", "apserver.js"),
                ("text/css", "css/adv.css", "css/alv.css"),
                ("text/plain", "ads?id=1", "pages?id=1"),
            ):
                one = await reader.get(f"{P}/pair/{bait}")
                two = await reader.get(f"{P}/pair/{control}")
                assert one.content == two.content
                assert one.headers == two.headers
                assert one.headers["content-type"].startswith(kind)
                assert one.headers["cache-control"] == "no-store"
                assert "max-age" in one.headers["cdn-cache-control"]
        assert values(support, "pair") == {}


async def test_a_report_is_counted_once_with_its_diagnosis() -> None:
    with supporting(sections=["news"]) as support:
        signals = ["image_bait_loaded", "ad_rendered"]
        async with client(support) as reader:
            answer = await reader.post(
                f"{P}/outcome", content=report(signals=signals, section="news")
            )
            await reader.post(f"{P}/outcome", content=report(section="<script>"))
        assert answer.status_code == 204
        assert answer.content == b""
        assert answer.headers["cache-control"] == "private, no-store"
        key = Key("default", "news", "firefox", "desktop", "verdict", "loaded")
        assert counted(support, "verdict") == {key: 1, key._replace(section="other"): 1}
        assert counted(support, "bait_ad") == {
            key._replace(kind="bait_ad", value="ok", detail="loaded"): 1,
            key._replace(section="other", kind="bait_ad", value="unknown", detail="unknown"): 1,
        }


async def test_a_change_of_mind_is_counted_and_rewrites_nothing() -> None:
    with supporting() as support:
        await _open_guard(support)
        async with client(support) as reader:
            await reader.post(f"{P}/outcome", content=report(verdict="blocked"))
            revised = {"kind": "revised", "from": "blocked", "verdict": "loaded"}
            await reader.post(f"{P}/outcome", content=report(**revised))
        assert values(support, "verdict") == {"blocked": 1}
        key = Key("default", "", "firefox", "desktop", "revised", "blocked", "loaded")
        assert counted(support, "revised") == {key: 1}


async def test_ads_that_fail_for_nearly_all_readers_are_an_outage() -> None:
    failing = ["image_bait_loaded", "script_bait_loaded", "ad_tags_failed", "slots_empty"]
    notice = Notice(ask_probable=True)
    ask = f"{P}/notice?v=1&verdict=blocked_probable&signs={','.join(failing)}"
    with supporting(notice=notice) as support:
        await _open_guard(support)
        async with client(support) as reader:
            assert (await reader.get(ask)).status_code == 200
            for _ in range(100):
                probable = report(verdict="blocked_probable", signals=failing)
                await reader.post(f"{P}/outcome", content=probable)
            assert (await reader.get(ask)).status_code == 204, "nobody is asked"
            for _ in range(80):
                fine = report(verdict="loaded", signals=["image_bait_loaded", "ad_rendered"])
                await reader.post(f"{P}/outcome", content=fine)
            support.record.flush()
            assert (await reader.get(ask)).status_code == 200, "ads load again"
        verdicts = values(support, "verdict")
        assert verdicts["blocked_probable"] <= ADS_WINDOW + LOOK
        assert verdicts["unknown"] == 100 - verdicts["blocked_probable"]


@pytest.mark.parametrize(
    ("headers", "body", "reason"),
    [
        pytest.param({}, b"{", "malformed", id="malformed"),
        pytest.param({}, b" " * 5000, "too_large", id="oversized"),
        pytest.param({}, report(v=9), "version", id="a later version"),
        pytest.param({}, report(verdict="<script>"), "unknown_value", id="a word of its own"),
        pytest.param({"content-encoding": "gzip"}, gzip.compress(report()), "encoded", id="gzip"),
        pytest.param({"sec-fetch-site": "cross-site"}, report(), "foreign", id="another site"),
        pytest.param({"sec-fetch-site": "same-site"}, report(), "foreign", id="a sibling site"),
        pytest.param({"sec-gpc": "1"}, report(), "withheld", id="GPC"),
        pytest.param({"dnt": "1"}, report(), "withheld", id="DNT"),
        pytest.param({"user-agent": "Googlebot/2.1"}, report(), "bot", id="a bot"),
    ],
)
async def test_what_is_refused_gets_the_same_answer_and_a_reason(
    headers: dict[str, str], body: bytes, reason: str
) -> None:
    with supporting() as support:
        async with client(support) as reader:
            good = await reader.post(f"{P}/outcome", content=report())
            bad = await reader.post(f"{P}/outcome", content=body, headers=headers)
        assert bad.status_code == 204
        assert bad.content == good.content
        assert bad.headers == good.headers
        assert values(support, "dropped") == {reason: 1}
        assert reason in DROP_REASONS
        assert values(support, "verdict") == {"loaded": 1}


@pytest.mark.parametrize(
    ("origin", "kept"),
    [(ORIGIN, True), ("http://evil.example", False), ("null", False), (None, False)],
)
async def test_without_fetch_metadata_the_origin_decides(origin: str | None, kept: bool) -> None:
    with supporting() as support:
        async with client(support) as reader:
            reader.headers.pop("sec-fetch-site")
            headers = {"origin": origin} if origin else {}
            await reader.post(f"{P}/outcome", content=report(), headers=headers)
        assert values(support, "verdict") == ({"loaded": 1} if kept else {})


async def test_nothing_of_a_hostile_report_reaches_a_label() -> None:
    with supporting(notice=Notice()) as support:
        async with client(support) as reader:
            for number in range(200):
                evil = f"evil{number}"
                for changed in (
                    {"site": evil},
                    {"section": evil},
                    {"kind": "notice", "event": "shown", "variant": evil},
                    {"verdict": evil},
                    {"signals": [evil]},
                    {"kind": evil},
                ):
                    await reader.post(f"{P}/outcome", content=report(**changed))
        keys = support.record.totals()
        assert not [key for key in keys if any("evil" in field for field in key)]
        assert len(keys) < 12
        assert values(support, "fault") == {"site_mismatch": 200}


async def test_other_methods_get_the_same_and_count_nothing() -> None:
    with supporting() as support:
        async with client(support) as reader:
            for method in ("GET", "HEAD", "PUT", "OPTIONS"):
                assert (await reader.request(method, f"{P}/outcome")).status_code == 204
            head = await reader.head(BAIT)
        assert head.content == b""
        assert support.record.totals() == {}


@pytest.mark.parametrize("mode", ["count", "local"])
async def test_modes_that_send_nothing_accept_nothing(mode: str) -> None:
    with supporting(mode=mode) as support:
        async with client(support) as reader:
            await reader.post(f"{P}/outcome", content=report())
        assert values(support, "verdict") == {}
        assert values(support, "dropped") == {"mode": 1}


async def test_a_closed_guard_counts_blocks_as_unknown_and_asks_nobody() -> None:
    with supporting(notice=Notice()) as support:
        async with client(support) as reader:
            await reader.post(f"{P}/outcome", content=report(verdict="blocked"))
            assert (await reader.get(ASK)).status_code == 204
            await reader.get(BAIT)
            await reader.post(f"{P}/outcome", content=report(verdict="blocked"))
            assert (await reader.get(ASK)).status_code == 200
        assert values(support, "verdict") == {"unknown": 1, "blocked": 1}


@pytest.mark.parametrize(
    ("host", "peer", "forwarded", "counted_as"),
    [
        ("localhost:8000", "127.0.0.1", {}, "blocked"),
        ("localhost:8000", "172.17.0.1", {}, "blocked"),  # into a container on this machine
        ("gazette.example", "127.0.0.1", {}, "unknown"),
        # Anybody may send any Host.
        ("localhost:8000", "93.184.216.34", {}, "unknown"),
        ("localhost:8000", "127.0.0.1", {"x-forwarded-for": "127.0.0.1"}, "blocked"),
        ("localhost:8000", "127.0.0.1", {"x-forwarded-for": "93.184.216.34"}, "unknown"),
        ("localhost:8000", "10.0.0.7", {"x-forwarded-for": "8.8.8.8, 10.0.0.1"}, "unknown"),
        ("localhost:8000", "127.0.0.1", {"x-forwarded-for": "unknown"}, "unknown"),
        ("localhost:8000", "", {}, "unknown"),  # a Unix socket
    ],
)
async def test_on_this_very_machine_nothing_eats_baits(
    host: str, peer: str, forwarded: dict[str, str], counted_as: str
) -> None:
    headers = {"host": host, "origin": f"https://{host}", **forwarded}
    with supporting() as support:
        async with client(support, client=(peer, 5)) as reader:
            await reader.post(f"{P}/outcome", content=report(verdict="blocked"), headers=headers)
        assert values(support, "verdict") == {counted_as: 1}


async def test_a_bots_bait_opens_no_guard() -> None:
    with supporting() as support:
        async with client(support) as reader:
            await reader.get(BAIT, headers={"user-agent": "Googlebot/2.1"})
        assert not support.guard.is_open("default")


async def _open_guard(support: ReaderSupport) -> None:
    async with client(support) as reader:
        await reader.get(BAIT)


async def test_the_notice_is_polite_html() -> None:
    ways = (Way(kind="allow"), Way(label="Subscribe <now>", url="/subscribe?a=1&b=2"))
    with supporting(site="The Gazette", notice=Notice(ways=ways)) as support:
        await _open_guard(support)
        async with client(support) as reader:
            answer = await reader.get(ASK)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["x-robots-tag"] == "noindex"
        assert "Ads pay for The Gazette" in answer.text
        assert "uBlock Origin" in answer.text
        assert "Subscribe &lt;now&gt;" in answer.text
        assert 'href="/subscribe?a=1&amp;b=2"' in answer.text
        assert "<script" not in answer.text
        assert "style=" not in answer.text
        assert len(gzip.compress(answer.content)) <= 12_000


@pytest.mark.parametrize(
    ("options", "path", "headers"),
    [
        pytest.param({}, ASK.replace("blocked", "loaded"), {}, id="not blocked"),
        pytest.param({}, ASK.replace("blocked", "blocked_probable"), {}, id="only probable"),
        pytest.param({}, ASK.replace("v=1", "v=2"), {}, id="a later version"),
        pytest.param({}, f"{P}/notice", {}, id="no query"),
        pytest.param({}, ASK, {"sec-gpc": "1"}, id="GPC"),
        pytest.param({}, ASK, {"user-agent": "Googlebot/2.1"}, id="a bot"),
        pytest.param({}, ASK, {"sec-fetch-site": "cross-site"}, id="another site"),
        pytest.param({"mode": "count"}, ASK, {}, id="mode count"),
        pytest.param({"notice": Notice(not_on=("/article",))}, ASK, {}, id="a quiet path"),
        pytest.param({"exempt": lambda _: True}, ASK, {}, id="exempt"),
        pytest.param({"off": True}, ASK, {}, id="off"),
    ],
)
async def test_nobody_is_asked_who_should_not_be(
    options: dict[str, Any], path: str, headers: dict[str, str]
) -> None:
    with supporting(**{"notice": Notice(), **options}) as support:
        await _open_guard(support)
        async with client(support) as reader:
            answer = await reader.get(path, headers=headers)
        assert answer.status_code == 204
        assert answer.headers["cache-control"] == "private, no-store"


async def test_exempt_readers_are_counted_as_withheld() -> None:
    async def paying(scope: Any) -> bool:
        return b"cookie" in dict(scope["headers"])

    with supporting(notice=Notice(), exempt=paying) as support:
        await _open_guard(support)
        async with client(support) as reader:
            assert (await reader.get(ASK, headers={"cookie": "paid=1"})).status_code == 204
            assert (await reader.get(ASK)).status_code == 200
        assert values(support, "notice") == {"withheld": 1}


async def test_a_hook_that_fails_leaves_the_reader_alone() -> None:
    def broken(scope: Any) -> bool:
        raise RuntimeError("the user database is away")

    with supporting(notice=Notice(), exempt=broken) as support:
        await _open_guard(support)
        async with client(support) as reader:
            assert (await reader.get(ASK)).status_code == 204
        assert values(support, "fault") == {"notice": 1}


async def test_a_publishers_template_comes_first(tmp_path: Path) -> None:
    (tmp_path / "notice.html").write_text("<section>Dear {{ name }}</section>")
    with supporting(site="Gazette", notice=Notice(), templates=tmp_path) as support:
        await _open_guard(support)
        async with client(support) as reader:
            assert (await reader.get(ASK)).text == "<section>Dear Gazette</section>"


async def test_a_template_that_raises_gives_no_notice(tmp_path: Path) -> None:
    (tmp_path / "notice.html").write_text("<section>{{ nonsense.more }}</section>")
    with supporting(notice=Notice(), templates=tmp_path) as support:
        await _open_guard(support)
        async with client(support) as reader:
            assert (await reader.get(ASK)).status_code == 204
        assert values(support, "fault") == {"notice": 1}


async def test_notice_events_are_counted_by_a_known_variant() -> None:
    with supporting(notice=Notice(variant="warm")) as support:
        async with client(support) as reader:
            for variant in ("warm", "invented"):
                shown = {"kind": "notice", "event": "shown", "variant": variant}
                await reader.post(f"{P}/outcome", content=report(**shown))
        assert counted(support, "notice") == {
            Key("default", "", "", "", "notice", "shown", "", "warm"): 1,
            Key("default", "", "", "", "notice", "shown", "", "other"): 1,
        }


async def test_scripts_are_immutable_under_their_hash_and_brief_under_another() -> None:
    with supporting(notice=Notice()) as support:
        build = support.scripts.hash
        async with client(support) as reader:
            for name in ("probe.js", "policy.js", "ads.js", "notice.js", "notice.css"):
                known = await reader.get(f"{P}/{build}/{name}")
                old = await reader.get(f"{P}/0123456789ab/{name}")
                assert known.status_code == old.status_code == 200
                assert known.content == old.content
                assert "immutable" in known.headers["cache-control"]
                assert old.headers["cache-control"] == "public, max-age=60"
                assert known.headers["x-content-type-options"] == "nosniff"
                assert known.headers["content-encoding"] == "gzip"
                for taken in ("identity", "br, gzip;q=0", "x-gzip-not", "GZIP; Q=0.0"):
                    plain = await reader.get(
                        f"{P}/{build}/{name}", headers={"accept-encoding": taken}
                    )
                    assert "content-encoding" not in plain.headers
                    assert plain.content == known.content


async def test_about_is_made_from_the_settings() -> None:
    with supporting(site="The Gazette", mode="local", sample_rate=0.25) as support:
        async with client(support) as reader:
            page, data = await reader.get(f"{P}/about"), await reader.get(f"{P}/about.json")
            style = await reader.get(f"{P}/about.css")
        assert style.headers["content-type"].startswith("text/css")
        assert "The Gazette" in page.text
        assert "25 %" in page.text
        assert data.json()["mode"] == "local"
        assert data.json()["cookies"] == []
        assert data.json()["notice"] is None


async def test_what_we_have_no_answer_for_is_the_apps() -> None:
    with supporting() as support:
        async with client(support) as reader:
            for path in (f"{P}", f"{P}/", f"{P}/more", f"{P}/dashboard", f"{P}/x/y.js", "/nowhere"):
                assert (await reader.get(path)).status_code == 404, path


async def test_below_a_root_path_our_routes_are_below_it_too() -> None:
    with supporting() as support:
        async with client(support, root_path="/news") as reader:
            page = (await reader.get("/news/")).text
            assert f'src="/news{P}/' in page
            assert (await reader.get(f"/news{BAIT}")).status_code == 200
        assert values(support, "pair") == {"bait": 1}


async def test_sites_are_chosen_by_the_host() -> None:
    sites = {"gazette.example": "Gazette", "times.example": "Times"}
    with supporting(sites=sites) as support:
        async with client(support) as reader:
            for host in ("gazette.example", "times.example:8443", "evil.example"):
                await reader.get(BAIT, headers={"host": host})
        assert {key.site for key in counted(support, "pair")} == {"Gazette", "Times", "other"}


async def test_off_leaves_pages_alone_and_answers_empty() -> None:
    with supporting(off=True) as support:
        async with client(support) as reader:
            assert "script" not in (await reader.get("/")).text
            for path in (BAIT, f"{P}/outcome", f"{P}/{support.scripts.hash}/probe.js"):
                assert (await reader.get(path)).status_code == 204
        assert support.record.totals() == {}


async def test_two_supports_in_one_process_do_not_meet() -> None:
    with supporting(site="A") as one, supporting(site="B", prefix="/b") as two:
        async with client(one) as reader:
            await reader.get(BAIT)
            assert (await reader.get("/b/pair/ads728x90.gif")).status_code == 404
        assert values(one, "pair") == {"bait": 1}
        assert two.record.totals() == {}


async def test_each_view_of_the_dashboard_comes_as_csv_and_json_too() -> None:
    with supporting(dashboard=lambda _: True) as support:
        async with client(support) as reader:
            for _ in range(3):
                await reader.get(BAIT)
            for _ in range(4):
                await reader.get(CONTROL)
            page = (await reader.get(f"{P}/dashboard?period=24h")).text
            links = re.findall(rf'href="({P}/dashboard\.(?:csv|json)[^"]*)"', page)
            table, figures = [await reader.get(html.unescape(link)) for link in links]
        assert table.headers["content-type"] == "text/csv; charset=utf-8"
        assert "total,,pair,4,0.25," in table.text
        assert "browser,firefox,pair,4,0.25," in table.text
        told = figures.json()
        assert (told["rate"]["rate"], told["rate"]["n"]) == (0.25, 4)
        assert re.fullmatch(r"2\d{3}-\d\d-\d\dT\d\d:00Z", told["rows"][1]["name"])


async def test_the_dashboard_says_when_the_database_is_away(tmp_path: Path) -> None:
    nobody = "postgresql://127.0.0.1:1/nothing?connect_timeout=1"
    with supporting(dashboard=lambda _: True, state_dir=tmp_path, store=nobody) as support:
        async with client(support) as reader:
            await reader.get(BAIT)
            answer = await reader.get(f"{P}/dashboard")
    assert answer.status_code == 503
    assert "The history can't be read just now" in answer.text
    assert answer.text.endswith(": 1 wait.\n")
    assert "127.0.0.1" not in answer.text


async def test_no_view_of_the_dashboard_is_without_its_rule() -> None:
    with supporting(dashboard=lambda _: False) as support:
        async with client(support) as reader:
            for view in ("dashboard", "dashboard.csv", "dashboard.json"):
                assert (await reader.get(f"{P}/{view}")).status_code == 403


async def test_the_dashboard_says_how_the_measuring_is_doing(tmp_path: Path) -> None:
    with supporting(dashboard=lambda _: True, state_dir=tmp_path) as support:
        async with client(support) as reader:
            before = (await reader.get(f"{P}/dashboard")).text
            await reader.get(BAIT)
            support.record.count(Key("", "", "", "", "fault", "notice"))
            after = (await reader.get(f"{P}/dashboard")).text
    assert "Nothing counted yet" in before
    assert "Closed until a first bait arrives" in before
    assert "Counts outlive a restart" in after
    assert "Open: baits arrive" in after
    assert re.search(r"Last complete \d s ago; 0 counts wait", after)
    assert "<strong>Look:</strong> Faults of ours" in after
    assert "notice 1. The log" in after


async def test_the_dashboard_is_there_only_with_a_rule_and_for_whom_it_lets_in() -> None:
    def broken(_: Any) -> bool:
        raise RuntimeError("no session")

    token = "a-long-enough-token"
    for rule, headers, status in (
        (lambda _: True, {}, 200),
        (lambda _: False, {}, 403),
        (broken, {}, 403),
        (token, {}, 401),
        (token, {"authorization": "Bearer wrong-token-indeed"}, 401),
        (token, {"authorization": f"Bearer {token}"}, 200),
        (token, {"authorization": "Basic " + _basic(f"me:{token}")}, 200),
        (token, {"authorization": "Basic ???"}, 401),
    ):
        with supporting(dashboard=rule) as support:
            async with client(support) as reader:
                answer = await reader.get(f"{P}/dashboard", headers=headers)
            assert answer.status_code == status
            assert answer.headers["cache-control"] == "private, no-store"


def _basic(pair: str) -> str:
    from base64 import b64encode

    return b64encode(pair.encode()).decode()


async def test_a_fault_in_a_route_is_an_empty_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with supporting() as support:

        def fail(*_: object) -> None:
            raise RuntimeError("ours")

        monkeypatch.setattr(support.routes._browsers, "of", fail)
        async with client(support) as reader:
            assert (await reader.get(BAIT)).status_code == 204
            assert (await reader.post(f"{P}/outcome", content=report())).status_code == 204
            assert (await reader.get("/")).status_code == 200
        assert values(support, "fault") == {"route": 2}


async def test_placed_by_hand_the_tag_is_the_templates_to_give() -> None:
    with supporting(insert="manual") as support:
        async with client(support) as reader:
            assert "script" not in (await reader.get("/")).text
        assert values(support, "page") == {"manual": 1}
        assert support.tag(nonce="abc").endswith(' nonce="abc"></script>')


async def test_a_cdn_that_begins_to_eat_baits_is_wrong_200_times_at_most() -> None:
    with supporting(notice=Notice()) as support:
        async with client(support) as reader:
            for _ in range(150):  # all is well
                await reader.get(BAIT)
                await reader.get(CONTROL)
                await reader.post(f"{P}/outcome", content=report())
            for _ in range(400):  # then no bait arrives any more
                await reader.get(CONTROL)
                await reader.post(f"{P}/outcome", content=report(verdict="blocked"))
            assert (await reader.get(ASK)).status_code == 204
        counted_as = values(support, "verdict")
        assert 100 < counted_as["blocked"] <= 200
        assert counted_as["blocked"] + counted_as["unknown"] == 400
        assert support.guard.state("default").why == "baits_eaten"


async def test_ordinary_blockers_never_call_for_a_review(monkeypatch: pytest.MonkeyPatch) -> None:
    with supporting() as support:
        reviews: list[object] = []
        monkeypatch.setattr(support.guard, "review", reviews.append)
        async with client(support) as reader:
            for number in range(200):
                if number % 3:
                    await reader.get(BAIT)
                await reader.get(CONTROL)
                verdict = "loaded" if number % 3 else "blocked"
                await reader.post(f"{P}/outcome", content=report(verdict=verdict))
        assert reviews == []


async def test_every_kind_of_count_reaches_the_history(tmp_path: Path) -> None:
    with supporting(notice=Notice(), state_dir=tmp_path) as support:
        async with client(support) as reader:
            await reader.get("/")
            await reader.get(BAIT)
            await reader.get(CONTROL)
            for changed in (
                {"verdict": "blocked"},
                {"kind": "revised", "from": "blocked"},
                {"kind": "notice", "event": "shown", "variant": "default"},
            ):
                await reader.post(f"{P}/outcome", content=report(**changed))
        support.record.flush()
        stored = {Key(*_without_hour(row)): row.n for row in support.store.rows(0, 2**40)}
        counted_here = support.record.totals()
        assert stored == counted_here
        assert {key.kind for key in stored} == set(KINDS)


def _without_hour(row: Row) -> tuple[str, ...]:
    return (
        row.site,
        row.section,
        row.browser,
        row.device,
        row.kind,
        row.value,
        row.detail,
        row.variant,
    )


async def test_each_site_is_called_by_its_own_name() -> None:
    sites = {"gazette.example": "Gazette", "times.example": "Times"}
    with supporting(sites=sites, notice=Notice()) as support:
        async with client(support) as reader:
            for host, name in (*sites.items(), ("other.example", "this site")):
                headers = {"host": host}
                await reader.get(BAIT, headers=headers)
                assert f"Ads pay for {name}" in (await reader.get(ASK, headers=headers)).text
                about = await reader.get(f"{P}/about", headers=headers)
                assert f"What {name} measures" in about.text


@pytest.mark.parametrize(
    ("networks", "site"), [(["127.0.0.0/8"], "Times"), (["10.0.0.0/8"], OTHER)]
)
async def test_a_forwarded_host_counts_only_from_a_trusted_proxy(
    networks: list[str], site: str
) -> None:
    with supporting(sites=SITES, trusted_proxies=networks) as support:
        async with client(support) as reader:
            forwarded = {"host": "app:8000", "x-forwarded-host": "evil.example, times.example"}
            await reader.get(BAIT, headers=forwarded)
            await reader.get("/", headers=forwarded)
        assert {key.site for key in counted(support, "pair")} == {site}
        assert {key.site for key in counted(support, "page")} == {site}


@pytest.mark.parametrize("sites", [SITES, None])
async def test_a_reader_who_forwards_a_host_gets_what_everybody_gets(
    sites: dict[str, str] | None,
) -> None:
    """A proxy that doesn't set the header hands on the reader's, and may cache the answer."""
    policy = "script-src https://gazette.example; img-src *; style-src *; connect-src *"

    async def page(_: Request) -> Response:
        headers = {"content-security-policy": policy}
        return Response("<!doctype html><title>x</title>", 200, headers, "text/html")

    with supporting(sites=sites, trusted_proxies=["127.0.0.1"]) as support:
        app = ReaderSupportMiddleware(Starlette(routes=[Route("/", page)]), support=support)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as reader:
            for path in ("/", f"{P}/about"):
                plain = await reader.get(path)
                for named in ("times.example", "evil.example", "gazette.example"):
                    poisoned = await reader.get(path, headers={"x-forwarded-host": named})
                    assert poisoned.content == plain.content
                    assert b"data-evenhand" in plain.content or path != "/"


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "known"),
    [
        (["unix"], None, "93.184.216.34", True),
        (["127.0.0.1"], None, "93.184.216.34", False),
        (["127.0.0.1"], ("127.0.0.1", 5), "8.8.4.4, 93.184.216.34", True),
        ([], ("93.184.216.34", 5), "", True),
        ([], ("127.0.0.1", 5), "93.184.216.34", False),
    ],
)
async def test_what_an_address_sends_beyond_its_budget_is_counted_as_limited(
    proxies: list[str], peer: tuple[str, int] | None, forwarded: str, known: bool
) -> None:
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    options: dict[str, Any] = {"trusted_proxies": proxies, "address_budget": 10}
    with supporting(notice=Notice(not_on=("/article",)), **options) as support:
        async with client(support, client=peer) as reader:
            reader.headers.update(headers)
            answers: list[list[httpx.Response]] = []
            for _ in range(20):
                bait, control = await reader.get(BAIT), await reader.get(CONTROL)
                told = await reader.post(f"{P}/outcome", content=report())
                answers.append([bait, control, told])
            asked = await reader.get(ASK)
        assert asked.status_code == 204
        for first, last in zip(answers[0], answers[-1], strict=True):
            assert first.status_code == last.status_code
            assert first.headers == last.headers
            assert first.content == last.content
        pairs, law = values(support, "pair"), support.record.law()
        assert law.received == 61, "nothing vanishes"
        assert law.received == law.stored + law.pending + sum(law.dropped.values())
        if known:
            assert pairs == {"bait": 10, "control": 10}
            assert values(support, "verdict") == {"loaded": 9}, "the end comes with a control"
            assert values(support, "notice") == {}
            assert law.dropped == {"limited": 32}
        else:
            assert pairs == {"bait": 20, "control": 20}
            assert values(support, "notice") == {"withheld": 1}
            assert law.dropped == {}


async def test_of_a_forwarding_header_without_end_little_is_kept() -> None:
    with supporting(trusted_proxies=["127.0.0.1"], address_budget=10) as support:
        async with client(support) as reader:
            for number in range(60):
                lie = "8.8.8.8, " * 5_000 + f"{number}, 93.184.216.34"
                await reader.get(CONTROL, headers={"x-forwarded-for": lie})
        assert values(support, "pair") == {"control": 10}
        kept = sum(len(forwarded) for _, forwarded in support.limits._recent)
        assert kept <= 60 * MAX_FORWARDED


async def test_lines_of_a_forwarding_header_are_read_as_one() -> None:
    with supporting(trusted_proxies=["127.0.0.1", "10.0.0.0/8"], address_budget=10) as support:
        async with client(support) as reader:
            for number in range(60):
                lines = [("x-forwarded-for", f"93.184.{number}.1"), ("x-forwarded-for", "10.0.0.1")]
                await reader.get(CONTROL, headers=[*READER.items(), *lines])
        assert values(support, "pair") == {"control": 60}, "each reader has a budget"


async def test_a_report_nested_beyond_measure_is_dropped() -> None:
    with supporting() as support:
        async with client(support) as reader:
            await reader.post(f"{P}/outcome", content=b'{"kind":"x","z":' + b"[" * 950)
        assert values(support, "dropped") == {"malformed": 1}
        assert values(support, "fault") == {}


async def test_a_root_path_ends_at_a_slash() -> None:
    with supporting() as support:
        async with client(support, root_path="/reader") as reader:
            assert (await reader.get(f"{P}/about")).status_code == 200


@pytest.mark.parametrize(
    "accept", ["application/openmetrics-text;version=1.x", "text/plain;version=a"]
)
async def test_an_odd_accept_header_gets_plain_metrics(accept: str) -> None:
    with supporting() as support:
        transport = httpx.ASGITransport(support.metrics_app())
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as prometheus:
            answer = await prometheus.get("/", headers={"accept": accept})
        assert answer.status_code == 200
        assert "evenhand_build_info" in answer.text
