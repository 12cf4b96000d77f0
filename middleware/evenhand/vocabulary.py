"""Every closed set of words: what a label, a report or a rollup key may say, and nothing else.

The same words stand in JavaScript, templates, metrics, the store and the docs
(``ARCHITECTURE.md`` lists them for readers). A value that is in none of these sets never
becomes a label.
"""

from typing import Literal, get_args

Mode = Literal["count", "local", "full"]

Verdict = Literal[
    "loaded",
    "unknown",
    "not_applicable",
    "blocked",
    "blocked_probable",
    "no_consent",
    "unfilled",
    "slow",
]
"""The outcome of one page view, in order of precedence."""

Result = Literal[
    "inserted",  # the tag was inserted
    "prefetched",  # inserted, but the browser only fetched or rendered it ahead
    "length",  # Content-Length is not one plain number: a longer page might be cut off
    "manual",  # insert="manual": the publisher's template places the tag
    "excluded",  # a path in `exclude`
    "already_inserted",  # another layer of ours was faster
    "amp",  # AMP pages may carry no script of ours
    "attachment",  # a download, not a page view
    "charset",  # UTF-16 or UTF-32, or the tag would push the charset declaration too far
    "csp",  # the page's policy would refuse the script
    "encoded",  # compressed before it reached us
    "fragment",  # a piece of a page
    "mislabelled",  # JSON or XML called text/html
    "no_transform",  # Cache-Control: no-transform
    "no_place",  # no safe place within the look-ahead
    "not_document",  # asked for by a script (only with html_cached=False)
    "partial",  # 204, 206, 304 and their like
    "xhtml",  # application/xhtml+xml is parsed as XML: left alone
    "empty",  # an HTML answer without a byte of body
    "fault",  # our own code failed; the page went out without the tag
]
"""What became of one HTML response."""

Browser = Literal["chrome", "edge", "firefox", "opera", "safari", "samsung", "other", "bot"]
Device = Literal["desktop", "mobile", "tablet", "other"]

Kind = Literal["page", "pair", "verdict", "revised", "bait_ad", "notice"]
"""The kinds of a rollup row."""

Span = Literal["hour", "day", "month"]
"""How much time a rollup row covers."""

PairKind = Literal["bait", "control", "withheld_bait", "withheld"]
"""Hits of the counted pair; `withheld*` came with GPC or DNT."""

Bait = Literal["ok", "blocked", "unknown"]
Ad = Literal["loaded", "failed", "none", "unknown"]

ReportKind = Literal["verdict", "revised", "notice"]

NoticeEvent = Literal[
    "assigned",  # drew an arm of an experiment
    "shown",
    "hidden",  # rendered, but something hid it (a filter list may: legitimate)
    "dismissed",
    "silenced",  # "don't ask again"
    "steps",  # opened the steps
    "way",  # chose another way to help
    "allowed",  # ads load after the ask
    "withdrawn",  # a real ad came after all
    "withheld",  # exempt, or the policy said no
]

Goal = Literal["allowed", "way", "steps"]
"""What an experiment may try to bring about."""

Guardrail = Literal["silenced", "dismissed", "hidden"]
"""What an experiment may promise not to bring about."""

Finding = Literal[
    "uneven",  # the arms are not as large as they are drawn: nothing can be said
    "open",  # not enough data yet
    "better",  # more sessions reach the goal
    "worse",  # fewer do; or a guardrail has risen
    "alike",  # any difference is smaller than what would matter
    "within",  # a guardrail has not risen by more than it may
]
"""What one comparison of an experiment says."""

NoReason = Literal[
    # Found in the reader's browser, and told to nobody but the page, by a DOM event:
    "no_storage",  # what can't be remembered can't be kept to
    "few_pages",  # fewer page views in this tab than `after_pages`
    "asked_in_tab",  # at most once per tab session, whatever came of it
    "resting",  # the reader acted less than `every_days` ago
    "silenced",  # "don't ask again"
    "often_enough",  # asked and answered `at_most` times
    "quiet_hours",
    "no_answer",  # the notice could not be fetched; a filter list may stop it
    # Found on the server, and told in the answer's header:
    "off",
    "mode",  # mode="count": nothing is judged, nobody is asked
    "no_notice",  # the settings have none
    "version",  # a request that we don't read
    "foreign",  # sent by another origin's page
    "variant",  # none that these settings have: a script of an earlier experiment
    "opted_out",  # GPC or DNT
    "bot",
    "verdict",  # not among those that are asked
    "quiet_path",  # a path in `not_on`
    "guard",  # the server, which sees all readers, doesn't believe the verdict
    "exempt",
    "busy",  # more notices this second than one worker renders
    "hold_out",  # drawn not to be asked, for comparison; later page views of the tab know it
    "template",  # it raised
]
"""Why a page view is not asked: the browser's reasons, then the server's."""

Placement = Literal["bar", "corner", "slot"]
"""Where the notice stands: along the foot of the window, in its corner, in an empty ad slot."""

AnnotationKind = Literal["deploy", "list", "note"]
"""What an annotation tells of: a release, a change of a filter list, anything else."""

WayKind = Literal["allow", "subscribe", "donate", "newsletter", "link", "not_now", "never"]
"""What a way to help leads to."""

System = Literal["windows", "macos", "linux", "chromeos", "android", "ios", "other"]

BlockKind = Literal["lists", "hosts"]
"""What the signals say of the blocking: filter lists read addresses on the page's own site; a
resolver or a browser's protection knows foreign hosts only."""

Signal = Literal[
    "image_bait_failed",
    "script_bait_failed",
    "style_bait_failed",
    "fetch_bait_failed",
    "element_bait_failed",
    "image_bait_loaded",
    "script_bait_loaded",
    "style_bait_loaded",
    "fetch_bait_loaded",
    "bait_answered",  # a bait failed, but a server answered it: an outage, not a block
    "control_failed",
    "timeout",  # a pair did not settle by the deadline
    "csp",  # the page's policy refused a bait or a control
    "offline",
    "no_slots",  # slots are declared, this page has none
    "slots_unseen",  # all lie in hidden parts, or far below what was seen
    "slots_empty",
    "ad_rendered",  # a creative really rendered
    "ad_unfilled",  # the ad system itself says that it has no ad
    "ad_pending",  # a tag was asked for and has not been answered yet
    "ad_tag_loaded",  # a tag's code was fetched, and ran
    "ad_tag_standin",  # code ran that no request had fetched
    "ad_tags_failed",  # tags failed, while other foreign hosts came through
    "ad_tag_failed",  # a tag failed: by a block or an outage, the page can't tell
    "ad_tag_refused",  # by the page's own policy
    "consent_refused",
    "consent_pending",
    "consent_tool_failed",  # it never answered
    "no_ad_evidence",  # nothing declared, no known tag: the pairs alone decide
    "prerendered",  # judged only once it was shown
]

DropReason = Literal[
    "malformed",  # not the JSON of a report
    "too_large",
    "too_slow",
    "encoded",  # Content-Encoding on a report
    "version",  # a format we don't read
    "unknown_value",  # a word outside the closed sets
    "foreign",  # sent by another origin's page
    "bot",
    "withheld",  # GPC or DNT: not counted beyond the pair
    "mode",  # the settings say that nothing is sent
    "limited",  # beyond what one address, or one site, may count
    "queue_full",  # the store was away for too long
    "restored",  # sealed under a number that the store has: a copied or restored state_dir
]
"""Why something a browser sent was not counted."""

Bound = Literal[
    "agents",  # new user agents parsed
    "notices",  # notices rendered
    "dashboards",  # views of the dashboard made
]
"""What one worker does only so often a second; beyond it, there is a cheaper answer."""

FaultStep = Literal[
    "insertion", "route", "recording", "store", "notice", "guard", "state_dir", "site_mismatch"
]
"""Where our own code failed, or a report disagreed with the Host about its site."""

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
BLOCKED: frozenset[Verdict] = frozenset(("blocked", "blocked_probable"))
"""The verdicts that the server may weaken, and that a notice may follow."""
RESULTS: tuple[Result, ...] = get_args(Result)
BROWSERS: tuple[Browser, ...] = get_args(Browser)
DEVICES: tuple[Device, ...] = get_args(Device)
KINDS: tuple[Kind, ...] = get_args(Kind)
PAIR_KINDS: tuple[PairKind, ...] = get_args(PairKind)
BAITS: tuple[Bait, ...] = get_args(Bait)
ADS: tuple[Ad, ...] = get_args(Ad)
NOTICE_EVENTS: tuple[NoticeEvent, ...] = get_args(NoticeEvent)
GOALS: tuple[Goal, ...] = get_args(Goal)
GUARDRAILS: tuple[Guardrail, ...] = get_args(Guardrail)
FINDINGS: tuple[Finding, ...] = get_args(Finding)
NO_REASONS: tuple[NoReason, ...] = get_args(NoReason)
PLACEMENTS: tuple[Placement, ...] = get_args(Placement)
ANNOTATION_KINDS: tuple[AnnotationKind, ...] = get_args(AnnotationKind)
WAY_KINDS: tuple[WayKind, ...] = get_args(WayKind)
SYSTEMS: tuple[System, ...] = get_args(System)
SIGNALS: tuple[Signal, ...] = get_args(Signal)
DROP_REASONS: tuple[DropReason, ...] = get_args(DropReason)
BOUNDS: tuple[Bound, ...] = get_args(Bound)
FAULT_STEPS: tuple[FaultStep, ...] = get_args(FaultStep)
MODES: tuple[Mode, ...] = get_args(Mode)

UNNAMED = "default"
"""The name of a site whose publisher gave it none."""

OTHER = "other"
"""What a site, a section, a browser or a device outside its closed set is called."""

SIMULATED = "simulated"
"""The site and the section of every simulated page view: never mixed into another site."""
