"""Reports as browsers send them, and as nobody should."""

import json
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.report import MAX_BYTES, Report, bait_and_ad, decode, weakened
from evenhand.vocabulary import DROP_REASONS, SIGNALS, VERDICTS, Signal

REPORT = {
    "v": 1,
    "kind": "verdict",
    "site": "Gazette",
    "section": "",
    "verdict": "blocked",
    "from": "",
    "signals": ["image_bait_failed", "script_bait_failed"],
    "variant": "",
    "event": "",
}


def body(**changed: object) -> bytes:
    return json.dumps({**REPORT, **changed}).encode()


def test_a_report_is_decoded() -> None:
    report = decode(body())
    assert isinstance(report, Report)
    assert (report.kind, report.verdict, report.site) == ("verdict", "blocked", "Gazette")
    assert report.signals == ("image_bait_failed", "script_bait_failed")


def test_a_revised_report_names_the_former_verdict() -> None:
    report = decode(body(**{"kind": "revised", "from": "blocked", "verdict": "loaded"}))
    assert isinstance(report, Report)
    assert report.former == "blocked"


def test_fields_of_later_versions_are_ignored() -> None:
    assert isinstance(decode(body(colour="green")), Report)


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        pytest.param(b"", "malformed", id="empty"),
        pytest.param(b"{", "malformed", id="cut off"),
        pytest.param(b"\xff\xfe", "malformed", id="not UTF-8"),
        pytest.param(b"[]", "malformed", id="not an object"),
        pytest.param(b"[" * MAX_BYTES, "malformed", id="nested deeply"),
        pytest.param(body(site="\ud800"), "malformed", id="half a surrogate pair"),
        pytest.param(b" " * (MAX_BYTES + 1), "too_large", id="too large"),
        pytest.param(body(v=2), "version", id="a later version"),
        pytest.param(body(v=2, kind="poem"), "version", id="a later version's words"),
        pytest.param(body(verdict="guilty"), "unknown_value", id="an unknown verdict"),
        pytest.param(body(signals=["x"]), "unknown_value", id="an unknown signal"),
        pytest.param(body(signals=["offline"] * 99), "unknown_value", id="too many signals"),
        pytest.param(body(site="x" * 61), "unknown_value", id="a long site"),
        pytest.param(body(kind="revised"), "unknown_value", id="revised from nothing"),
        pytest.param(body(kind="notice"), "unknown_value", id="a notice without an event"),
        pytest.param(body(event="shown"), "unknown_value", id="a verdict with an event"),
        pytest.param(body(v="1"), "malformed", id="a version that is no number"),
    ],
)
def test_what_is_no_report_has_a_reason(sent: bytes, reason: str) -> None:
    assert decode(sent) == reason


@given(st.binary(max_size=MAX_BYTES + 10))
def test_no_bytes_raise(sent: bytes) -> None:
    assert decode(sent) in DROP_REASONS or isinstance(decode(sent), Report)


@pytest.mark.parametrize(
    ("signals", "expected"),
    [
        (("image_bait_loaded", "ad_rendered"), ("ok", "loaded")),
        (("image_bait_failed", "script_bait_failed"), ("blocked", "failed")),
        (("image_bait_failed", "script_bait_failed", "ad_rendered"), ("blocked", "loaded")),
        (("image_bait_failed", "script_bait_failed", "no_slots"), ("blocked", "none")),
        (("image_bait_failed", "script_bait_loaded", "slots_empty"), ("unknown", "failed")),
        (("image_bait_loaded", "slots_empty"), ("ok", "failed")),
        (("image_bait_loaded", "no_ad_evidence"), ("ok", "none")),
        (("image_bait_loaded", "ad_tag_loaded", "slots_empty"), ("ok", "loaded")),
        (("image_bait_loaded", "ad_tag_standin", "slots_empty"), ("ok", "failed")),
        (("image_bait_loaded", "ad_tag_failed", "ad_tag_loaded"), ("ok", "failed")),
        (("image_bait_loaded", "ad_tag_loaded", "slots_unseen"), ("ok", "none")),
        (("image_bait_loaded", "consent_refused", "slots_empty"), ("ok", "none")),
        (("image_bait_loaded", "ad_pending"), ("ok", "failed")),
        (("image_bait_loaded", "ad_pending", "consent_pending"), ("ok", "none")),
        (("image_bait_loaded", "ad_pending", "ad_tag_loaded"), ("ok", "loaded")),
        (("image_bait_failed", "script_bait_failed", "offline"), ("unknown", "unknown")),
        (("image_bait_loaded", "timeout"), ("unknown", "unknown")),
        ((), ("unknown", "unknown")),
    ],
)
def test_bait_and_ad(signals: tuple[Signal, ...], expected: tuple[str, str]) -> None:
    assert bait_and_ad(signals) == expected


def test_while_the_guard_is_closed_a_bait_that_failed_says_nothing() -> None:
    failed: tuple[Signal, ...] = ("image_bait_failed", "script_bait_failed")
    came: tuple[Signal, ...] = ("image_bait_loaded", "ad_rendered")
    assert bait_and_ad(failed, guard_open=False) == ("unknown", "unknown")
    assert bait_and_ad(came, guard_open=False) == ("ok", "loaded")


def test_ads_that_fail_for_everybody_are_no_sign() -> None:
    down = partial(weakened, guard_open=True, ads_down=True)
    failed = ("image_bait_loaded", "ad_tags_failed")
    assert down("blocked_probable", failed) == "unknown"
    assert down("blocked", ("image_bait_failed", "ad_tags_failed")) == "blocked_probable"
    both = ("image_bait_failed", "script_bait_failed", "ad_tags_failed")
    assert down("blocked", both) == "blocked"
    assert down("blocked_probable", ("image_bait_failed",)) == "blocked_probable"
    assert down("blocked_probable", ("ad_tag_standin",)) == "blocked_probable"
    assert weakened("blocked_probable", failed, guard_open=True, ads_down=False) == (
        "blocked_probable"
    )


def test_a_closed_guard_weakens_blocks_only() -> None:
    for verdict in VERDICTS:
        assert weakened(verdict, (), guard_open=True, ads_down=False) == verdict
        expected = "unknown" if verdict.startswith("blocked") else verdict
        assert weakened(verdict, (), guard_open=False, ads_down=False) == expected


def test_every_bait_has_its_two_signals() -> None:
    for bait in ("image", "script", "style"):
        assert {f"{bait}_bait_failed", f"{bait}_bait_loaded"} <= set(SIGNALS)
