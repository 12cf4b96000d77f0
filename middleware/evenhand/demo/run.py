"""Runs the demo: the newspaper and its ad server, two origins in one process."""

import asyncio
import contextlib
import errno
import signal
import socket
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import uvicorn
from starlette.types import ASGIApp

from evenhand import Notice, ReaderSupport
from evenhand.annotation import Annotation
from evenhand.dashboard.rollups import DAY, SIMULATED
from evenhand.demo.adserver import create_ad_server
from evenhand.demo.readers import rows_for
from evenhand.errors import EvenhandError
from evenhand.store import Batch, open_store
from evenhand.vocabulary import AnnotationKind

ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}
"""Addresses to listen on that no browser can open, and what to open instead."""

HAPPENED: tuple[tuple[int, AnnotationKind, str], ...] = (
    (5, "list", "A filter list was updated"),
    (2, "deploy", "Deployed 2.3"),
    (2, "note", "Shared widely"),
)
"""What simulated readers have lived through: days ago, and what."""


class PortTakenError(EvenhandError):
    """Something else listens on a port that the demo needs.

    Attributes: ``host`` and ``port``.
    """

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        super().__init__(
            f"Port {port} on {host} is taken. The demo needs two ports in a row, one for the "
            f"newspaper and one for its ad server. Try: evenhand demo --port {_other(port)}"
        )


@dataclass(frozen=True, slots=True)
class Address:
    """Something to open in a browser."""

    label: str
    url: str


class Demo:
    """Both servers, bound to their ports but not yet serving."""

    def __init__(self, host: str, port: int) -> None:
        """Bind ``port`` and the one after it; port 0 takes any two. Raises `PortTakenError`."""
        self.site_socket = bind(host, port)
        try:
            self.ads_socket = bind(host, port + 1 if port else 0)
        except PortTakenError:
            self.site_socket.close()
            raise
        self.origin, self.ad_origin = origin(host, self.site_socket), origin(host, self.ads_socket)

    def serve(self, app: ASGIApp) -> None:
        """Serve ``app`` and the ad server until SIGINT or SIGTERM ends both."""
        asyncio.run(self._serve(app))

    async def _serve(self, app: ASGIApp) -> None:
        site, ads = _Quiet(_config(app)), _Quiet(_config(create_ad_server()))

        def stop() -> None:
            for server in (site, ads):
                server.force_exit = server.should_exit  # asked twice: don't wait for readers
                server.should_exit = True

        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop)
        await asyncio.gather(
            site.serve(sockets=[self.site_socket]), ads.serve(sockets=[self.ads_socket])
        )


class _Quiet(uvicorn.Server):
    """A server that leaves signals to whoever runs it: there are two in this process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


def build_support(state_dir: Path) -> ReaderSupport:
    """The demo's settings: all of Evenhand switched on, and its dashboard open to everyone."""
    return ReaderSupport(
        site="The Gazette",
        ad_slots=[".ad-slot"],
        state_dir=state_dir,
        notice=Notice(after_pages=1),
        dashboard=lambda scope: True,
    )


def add_readers(state_dir: Path, n: int, now: float) -> None:
    """Write ``n`` simulated page views to the history, under a site name of their own."""
    rows = rows_for(n, int(now), now)
    store = open_store(None, state_dir)
    try:
        store.apply(Batch(producer=SIMULATED, epoch=uuid4().hex, seq=1, rows=rows))
        for days, kind, text in HAPPENED:
            store.annotate(Annotation(int(now) - days * DAY, SIMULATED, kind, text))
    finally:
        store.close()


def addresses(demo: Demo, prefix: str, *, simulated: bool = False) -> list[Address]:
    """What there is to see."""
    dashboard = f"{prefix}/dashboard" + (f"?site={SIMULATED}" if simulated else "")
    paths = {
        "Article, with ads": "/article",
        "Front page, with one ad": "/",
        "Page without ads": "/about-us",
        "Dashboard": dashboard,
        "Metrics": "/metrics/",
        "What readers are told": f"{prefix}/about",
    }
    return [Address(label, demo.origin + path) for label, path in paths.items()]


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens on ``host`` and ``port``. Raises `PortTakenError`, or `OSError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTakenError(host, port) from error
        raise
    return listener


def origin(host: str, listener: socket.socket) -> str:
    """The origin under which a browser on this machine reaches ``listener``."""
    name = ANYWHERE.get(host, host)
    port: int = listener.getsockname()[1]
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)


def _other(port: int) -> int:
    return port + 100 if port < 65_000 else 8_100
