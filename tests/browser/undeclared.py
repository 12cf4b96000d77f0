"""The demo's newspaper, served by a publisher who has declared no ad slots."""

import os

from evenhand import Notice, ReaderSupport
from evenhand.demo.site import create_app

support = ReaderSupport(site="The Gazette", notice=Notice(after_pages=1))
app = create_app(support, os.environ["AD_ORIGIN"])
