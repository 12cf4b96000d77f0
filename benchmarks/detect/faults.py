"""What a control condition's faults mean for peers, whose baits have other addresses than ours.

What befalls our baits befalls theirs: /ads.js, and where only ad-like names are picked out, the
ad hosts too. What befalls our whole site doesn't reach the ad hosts.
"""

from collections.abc import Sequence
from dataclasses import replace

from benchmarks.detect.detectors import Detector
from tests.browser.conditions import BAITS, PAIRS, PREFIX, Condition
from tests.browser.proxy import Rule

GONE = Rule("", "reset")
LONGEST = 25  # seconds that /ads.js may hold a page up: the harness waits 30 s for one


def _picks_baits(rule: Rule) -> bool:
    return rule.path == BAITS or rule.path.startswith("/pair/")


def of_site(condition: Condition, detector: Detector) -> Sequence[Rule]:
    """What happens to requests for the site."""
    if detector.is_ours:
        return condition.rules
    return [
        replace(rule, path=r"^/ads\.js", after=min(rule.after, LONGEST))
        if _picks_baits(rule) or rule.path in (PAIRS, PREFIX)
        else rule
        for rule in condition.rules
    ]


def of_ad_hosts(condition: Condition) -> Rule | None:
    """What happens to requests for the ad hosts."""
    if condition.page == "third-party-gone":
        return GONE
    return next((rule for rule in condition.rules if _picks_baits(rule)), None)
