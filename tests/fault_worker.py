"""A worker that does what its standard input says, line by line: a real process to hurt.

Run it with a state folder, a store's URL, and perhaps the user and the queue's bound.
"""

import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from evenhand.keys import Key
from evenhand.record import Record
from evenhand.store import open_store

KEY = Key("gazette", "", "firefox", "desktop", "pair", "bait")


class Worker:
    """The commands; each gives one line in answer."""

    def __init__(self, folder: str, url: str, outbox_rows: int) -> None:
        self._ahead = 0.0
        self.faults: list[str] = []
        self._record = Record(
            Path(folder),
            open_store(url, None),
            clock=lambda: time.time() + self._ahead,
            interval=1e6,  # flushes come by command
            on_fault=lambda step, _: self.faults.append(step),
            outbox_rows=outbox_rows,
        )

    def count(self, n: str, browser: str = "firefox") -> object:
        self._record.count(KEY._replace(browser=browser), int(n))
        return "counted"

    def flush(self) -> object:
        self._record._tend()
        self._record._take_leave()
        return self._record.flush()

    def law(self) -> object:
        law = self._record.law()
        assert law.received == law.stored + law.pending + sum(law.dropped.values())
        return f"{law.stored} {law.pending} {sum(law.dropped.values())}"

    def ahead(self, seconds: str) -> object:
        """How far the clock is ahead of the machine's."""
        self._ahead = float(seconds)
        return "set"

    def limit(self, size: str) -> object:
        """No file may grow beyond so many bytes; a write that would fails as on a full disk."""
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(size), hard))
        return "limited"

    def faulty(self) -> object:
        return ",".join(sorted(set(self.faults))) or "none"

    def degraded(self) -> object:
        return self._record.degraded

    def leave(self) -> object:
        self._record.close()
        return "left"


def become(user: int) -> None:
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)


def main() -> None:
    folder, url, user, outbox_rows = sys.argv[1:]
    if "postgresql" in url:
        import evenhand.store.postgres  # noqa: F401 (before files of root's are out of reach)
    if int(user):
        become(int(user))
    worker = Worker(folder, url, int(outbox_rows))
    print("ready", flush=True)
    for line in sys.stdin:
        name, *arguments = line.split()
        command: Callable[..., object] = getattr(worker, name)
        print(command(*arguments), flush=True)


if __name__ == "__main__":
    main()
