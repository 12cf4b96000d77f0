"""The drill's own time for the history: a minute is a second there too, so that hours pass."""

import os
from dataclasses import dataclass

HOUR = 3600
NAME = "DRILL_CLOCK"


@dataclass(frozen=True, slots=True)
class Clock:
    """Turns a moment (Unix seconds) into the drill's: ``begun`` at ``real``, then faster."""

    real: float
    begun: float
    scale: float  # real seconds in one of the drill's

    @classmethod
    def until(cls, real: float, seconds: float, scale: float) -> "Clock":
        """One whose next full hour comes after so many of the drill's seconds.

        It lies in the past, and catches up while the drill runs.
        """
        full = (int(real) // HOUR - 3) * HOUR
        return cls(real, full - seconds, scale)

    @classmethod
    def given(cls) -> "Clock":
        """The one that the drill gave to this process."""
        return cls(*map(float, os.environ[NAME].split()))

    @property
    def environ(self) -> dict[str, str]:
        return {NAME: f"{self.real!r} {self.begun!r} {self.scale!r}"}

    def at(self, moment: float) -> float:
        return self.begun + (moment - self.real) / self.scale

    def until_full_hour(self, moment: float) -> float:
        """Real seconds until the drill's next full hour."""
        return -self.at(moment) % HOUR * self.scale
