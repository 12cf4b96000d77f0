"""A server whose workers are forked and, whenever one dies, forked again: made to be killed.

Run it with the options of a `ReaderSupport`, as JSON, and the number of workers. It prints its
port, then the process id of every worker that it starts. SIGTERM ends all of them in peace.
"""

import asyncio
import json
import os
import signal
import socket
import sys
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from evenhand import ReaderSupport, ReaderSupportMiddleware


def main() -> None:
    options = json.loads(sys.argv[1])
    support = ReaderSupport(**options)
    support.store.pace = 0.0
    app = Starlette()
    app.add_middleware(ReaderSupportMiddleware, support=support)
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    print(listening.getsockname()[1], flush=True)
    # As where a server loads the app before it forks: the record has begun its work already.
    support.record.start()
    workers: set[int] = set()
    ending = False

    def end(_: int, __: FrameType | None) -> None:
        nonlocal ending
        ending = True
        for worker in workers:
            os.kill(worker, signal.SIGTERM)

    signal.signal(signal.SIGTERM, end)
    for _ in range(int(sys.argv[2])):
        _fork(app, listening, workers)
    while workers:
        ended, _ = os.wait()
        workers.discard(ended)
        if not ending:
            _fork(app, listening, workers)
    support.close()


def _fork(app: Starlette, listening: socket.socket, workers: set[int]) -> None:
    # An end that comes meanwhile waits until the new worker is known, and hears it as its own.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    worker = os.fork()
    if worker == 0:
        _serve(app, listening)
    workers.add(worker)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    print(worker, flush=True)


def _serve(app: Starlette, listening: socket.socket) -> None:
    code = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        config = uvicorn.Config(app, access_log=False, log_level="error", lifespan="on")
        asyncio.run(uvicorn.Server(config).serve(sockets=[listening]))
        code = 0
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
