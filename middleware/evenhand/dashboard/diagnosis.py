"""What bait and ad say together: blockers, failing ads, a stale bait, or nothing yet."""

from dataclasses import dataclass
from typing import Literal

Finding = Literal["nothing", "no_ad_evidence", "few", "stale_bait", "ads_failing", "agree"]

FEW = 100  # page views below which the four cells are left uncommented
STALE = 0.2  # share of blocked baits beside a loaded ad that points at the bait
FAILING = 0.05  # share of ads that fail beside a working bait that points at the ads


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Page views by bait and ad, and the one thing most worth knowing about them."""

    ok_loaded: int = 0
    ok_failed: int = 0
    ok_none: int = 0
    blocked_loaded: int = 0
    blocked_failed: int = 0
    blocked_none: int = 0
    unclear: int = 0
    """Bait or ad could not be judged."""

    @property
    def judged(self) -> int:
        """Page views in the four cells that a diagnosis rests on."""
        return self.ok_loaded + self.ok_failed + self.blocked_loaded + self.blocked_failed

    @property
    def stale(self) -> float:
        """Of the blocked baits with a judged ad, the share whose ad loaded all the same."""
        return _share(self.blocked_loaded, self.blocked_loaded + self.blocked_failed)

    @property
    def failing(self) -> float:
        """Of the working baits with a judged ad, the share whose ad failed."""
        return _share(self.ok_failed, self.ok_loaded + self.ok_failed)

    @property
    def finding(self) -> Finding:
        """The most pressing reading of the four cells."""
        if self.judged == 0:
            seen = self.ok_none + self.blocked_none + self.unclear
            return "no_ad_evidence" if seen else "nothing"
        if self.judged < FEW:
            return "few"
        if self.stale > STALE:
            return "stale_bait"
        return "ads_failing" if self.failing > FAILING else "agree"


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
