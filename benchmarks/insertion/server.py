"""One variant under uvicorn: ``… .server VARIANT SET``; prints its port."""

import socket
import sys

import uvicorn
from benchmarks.insertion.scenarios import SETS
from benchmarks.insertion.variants import app_for


def main() -> None:
    listening = socket.create_server(("127.0.0.1", 0), backlog=256)
    print(listening.getsockname()[1], flush=True)
    config = uvicorn.Config(
        app_for(sys.argv[1], SETS[sys.argv[2]]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
        lifespan="off",
        timeout_keep_alive=3600,  # seconds; connections wait for their turn
    )
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
