"""What a finding can be, and what is said of each."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]
LintId = Literal[
    "asks_often",
    "asks_endlessly",
    "asks_more_than_stated",
    "silence_not_kept",
    "guilt",
    "confirmshaming",
    "demand",
    "urgency",
    "accusation",
    "everywhere",
    "shouting",
    "untranslated",
    "mistranslated",
    "template_fails",
    "section_missing",
    "unescaped",
    "close_missing",
    "close_fake",
    "close_hidden",
    "close_delayed",
    "close_small",
    "close_faint",
    "close_unreachable",
    "close_unnamed",
    "silence_missing",
    "decline_hidden",
    "decline_faint",
    "text_faint",
    "focus_unseen",
    "unlabelled",
    "steps_missing",
    "network_asked_again",
    "focus_taken",
    "modal",
    "scroll_locked",
    "content_withheld",
    "overlay",
    "blur",
    "too_large",
    "motion",
    "moving_text",
    "moving_image",
    "sound",
    "media",
    "ticked",
    "countdown",
    "redirects",
    "script",
    "foreign_request",
]


@dataclass(frozen=True)
class Entry:
    """What one finding means."""

    severity: Severity
    when: str  # it is found when...
    why: str
    source: str  # where the rule stands
    fix: str


def error(when: str, why: str, source: str, fix: str) -> Entry:
    """An entry for what breaks a rule, whatever was meant."""
    return Entry("error", when, why, source, fix)


def warning(when: str, why: str, source: str, fix: str) -> Entry:
    """An entry for what most likely does; a person has to judge."""
    return Entry("warning", when, why, source, fix)


EASYLIST = "EasyList, Anti-adblock guide for site admins (2013)"
EDPB = "EDPB Guidelines 03/2022 on deceptive design patterns"
HARMFUL = "ICO and CMA, Harmful design in digital markets (2023)"
OCA = "CMA, Online choice architecture (2022)"
PROMISES = "Evenhand's promises (ARCHITECTURE.md, CONTRIBUTING.md)"


def wcag(criterion: str) -> str:
    """A success criterion of WCAG 2.2."""
    return f"WCAG 2.2, {criterion}"
