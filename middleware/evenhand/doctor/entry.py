"""What a finding can be, and what is said of each."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]
FindingId = Literal[
    "agent_refused",
    "plain_http",
    "tag_missing",
    "page_no_transform",
    "compressed_before_us",
    "page_cached_without_tag",
    "page_cached_by_reader",
    "page_cached_undeclared",
    "page_not_modified",
    "tag_twice",
    "tag_altered",
    "script_elsewhere",
    "csp_blocks_script",
    "csp_blocks_pairs",
    "nonce_reused",
    "prefix_wrong",
    "routes_missing",
    "routes_redirected",
    "routes_refused",
    "script_missing",
    "script_altered",
    "script_encoded",
    "script_not_kept",
    "old_script_missing",
    "builds_differ",
    "pair_missing",
    "bait_refused",
    "control_refused",
    "pair_altered",
    "pair_kept",
    "pair_cached",
    "report_refused",
    "report_too_large",
    "report_lost",
    "notice_refused",
    "answers_kept",
    "cookies_set",
    "service_worker",
    "host_lost",
    "dashboard_open",
    "metrics_open",
    "no_state_dir",
    "state_dir_unusable",
    "state_dir_volatile",
    "counts_disagree",
    "faults",
    "clock_off",
    "name_listed",
    "bait_unlisted",
    "clean_visit_blocked",
    "blocker_unseen",
    "no_verdict",
]


@dataclass(frozen=True)
class Entry:
    """What one finding means."""

    severity: Severity
    when: str  # it is found when...
    why: str
    fix: str


def error(when: str, why: str, fix: str) -> Entry:
    """An entry for what makes figures wrong, or harms a reader."""
    return Entry("error", when, why, fix)


def warning(when: str, why: str, fix: str) -> Entry:
    """An entry for what may come to that."""
    return Entry("warning", when, why, fix)
