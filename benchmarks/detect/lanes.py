"""Work side by side: each browser has a lane, a few jobs wide."""

import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from benchmarks.detect.answer import Answer
from tests.browser.harness import Browser

Job = Callable[[], list[Answer]]


def in_lanes(lanes: Mapping[Browser, Sequence[Job]], width: int) -> list[Answer]:
    """Does the jobs, `width` at a time for each browser."""
    total = sum(map(len, lanes.values()))
    done = 0
    lock = threading.Lock()

    def doing(job: Job) -> list[Answer]:
        nonlocal done
        answers = job()
        with lock:
            done += 1
            progress(f"{done} of {total}")
        return answers

    pools = {browser: ThreadPoolExecutor(width) for browser in lanes}
    futures = [pools[b].submit(doing, job) for b, jobs in lanes.items() for job in jobs]
    try:
        return [answer for future in futures for answer in future.result()]
    finally:
        for pool in pools.values():
            pool.shutdown(cancel_futures=True)


def progress(line: str) -> None:
    """Tells whoever waits."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {line}\n")
    sys.stderr.flush()
