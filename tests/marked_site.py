"""The Gazette, made to leak if it can: it logs all there is to log, and its hook fails with what
it was given. What the server logs of requests is not ours, and goes to a file: ``ACCESS_LOG``.
"""

import logging
import os
from collections.abc import Mapping
from typing import Any

from evenhand import Notice, ReaderSupport
from evenhand.demo.site import create_app

logging.basicConfig(level=logging.DEBUG)
access = logging.getLogger("uvicorn.access")
access.handlers = [logging.FileHandler(os.environ["ACCESS_LOG"])]
access.propagate = False


def exempt(scope: Mapping[str, Any]) -> bool:
    """A publisher's hook that says in its error whom it was asked about."""
    raise LookupError(f"nobody has {dict(scope['headers'])!r}, asked by {scope['client']!r}")


support = ReaderSupport(
    site="The Gazette",
    notice=Notice(after_pages=1),
    dashboard=lambda _: True,
    exempt=exempt,
    flush_seconds=0.2,
)
app = create_app(support, "http://127.0.0.1:1")
