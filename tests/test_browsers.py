"""Browser and device from the agent string, bounded in time and memory."""

import pytest

from evenhand.browsers import PARSES_A_SECOND, REMEMBERED, UNKNOWN, Browsers, classify

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko)"
)
ANDROID = "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko)"
KHTML = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "client"),
    [
        (f"{WINDOWS} {KHTML} Chrome/140.0.0.0 Safari/537.36", ("chrome", "desktop")),
        (f"{WINDOWS} {KHTML} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", ("edge", "desktop")),
        (f"{WINDOWS} {KHTML} Chrome/140.0.0.0 Safari/537.36 OPR/120.0.0.0", ("opera", "desktop")),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            ("firefox", "desktop"),
        ),
        (f"{IPHONE} Version/17.5 Mobile/15E148 Safari/604.1", ("safari", "mobile")),
        (f"{IPHONE} CriOS/140.0.0.0 Mobile/15E148 Safari/604.1", ("chrome", "mobile")),
        (f"{IPHONE} FxiOS/140.0 Mobile/15E148 Safari/604.1", ("firefox", "mobile")),
        (
            f"{ANDROID} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
            ("samsung", "mobile"),
        ),
        (
            "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
            " Version/17.5 Mobile/15E148 Safari/604.1",
            ("safari", "tablet"),
        ),
        (
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            ("bot", "other"),
        ),
        (f"{WINDOWS} {KHTML} HeadlessChrome/140.0.0.0 Safari/537.36", ("bot", "other")),
        ("EvenhandBot/1.0 (self-check)", ("bot", "other")),
        ("", ("other", "other")),
        ("curl/8.9.1", ("other", "other")),
    ],
)
def test_the_family_and_the_device(agent: str, client: tuple[str, str]) -> None:
    assert classify(agent) == client


def test_new_agents_beyond_the_bound_are_other_until_the_next_second() -> None:
    now = [10.0]
    browsers = Browsers(lambda: now[0], spent=lambda: 0.0)
    agents = [
        f"Mozilla/5.0 (X11; Linux x86_64; rv:{n}.0) Gecko/20100101 Firefox/{n}.0".encode()
        for n in range(99)
    ]
    seen = [browsers.of(agent) for agent in agents]
    assert seen.count(("firefox", "desktop")) == PARSES_A_SECOND
    assert seen.count(UNKNOWN) == len(agents) - PARSES_A_SECOND
    assert browsers.of(agents[0]) == ("firefox", "desktop"), "known ones cost nothing"
    now[0] += 1
    assert browsers.of(agents[-1]) == ("firefox", "desktop")


def test_an_agent_that_is_made_to_cost_much_is_charged_for_it() -> None:
    spent = iter(n * 0.005 for n in range(100))
    browsers = Browsers(lambda: 10.0, spent=lambda: next(spent))
    seen = [browsers.of(b"Mozilla/5.0 Firefox/%d.0" % n) for n in range(20)]
    assert seen.count(UNKNOWN) == 20 - 0.001 * PARSES_A_SECOND / 0.005


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evenhand.browsers.classify", lambda _: ("other", "other"))
    second = iter(range(10**6))
    browsers = Browsers(lambda: float(next(second)))
    for number in range(REMEMBERED + 100):
        browsers.of(b"agent %d" % number)
    assert len(browsers._seen) == REMEMBERED
