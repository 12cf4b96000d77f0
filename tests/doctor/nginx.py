"""A real nginx on loopback in front of real apps: one server for each set-up."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import pytest

from ..browser.servers import free_port

DOMAIN = "gazette.example"

MAIN = """
daemon off;
worker_processes 1;
{user}
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    absolute_redirect off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    proxy_cache_path {folder}/cache keys_zone=kept:1m;
    proxy_cache_key $host$request_uri;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    server_names_hash_bucket_size 128;
    ssl_certificate {folder}/certificate.pem;
    ssl_certificate_key {folder}/key.pem;
    upstream apps {{ server 127.0.0.1:{apps}; }}
    upstream alone {{ server 127.0.0.1:{alone}; }}
    upstream late {{ server 127.0.0.1:{late}; }}
    upstream both {{ server unix:{folder}/one; server unix:{folder}/two; }}
    server {{ listen unix:{folder}/one; location / {{ proxy_set_header Host $http_host;
        proxy_set_header X-App app; proxy_pass http://apps; }} }}
    server {{ listen unix:{folder}/two; location / {{ proxy_set_header Host $http_host;
        proxy_set_header X-App twin; proxy_pass http://apps; }} }}
{servers}
}}
"""

SERVER = """
    server {{
        listen 127.0.0.1:{tls} ssl;
        listen 127.0.0.1:{plain};
        server_name {name}.{domain};
        proxy_set_header Host $http_host;
        proxy_set_header Connection "";
        set $app {app};
        if ($http_x_before) {{ set $app $http_x_before; }}
        proxy_set_header X-App $app;
        {snippet}
    }}
"""


def program() -> str | None:
    """Where nginx is."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


@dataclass
class Nginx:
    """A running one."""

    tls: int
    plain: int
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def certificate(self) -> Path:
        return self.folder / "certificate.pem"

    def place(self, scheme: str) -> str:
        """What doctor connects to."""
        return f"127.0.0.1:{self.tls if scheme == 'https' else self.plain}"


@contextmanager
def running(
    servers: Iterable[tuple[str, str, str]], upstreams: Mapping[str, int]
) -> Iterator[Nginx]:
    """nginx with servers of (name, app, snippet); skips where it is not installed."""
    found = program()
    if found is None:
        pytest.skip("nginx is not installed (scripts/setup-server.sh)")
    folder = Path(mkdtemp(prefix="evenhand-nginx-"))
    folder.chmod(0o755)
    tls, plain = free_port(), free_port()
    try:
        _certify(folder)
        parts = (
            SERVER.format(tls=tls, plain=plain, name=n, domain=DOMAIN, app=app, snippet=text)
            for n, app, text in servers
        )
        config = MAIN.format(
            folder=folder,
            user="user root;" if os.geteuid() == 0 else "",
            servers="".join(parts),
            **upstreams,
        )
        (folder / "nginx.conf").write_text(config)
        with (folder / "output").open("wb") as output:
            process = subprocess.Popen(
                [found, "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        try:
            deadline = time.monotonic() + 30
            while not (folder / "pid").exists() or not (folder / "pid").read_text():
                logs = [folder / "output", folder / "error.log"]
                said = "".join(log.read_text() for log in logs if log.exists())
                assert process.poll() is None, said
                assert time.monotonic() < deadline, said
                time.sleep(0.02)
            yield Nginx(tls, plain, folder, process)
        finally:
            process.terminate()
            process.wait(10)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _certify(folder: Path) -> None:
    """A fresh self-signed certificate for every name here."""
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", f"/CN={DOMAIN}"]
    command += ["-addext", f"subjectAltName=DNS:*.{DOMAIN}"]
    command += ["-out", str(folder / "certificate.pem"), "-keyout", str(folder / "key.pem")]
    subprocess.run(command, check=True, capture_output=True)
