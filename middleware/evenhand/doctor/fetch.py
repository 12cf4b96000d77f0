"""One HTTP request at a time, each on a connection of its own, with nothing done behind our back.

Redirects are not followed, no cookie is kept, and no proxy of the environment stands between.
"""

import http.client
import ssl
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from evenhand.doctor.facts import Fetched
from evenhand.version import __version__

MAX_BODY = 8 << 20  # bytes of an answer that are read
TIMEOUT = 15.0  # seconds

DOCTOR = f"Mozilla/5.0 (compatible; EvenhandBot/{__version__}; doctor)"
_BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) {} Safari/537.36"
AGENTS: Mapping[str, str] = {
    "doctor": DOCTOR,  # counted as a bot, so that no rate moves
    "headless": _BROWSER.format("HeadlessChrome/140.0.0.0"),  # so is this
    "browser": _BROWSER.format("Chrome/140.0.0.0"),
}


@dataclass(frozen=True)
class Fetcher:
    """Makes requests as one agent.

    ``connect``: where to connect to instead of the address's host, with the Host and the
    certificate's name kept, as for a server that the DNS doesn't lead to. ``headers`` are sent
    with every request.
    """

    connect: tuple[str, int] | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    agent: str = "doctor"

    def fetch(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        method: str = "GET",
        body: bytes | None = None,
    ) -> Fetched:
        """The answer; a failure is one too, with the status 0."""
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        host = parts.netloc.rpartition("@")[2]
        sent = {"host": host, "user-agent": AGENTS[self.agent], "accept-encoding": "gzip"}
        sent |= {name.lower(): value for name, value in (*self.headers.items(),)}
        sent |= {name.lower(): value for name, value in (headers or {}).items()}
        try:
            connection = self._connection(parts.scheme, parts.hostname or "", parts.port)
            try:
                connection.request(method, target, body, sent)
                answer = connection.getresponse()
                found = answer.read(MAX_BODY)
                at = time.time()
            finally:
                connection.close()
        except (OSError, http.client.HTTPException, ValueError) as fault:
            return Fetched(method, url, 0, problem=str(fault) or type(fault).__name__)
        given = tuple((name.lower(), value) for name, value in answer.getheaders())
        encoding = (answer.getheader("content-encoding") or "").strip().lower()
        plain, problem = decoded(found, encoding)
        return Fetched(method, url, answer.status, given, plain, encoding, at, problem)

    def _connection(self, scheme: str, name: str, port: int | None) -> http.client.HTTPConnection:
        if name.endswith(".localhost"):  # this machine, for browsers; not for every resolver
            name = "localhost"
        if scheme == "http":
            place = self.connect or (name, port or 80)
            return http.client.HTTPConnection(*place, timeout=TIMEOUT)
        place = self.connect or (name, port or 443)
        return _Secure(place, name)


class _Secure(http.client.HTTPSConnection):
    """A TLS connection to one place for the name of another."""

    def __init__(self, place: tuple[str, int], name: str) -> None:
        self._name, self._trust = name, ssl.create_default_context()
        super().__init__(*place, timeout=TIMEOUT, context=self._trust)

    def connect(self) -> None:
        http.client.HTTPConnection.connect(self)
        self.sock = self._trust.wrap_socket(self.sock, server_hostname=self._name)


def decoded(body: bytes, encoding: str) -> tuple[bytes, str]:
    """The body as it stands for, and why that can't be told."""
    if encoding in ("", "identity"):
        return body, ""
    if encoding in ("gzip", "x-gzip"):
        try:
            return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, MAX_BODY), ""
        except zlib.error as fault:
            return body, f"its gzip can't be read: {fault}"
    return body, f"Content-Encoding {encoding}, which was not asked for"
