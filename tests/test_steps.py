"""The steps as data: sourced, not too old, and the likely ones first."""

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import get_args

import pytest

from evenhand.asking.reader import ANYONE, Reader, reader_of
from evenhand.asking.steps import Guide, expired, guides, in_network, kind_of, ranked
from evenhand.browsers import classify
from evenhand.vocabulary import BROWSERS, SYSTEMS, Browser

LISTS = ("image_bait_failed", "script_bait_failed", "element_bait_failed")
NO_HIDING = ("image_bait_failed", "script_bait_failed")
HOSTS = ("ad_tags_failed", "slots_empty")
CHROME = b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"


def test_no_row_has_expired() -> None:
    stale = [
        f"{guide.id}: checked {guide.checked}, expired {guide.expires}; see {guide.source}"
        for guide in expired(guides(), datetime.now(UTC).date())
    ]
    assert not stale, "check these steps in the product, and renew `checked` and `expires`"


def test_an_expired_row_is_found() -> None:
    rows = guides()
    first = min(guide.expires for guide in rows)
    assert expired(rows, first) == []
    late = expired(rows, first + timedelta(days=1))
    assert late
    assert all(guide.expires == first for guide in late)
    assert len(expired(rows, date(2100, 1, 1))) == len(rows)


@pytest.mark.parametrize("guide", guides(), ids=lambda guide: guide.id)
def test_a_row_is_whole(guide: Guide) -> None:
    assert re.fullmatch(r"[a-z0-9-]+", guide.id)
    assert 1 <= len(guide.steps) <= 4
    assert all(step.endswith(".") and len(step) <= 200 for step in guide.steps)
    assert guide.undo
    assert len(guide.source) > 15
    assert guide.blocks
    assert guide.checked <= datetime.now(UTC).date()
    # What nobody has read in the vendor's own files is looked at twice as often.
    most = timedelta(days=366 if guide.confidence == "A" else 184)
    assert timedelta() < guide.expires - guide.checked <= most
    assert guide.more is None or guide.more.startswith("https://")
    if guide.network:
        assert guide.browsers == guide.systems == ("any",)
    else:
        assert set(guide.browsers) <= {*BROWSERS, "brave"} - {"bot"}
        assert set(guide.systems) <= {*SYSTEMS, "desktop"}


def test_rows_have_names_of_their_own() -> None:
    assert max(Counter(guide.id for guide in guides()).values()) == 1
    assert max(Counter(guide.blocker for guide in guides()).values()) == 1, "in one picker"


@pytest.mark.parametrize(
    "blocker",
    [
        *("uBlock Origin", "uBlock Origin Lite", "AdBlock", "Adblock Plus", "AdGuard", "Ghostery"),
        *("AdGuard for iOS", "AdGuard Mini", "Brave Shields", "Pi-hole", "NextDNS"),
        *("Firefox's tracking protection", "Edge's tracking prevention", "Opera's ad blocker"),
        *("Samsung Internet's ad blockers", "Safari's content blockers on a Mac"),
        *("Safari's content blockers on iPhone or iPad",),
        *("A filter in my network, company, VPN or phone plan",),
    ],
)
def test_each_known_blocker_has_steps(blocker: str) -> None:
    assert blocker in {guide.blocker for guide in guides()}


@pytest.mark.parametrize(
    ("reader", "signals", "likely"),
    [
        pytest.param(Reader("firefox", "linux"), LISTS, "ublock-origin", id="Firefox"),
        pytest.param(
            Reader("firefox", "android"), LISTS, "ublock-origin-android", id="Firefox on Android"
        ),
        pytest.param(Reader("firefox", "macos"), HOSTS, "firefox-desktop", id="its protection"),
        pytest.param(Reader("firefox", "android"), HOSTS, "firefox-android", id="on Android"),
        pytest.param(Reader("chrome", "windows"), LISTS, "adblock", id="Chrome, hides elements"),
        pytest.param(
            Reader("chrome", "windows"), NO_HIDING, "ublock-origin-lite", id="Chrome, hides none"
        ),
        pytest.param(Reader("chrome", "windows"), HOSTS, "network", id="Chrome, hosts alone"),
        pytest.param(
            Reader("chrome", "android"), LISTS, "network", id="Chrome has none on Android"
        ),
        pytest.param(Reader("brave", "linux"), HOSTS, "brave-desktop", id="Brave"),
        pytest.param(Reader("brave", "ios"), HOSTS, "brave-mobile", id="Brave on a phone"),
        pytest.param(Reader("edge", "windows"), HOSTS, "edge", id="Edge"),
        pytest.param(Reader("opera", "macos"), LISTS, "opera-desktop", id="Opera"),
        pytest.param(Reader("safari", "macos"), LISTS, "safari-mac", id="Safari on a Mac"),
        pytest.param(Reader("safari", "ios"), LISTS, "safari-ios", id="Safari on an iPhone"),
        pytest.param(Reader("safari", "ios"), HOSTS, "network", id="Safari, hosts alone"),
        pytest.param(Reader("samsung", "android"), LISTS, "samsung", id="Samsung Internet"),
        pytest.param(ANYONE, HOSTS, "network", id="unknown, hosts alone"),
    ],
)
def test_the_likely_steps_come_first(reader: Reader, signals: tuple[str, ...], likely: str) -> None:
    found = ranked(reader, signals)
    assert found[0].id == likely
    assert in_network(reader, signals) == found[0].network
    assert sorted(guide.id for guide in found) == sorted(guide.id for guide in guides()), (
        "the picker has all the rest"
    )


@pytest.mark.parametrize("browser", sorted({*BROWSERS, "brave"}))
@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("signals", [LISTS, NO_HIDING, HOSTS, ()], ids=str)
def test_what_can_not_be_theirs_is_never_likely(
    browser: Browser, system: str, signals: tuple[str, ...]
) -> None:
    reader = Reader(browser, system)  # type: ignore[arg-type]  # one of SYSTEMS
    assert ranked(reader, signals)[0].fits(reader)


def test_the_kind_of_blocking_is_read_from_the_signals() -> None:
    assert kind_of(LISTS) == kind_of(["element_bait_failed"]) == "lists"
    assert kind_of(HOSTS) == kind_of([]) == kind_of(["image_bait_loaded"]) == "hosts"


@pytest.mark.parametrize(
    ("brands", "platform", "expected"),
    [
        ('"Brave";v="140", "Chromium";v="140"', '"Windows"', Reader("brave", "windows")),
        (
            '"Google Chrome";v="140", "Not=A?Brand";v="8"',
            '"Chrome OS"',
            Reader("chrome", "chromeos"),
        ),
        ('"Microsoft Edge";v="140"', '"macOS"', Reader("edge", "macos")),
        ('"Samsung Internet";v="28"', '"Android"', Reader("samsung", "android")),
        ('"Opera";v="120"', '"Linux"', Reader("opera", "linux")),
        ("", "", Reader("chrome", "linux")),
        ('";v="', '"Amiga"', Reader("chrome", "linux")),
        ("x" * 9999, "x" * 9999, Reader("chrome", "linux")),
    ],
)
def test_hints_say_more_than_the_agent(brands: str, platform: str, expected: Reader) -> None:
    headers = {
        b"user-agent": CHROME,
        b"sec-ch-ua": brands.encode(),
        b"sec-ch-ua-platform": platform.encode(),
    }
    assert reader_of(headers, "chrome") == expected


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("(Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "windows"),
        ("(Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15", "macos"),
        ("(iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1", "ios"),
        ("(iPad; CPU OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1", "ios"),
        ("(Linux; Android 15; Pixel 9) Chrome/140.0.0.0 Mobile Safari/537.36", "android"),
        ("(X11; CrOS x86_64 14541.0.0) Chrome/140.0.0.0 Safari/537.36", "chromeos"),
        ("(X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "linux"),
        ("(Amiga)", "other"),
    ],
)
def test_without_hints_the_agent_says_which_system(agent: str, expected: str) -> None:
    full = f"Mozilla/5.0 {agent}"
    assert reader_of({b"user-agent": full.encode()}, classify(full)[0]).system == expected


def test_confidence_is_one_of_two() -> None:
    assert {guide.confidence for guide in guides()} == set(
        get_args(Guide.__annotations__["confidence"])
    )
