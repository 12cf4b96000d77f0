"""ETags of pages that carry our tag, and the way back to the app's own.

A page with our tag is not the app's page, byte for byte, and changes when the tag does. So its
ETag is weak and names the tag's version. A reader who sends it back asks the app about the app's
own ETag; one that names another version means nothing to the app, and the page is sent again.

``If-Range`` is never mapped: our ETags are weak, so it can't match, and the whole page is sent. A
range of the app's page would not fit the page that the reader holds. ``Last-Modified`` can't tell
versions of the tag apart and is taken off pages that carry it.
"""

import re

Header = tuple[bytes, bytes]


class Validators:
    """Both ways between the app's ETags and ours, for one version of the tag."""

    def __init__(self, version: str) -> None:
        # Whether the app's own was weak must survive the way there and back.
        self._strong = b"-eh" + version.encode("ascii")
        self._weak = b"-ehw" + version.encode("ascii")
        self._ours = re.compile(
            rb'(?:W/)?"([^"]*)(?:%b|%b)"' % (re.escape(self._strong), re.escape(self._weak))
        )

    def ours(self, etag: bytes) -> bytes:
        """Our ETag for the app's; what is no ETag stays as it is."""
        strong = etag.removeprefix(b"W/")
        if len(strong) < 2 or not (strong.startswith(b'"') and strong.endswith(b'"')):
            return etag
        suffix = self._strong if strong is etag or strong == etag else self._weak
        return b'W/%b%b"' % (strong[:-1], suffix)

    def apps(self, if_none_match: bytes) -> bytes:
        """The header's value as the app knows it; the same object if none of ours is in it."""
        if self._strong not in if_none_match and self._weak not in if_none_match:
            return if_none_match
        return self._ours.sub(self._original, if_none_match)

    def _original(self, match: re.Match[bytes]) -> bytes:
        weak = match[0].endswith(self._weak + b'"')
        return b'%b"%b"' % (b"W/" if weak else b"", match[1])
