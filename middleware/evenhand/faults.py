"""Reporting our own failures: each is counted, each kind is logged once, none goes further."""

import logging
import threading
import traceback
from collections.abc import Callable

from evenhand.vocabulary import FaultStep

OnFault = Callable[[FaultStep, Exception], None]

logger = logging.getLogger("evenhand")

_WORDS: dict[FaultStep, str] = {
    "state_dir": "The state folder can't be used as it should be",
    "store": "The store did not take a batch; counts wait on this host",
    "recording": "Recording counts failed",
}

# What fails there has a request at hand, and its words may say whose: a publisher's hook writes
# into its error whom it was asked about.
_WITH_A_REQUEST: frozenset[FaultStep] = frozenset(("insertion", "route", "notice"))


def ignore_fault(step: FaultStep, error: Exception) -> None:
    """The `OnFault` of someone who doesn't count faults."""


class _Telling(threading.local):
    """Whether this thread is inside the handler."""

    now = False


class Faults:
    """An `OnFault` that logs each kind of failure once and never raises."""

    def __init__(self, on_fault: OnFault = ignore_fault) -> None:
        self._on_fault = on_fault
        self._logged: set[tuple[str, type[Exception]]] = set()
        self._telling = _Telling()

    def __call__(self, step: FaultStep, error: Exception) -> None:
        self.log(step, error)
        if self._telling.now:
            return  # the handler counts faults, and just that failed: it would never end
        self._telling.now = True
        try:
            self._on_fault(step, error)
        except Exception as failure:
            if self._is_new("handler", failure):
                logger.exception("The handler of faults failed")
        finally:
            self._telling.now = False

    def log(self, step: FaultStep, error: Exception) -> None:
        """Log without telling anybody."""
        if self._is_new(step, error):
            logger.warning("%s: %s", _WORDS.get(step, step), _said(step, error))

    def _is_new(self, step: str, error: Exception) -> bool:
        kind = (step, type(error))
        if kind in self._logged:
            return False
        self._logged.add(kind)
        return True

    def over(self, step: FaultStep) -> None:
        """The step works: say so if a failure was logged, and log the next one again."""
        failed = {kind for kind in tuple(self._logged) if kind[0] == step}
        if failed:
            self._logged -= failed
            logger.warning("Works again after a failure: %s", step)


def _said(step: FaultStep, error: Exception) -> str:
    """An error as it may stand in a log: with its words, or only its kind and its place."""
    if step not in _WITH_A_REQUEST:
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}; its words are left out, they may tell of a reader"
