"""uvicorn with several workers, as a publisher runs it, and what it holds in memory."""

import os
import resource
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.browser.servers import free_port

WORKERS = 2


class Server:
    """Running workers behind one port."""

    def __init__(self, port: int, pid: int) -> None:
        self.port, self._pid = port, pid

    def workers(self) -> list[int]:
        """The process ids of the workers."""
        found = Path(f"/proc/{self._pid}/task/{self._pid}/children").read_text().split()
        commands = {int(pid): Path(f"/proc/{pid}/cmdline").read_bytes() for pid in found}
        return [pid for pid, command in commands.items() if b"spawn_main" in command]

    def memory_mb(self) -> float:
        """What all workers hold in memory."""
        pages = sum(
            int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self.workers()
        )
        return pages * resource.getpagesize() / 1_048_576

    def cpu_seconds(self) -> float:
        """Processor time of all workers."""
        # The number by which Linux knows another process's clock, see clock_getcpuclockid(3).
        return sum(time.clock_gettime(~pid << 3 | 2) for pid in self.workers())

    def get(self, path: str) -> str:
        """One answer's text."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            return str(answer.read().decode())


@contextmanager
def serving(app: str, state: Path | None = None) -> Iterator[Server]:
    """``bare`` or ``ours``, ended in peace."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", f"benchmarks.load.app:{app}", "--factory"]
    command += ["--workers", str(WORKERS), "--port", str(port), "--no-access-log"]
    command += ["--no-proxy-headers", "--log-level", "error", "--timeout-keep-alive", "300"]
    environ = {k: v for k, v in os.environ.items() if not k.startswith("EVENHAND_")}
    environ["LOAD_STATE_DIR"] = str(state or "")
    process = subprocess.Popen(command, env=environ)
    server = Server(port, process.pid)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                server.get("/")
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
