"""One variant under uvicorn in forked workers: ``… .server VARIANT WORKERS``.

Prints its port, then the process id of each worker.
"""

import os
import socket
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from evenhand import ReaderSupport, ReaderSupportMiddleware
from evenhand.answers import NOTHING
from evenhand.baits import baits
from evenhand.routes import half

_START = {"type": "http.response.start", "status": 204, "headers": []}
_END = {"type": "http.response.body", "body": b""}
_HALF = half(baits().pairs[0], counted=True)


async def bare(scope: Any, receive: Any, send: Any) -> None:
    """The least that an ASGI app can answer."""
    await send(_START)
    await send(_END)


async def floor(scope: Any, receive: Any, send: Any) -> None:
    """The least that gives our routes' answers: it reads a report, and looks at nothing."""
    if scope["method"] == "POST":
        while (await receive()).get("more_body"):
            pass
        await NOTHING.send(send)
        return
    await _HALF.send(send)


def _app(variant: str, support: ReaderSupport) -> ASGIApp:
    if variant == "evenhand":
        return ReaderSupportMiddleware(Starlette(), support=support)
    return {"bare": bare, "floor": floor}[variant]


def main() -> None:
    variant, workers = sys.argv[1], int(sys.argv[2])
    cores = sorted(os.sched_getaffinity(0))
    with TemporaryDirectory(prefix="evenhand-bench-") as folder:
        # All protections are on: the load comes through a "proxy", from an address on the internet.
        support = ReaderSupport(
            state_dir=Path(folder), trusted_proxies=["127.0.0.1"], address_budget=1_000_000
        )
        app = _app(variant, support)
        listening = socket.create_server(("127.0.0.1", 0), backlog=256)
        print(listening.getsockname()[1], flush=True)
        children = [_fork(app, listening, cores) for _ in range(workers)]
        print(*children, flush=True)
        sys.stdin.read()  # until whoever measures goes
        for child in children:
            os.kill(child, 15)
        for child in children:
            os.waitpid(child, 0)
        support.close()


def _fork(app: ASGIApp, listening: socket.socket, cores: list[int]) -> int:
    child = os.fork()
    if child == 0:
        os.sched_setaffinity(0, {cores[0]})  # the load has the other one, if there is one
        config = uvicorn.Config(
            app,
            loop="uvloop",
            http="httptools",
            access_log=False,
            log_level="error",
            lifespan="off",
            timeout_keep_alive=3600,  # seconds; connections wait for their turn
        )
        try:
            uvicorn.Server(config).run(sockets=[listening])
        finally:
            os._exit(0)
    time.sleep(0.05)
    return child


if __name__ == "__main__":
    main()
