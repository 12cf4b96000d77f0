"""Plays other people's hosts over https, on loopback, with a certificate of its own.

It answers for the hosts it is told to play and no others: were it to answer a blocker's list
updates too, the blocker would take the junk and block nothing.
"""

from __future__ import annotations

import base64
import hashlib
import http.server
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from .proxy import Rule
from .servers import free_port


@dataclass(frozen=True)
class Asked:
    """One request."""

    host: str
    path: str
    page: str  # the host of the page that asked, without `.localhost`; empty when it isn't told
    method: str
    origin: str
    body: bytes


Answering = Callable[[Asked], Rule]


@dataclass
class Hosts:
    """Where browsers find the hosts that are played, and what was asked of them."""

    port: int
    fingerprint: str  # of the certificate's public key
    names: tuple[str, ...]
    seen: list[Asked] = field(default_factory=list[Asked])

    def order(self) -> dict[str, object]:
        """What the driver is told."""
        return {"port": self.port, "fingerprint": self.fingerprint, "names": list(self.names)}

    def asked(self, page: str) -> list[str]:
        """The addresses that pages of this host asked for."""
        return [f"{each.host}{each.path}" for each in self.seen if each.page == page]


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    answering: Answering
    hosts: Hosts

    def handle_error(self, *_: object) -> None:
        """Nothing: clients that are turned away, or that leave, are no news."""


class _Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server = cast("_Server", self.server)
        host = (self.headers.get("host") or "").partition(":")[0]
        page = urlsplit(self.headers.get("referer") or "").hostname or ""
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        origin = self.headers.get("origin") or ""
        site = page.removesuffix(".localhost")
        asked = Asked(host, self.path, site, self.command, origin, body)
        server.hosts.seen.append(asked)
        rule = server.answering(asked)
        time.sleep(rule.after)
        if rule.action == "reset":
            return self._reset()
        return self._answer(rule)

    do_HEAD = do_POST = do_OPTIONS = do_GET  # noqa: N815 - the base class's names

    def _answer(self, rule: Rule) -> None:
        body = rule.body.encode()
        self.send_response(rule.status)
        for name, value in rule.headers:
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _reset(self) -> None:
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Nothing: requests are no news."""


def _certificate(folder: Path, names: tuple[str, ...]) -> tuple[Path, Path, str]:
    """A fresh self-signed one: its file, its key's, and the hash of its public key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    alternatives = ",".join(f"DNS:{name}" for name in names)
    new = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    new += ["-nodes", "-days", "2", "-subj", "/CN=ads", "-addext", f"subjectAltName={alternatives}"]
    new += ["-out", str(certificate), "-keyout", str(key)]
    subprocess.run(new, check=True, capture_output=True)
    public = ["openssl", "pkey", "-in", str(key), "-pubout", "-outform", "DER"]
    der = subprocess.run(public, check=True, capture_output=True).stdout
    return certificate, key, base64.b64encode(hashlib.sha256(der).digest()).decode()


@contextmanager
def playing(names: tuple[str, ...], answering: Answering) -> Iterator[Hosts]:
    """Plays these hosts while it lasts."""

    def only_known(_: ssl.SSLObject, name: str | None, __: ssl.SSLContext) -> int | None:
        return None if name in names else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        certificate, key, fingerprint = _certificate(Path(folder), names)
        context.load_cert_chain(certificate, key)
    context.sni_callback = only_known
    server = _Server(("127.0.0.1", free_port()), _Answers)
    server.answering = answering
    server.hosts = Hosts(server.server_port, fingerprint, names)
    # Hands are shaken in the connection's own thread: one slow client would stop all others.
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.hosts
    finally:
        server.shutdown()
        server.server_close()
