"""Every finding, in the order in which they are told."""

from collections.abc import Mapping

from evenhand.lint.asking_entries import ASKING
from evenhand.lint.control_entries import CONTROLS
from evenhand.lint.entry import Entry, LintId
from evenhand.lint.page_entries import PAGE

CATALOGUE: Mapping[LintId, Entry] = {**ASKING, **CONTROLS, **PAGE}
