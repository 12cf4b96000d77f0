"""Plays the ad hosts that some peers ask for over https, with the fate of each condition."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from tests.browser.proxy import Rule
from tests.browser.tls import Asked, Hosts, playing

HOSTS = ("pagead2.googlesyndication.com", "www3.doubleclick.net")
HEADERS = (
    ("content-type", "text/javascript"),
    ("access-control-allow-origin", "*"),
    ("cache-control", "no-store"),
)
AD = Rule(
    "",
    "answer",
    status=200,
    body="(window.adsbygoogle = window.adsbygoogle || []).loaded = true;",
    headers=HEADERS,
)
Fate = Callable[[str], Rule | None]  # by the host of the page, without `.localhost`


@contextmanager
def playing_ad_hosts(fate: Fate) -> Iterator[Hosts]:
    """While it lasts, browsers that are told of them reach the ad hosts here."""

    def answer(asked: Asked) -> Rule:
        rule = fate(asked.page)
        # Where a rule leads elsewhere on this host, there is an answer: no endless round.
        if rule is None or asked.path.startswith("/page/"):
            return AD
        if rule.action == "pass":
            return replace(AD, after=rule.after)
        kept = dict(HEADERS) | dict(rule.headers)
        return replace(rule, headers=tuple(kept.items()))

    with playing(HOSTS, answer) as hosts:
        yield hosts
