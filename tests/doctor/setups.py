"""All broken set-ups, as data."""

from .broken_inside import BROKEN_INSIDE
from .broken_pages import BROKEN_PAGES
from .broken_routes import BROKEN_ROUTES

SETUPS = [*BROKEN_PAGES, *BROKEN_ROUTES, *BROKEN_INSIDE]
