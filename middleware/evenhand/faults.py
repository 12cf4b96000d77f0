"""Reporting our own failures: each is counted, each kind is logged once, none goes further."""

import logging
from collections.abc import Callable

from evenhand.vocabulary import FaultStep

OnFault = Callable[[FaultStep, Exception], None]

logger = logging.getLogger("evenhand")

_WORDS: dict[FaultStep, str] = {
    "state_dir": "The state folder can't be used as it should be",
    "store": "The store did not take a batch; counts wait on this host",
    "recording": "Recording counts failed",
}


def ignore_fault(step: FaultStep, error: Exception) -> None:
    """The `OnFault` of someone who doesn't count faults."""


class Faults:
    """An `OnFault` that logs each kind of failure once and never raises."""

    def __init__(self, on_fault: OnFault = ignore_fault) -> None:
        self._on_fault = on_fault
        self._logged: set[tuple[FaultStep, type[Exception]]] = set()

    def __call__(self, step: FaultStep, error: Exception) -> None:
        kind = (step, type(error))
        if kind not in self._logged:
            self._logged.add(kind)
            logger.warning("%s: %s", _WORDS.get(step, step), error)
        try:
            self._on_fault(step, error)
        except Exception:
            logger.exception("The handler of faults failed")

    def over(self, step: FaultStep) -> None:
        """The step works: say so if a failure was logged, and log the next one again."""
        failed = {kind for kind in self._logged if kind[0] == step}
        if failed:
            self._logged -= failed
            logger.warning("Works again after a failure: %s", step)
