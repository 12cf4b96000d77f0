"""The baits, held against real list engines; and nothing of ours that one would block."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from evenhand.baits import CONTENT, baits
from evenhand.scripts import Scripts
from evenhand.settings import Settings

from ..conftest import show
from .harness import missing

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
    result = lists.check_network_urls(f"{PREFIX}/{path}", f"{ORIGIN}/a", kind)  # type: ignore[attr-defined]  # it has no types
    return bool(result.matched)


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


LISTS = ("easylist", "ubo")  # EasyList alone; all that uBlock Origin has switched on when new
ENGINES = tuple((engine, lists) for engine in ("brave", "ghostery") for lists in LISTS)
LEAST = 3  # pairs that every engine must block: two make a verdict certain


@dataclass(frozen=True)
class Answer:
    """What one engine says: of each request in turn, and what it hides on every page."""

    blocked: list[bool]
    hiding: str


def bites(*extra: str) -> dict[str, list[str]]:
    """Bait to the engines and lists that block or hide it, with some rules more in each list."""
    for part in ("node", "brave", "ghostery"):
        if reason := missing(part):
            pytest.skip(reason)
    pairs, boxes = baits().pairs, baits().boxes
    order = {
        "engines": ENGINES,
        "python": sys.executable,
        "extra": extra,
        "page": f"{ORIGIN}/a",
        "requests": [{"url": f"{PREFIX}/pair/{p.bait}", "type": TYPES[p.type]} for p in pairs],
    }
    script = Path(__file__).with_name("ask_engines.mjs")
    told = subprocess.run(
        ["node", str(script)], input=json.dumps(order).encode(), capture_output=True, check=True
    )
    found: dict[str, list[str]] = {name: [] for name in (*(p.bait for p in pairs), boxes.bait)}
    answers = msgspec.json.decode(told.stdout, type=list[Answer])
    for (engine, lists), answer in zip(ENGINES, answers, strict=True):
        for pair, is_blocked in zip(pairs, answer.blocked, strict=True):
            if is_blocked:
                found[pair.bait].append(f"{engine}/{lists}")
        if f"[{boxes.bait}]" in answer.hiding:
            found[boxes.bait].append(f"{engine}/{lists}")
        assert f"[{boxes.control}]" not in answer.hiding
    return found


def verify(found: dict[str, list[str]]) -> None:
    """Fails where too few pairs are left to be sure of a block; the boxes are no pair."""
    for engine in ("/".join(both) for both in ENGINES):
        dead = [p.bait for p in baits().pairs if engine not in found[p.bait]]
        left = len(baits().pairs) - len(dead)
        assert left >= LEAST, f"{engine} blocks {left} pairs; dead: {', '.join(dead)}"


def test_enough_baits_still_bite(request: pytest.FixtureRequest) -> None:
    found = bites()
    rules = {p.bait: p.rule for p in baits().pairs} | {baits().boxes.bait: baits().boxes.rule}
    table = [
        f"{bait:<20}{len(engines)}/{len(ENGINES)} engines  {rules[bait]}"
        for bait, engines in found.items()
    ]
    show(request.config, ["baits that still bite", *table])
    verify(found)


def test_dead_baits_are_named() -> None:
    """As if the lists had given up two rules."""
    first, second, *_ = (p.bait for p in baits().pairs)
    found = bites(*(f"@@/reader-support/pair/{bait}" for bait in (first, second)))
    assert found[first] == found[second] == []
    with pytest.raises(AssertionError, match=f"dead: {first}, {second}"):
        verify(found)


def test_no_control_is_blocked(every_list: object) -> None:
    hit = [
        p.control for p in baits().pairs if blocked(every_list, f"pair/{p.control}", TYPES[p.type])
    ]
    assert not hit


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("HASH/probe.js", "script"),
        ("HASH/policy.js", "script"),
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
