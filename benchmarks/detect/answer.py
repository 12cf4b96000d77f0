"""What a detector said on one page view."""

from dataclasses import dataclass

from benchmarks.detect.detectors import Detector
from tests.browser.conditions import Guard
from tests.browser.harness import Browser, Page


@dataclass(frozen=True)
class Answer:
    """What a detector said once."""

    detector: Detector
    where: str  # a blocker or a condition
    browser: Browser
    said: str | None  # None: nothing in time
    ms: float | None  # from the check's start to its verdict
    counted: tuple[str, ...] = ()  # ours: the verdicts in the server's record of this host
    guard: Guard = "open"  # ours: at the start
    server_decides: bool = False  # ours: no browser can tell this condition from a blocker

    @classmethod
    def of(cls, detector: Detector, where: str, browser: Browser, page: Page) -> "Answer":
        """What was heard; for ours, the page's first step tells when it started."""
        if not page.verdicts:
            return cls(detector, where, browser, None, None)
        heard = page.verdicts[-1]
        if not detector.is_ours:
            ms = heard.signals["ms"]
        else:
            ms = heard.at - page.steps[0].value if page.steps else None
        return cls(detector, where, browser, heard.verdict, ms)

    @property
    def recognised(self) -> bool:
        """Ours must also have it in the server's record."""
        return self.said == "blocked" and ("blocked" in self.counted or not self.detector.is_ours)

    @property
    def noticed(self) -> bool:
        """Recognised, or called probable."""
        probable = self.said == "blocked_probable" and "blocked_probable" in self.counted
        return self.recognised or probable

    @property
    def accused(self) -> bool:
        """Where the server decides, an open guard takes up to 200 page views to close."""
        if self.server_decides:
            return self.guard == "closed" and "blocked" in self.counted
        return self.said == "blocked" or "blocked" in self.counted
