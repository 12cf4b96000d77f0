"""How often a second something costly may happen in one worker."""

from collections.abc import Callable

from evenhand.keys import Key
from evenhand.vocabulary import Bound


def ignore_refusal() -> None:
    """The `on_refusal` of someone who doesn't count refusals."""


class PerSecond:
    """Allows so much a second; what it refuses is told to `on_refusal`."""

    def __init__(
        self, most: int, clock: Callable[[], float], on_refusal: Callable[[], None]
    ) -> None:
        self._most, self._clock, self._on_refusal = most, clock, on_refusal
        self._second, self._used = 0, 0.0

    def allow(self) -> bool:
        """Whether it may happen once more in this second."""
        second = int(self._clock())
        if second != self._second:
            self._second, self._used = second, 0.0
        self._used += 1
        if self._used <= self._most:
            return True
        self._on_refusal()
        return False

    def charge(self, more: float) -> None:
        """What was allowed last was as costly as so many more."""
        self._used += more


def bound_key(bound: Bound) -> Key:
    """What one refusal is counted as, on this host only."""
    return Key("", "", "", "", "bound", bound)
