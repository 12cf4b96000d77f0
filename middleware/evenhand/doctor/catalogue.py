"""Every finding in the order in which it is put right: what is further out comes first."""

from collections.abc import Mapping

from evenhand.doctor.entry import Entry, FindingId
from evenhand.doctor.inner_entries import INNER
from evenhand.doctor.page_entries import PAGE
from evenhand.doctor.route_entries import ROUTES

CATALOGUE: Mapping[FindingId, Entry] = {**PAGE, **ROUTES, **INNER}
