"""What a browser reports, decoded and bounded: closed words in, or a reason for refusing it."""

from collections.abc import Collection
from functools import lru_cache
from typing import Annotated, Literal

import msgspec

from evenhand.vocabulary import (
    BLOCKED,
    SIGNALS,
    Ad,
    Bait,
    DropReason,
    NoticeEvent,
    ReportKind,
    Signal,
    Verdict,
)

MAX_BYTES = 2048
MAX_SIGNALS = len(SIGNALS)
VERSION = 1
REMEMBERED = 256  # bodies, of at most 2 kB each

_Name = Annotated[str, msgspec.Meta(max_length=60)]


class Report(msgspec.Struct, frozen=True, rename={"former": "from"}):
    """Format 1. ``site`` is only compared with the Host's; ``former`` is ``from`` on the wire."""

    v: int
    kind: ReportKind
    verdict: Verdict
    site: _Name = ""
    section: _Name = ""
    former: Verdict | Literal[""] = ""
    signals: Annotated[tuple[Signal, ...], msgspec.Meta(max_length=MAX_SIGNALS)] = ()
    variant: _Name = ""
    event: NoticeEvent | Literal[""] = ""


class _Version(msgspec.Struct):
    v: int


_NO_AD_DUE: frozenset[Signal] = frozenset(
    (
        "no_slots",
        "no_ad_evidence",
        "slots_unseen",
        "consent_refused",
        "consent_pending",
        "consent_tool_failed",
    )
)
_ADS_FAILED: frozenset[Signal] = frozenset(("ad_tag_standin", "ad_tags_failed", "ad_tag_failed"))
# A tag that nobody answers in five seconds is a server that hangs, as likely as a slow line; how
# many lines are slow is usual, and alerts look at what is more than that.
_EMPTY: frozenset[Signal] = frozenset(("slots_empty", "ad_pending"))
_DOUBTS: frozenset[Signal] = frozenset(("control_failed", "bait_answered", "timeout", "offline"))

_report = msgspec.json.Decoder(Report)
_version = msgspec.json.Decoder(_Version)


@lru_cache(maxsize=REMEMBERED)  # browsers of a kind on a page of a kind send the same bytes
def decode(body: bytes) -> Report | DropReason:
    """The report, or why it is none: too_large, malformed, version, unknown_value."""
    if len(body) > MAX_BYTES:
        return "too_large"
    try:
        report = _report.decode(body)
    except msgspec.ValidationError:
        return _what_is_wrong(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "malformed"
    if report.v != VERSION:
        return "version"
    complete = {
        "verdict": not report.former and not report.event,
        "revised": bool(report.former) and not report.event,
        "notice": bool(report.event),
    }
    return report if complete[report.kind] else "unknown_value"


def _what_is_wrong(body: bytes) -> DropReason:
    """JSON it is; a later format may have words that we don't know yet."""
    try:
        return "unknown_value" if _version.decode(body).v == VERSION else "version"
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "malformed"


def bait_and_ad(signals: Collection[Signal], *, guard_open: bool = True) -> tuple[Bait, Ad]:
    """The two columns of the diagnosis table: did baits and ads come through?

    While the guard is closed, a bait that failed says nothing.
    """
    failed = sum(signal.endswith("_bait_failed") for signal in signals)
    passed = any(signal.endswith("_bait_loaded") for signal in signals)
    bait: Bait = "unknown"
    if not _DOUBTS.intersection(signals):
        bait = "blocked" if failed > 1 else "ok" if passed and not failed else "unknown"
    if bait == "blocked" and not guard_open:
        bait = "unknown"
    return bait, _ad(frozenset(signals), bait)


def _ad(signals: frozenset[Signal], bait: Bait) -> Ad:
    if "ad_rendered" in signals:
        return "loaded"
    if _ADS_FAILED & signals:
        return "failed"
    if _NO_AD_DUE & signals:
        return "none"
    if "ad_tag_loaded" in signals:  # a slot that stays empty then is the ad system's own affair
        return "loaded"
    return "failed" if bait == "blocked" or _EMPTY & signals else "unknown"


def weakened(
    verdict: Verdict, signals: Collection[str], *, guard_open: bool, ads_down: bool
) -> Verdict:
    """The verdict as counted: the server may only weaken it.

    It does so while the guard is closed, and while the ads of the site fail for nearly everybody:
    that they fail then tells nothing about this reader.
    """
    if verdict not in BLOCKED:
        return verdict
    if not guard_open:
        return "unknown"
    signs = {signal for signal in signals if signal.endswith("_bait_failed")}
    if ads_down and "ad_tags_failed" in signals and len(signs) < 2:
        return "blocked_probable" if signs else "unknown"
    return verdict
