"""Numbers and findings in an operator's words: what the dashboard says, without its layout."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from evenhand.dashboard.changes import Change, What
from evenhand.dashboard.diagnosis import Diagnosis
from evenhand.dashboard.summary import Summary
from evenhand.dashboard.trend import step_label
from evenhand.estimate import Estimate

DASH = "\u2013"
SPACE = "\u00a0"


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the numbers beside the headline."""

    term: str
    value: str
    note: str


def count(n: int) -> str:
    """``12345`` as ``12,345``."""
    return f"{n:,}"


def page_views(n: int) -> str:
    """``1 page view``, ``12,345 page views``."""
    return f"{count(n)} page view{'' if n == 1 else 's'}"


def percent(rate: float) -> str:
    """``0.2314`` as ``23.1 %``; what is not zero never reads as zero."""
    return f"<0.1{SPACE}%" if 0 < rate < 0.0005 else f"{rate * 100:.1f}{SPACE}%"


def interval(low: float, high: float) -> str:
    """``22.4-23.9``, with an en dash and in percent."""
    return f"{low * 100:.1f}{DASH}{high * 100:.1f}"


def with_interval(estimate: Estimate) -> str:
    """``23.1 % (22.4-23.9)``, or a dash where nothing was counted."""
    if not estimate:
        return DASH
    return f"{percent(estimate.rate)} ({interval(estimate.low, estimate.high)})"


def simulated(summary: Summary) -> str:
    """How many of the page views are simulated; empty if none is."""
    if not summary.simulated:
        return ""
    if summary.simulated == summary.paired.n:
        return f"All {count(summary.paired.n)} page views shown here are simulated."
    return f"{count(summary.simulated)} of these page views are simulated."


def headline(summary: Summary) -> str:
    """What the first number rests on."""
    if not summary.paired:
        return "No page view asked for its control yet, so there is no rate to show."
    text = f"Counted from {page_views(summary.paired.n)}, without any report."
    if summary.design_effect > 1.05:
        text += (
            f" The interval is widened {summary.design_effect**0.5:.1f} times for how much the "
            "rate varied within the period."
        )
    return text


def figures(summary: Summary) -> list[Figure]:
    """The numbers beside the headline."""
    listed = [
        Figure(
            "Reported as blocked",
            with_interval(summary.reported),
            f"Of {count(summary.reported.n)} settled verdicts. By two independent signs, and so "
            f"certain: {percent(summary.certain.rate)}."
            if summary.reported
            else "No verdict was reported in this period.",
        ),
        _coverage(summary),
        Figure(
            "Asked not to be measured",
            percent(summary.withheld.rate) if summary.withheld else DASH,
            "Sent GPC or DNT: counted in the pair, no report, never asked.",
        ),
    ]
    if summary.bots:
        listed.append(Figure("Bots left out", count(summary.bots), "In no rate on this page."))
    return listed


def _coverage(summary: Summary) -> Figure:
    if summary.coverage is None:
        return Figure("Coverage", DASH, "These settings report no verdicts, or none was due yet.")
    note = "Share of page views with a settled verdict."
    if summary.possible:
        note += (
            f" Whatever the others were, the reported rate lies between"
            f" {percent(summary.possible.low)} and {percent(summary.possible.high)}."
        )
    return Figure("Coverage", percent(summary.coverage), note)


_FINDINGS: Mapping[str, Callable[[Diagnosis], str]] = {
    "nothing": lambda _: "No page view has told about its bait and its ads yet.",
    "no_ad_evidence": lambda _: (
        "No ad evidence is configured, so the pairs alone decide. Name your ad slots in "
        "ad_slots to tell blockers from failing ads."
    ),
    "few": lambda d: f"Only {page_views(d.judged)} showed both signs: too few to read.",
    "stale_bait": lambda d: (
        f"{percent(d.stale)} of the page views that lost the bait showed ads all the same. The "
        "bait may be on a list by mistake, or these ads are allowed: treat the rate with care."
    ),
    "ads_failing": lambda d: (
        f"Ads failed on {percent(d.failing)} of the page views that kept the bait. If all browsers "
        "do this, look at the ad server first; otherwise it may be DNS filters or tracking "
        "protection."
    ),
    "agree": lambda d: (
        "Bait and ads agree: where the bait was lost, ads failed too, and where it came, only "
        f"{percent(d.failing)} of ads failed."
    ),
}


def finding(summary: Summary) -> str:
    """What the four cells of bait and ad say."""
    return _FINDINGS[summary.diagnosis.finding](summary.diagnosis)


_CHANGES: Mapping[What, Callable[[Change, str], str]] = {
    "baits_eaten": lambda c, since: (
        f"Hardly any bait has arrived {since}: {percent(c.now)} of all page views lost it, in every"
        " browser. No blocker is so common: a CDN, a firewall or a proxy on the way eats baits."
        " Don't trust the rate of this time."
    ),
    "ads_failing": lambda _, since: (
        f"The ad server has been failing for nearly everyone {since}. Page views whose bait came"
        " show no ads either, so no blocker explains it."
    ),
    "baits_stale": lambda c, since: (
        f"Ads have loaded beside a lost bait far more often {since}: on {percent(c.now)} of such"
        f" page views instead of {percent(c.usual)}. Something takes baits where it takes no ads,"
        " a CDN or a filter list by mistake: treat the rate with care."
    ),
    "reports_missing": lambda c, since: (
        f"Reports have been missing {since}: {percent(c.now)} of page views reported instead of"
        f" {percent(c.usual)}. Baits and ads are as usual, so the way of the reports is blocked (by"
        " a filter list, a firewall or a CDN), or the script fails. The rate needs no reports."
    ),
    "wave": lambda c, since: _wave(c, since),
    "cached": lambda c, since: (
        f"Most pages have come from a cache {since}: the app served"
        f" {count(round(1000 * c.now))} for every 1,000 page views. That is fine: the rate and"
        " the coverage don't rest on pages served."
    ),
}


def change(summary: Summary) -> str:
    """What has been otherwise since some time in the period, and its cause; or nothing."""
    found = summary.change
    if found is None:
        return ""
    all_along = found.since <= summary.since
    since = f"since {step_label(found.since, summary.step)} UTC"
    return _CHANGES[found.what](found, "in all of this period" if all_along else since)


def _wave(found: Change, since: str) -> str:
    names = " and ".join(name.capitalize() for name in found.browsers[:3])
    where = "every browser" if found.everywhere else names
    cause = (
        "All browsers at once point at a filter list that has changed, or at something of yours"
        " that looks like an ad."
        if found.everywhere
        else "Other browsers are as usual: a blocker has spread there, or a release of the browser"
        " blocks more."
    )
    return (
        f"More readers have been blocking ads in {where} {since}: {percent(found.now)} of its page"
        f" views lost the bait instead of {percent(found.usual)}. {cause}"
    )
