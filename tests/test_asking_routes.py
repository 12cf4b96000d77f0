"""``GET notice``: every no says why, in a header and, where it helps the publisher, as a count."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from evenhand import Arm, Experiment, Notice, ReaderSupport
from evenhand.keys import Key
from evenhand.scripts import Scripts
from evenhand.settings import Settings

from .apps import client, counted, supporting, values

pytestmark = pytest.mark.anyio
P = "/reader-support"
BAIT = f"{P}/pair/ads728x90.gif"
ASK = f"{P}/notice?v=1&verdict=blocked&signs=image_bait_failed&lang=en&path=/article"
NOTICE = Notice(not_on=("/checkout",), variant="warm")
TRIED = Notice(
    not_on=("/checkout",),
    experiment=Experiment(
        name="words",
        arms=(Arm("plain"), Arm("short", title="Ads pay us", placement="corner")),
        smallest=0.01,
        hold_out=0.1,
    ),
)
PLAIN, SHORT, HELD = TRIED.variants.values()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def ask(support: ReaderSupport, path: str = ASK, **headers: str) -> Any:
    async with client(support) as reader:
        await reader.get(BAIT)  # opens the guard
        return await reader.get(path, headers={k.replace("_", "-"): v for k, v in headers.items()})


@pytest.mark.parametrize(
    ("options", "path", "headers", "reason", "counts"),
    [
        pytest.param({}, ASK.replace("blocked", "loaded"), {}, "verdict", False, id="loaded"),
        pytest.param({}, ASK.replace("=blocked", "=x"), {}, "verdict", False, id="no verdict"),
        pytest.param({}, ASK.replace("v=1", "v=2"), {}, "version", False, id="a later version"),
        pytest.param({}, ASK, {"sec_gpc": "1"}, "opted_out", False, id="GPC"),
        pytest.param({}, ASK, {"dnt": "1"}, "opted_out", False, id="DNT"),
        pytest.param({}, ASK, {"user_agent": "Googlebot/2.1"}, "bot", False, id="a bot"),
        pytest.param({}, ASK, {"sec_fetch_site": "cross-site"}, "foreign", False, id="foreign"),
        pytest.param({"mode": "count"}, ASK, {}, "mode", False, id="mode count"),
        pytest.param({}, ASK.replace("/article", "/checkout/2"), {}, "quiet_path", True, id="path"),
        pytest.param({"exempt": lambda _: True}, ASK, {}, "exempt", True, id="exempt"),
        pytest.param({"notice": None}, ASK, {}, "no_notice", False, id="no notice"),
    ],
)
async def test_a_no_says_why(
    options: dict[str, Any], path: str, headers: dict[str, str], reason: str, counts: bool
) -> None:
    with supporting(**{"notice": NOTICE, **options}) as support:
        answer = await ask(support, path, **headers)
        assert answer.status_code == 204
        assert answer.headers["x-reader-support"] == reason
        assert answer.headers["cache-control"] == "private, no-store"
        withheld = Key("default", "", "", "", "notice", "withheld", reason, "warm")
        assert counted(support, "notice") == ({withheld: 1} if counts else {})


async def test_a_closed_guard_says_so() -> None:
    with supporting(notice=NOTICE) as support:
        async with client(support) as reader:
            answer = await reader.get(ASK)
        assert answer.headers["x-reader-support"] == "guard"
        assert values(support, "notice") == {"withheld": 1}


async def test_a_notice_that_is_shown_says_nothing_of_the_kind() -> None:
    with supporting(notice=NOTICE) as support:
        answer = await ask(support)
        assert answer.status_code == 200
        assert "x-reader-support" not in answer.headers
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "template",
    [
        pytest.param("<section>{{ nonsense.more }}</section>", id="a value that isn't there"),
        pytest.param("<section>{{ 1 / 0 }}</section>", id="a calculation"),
        pytest.param("<section>{% if %}</section>", id="a syntax error"),
        pytest.param("{% include 'nowhere.html' %}", id="a part that isn't there"),
    ],
)
async def test_a_template_that_raises_costs_the_notice_and_nothing_else(
    template: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "notice.html").write_text(template)
    with supporting(notice=NOTICE, templates=tmp_path) as support, caplog.at_level(logging.WARNING):
        caplog.clear()
        for n in range(1, 4):
            answer = await ask(support)
            assert answer.status_code == 204
            assert answer.headers["x-reader-support"] == "template"
            assert values(support, "fault") == {"notice": n}
    told = [record for record in caplog.records if record.getMessage().startswith("notice")]
    assert len(told) == 1, "one line, however often"


async def test_hints_choose_the_steps() -> None:
    with supporting(notice=NOTICE) as support:
        plain = await ask(support)
        brave = await ask(
            support,
            sec_ch_ua='"Brave";v="140", "Chromium";v="140"',
            sec_ch_ua_platform='"Linux"',
        )
    assert "Most likely you use uBlock Origin<" in plain.text
    assert "Most likely you use Brave Shields<" in brave.text


async def test_hostile_queries_change_nothing_but_the_answer() -> None:
    with supporting(notice=Notice(ask_probable=True)) as support:
        for path in (
            ASK + "&path=" + "x" * 9000,
            ASK + "&signs=" + "%00" * 99,
            f"{P}/notice?verdict=blocked&verdict=loaded&v=1&signs=<script>",
            f"{P}/notice?%ff=%fe&v=1&verdict=blocked_probable&signs=ad_tags_failed&path=%ff",
            f"{P}/notice?" + "a&" * 3000,
        ):
            answer = await ask(support, path)
            assert answer.status_code in (200, 204)
            assert "<script" not in answer.text
        assert values(support, "fault") == {}


async def test_each_arm_gets_its_own_words() -> None:
    with supporting(notice=TRIED) as support:
        plain = await ask(support, f"{ASK}&variant={PLAIN}")
        short = await ask(support, f"{ASK}&variant={SHORT}")
        unnamed = await ask(support)
        assert "Ads pay for" in plain.text
        assert "Ads pay us" in short.text
        assert unnamed.text == plain.text, "an older script, and evenhand doctor"
        assert counted(support, "notice") == {}, "the browser tells what became of it"


async def test_the_hold_out_is_not_asked_and_hears_every_other_reason_first() -> None:
    with supporting(notice=TRIED, exempt=lambda scope: b"paid" in scope["query_string"]) as support:
        answer = await ask(support, f"{ASK}&variant={HELD}")
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["x-reader-support"] == "hold_out"
        assert values(support, "notice") == {}, "no reason of the publisher's"
        elsewhere = await ask(support, f"{ASK.replace('article', 'checkout')}&variant={HELD}")
        assert elsewhere.headers["x-reader-support"] == "quiet_path,hold_out"
        paid = await ask(support, f"{ASK}&variant={HELD}&paid")
        assert paid.headers["x-reader-support"] == "exempt,hold_out"
        assert values(support, "notice") == {"withheld": 2}


@pytest.mark.parametrize("notice", [TRIED, NOTICE], ids=["an experiment", "none"])
@pytest.mark.parametrize("variant", ["words-000000.plain", "<script>", "other"])
async def test_a_variant_that_is_not_there_is_answered_with_a_reason(
    notice: Notice, variant: str
) -> None:
    with supporting(notice=notice) as support:
        answer = await ask(support, f"{ASK}&variant={variant}")
        assert answer.status_code == 204
        assert answer.headers["x-reader-support"] == "variant"


async def test_only_the_experiments_own_names_are_counted() -> None:
    with supporting(notice=TRIED) as support:
        async with client(support) as reader:
            for variant in (*TRIED.variants.values(), "words-000000.plain", "invented"):
                told = {"v": 1, "kind": "notice", "verdict": "blocked"}
                body = {**told, "event": "assigned", "variant": variant}
                await reader.post(f"{P}/outcome", content=json.dumps(body))
        seen = {key.variant: n for key, n in counted(support, "notice").items()}
        assert seen == {PLAIN: 1, SHORT: 1, HELD: 1, "other": 2}


def test_the_browser_is_told_names_shares_and_places() -> None:
    first, _, _ = Scripts(Settings(notice=TRIED)).text("notice.js").partition("\n")
    rules = json.loads(first.removeprefix("const rules=").removesuffix(";"))
    assert rules["arms"] == [[PLAIN, 0.45, "bar"], [SHORT, 0.45, "corner"], [HELD, 0.1, "bar"]]
    first, _, _ = Scripts(Settings(notice=NOTICE)).text("notice.js").partition("\n")
    rules = json.loads(first.removeprefix("const rules=").removesuffix(";"))
    assert rules["arms"] == [["warm", 1, "bar"]]
