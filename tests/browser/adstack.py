"""The foreign hosts of a publisher's page: ad systems, a consent tool, and one that has no ads.

The real files of Google, Amazon, Carbon, Taboola and Outbrain can't be had: `ad_tags/` has scripts
that do what is documented of them. Prebid.js is the real one where a page asks for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from .harness import ROOT
from .proxy import Rule
from .tls import Asked, Hosts, playing

HERE = Path(__file__).parent / "ad_tags"
FETCHED = ROOT / "node_modules/.cache/blockers"

TAGS = {
    "securepubads.g.doubleclick.net": "/tag/js/gpt.js",
    "pagead2.googlesyndication.com": "/pagead/js/adsbygoogle.js",
    "c.amazon-adsystem.com": "/aax2/apstag.js",
    "cdn.jsdelivr.net": "/npm/prebid.js@11/dist/prebid.js",
    "cdn.carbonads.com": "/carbon.js",
    "cdn.taboola.com": "/libtrc/gazette/loader.js",
    "widgets.outbrain.com": "/outbrain.js",
}
AD_HOSTS = (
    *TAGS,
    "googleads.g.doubleclick.net",
    "tpc.googlesyndication.com",
    "ad.doubleclick.net",
    "ib.adnxs.com",
    "srv.carbonads.net",
)
FOREIGN = "media.example.org"
CONSENT = "consent.example.net"
HOSTS = (*AD_HOSTS, FOREIGN, CONSENT)

EVERY = "*"  # every ad host
JAVASCRIPT = ("content-type", "text/javascript")
HTML = ("content-type", "text/html")
JSON = ("content-type", "application/json")
PICTURE = ("content-type", "image/svg+xml")
ANYONE = ("access-control-allow-origin", "*")
TIMED = ("timing-allow-origin", "*")
GONE = Rule("", "reset")
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="250">'
    '<rect width="300" height="250" fill="#3a6"/></svg>'
)
FRAME = f"<!doctype html><title>Ad</title><body style='margin:0'>{DRAWING}</body>"


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What befalls one site's requests to the foreign hosts."""

    spoiled: Mapping[str, Rule] = field(default_factory=dict[str, Rule])  # by host, or EVERY
    fills: bool = True  # the ad systems have ads
    small_fill: bool = True  # Carbon, Taboola and Outbrain have
    cached: bool = False
    cors: bool = True  # for the tag that is asked for with `crossorigin`
    timed: bool = True  # the host that has no ads lets pages see its timing


def answered(body: str, *headers: tuple[str, str]) -> Rule:
    return Rule("", "answer", status=200, body=body, headers=headers)


def tag(name: str) -> Rule:
    return answered((HERE / f"documented_{name}.js").read_text(), JAVASCRIPT)


@cache
def real_prebid() -> str:
    """The file that its makers publish, with every module in it."""
    [file] = FETCHED.glob("prebid-*/dist/not-for-prod/prebid.js")
    return file.read_text()


def small(name: str, fate: Fate) -> Rule:
    """One of the tags that put their pictures into the page themselves, or nothing."""
    rule = tag(name)
    if fate.fills and fate.small_fill:
        return rule
    return replace(
        rule, body=rule.body.replace("place.append", "void").replace("place?.append", "void")
    )


def normal(asked: Asked, fate: Fate) -> Rule:
    """The answer when all is well."""
    url = urlsplit(asked.path)
    empty = json.dumps({"empty": not fate.fills})
    match asked.host, url.path:
        case (_, path) if path.endswith((".svg", ".gif")):
            timed = [TIMED] if asked.host == FOREIGN and fate.timed else []
            return answered(DRAWING, PICTURE, *timed)
        case "securepubads.g.doubleclick.net", "/tag/js/gpt.js":
            return tag("gpt")
        case "securepubads.g.doubleclick.net", "/gampad/ads":
            return answered(empty, JSON, ANYONE)
        case "pagead2.googlesyndication.com", "/pagead/js/adsbygoogle.js":
            rule = tag("adsense")
            return replace(rule, headers=(*rule.headers, ANYONE)) if fate.cors else rule
        case "googleads.g.doubleclick.net", "/pagead/ads":
            return answered(empty, JSON, ANYONE)
        case "googleads.g.doubleclick.net" | "tpc.googlesyndication.com", _:
            return answered(FRAME, HTML)
        case "c.amazon-adsystem.com", "/aax2/apstag.js":
            return tag("apstag")
        case "cdn.jsdelivr.net", "/npm/prebid.js@11/dist/prebid.js":
            return tag("prebid")
        case "cdn.jsdelivr.net", "/npm/prebid.js@11.36.0/dist/prebid.js":
            return answered(real_prebid(), JAVASCRIPT)
        case "cdn.carbonads.com", "/carbon.js":
            return small("carbon", fate)
        case "cdn.taboola.com", "/libtrc/gazette/loader.js":
            return small("taboola", fate)
        case "widgets.outbrain.com", "/outbrain.js":
            return small("outbrain", fate)
        case "ib.adnxs.com", "/ut/v3/prebid":
            return answered(bids(asked, fate), JSON, *credentialed(asked))
        case "media.example.org", "/reader.js":
            return answered("", JAVASCRIPT, *([TIMED] if fate.timed else []))
        case "consent.example.net", "/tool.js":
            answer = parse_qs(url.query)["answer"][0]
            source = (HERE / "consent_tool.js").read_text()
            return answered(source.replace("ANSWER", answer), JAVASCRIPT)
        case _:
            # An archive of scripts also has a blocker's lists: junk would end its blocking.
            return GONE


def credentialed(asked: Asked) -> tuple[tuple[str, str], ...]:
    """What a browser wants to see before it hands over what cookies have asked for."""
    allowed = ("access-control-allow-origin", asked.origin)
    return allowed, ("access-control-allow-credentials", "true")


def bids(asked: Asked, fate: Fate) -> str:
    """The answer of an exchange to an auction in the page."""
    tags = json.loads(asked.body or "{}").get("tags", [])
    if not fate.fills:
        return json.dumps({"tags": [{"uuid": each["uuid"], "nobid": True} for each in tags]})
    picture = f'<img src="https://{FOREIGN}/creative.svg" width="300" height="250">'
    ad = {
        "content_source": "rtb",
        "ad_type": "banner",
        "cpm": 1.5,
        "creative_id": 7,
        "rtb": {
            "banner": {"width": 300, "height": 250, "content": picture},
            "trackers": [{"impression_urls": [f"https://{FOREIGN}/seen.gif"]}],
        },
    }
    return json.dumps({"tags": [{"uuid": each["uuid"], "ads": [ad]} for each in tags]})


@contextmanager
def ad_hosts(fates: Mapping[str, Fate]) -> Iterator[Hosts]:
    """Plays all foreign hosts; `fates` are by the name of the site, without `.localhost`."""

    def answer(asked: Asked) -> Rule:
        fate = fates.get(asked.page, Fate())
        rule = fate.spoiled.get(asked.host)
        if rule is None and asked.host in AD_HOSTS:
            rule = fate.spoiled.get(EVERY)
        if rule and not re.search(rule.path, asked.path):
            rule = None
        good = normal(asked, fate)
        kept = ("cache-control", "max-age=900" if fate.cached else "no-store")
        good = replace(good, headers=(*good.headers, kept))
        if rule is None:
            return good
        return replace(good, after=rule.after) if rule.action == "pass" else rule

    with playing(HOSTS, answer) as hosts:
        yield hosts
