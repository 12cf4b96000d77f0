"""A server process and its own accounting: processor time and memory."""

import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

_CORES = sorted(os.sched_getaffinity(0))
_SERVER_CORE, _LOAD_CORE = 0, 1  # places among them


class ServerProcess:
    """A variant's server, kept to a core of its own where there are two."""

    def __init__(self, variant: str, scenarios: str) -> None:
        self._state = TemporaryDirectory(prefix="evenhand-bench-")
        environ = {k: v for k, v in os.environ.items() if not k.startswith("EVENHAND_")}
        environ["EVENHAND_STATE_DIR"] = self._state.name
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.insertion.server", variant, scenarios],
            stdout=subprocess.PIPE,
            env=environ,
            text=True,
        )
        self.variant = variant
        self.pid = self._process.pid
        _pin(self.pid, _SERVER_CORE)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def __enter__(self) -> "ServerProcess":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._state.cleanup()

    def cpu_seconds(self) -> float:
        """Processor time of all its threads, user and system, to the nanosecond."""
        # The number by which Linux knows another process's clock, see clock_getcpuclockid(3).
        return time.clock_gettime(~self.pid << 3 | 2)

    def rss_mb(self) -> float:
        """Its resident memory."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize() / 1_048_576


def pin_load() -> None:
    """Keep this process, which makes the load, away from the servers."""
    _pin(0, _LOAD_CORE)


def _pin(pid: int, core: int) -> None:
    if len(_CORES) > 1:
        os.sched_setaffinity(pid, {_CORES[core]})
