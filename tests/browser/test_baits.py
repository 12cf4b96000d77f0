"""The baits, held against a real list engine; and nothing of ours that it would block."""

from pathlib import Path

import pytest

from evenhand.baits import CONTENT, baits
from evenhand.scripts import Scripts
from evenhand.settings import Settings

pytestmark = pytest.mark.browser  # the lists come with the blocker

ORIGIN = "https://gazette.example"
PREFIX = f"{ORIGIN}/reader-support"
ASSETS = (
    Path("/usr/share/mozilla/extensions/{ec8030f7-c20a-464f-9b0e-13a3a9e97384}")
    / "uBlock0@raymondhill.net/assets"
)
EASYLIST = ("thirdparties/easylist/easylist.txt",)
TYPES = {"image": "image", "script": "script", "style": "stylesheet", "fetch": "xmlhttprequest"}


def engine(*lists: Path) -> object:
    adblock = pytest.importorskip("adblock", reason="the list engine `adblock` is not installed")
    if not ASSETS.is_dir():
        pytest.skip("filter lists: the package webext-ublock-origin-firefox is not installed")
    filters = adblock.FilterSet()
    for path in lists:
        filters.add_filter_list(path.read_text("utf-8"))
    return adblock.Engine(filters)


def blocked(lists: object, path: str, kind: str) -> bool:
    result = lists.check_network_urls(f"{PREFIX}/{path}", f"{ORIGIN}/a", kind)  # type: ignore[attr-defined]
    return bool(result.matched)


@pytest.fixture(scope="module")
def easylist() -> object:
    return engine(*(ASSETS / name for name in EASYLIST))


@pytest.fixture(scope="module")
def every_list() -> object:
    return engine(
        *(ASSETS / name for name in EASYLIST),
        ASSETS / "thirdparties/easylist/easyprivacy.txt",
        *sorted((ASSETS / "ublock").glob("*.txt")),
    )


def test_four_families_of_rules_at_least() -> None:
    pairs = baits().pairs
    assert len(pairs) >= 4
    assert len({pair.type for pair in pairs}) == len(pairs)
    assert len({pair.rule for pair in pairs}) == len(pairs)


def test_every_bait_still_bites(easylist: object) -> None:
    dead = [p.bait for p in baits().pairs if not blocked(easylist, f"pair/{p.bait}", TYPES[p.type])]
    assert not dead


def test_no_control_is_blocked(every_list: object) -> None:
    hit = [
        p.control for p in baits().pairs if blocked(every_list, f"pair/{p.control}", TYPES[p.type])
    ]
    assert not hit


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("HASH/probe.js", "script"),
        ("HASH/verdict.js", "script"),
        ("HASH/ads.js", "script"),
        ("HASH/notice.js", "script"),
        ("HASH/notice.css", "xmlhttprequest"),
        ("outcome", "ping"),
        ("outcome", "xmlhttprequest"),
        ("notice?v=1&verdict=blocked&signs=image_bait_failed&lang=en&path=%2F", "xmlhttprequest"),
        ("about.json", "xmlhttprequest"),
    ],
)
def test_nothing_else_of_ours_is_blocked(every_list: object, path: str, kind: str) -> None:
    assert not blocked(every_list, path.replace("HASH", Scripts(Settings()).hash), kind)


def test_both_halves_have_bytes() -> None:
    assert all(content for _, content in CONTENT.values())
    assert len(CONTENT["image"][1]) == 43
