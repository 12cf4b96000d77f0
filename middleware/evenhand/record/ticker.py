"""A background thread that calls one method now and then, and keeps nothing alive."""

import random
import threading
from collections.abc import Callable
from weakref import WeakMethod

_chance = random.Random()  # of our own: an app, or its tests, may have seeded the common one
_PATIENCE = 10.0  # seconds that stopping waits for a call under way


class Ticker:
    """Calls `tick` from a daemon thread until it is stopped or the method's object is gone.

    `tick` gives the seconds until the next call. They are stretched or shortened a little, so
    that the workers of a host, which all start at once, don't go on in step.
    """

    def __init__(self, tick: Callable[[], float], first: float) -> None:
        self._stopping = threading.Event()
        self._thread = threading.Thread(
            target=_run,
            args=(WeakMethod(tick), self._stopping, first),
            name="evenhand-flush",
            daemon=True,
        )
        self._thread.start()

    def stop(self) -> None:
        """Wait for a call under way, but not for ever: a store may hang."""
        self._stopping.set()
        if self._thread is not threading.current_thread():
            self._thread.join(_PATIENCE)


def _run(tick: "WeakMethod[Callable[[], float]]", stopping: threading.Event, wait: float) -> None:
    while not stopping.wait(wait * _chance.uniform(0.8, 1.2)):
        call = tick()
        if call is None:
            return
        wait = call()
        del call  # or the wait would keep its object alive
