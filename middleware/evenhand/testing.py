"""For your own tests: what was inserted into your pages, what was counted, who was asked.

``docs/testing-your-site.md`` shows it at work.

Everything is read from the counters themselves: nothing has to be waited for, and no store,
browser or server is needed. ``client`` is whatever your framework's tests use, sync or async, as
long as it calls the app *with* the middleware around it: Starlette's and FastAPI's ``TestClient``,
Litestar's, or httpx with an ``ASGITransport``. (Django's and Quart's own test clients call the
views below the ASGI app; put one of these around your ``application`` instead.)
"""

import json
import re
from collections import Counter
from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol
from urllib.parse import urlencode

from evenhand.errors import OptionError
from evenhand.insertion.walk import MARKER
from evenhand.keys import Key
from evenhand.support import ReaderSupport
from evenhand.vocabulary import BLOCKED, Signal, Verdict

READER: Mapping[str, str] = {
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "sec-fetch-site": "same-origin",
}
"""Headers of a reader's browser. What a report lacks without them makes it ``foreign``."""

_TAG = re.compile(rb"<script\b[^>]*\b" + MARKER)
_TWO_SIGNS: tuple[Signal, ...] = ("image_bait_failed", "script_bait_failed", "slots_empty")


class Client(Protocol):
    """A test client, as far as it is used here; an async one returns what is awaited."""

    def get(self, url: str, /, *, headers: Any) -> Any:
        """Send a GET request."""

    def post(self, url: str, /, *, content: Any, headers: Any) -> Any:
        """Send a POST request with a body of bytes."""


class Seen:
    """What a support counted while it was watched. Each property maps a closed word to a count.

    The words are those of the metrics and of the documents; what was never counted is not in it.
    """

    def __init__(self, support: ReaderSupport, site: str | None) -> None:
        self._support, self._site = support, site
        self._before = Counter(support.record.totals())
        self._after: Counter[Key] | None = None

    @property
    def pages(self) -> dict[str, int]:
        """HTML responses by their result: ``inserted``, ``excluded``, ``csp`` and so on."""
        return self._of("page")

    @property
    def pairs(self) -> dict[str, int]:
        """Hits of the counted pair: ``bait``, ``control``, ``withheld_bait``, ``withheld``."""
        return self._of("pair")

    @property
    def verdicts(self) -> dict[str, int]:
        """Reported page views by verdict, as it was counted."""
        return self._of("verdict")

    @property
    def bait_ad(self) -> dict[str, int]:
        """Reports by bait and ad, such as ``ok failed``: what tells an outage from a blocker."""
        return self._of("bait_ad")

    @property
    def notices(self) -> dict[str, int]:
        """What happened to notices: ``shown``, ``dismissed``, ``withheld`` and so on."""
        return self._of("notice")

    @property
    def refused(self) -> dict[str, int]:
        """Reports that were not counted, by reason."""
        return self._of("dropped")

    @property
    def faults(self) -> dict[str, int]:
        """Faults of Evenhand's own, or of your templates and hooks, by step."""
        return self._of("fault")

    def end(self) -> None:
        """Count no further."""
        self._after = self._counted()

    def _of(self, kind: str) -> dict[str, int]:
        found = Counter[str]()
        for key, n in (self._counted() if self._after is None else self._after).items():
            if key.kind == kind and self._site in (None, key.site):
                found[f"{key.value} {key.detail}" if kind == "bait_ad" else key.value] += n
        return dict(found)

    def _counted(self) -> Counter[Key]:
        return Counter(self._support.record.totals()) - self._before


@contextmanager
def watch(support: ReaderSupport, site: str | None = None) -> Generator[Seen]:
    """What ``support`` counts within the ``with`` block, of one site or of all.

    The guard, which believes in blocks only once it saw a bait arrive, is opened first, as on a
    site that has been running for a while.
    """
    known = support.settings.site_names
    if site is not None and site not in known:
        raise OptionError("site", site, ", ".join(map(repr, known)), "name a site of this support")
    for name in known:
        support.guard.open(name, "loopback")
    seen = Seen(support, site)
    try:
        yield seen
    finally:
        seen.end()


def inserted(page: bytes | str) -> bool:
    """Whether a page (a response's body) has Evenhand's tag in it."""
    return bool(_TAG.search(page.encode() if isinstance(page, str) else page))


def report(
    client: Client,
    verdict: Verdict = "blocked",
    signals: Collection[Signal] | None = None,
    *,
    section: str = "",
    prefix: str = "/reader-support",
    headers: Mapping[str, str] = READER,
) -> Any:
    """Report a verdict as a reader's browser would; gives what ``client.post`` gives.

    The answer is 204 whether it was counted or refused: `Seen.verdicts` and `Seen.refused` tell.
    ``signals`` are the evidence; left out, two baits failed where the verdict is a block.
    """
    if signals is None:
        signals = _TWO_SIGNS if verdict in BLOCKED else ()
    told = {"v": 1, "kind": "verdict", "verdict": verdict, "signals": list(signals)}
    body = json.dumps({**told, "section": section}).encode()
    described = {**headers, "content-type": "text/plain;charset=UTF-8"}
    return client.post(f"{prefix}/outcome", content=body, headers=described)


def ask(
    client: Client,
    path: str = "/",
    verdict: Verdict = "blocked",
    signals: Collection[Signal] = _TWO_SIGNS,
    *,
    prefix: str = "/reader-support",
    headers: Mapping[str, str] = READER,
) -> Any:
    """Ask for the notice as the browser of a reader on ``path`` would; gives what
    ``client.get`` gives.

    An answer of 200 is the notice's HTML. One of 204 means that this reader is not asked:
    `reasons` tells why. How often a reader may be asked is judged in the browser, not here.
    """
    query = {"v": 1, "verdict": verdict, "signs": ",".join(signals), "lang": "en", "path": path}
    return client.get(f"{prefix}/notice?{urlencode(query)}", headers=dict(headers))


def reasons(answer: Any) -> list[str]:
    """Why the server did not ask, from the answer to `ask`; none where it did."""
    told: str = answer.headers.get("x-reader-support", "")
    return told.split(",") if told else []
