"""nginx between the readers and the apps: it passes, refuses or caches what a case says."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.browser.servers import free_port

from evenhand.baits import baits

P = "/reader-support"
BAITS = "|".join(sorted({pair.bait.partition("?")[0] for pair in baits().pairs}))
EATS_BAITS = f'location ~ "^{P}/pair/({BAITS})$" {{ return 403; }}'
EATS_REPORTS = f"location = {P}/outcome {{ return 403; }}"
CACHES_HTML = (
    "location = / { proxy_pass http://app_%d; proxy_cache html; proxy_cache_valid 200 40s; "
    "proxy_cache_lock on; }"
)


@dataclass
class Edge:
    """One nginx with a port for each app; `change` what it does for one of them."""

    folder: Path
    apps: dict[str, int]
    ports: dict[str, int] = field(default_factory=dict[str, int])
    _extra: dict[str, str] = field(default_factory=dict[str, str])
    _process: subprocess.Popen[bytes] | None = None

    def change(self, name: str, location: str) -> None:
        """Serve this app with one more location from now on."""
        self._extra[name] = location
        self._configure()
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGHUP)

    def _configure(self) -> None:
        servers = "\n".join(
            f"upstream app_{port} {{ server 127.0.0.1:{port}; keepalive 16; }}\n"
            f"server {{ listen 127.0.0.1:{self.ports[name]}; {self._extra.get(name, '')}\n"
            f"location / {{ proxy_pass http://app_{port}; }} }}"
            for name, port in self.apps.items()
        )
        folder = self.folder
        temporary = "".join(
            f"{kind}_temp_path {folder}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/log;\n"
            f"{'user root;' if os.geteuid() == 0 else ''}\n"
            "events { worker_connections 4096; }\n"
            f"http {{ access_log off; {temporary} keepalive_requests 1000000;\n"
            f"proxy_cache_path {folder}/cache keys_zone=html:1m;\n"
            'proxy_http_version 1.1; proxy_set_header connection "";\n'
            "proxy_set_header host $host;\n"
            f"{servers}\n}}\n"
        )

    @contextmanager
    def serving(self) -> Iterator["Edge"]:
        """Run it, and end it by its own process id."""
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        self.ports = {name: free_port() for name in self.apps}
        self._configure()
        command = [program, "-e", f"{self.folder}/log", "-c", f"{self.folder}/nginx.conf"]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        try:
            time.sleep(1)
            assert self._process.poll() is None, (self.folder / "log").read_text()
            yield self
        finally:
            self._process.terminate()
            self._process.wait(10)
