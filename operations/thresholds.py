"""Every limit of the rules and alerts, and every stretch of time, in one place."""

from dataclasses import dataclass

_UNITS = (("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000))


@dataclass(frozen=True, slots=True)
class Times:
    """Stretches of time in seconds, all multiplied by ``scale``: a drill shortens them alike."""

    scale: float = 1.0

    def duration(self, seconds: float) -> str:
        """A stretch as PromQL writes it: ``1800`` as ``30m``."""
        milliseconds = round(seconds * self.scale * 1000)
        for unit, length in _UNITS:
            if milliseconds % length == 0:
                return f"{milliseconds // length}{unit}"
        return f"{milliseconds}ms"

    @property
    def soon(self) -> str:
        """The window of what must be seen within minutes."""
        return self.duration(600)

    @property
    def window(self) -> str:
        """The window of rates that need more page views."""
        return self.duration(1800)

    @property
    def gap(self) -> str:
        """How long a gauge is believed after its last scrape, so that a gap ends no alert."""
        return self.duration(300)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What an alert needs to fire. Shares are from 0 to 1."""

    # Blocker wave: how far the paired rate of a browser must rise above its season...
    wave_rise: float = 0.05
    # ...in standard errors of the binomial too: readers come back, so two are not enough...
    wave_errors: float = 4.0
    # ...among at least so many page views in half an hour.
    wave_views: int = 300
    # Ad server outage: how far the share of failed ads must rise above its season...
    ads_failing_rise: float = 0.25
    # ...among at least so many page views with a bait that arrived, in ten minutes...
    ads_views: int = 50
    # ...and in which share of the browsers at once (of those with so many page views).
    ads_browsers: float = 0.75
    browser_views: int = 20
    # Baits gone stale: how far the share of blocked baits beside a loaded ad must rise above its
    # season (some blockers let some ads through), among so many blocked baits in half an hour...
    stale_rise: float = 0.2
    stale_views: int = 50
    # ...or a guard that stays closed though so many page views came in half an hour.
    guard_views: int = 200
    # Coverage loss: the part of the season's coverage that must be left...
    coverage_left: float = 0.8
    # ...or, where there is no season yet, this share of page views...
    coverage_least: float = 0.5
    # ...among at least so many in ten minutes.
    coverage_views: int = 100
    # Loss budget: the share of accepted reports that may be lost, over 30 days...
    loss_budget: float = 0.001
    # ...and how many times faster it may burn: 2 % of it in an hour, 5 % in six.
    burn_fast: float = 14.4
    burn_slow: float = 6.0
    # Store stalled: how long the store may leave counts unconfirmed, in seconds.
    stalled_after: float = 300.0
    # Workers not sharing: how often another worker may answer within half an hour. Restarts
    # change it too.
    worker_changes: int = 4
    # Flood: the share of hits beyond the budgets of their addresses, and at least so many of them
    # in half an hour.
    flood_share: float = 0.05
    flood_hits: int = 200


TIMES = Times()
THRESHOLDS = Thresholds()
