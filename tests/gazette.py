"""The demo's newspaper as an importable app, so that servers with several workers can run it.

Its options come from ``EVENHAND_…``; ``AD_ORIGIN`` names the stand-in ad server.
"""

import os

from evenhand import Notice, ReaderSupport
from evenhand.demo.site import create_app

support = ReaderSupport(
    site="The Gazette",
    ad_slots=[".ad-slot"],
    notice=Notice(after_pages=1),
    dashboard=lambda _: True,
)
app = create_app(support, os.environ.get("AD_ORIGIN", "http://127.0.0.1:1"))
