"""What a report is, said once more and independently: by the standard library and plain sets."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from evenhand.report import MAX_BYTES, MAX_SIGNALS, Report, bait_and_ad, decode, weakened
from evenhand.vocabulary import (
    ADS,
    BAITS,
    BLOCKED,
    DROP_REASONS,
    NOTICE_EVENTS,
    SIGNALS,
    VERDICTS,
)

REFUSALS = {"too_large", "malformed", "version", "unknown_value"}
NAMES = ("site", "section", "variant")
_encode = msgspec.json.Encoder().encode


class UnclearError(Exception):
    """Two readers of JSON may differ about these bytes: a field twice, half a surrogate pair."""


def check_report(data: bytes) -> str:
    """Decodes bytes as the route does, and holds the answer against `is_report`."""
    found = decode(data)
    if isinstance(found, Report):
        check_decoded(found)
        assert is_report(data) is not False, "it is none"
        assert decode(_encode(found)) == found, "encoded and decoded again"
        return f"report: {found.kind}"
    assert found in REFUSALS <= set(DROP_REASONS)
    assert (found == "too_large") == (len(data) > MAX_BYTES)
    assert is_report(data) is not True, "it is one"
    return found


def check_decoded(found: Report) -> None:
    """Every field is a closed word, or a name that is only compared."""
    assert found.v == 1
    assert found.verdict in VERDICTS
    assert found.former in ("", *VERDICTS)
    assert found.event in ("", *NOTICE_EVENTS)
    assert set(found.signals) <= set(SIGNALS)
    assert len(found.signals) <= MAX_SIGNALS
    assert all(len(getattr(found, name)) <= 60 for name in NAMES)
    for guard_open in (True, False):
        bait, ad = bait_and_ad(found.signals, guard_open=guard_open)
        assert bait in BAITS
        assert ad in ADS
        for ads_down in (True, False):
            counted = weakened(
                found.verdict, found.signals, guard_open=guard_open, ads_down=ads_down
            )
            assert counted == found.verdict or found.verdict in BLOCKED, "only blocks are weakened"
            assert counted != "blocked" or found.verdict == "blocked", "and never strengthened"


def is_report(data: bytes) -> bool | None:
    """Whether these bytes are a report of format 1; None where readers of JSON may differ."""
    try:
        fields = json.loads(data.decode(), object_pairs_hook=_once, parse_constant=_unclear)
    except UnclearError:
        return None
    except (ValueError, RecursionError):
        # What stands in fields that we don't read may be skipped unread.
        return None if b'"verdict"' in data else False
    if not isinstance(fields, dict):
        return False
    if "\\u" in data.decode() and "\\ud" in data.decode().lower():
        return None
    return _is_valid(fields)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise UnclearError
    return dict(pairs)


def _unclear(_: str) -> Any:
    raise UnclearError


def _is_valid(fields: dict[str, Any]) -> bool | None:
    version, kind = fields.get("v"), fields.get("kind")
    former, event = fields.get("from", ""), fields.get("event", "")
    signals = fields.get("signals", [])
    if isinstance(version, float):
        return None  # 1.0 is a whole number to some
    words = (kind, fields.get("verdict"), former, event)
    if type(version) is not int or not all(isinstance(word, str) for word in words):
        return False
    if not isinstance(signals, list) or not all(isinstance(word, str) for word in signals):
        return False
    names = [fields.get(name, "") for name in NAMES]
    complete = {
        "verdict": not former and not event,
        "revised": bool(former) and not event,
        "notice": bool(event),
    }
    return (
        version == 1
        and complete.get(str(kind), False)
        and fields["verdict"] in VERDICTS
        and former in ("", *VERDICTS)
        and event in ("", *NOTICE_EVENTS)
        and set(signals) <= set(SIGNALS)
        and len(signals) <= MAX_SIGNALS
        and all(isinstance(name, str) and len(name) <= 60 for name in names)
    )
