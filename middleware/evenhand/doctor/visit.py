"""Which requests doctor makes, in which order: some forty, as a bot, and only one a moment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from secrets import token_hex
from typing import Any
from urllib.parse import urljoin, urlsplit

import msgspec

from evenhand.baits import baits
from evenhand.doctor.facts import Facts, Fetched, settings_in
from evenhand.doctor.fetch import Fetcher
from evenhand.doctor.markup import Page
from evenhand.doctor.served import SCRIPTS
from evenhand.errors import EvenhandError
from evenhand.inside import Inside
from evenhand.report import MAX_BYTES

REDIRECTS = 5
HITS = 3  # of either half of the counted pair: a cache answers the second at the latest
LOOKS = 8  # at the inside, each on a connection of its own, so that every worker may answer
OLD = "0" * 12  # a build that there never was
_REPORT = b'{"v":1,"kind":"verdict","verdict":"unknown"}'
_DEST = {"image": "image", "script": "script", "style": "style", "fetch": "empty"}
_TURNED_AWAY = frozenset([401, 403, 406, 418, 429, 503])
_DOCUMENT = {
    "accept": "text/html,application/xhtml+xml,*/*;q=0.8",
    "sec-fetch-dest": "document",
    "sec-fetch-mode": "navigate",
    "sec-fetch-site": "none",
}


class VisitError(EvenhandError):
    """The page can't be had, so there is nothing to check."""


@dataclass(frozen=True)
class Asked:
    """What the operator asked for."""

    url: str
    prefix: str | None = None
    token: str = field(default="", repr=False)
    metrics: str = "/metrics"


def visit(asked: Asked, fetcher: Fetcher) -> Facts:
    """Fetch everything; raises `VisitError` where the page itself can't be had."""
    url, first = _arrive(asked.url, fetcher)
    pages: dict[str, Fetched] = {}
    if first.trouble:
        pages["refused"] = first
        fetcher, url, first = _otherwise(asked.url, first, fetcher)
    pages |= {"first": first, **dict(_pages(url, fetcher))}
    page = Page.read(pages["fresh"].text)
    prefix = page.prefix(url) or asked.prefix or "/reader-support"
    facts = Facts(url, prefix, asked.prefix, fetcher.agent, pages)
    if fetcher.agent == "browser":
        why = "bots are refused"
        return replace(facts, refused_inside=why)
    build = page.build(url) or OLD
    return _Routes(facts, asked, fetcher, urljoin(url, f"{prefix}/"), build).fetched()


def _arrive(url: str, fetcher: Fetcher) -> tuple[str, Fetched]:
    """The page behind its redirects."""
    found = fetcher.fetch(url, _DOCUMENT)
    for _ in range(REDIRECTS):
        if found.status not in (301, 302, 303, 307, 308):
            break
        url = urljoin(url, found.header("location"))
        found = fetcher.fetch(url, _DOCUMENT)
    return url, found


def _otherwise(url: str, first: Fetched, fetcher: Fetcher) -> tuple[Fetcher, str, Fetched]:
    """The page for those who say that they are browsers, where doctor is refused it."""
    if first.status in _TURNED_AWAY:
        for agent in ("headless", "browser"):
            other = replace(fetcher, agent=agent)
            at, found = _arrive(url, other)
            if not found.trouble:
                return other, at, found
    raise VisitError(f"{url} {first.trouble}")


def _pages(url: str, fetcher: Fetcher) -> Iterator[tuple[str, Fetched]]:
    def get(address: str, **headers: str) -> Fetched:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return fetcher.fetch(address, _DOCUMENT | given)

    yield "second", get(url)
    yield "fresh", get(_past_caches(url))
    yield "plain", get(_past_caches(url), accept_encoding="identity")
    another = _past_caches(url)
    yield "by_script", get(another, sec_fetch_dest="empty", sec_fetch_site="same-origin")
    yield "after_script", get(another)
    yield "unchanged", get(url, if_none_match='"evenhand-doctor"')


def _past_caches(url: str) -> str:
    return f"{url}{'&' if urlsplit(url).query else '?'}evenhand-doctor={token_hex(6)}"


class _Routes:
    """The requests below the prefix, and to what may be beside it."""

    def __init__(self, facts: Facts, asked: Asked, fetcher: Fetcher, base: str, build: str) -> None:
        self._facts, self._asked, self._fetcher = facts, asked, fetcher
        self._base, self._build = base, build
        # Browsers send fetch metadata to origins that they trust, and to no others.
        self._tells = facts.url.startswith("https:") or facts.is_loopback

    def fetched(self) -> Facts:
        """The facts, with everything that answers below the prefix."""
        answers: dict[str, tuple[Fetched, ...]] = dict(self._files())
        script = answers["probe.js"][0]
        told = settings_in(script)
        before, why = self._look()
        answers |= dict(self._pairs())
        answers |= dict(self._reports())
        answers |= dict(self._notice(told))
        looked = [self._look()[0] for _ in range(LOOKS)] if before else []
        inside = [found for found in looked if found]
        answers |= dict(self._beside())
        if before:
            answers["inside"] = tuple(fetched for _, fetched in inside)
        return replace(
            self._facts,
            answers=answers,
            before=before and before[0],
            after=inside[0][0] if inside else None,
            inside=tuple(found for found, _ in inside),
            refused_inside=why,
            hits=2 * HITS,
            reports=2,
        )

    def _get(self, path: str, dest: str = "empty", **headers: str) -> Fetched:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._fetcher.fetch(urljoin(self._base, path), self._metadata(dest) | given)

    def _metadata(self, dest: str) -> dict[str, str]:
        if not self._tells:
            return {}
        return {"sec-fetch-dest": dest, "sec-fetch-site": "same-origin"}

    def _files(self) -> Iterator[tuple[str, tuple[Fetched, ...]]]:
        probe = f"{self._build}/probe.js"
        script = self._get(probe, "script")
        yield "probe.js", (script, self._get(probe, "script", accept_encoding="identity"))
        yield "old", (self._get(f"{OLD}/probe.js", "script"),)
        yield "about.json", (self._get("about.json"),)
        build = settings_in(script).get("hash")
        for name in SCRIPTS if build else ():
            yield name, (self._get(f"{build}/{name}", "script"),)

    def _pairs(self) -> Iterator[tuple[str, tuple[Fetched, ...]]]:
        for number, pair in enumerate(baits().pairs):
            times = 1 if number else HITS
            for half, name in (("bait", pair.bait), ("control", pair.control)):
                found = (self._get(f"pair/{name}", _DEST[pair.type]) for _ in range(times))
                yield f"{half} {number}", tuple(found)

    def _reports(self) -> Iterator[tuple[str, tuple[Fetched, ...]]]:
        yield "outcome", (self._post(_REPORT),)
        yield "large outcome", (self._post(_REPORT.ljust(MAX_BYTES)),)

    def _post(self, body: bytes) -> Fetched:
        parts = urlsplit(self._facts.url)
        headers = self._metadata("empty") | {
            "origin": f"{parts.scheme}://{parts.netloc}",
            "content-type": "text/plain;charset=UTF-8",
        }
        url = urljoin(self._base, "outcome")
        return self._fetcher.fetch(url, headers, method="POST", body=body)

    def _look(self) -> tuple[tuple[Inside, Fetched] | None, str]:
        """The app's look at itself, or why there is none."""
        token = {"authorization": f"Bearer {self._asked.token}"} if self._asked.token else {}
        found = self._get("inside", **token)
        if found.status in (401, 403):
            return None, "the app wants its dashboard's token: give it with --token"
        if found.status == 503:
            return None, "the app is too busy to tell, or waits for its store: try again"
        try:
            if found.status == 200:
                return (msgspec.json.decode(found.body, type=Inside), found), ""
        except msgspec.MsgspecError:
            pass
        return None, "the app has no `dashboard` rule, behind which it would tell"

    def _notice(self, told: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Fetched, ...]]]:
        query = "notice?v=1&verdict=blocked&signs=image_bait_failed,script_bait_failed&path=/"
        if told.get("asks"):
            yield "notice", (self._get(query), self._get(query))

    def _beside(self) -> Iterator[tuple[str, tuple[Fetched, ...]]]:
        # Without what the operator gave us: as anybody.
        anybody = replace(self._fetcher, headers={})
        yield "dashboard", (anybody.fetch(urljoin(self._base, "dashboard")),)
        yield "metrics", (anybody.fetch(urljoin(self._facts.url, self._asked.metrics)),)
        page = self._facts.page("fresh")
        registered = page.workers if page else []
        names = dict.fromkeys((*registered, "/sw.js", "/service-worker.js"))
        own = urlsplit(self._facts.url).netloc
        addresses = [urljoin(self._facts.url, name) for name in names]
        yield (
            "worker",
            tuple(self._fetcher.fetch(at) for at in addresses if urlsplit(at).netloc == own),
        )
