"""When the workers of a host last did something: the times of empty files in their folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from evenhand.statedir import touch

Name = Literal["sealed", "flushed"]


class Marks:
    """Times that all workers of a host see; without a folder, this process alone."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._own: dict[Name, float] = {}
        self.folder: Path | None = None

    def put(self, name: Name) -> None:
        """Let all workers know that this was done now."""
        self._own[name] = self._clock()
        if self.folder is not None:
            touch(self.folder / name, self._own[name])

    def at(self, name: Name) -> float | None:
        """When it was last done, in Unix seconds."""
        if self.folder is None:
            return self._own.get(name)
        try:
            return (self.folder / name).stat().st_mtime
        except OSError:
            return None

    def is_recent(self, name: Name, seconds: float) -> bool:
        """Whether it was done less than so long ago; a moment to come is none."""
        moment = self.at(name)
        return moment is not None and 0 <= self._clock() - moment < seconds
