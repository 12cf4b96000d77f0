"""The one element that a page gets."""

import hashlib
from functools import lru_cache
from html import escape

from evenhand.insertion.walk import MARKER
from evenhand.paths import link


class Tag:
    """The script element for one version of our script.

    It has the same bytes for every reader; only a nonce that the page's own policy asks for is
    ever added. ``version`` names these bytes, for validators such as an ETag.
    """

    def __init__(self, prefix: str, content_hash: str) -> None:
        self._path = f"{prefix}/{content_hash}/probe.js"
        # Few root paths in good times; a proxy may let a client choose one in bad times.
        self._opening = lru_cache(maxsize=64)(self._open)
        self._whole = lru_cache(maxsize=64)(self._close)
        self.version = hashlib.sha256(self._close("")).hexdigest()[:8]

    def render(self, root_path: str = "", nonce: str = "", without: str = "") -> bytes:
        """The element; ``without`` are the types of baits that the page's policy refuses."""
        if not nonce and not without:
            return self._whole(root_path)
        more = {"nonce": nonce, "data-without": without}
        given = "".join(f' {name}="{escape(value)}"' for name, value in more.items() if value)
        return b"%b%b></script>" % (
            self._opening(root_path),
            given.encode("ascii", "xmlcharrefreplace"),
        )

    def markup(self, root_path: str = "", nonce: str = "") -> str:
        """The same for a template that places the tag itself."""
        return self.render(root_path, nonce).decode("ascii")

    def _open(self, root_path: str) -> bytes:
        source = escape(link(root_path, self._path)).encode("ascii")
        return b'<script defer src="%b" data-cfasync="false" %b' % (source, MARKER)

    def _close(self, root_path: str) -> bytes:
        return self._open(root_path) + b"></script>"
