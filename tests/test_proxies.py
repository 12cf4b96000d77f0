"""Behind a real nginx: what a reader says of its address is nothing, what nginx says is all."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from .apps import READER
from .browser.servers import ROOT, free_port, serving
from .doctor.nginx import DOMAIN, Nginx, running
from .test_servers import P, total

pytestmark = pytest.mark.server

# As docs/proxies.md has it, but for the place of the app.
SNIPPET = """
location / {{
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_pass http://{app};
}}"""
BUDGET = 10  # page views
COMMAND = ("-m", "uvicorn", "gazette:app", "--app-dir", str(ROOT / "tests"))
KINDS = ("walks", "leaves", "unix", "undeclared")


@contextmanager
def at_socket(path: Path, env: dict[str, str]) -> Iterator[None]:
    """uvicorn at a Unix socket."""
    command = [sys.executable, *COMMAND, "--uds", str(path)]
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, cwd=ROOT) as process:
        try:
            deadline = time.monotonic() + 30
            while True:
                with socket.socket(socket.AF_UNIX) as probe:
                    if probe.connect_ex(str(path)) == 0:
                        break
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    """nginx before an app whose server walks the header itself, one whose server leaves it, one at
    a Unix socket, and one that was told of no proxy."""
    place = tmp_path_factory.mktemp("proxies") / "socket"
    given = {"EVENHAND_ADDRESS_BUDGET": str(BUDGET)}
    told = {**given, "EVENHAND_TRUSTED_PROXIES": "127.0.0.1,unix"}
    tcp = (*COMMAND, "--port", "{port}")
    with ExitStack() as stack:

        def started(*more: str, env: dict[str, str]) -> str:
            server = stack.enter_context(serving(*tcp, *more, env=env, ready="/favicon.svg"))
            return f"127.0.0.1:{server.port}"

        apps = {
            "walks": started(env=told),
            "leaves": started("--no-proxy-headers", env=told),
            "undeclared": started("--no-proxy-headers", env=given),
            "unix": f"unix:{place}:",
        }
        stack.enter_context(at_socket(place, told))
        servers = [(name, "app", SNIPPET.format(app=app)) for name, app in apps.items()]
        unused = dict.fromkeys(("apps", "alone", "late"), free_port())
        yield stack.enter_context(running(servers, unused))


def hits(nginx: Nginx, kind: str, forwarded: list[str]) -> tuple[int, int]:
    """How many more page views are counted, and how many are limited, of those sent."""
    headers = {**READER, "host": f"{kind}.{DOMAIN}"}
    with httpx.Client(base_url=f"http://{nginx.place('http')}", headers=headers) as client:

        def counts() -> tuple[int, int]:
            text = client.get("/metrics").text
            limited = total(text, "evenhand_reports_dropped_total", reason="limited")
            return total(text, "evenhand_pair_hits_total"), limited

        before = counts()
        for value in forwarded:
            told = {"x-forwarded-for": value}
            client.get(f"{P}/pair/zx728q90.gif", headers=told).raise_for_status()
        after = counts()
    return after[0] - before[0], after[1] - before[1]


# Who speaks to nginx here is at 127.0.0.1, a proxy of ours: like a CDN, it says who its reader is,
# and whatever that reader sent stands to the left of it.
@pytest.mark.parametrize("kind", ["walks", "leaves", "unix"])
def test_a_lie_about_the_address_buys_nothing(nginx: Nginx, kind: str) -> None:
    lies = [f"8.{n}.8.8, unknown, ::, 93.184.216.34" for n in range(50)]
    assert hits(nginx, kind, lies) == (BUDGET, 50 - BUDGET)


@pytest.mark.parametrize("kind", ["walks", "leaves", "unix"])
def test_each_reader_behind_the_proxy_has_a_budget(nginx: Nginx, kind: str) -> None:
    assert hits(nginx, kind, [f"8.8.8.8, 93.{n}.216.34" for n in range(50)]) == (50, 0)


def test_readers_behind_a_proxy_that_nobody_declared_are_all_counted(nginx: Nginx) -> None:
    assert hits(nginx, "undeclared", ["93.184.216.34"] * 100) == (100, 0)
