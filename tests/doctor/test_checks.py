"""The checks on facts made up here, for what no nginx of ours does."""

from __future__ import annotations

import gzip
from dataclasses import replace
from typing import Any, get_args

import pytest

from evenhand import __version__
from evenhand.baits import CONTENT
from evenhand.browsers import classify
from evenhand.doctor.catalogue import CATALOGUE
from evenhand.doctor.entry import FindingId
from evenhand.doctor.examine import examined
from evenhand.doctor.facts import Fetched
from evenhand.doctor.fetch import AGENTS, decoded
from evenhand.doctor.findings import Finding, Unchecked
from evenhand.doctor.page import page_checks
from evenhand.doctor.routes import route_checks
from evenhand.doctor.served import script_checks

from .docs import PAGE, with_findings
from .made_up import TAG, URL, facts
from .setups import SETUPS

NO_STORE = ("cache-control", "no-store")
MOVED = TAG.replace('src="/rs', 'src="//cdn.example/rs')


@pytest.mark.parametrize(
    ("html", "finds"),
    [
        pytest.param(f"<!doctype html>{TAG}", "", id="as it should be"),
        pytest.param(f"<!doctype html><!-- {TAG} -->", "tag_missing", id="in a comment"),
        pytest.param(f"<!doctype html><title>{TAG}</title>", "tag_missing", id="in the title"),
        pytest.param(TAG.replace(" defer", ""), "tag_altered", id="defer is gone"),
        pytest.param(TAG.replace("defer", "defer async"), "tag_altered", id="async came"),
        pytest.param(
            TAG.replace(' data-cfasync="false"', ""), "tag_altered", id="for an optimiser"
        ),
        pytest.param(TAG.replace("src=", "data-src="), "tag_altered", id="the source was moved"),
        pytest.param(TAG.replace(" data-evenhand", ""), "tag_altered", id="our mark is gone"),
        pytest.param(MOVED, "script_elsewhere", id="to another host"),
        pytest.param(
            TAG.replace('src="', 'src="http://gazette.example'),
            "script_elsewhere",
            id="mixed content",
        ),
        pytest.param(f'<base href="//cdn.example/">{TAG}', "script_elsewhere", id="by a base"),
        pytest.param(f'{TAG}<base href="//cdn.example/">', "", id="a base behind it"),
        pytest.param(TAG.replace("/rs", "//["), "script_elsewhere", id="to nowhere"),
        pytest.param(
            f"<meta http-equiv=Content-Security-Policy content=\"script-src 'none'\">{TAG}",
            "csp_blocks_script",
            id="a policy before it",
        ),
        pytest.param(
            f"{TAG}<meta http-equiv=content-security-policy content=\"script-src 'none'\">",
            "",
            id="a policy behind it, for scripts",
        ),
        pytest.param(
            f"{TAG}<meta http-equiv=content-security-policy content='connect-src a.example'>",
            "csp_blocks_pairs",
            id="a policy behind it, for reports",
        ),
    ],
)
def test_a_page_is_read_as_a_browser_reads_it(html: str, finds: str) -> None:
    assert {each.id for each in page_checks(facts(html)) if isinstance(each, Finding)} == {
        *finds.split()
    }


@pytest.mark.parametrize(
    ("policy", "nonce", "finds"),
    [
        ("script-src 'nonce-abc'", "abc", []),
        ("script-src 'nonce-abc'", "xyz", ["csp_blocks_script"]),
        ("script-src 'nonce-abc'", "", ["csp_blocks_script"]),
        ("script-src gazette.example", "", []),
        ("script-src 'self', script-src 'none'", "", ["csp_blocks_script"]),
    ],
)
def test_a_policy_in_the_header_must_let_the_tag_run(
    policy: str, nonce: str, finds: list[str]
) -> None:
    tag = TAG.replace("defer", f'defer nonce="{nonce}"') if nonce else TAG
    seen = facts(tag, ("content-security-policy", policy))
    seen = replace(seen, pages={**seen.pages, "second": seen.pages["first"]})
    found = [each.id for each in page_checks(seen) if isinstance(each, Finding)]
    assert [each for each in found if each != "nonce_reused"] == finds


def test_a_page_in_a_coding_that_nobody_asked_for_was_compressed_before_us() -> None:
    seen = facts("", ("content-encoding", "br"))
    odd = replace(seen.pages["fresh"], encoding="br", problem="Content-Encoding br")
    seen = replace(seen, pages=dict.fromkeys(seen.pages, odd))
    assert [each.id for each in page_checks(seen) if isinstance(each, Finding)] == [
        "compressed_before_us"
    ]


@pytest.mark.parametrize(
    ("name", "value", "cached"),
    [
        ("age", "12", True),
        ("age", "0", False),
        ("age", "soon", False),
        ("x-cache", "HIT from edge-7", True),
        ("x-cache", "Hit from cloudfront", True),
        ("x-cache", "Miss from cloudfront", False),
        ("cf-cache-status", "DYNAMIC", False),
        ("cf-cache-status", "HIT", True),
        ("cache-status", "ExampleCache; hit; ttl=376", True),
        ("cache-status", "ExampleCache; fwd=uri-miss", False),
        ("server", "hit", False),
    ],
)
def test_a_caches_own_word_is_understood(name: str, value: str, cached: bool) -> None:
    assert bool(Fetched("GET", URL, 200, ((name, value),)).cached) is cached


def test_another_release_is_not_called_an_alteration() -> None:
    script = Fetched("GET", URL, 200, (("cache-control", "immutable"),), b"something else")
    about = Fetched("GET", URL, 200, (), b'{"software": "Evenhand 0.0.1"}')
    seen = replace(facts(TAG), answers={"probe.js": (script,), "about.json": (about,)})
    (remark,) = script_checks(seen, {})
    assert isinstance(remark, Unchecked)
    assert "0.0.1" in remark.why


def test_scripts_that_are_none_are_told_apart() -> None:
    about = Fetched("GET", URL, 200, (), f'{{"software": "Evenhand {__version__}"}}'.encode())
    kept = (("cache-control", "immutable"),)
    odd = Fetched("GET", URL, 200, kept, b"(() => {})()")
    answers = {"probe.js": (odd,), "about.json": (about,), "ads.js": (replace(odd, status=404),)}
    remarks = script_checks(replace(facts(TAG), answers=answers), {})
    assert [each.id for each in remarks if isinstance(each, Finding)] == [
        "script_altered",
        "script_missing",
    ]


def test_doctor_is_counted_as_a_bot() -> None:
    counted = {name: classify(agent)[0] for name, agent in AGENTS.items()}
    assert counted == {"doctor": "bot", "headless": "bot", "browser": "chrome"}


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"software": '])
def test_an_about_page_that_is_none_names_no_software(body: bytes) -> None:
    about = Fetched("GET", URL, 200, (), body)
    assert replace(facts(TAG), answers={"about.json": (about,)}).software == ""
    script = replace(about, body=b"{const settings={]};\n")
    assert replace(facts(TAG), answers={"probe.js": (script,)}).settings == {}


@pytest.mark.parametrize(
    ("changed", "finds"),
    [
        ({}, []),
        ({"body": b"GIF89a"}, ["pair_altered"]),
        (
            {"headers": (("cache-control", "no-store"), ("content-type", "image/webp"))},
            ["pair_altered"],
        ),
        ({"headers": (("content-type", "image/gif"),)}, ["pair_kept"]),
        ({"status": 302}, ["bait_refused"]),
    ],
)
def test_a_bait_must_be_its_twins_equal(changed: dict[str, Any], finds: list[str]) -> None:
    headers = (NO_STORE, ("content-type", "image/gif"))
    twin = Fetched("GET", URL, 200, headers, CONTENT["image"][1])
    bait = replace(twin, **changed)
    seen = replace(facts(TAG), answers={"bait 0": (bait,), "control 0": (twin,)})
    assert [each.id for each in route_checks(seen) if isinstance(each, Finding)] == finds


def test_gzip_that_is_none_is_told() -> None:
    assert decoded(gzip.compress(b"page"), "gzip") == (b"page", "")
    assert "can't be read" in decoded(b"page", "gzip")[1]
    assert "not asked for" in decoded(b"page", "br")[1]
    assert decoded(b"page", "") == (b"page", "")


def test_what_only_a_page_is_known_of_is_no_health() -> None:
    refused = {"refused": Fetched("GET", URL, 403)}
    seen = replace(facts(TAG), agent="browser", pages={**facts(TAG).pages, **refused})
    remarks = list(examined(seen, {}))
    assert [each.id for each in remarks if isinstance(each, Finding)] == ["agent_refused"]
    assert any(isinstance(each, Unchecked) and "/rs" in each.what for each in remarks)


def test_every_finding_is_explained_and_seen_by_a_test() -> None:
    ids = set(get_args(FindingId))
    assert set(CATALOGUE) == ids
    of_browsers = {"clean_visit_blocked", "blocker_unseen", "no_verdict"}
    assert {id_ for setup in SETUPS for id_ in setup.finds.split()} | of_browsers == ids
    assert len(SETUPS) >= 20


def test_the_docs_list_every_finding() -> None:
    page = PAGE.read_text("utf-8")
    assert with_findings(page) == page, "make doctor-docs"
