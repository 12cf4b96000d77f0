"""Every set-up at once: three servers of apps, and the nginx in front of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from tempfile import mkdtemp

import httpx

from ..apps import READER
from ..browser.servers import Server, serving
from .nginx import DOMAIN, Nginx, running
from .recipe import PLAIN, P
from .setups import SETUPS

WWW = f"{PLAIN} location = /moved {{ return 301 /article; }}"
UVICORN = ("-m", "uvicorn", "tests.doctor.site:app", "--port", "{port}", "--log-level", "warning")


@contextmanager
def fronted() -> Iterator[Nginx]:
    """nginx with a server for each set-up, for its healthy twin, and `www`, which is healthy."""
    with ExitStack() as stack:

        def folder(parent: str | None = None) -> str:
            name = mkdtemp(prefix="evenhand-doctor-", dir=parent)
            stack.callback(shutil.rmtree, name, ignore_errors=True)
            return name

        def start(*options: str, **env: str) -> Server:
            env["FOLDER"] = folder()
            return stack.enter_context(serving(*UVICORN, *options, env=env, ready="/favicon.svg"))

        wanted: list[Callable[[], Server]] = [
            lambda: start(SHM=folder("/dev/shm")),
            lambda: start("--workers", "2", ALONE="1"),
            lambda: start(LATE="7200"),
        ]
        with ThreadPoolExecutor(len(wanted)) as pool:
            apps, alone, late = pool.map(lambda each: each().port, wanted)
        both = [setup for each in SETUPS for setup in (each, each.healthy)]
        servers = [(setup.name, setup.app, setup.nginx) for setup in both]
        ports = {"apps": apps, "alone": alone, "late": late}
        nginx = stack.enter_context(running([*servers, ("www", "app", WWW)], ports))
        # Two folders that hold the same number of counts look like one.
        url = f"http://{nginx.place('http')}{P}/pair/zx728q90.gif"
        headers = READER | {"host": f"www.{DOMAIN}"}
        httpx.get(url, headers=headers, trust_env=False).raise_for_status()
        yield nginx
