"""Plays the ad hosts that some peers ask for over https, on loopback, with a certificate of its
own. It answers for them alone: were it to answer a blocker's list updates too, the blocker would
take the junk and block nothing."""

import base64
import hashlib
import http.server
import json
import os
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from tests.browser.proxy import Rule

HOSTS = ("pagead2.googlesyndication.com", "www3.doubleclick.net")
HOOK = Path(__file__).with_name("adhosts.mjs")
AD = b"(window.adsbygoogle = window.adsbygoogle || []).loaded = true;"
Fate = Callable[[str], Rule | None]  # by the host of the page, without `.localhost`


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    fate: Fate

    def handle_error(self, *_: object) -> None:
        """Nothing: clients that are turned away, or that leave, are no news."""


class _Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        page = urlsplit(self.headers.get("referer") or "").hostname or ""
        rule = cast("_Server", self.server).fate(page.removesuffix(".localhost"))
        # Where a rule leads elsewhere on this host, there is an answer: no endless round.
        if rule is None or self.path.startswith("/page/"):
            return self._answer(200, AD)
        time.sleep(rule.after)
        if rule.action == "reset":
            return self._reset()
        if rule.action == "answer":
            return self._answer(rule.status, rule.body.encode(), rule.headers)
        return self._answer(200, AD)

    do_HEAD = do_GET  # noqa: N815

    def _answer(self, status: int, body: bytes, headers: tuple[tuple[str, str], ...] = ()) -> None:
        self.send_response(status)
        standard = {"content-type": "text/javascript", "access-control-allow-origin": "*"}
        for name, value in (standard | dict(headers)).items():
            self.send_header(name, value)
        self.send_header("cache-control", "no-store")
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


def _only_known(_: ssl.SSLObject, name: str | None, __: ssl.SSLContext) -> int | None:
    return None if name in HOSTS else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME


def _certificate(folder: Path) -> tuple[Path, Path, str]:
    """A fresh self-signed one: its file, its key's, and the hash of its public key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    names = ",".join(f"DNS:{host}" for host in HOSTS)
    new = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    new += ["-nodes", "-days", "2", "-subj", "/CN=ads", "-addext", f"subjectAltName={names}"]
    new += ["-out", str(certificate), "-keyout", str(key)]
    subprocess.run(new, check=True, capture_output=True)
    public = ["openssl", "pkey", "-in", str(key), "-pubout", "-outform", "DER"]
    der = subprocess.run(public, check=True, capture_output=True).stdout
    return certificate, key, base64.b64encode(hashlib.sha256(der).digest()).decode()


@contextmanager
def playing_ad_hosts(fate: Fate) -> Iterator[None]:
    """While it lasts, browsers that the harness starts reach the ad hosts here."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        certificate, key, fingerprint = _certificate(Path(folder))
        context.load_cert_chain(certificate, key)
    context.sni_callback = _only_known
    server = _Server(("127.0.0.1", 0), _Answers)
    server.fate = fate
    # Hands are shaken in the connection's own thread: one slow client would stop all others.
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ads = {"port": server.server_port, "fingerprint": fingerprint, "hosts": HOSTS}
    try:
        with _environment(NODE_OPTIONS=f"--import={HOOK.as_uri()}", DETECT_ADS=json.dumps(ads)):
            yield
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    before: Mapping[str, str | None] = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
