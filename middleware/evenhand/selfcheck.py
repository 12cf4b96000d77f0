"""The self-check: fetches the counted bait the way readers do, through ``public_url``."""

import logging
import threading
import urllib.request
from collections.abc import Callable
from http.client import HTTPException

log = logging.getLogger("evenhand")

EVERY = 600.0  # seconds
TIMEOUT = 10.0  # seconds
AGENT = "EvenhandBot/1.0 (self-check)"  # counted as a bot, so no rate moves


class SelfCheck:
    """Fetches ``url`` now and then in a thread of its own and tells when it got what it should."""

    def __init__(self, url: str, expected: bytes, arrived: Callable[[], None]) -> None:
        self._url, self._expected, self._arrived = url, expected, arrived
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Starts the thread, unless it runs."""
        if self._thread is None or self._stop.is_set() or not self._thread.is_alive():
            self._stop = threading.Event()
            self._thread = threading.Thread(
                target=self._run, args=(self._stop,), name="evenhand-selfcheck", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """Asks the thread to end."""
        self._stop.set()

    def check(self) -> bool:
        """Whether the bait comes back unchanged."""
        request = urllib.request.Request(self._url, headers={"user-agent": AGENT})
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
                return bool(answer.read(len(self._expected) + 1) == self._expected)
        except (OSError, ValueError, HTTPException) as fault:
            log.warning("self-check: %s does not answer with the bait: %s", self._url, fault)
            return False

    def _run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            if self.check():
                self._arrived()
            stop.wait(EVERY)
