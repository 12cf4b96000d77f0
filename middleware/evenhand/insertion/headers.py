"""What an HTML response's status and headers say about it, and what they say with our tag."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from evenhand.insertion import csp
from evenhand.insertion.charset import is_known, is_not_ascii
from evenhand.insertion.validators import Header, Validators
from evenhand.vocabulary import Result

_READ = frozenset(
    (
        b"cache-control",
        b"content-disposition",
        b"content-encoding",
        b"content-length",
        b"content-security-policy",
        b"content-security-policy-report-only",
        b"content-type",
        b"integrity-policy",
    )
)
_BODILESS = frozenset((204, 205, 206))
_ORDINARY = frozenset((b"content-type", b"content-length"))
# True of the app's bytes only; and a page with our tag has no ranges.
_DROPPED = frozenset(
    (
        b"accept-ranges",
        b"content-digest",
        b"content-md5",
        b"digest",
        b"last-modified",
        b"repr-digest",
    )
)
MATTERING = _READ | _DROPPED | {b"etag"}
"""Headers that decide about the tag, or change with it."""
_MEDIA_TYPES = {b"text/html": b"html", b"application/xhtml+xml": b"xhtml"}
_CHARSET = re.compile(r";\s*charset\s*=\s*(?:[\"']\s*)?([^\s;,\"']+)", re.IGNORECASE)
_NO_TRANSFORM = re.compile(r"(?:^|,)\s*no-transform\s*(?:,|$)", re.IGNORECASE)


@lru_cache(maxsize=256)
def media_type(content_type: bytes) -> bytes:
    """``html``, ``xhtml``, or nothing for all others."""
    return _MEDIA_TYPES.get(content_type.partition(b";")[0].strip().lower(), b"")


@lru_cache(maxsize=256)
def charset_is_known(content_type: bytes) -> bool:
    """Whether a browser takes the page's charset from this header, and it is ASCII's heir."""
    charset = _charset(content_type.decode("latin-1"))
    return is_known(charset) and not is_not_ascii(charset)


@lru_cache(maxsize=256)
def is_transformable(cache_control: bytes) -> bool:
    """Whether a page may be changed on its way."""
    return not _NO_TRANSFORM.search(cache_control.decode("latin-1"))


def not_modified(headers: Iterable[Header], validators: Validators) -> list[Header]:
    """A 304's headers for a page that the reader holds with our tag in it."""
    return _rewritten(headers, validators)


class Answer:
    """One HTML response, as its status and headers describe it."""

    __slots__ = ("_fields", "_headers", "_status")

    def __init__(self, status: int, headers: Sequence[Header]) -> None:
        self._status = status
        self._headers = headers
        self._fields: dict[bytes, str] = {}
        for name, value in headers:
            name = name.lower()
            if name in _READ:
                text, known = value.decode("latin-1"), self._fields.get(name)
                self._fields[name] = text if known is None else f"{known},{text}"

    def refusal(self) -> Result | None:
        """Why the page stays as it is, as far as can be told before its first byte."""
        # Nobody sees a redirect's page.
        if self._status in _BODILESS or self._status < 200 or 300 <= self._status < 400:
            return "partial"
        if not self._fields.keys() <= _ORDINARY and (reason := self._special_refusal()):
            return reason
        if is_not_ascii(_charset(self._fields[b"content-type"])):
            return "charset"
        length = self._fields.get(b"content-length", "0").strip()
        return None if length.isascii() and length.isdigit() else "length"

    def _special_refusal(self) -> Result | None:
        field = self._fields.get
        disposition = field(b"content-disposition", "").partition(";")[0].strip().lower()
        # Browsers save what has a disposition they don't know, and show what only has a name.
        if disposition not in ("", "inline") and "=" not in disposition:
            return "attachment"
        if _NO_TRANSFORM.search(field(b"cache-control", "")):
            return "no_transform"
        if field(b"content-encoding", "").strip().lower() not in ("", "identity"):
            return "encoded"
        return "csp" if csp.wants_integrity(field(b"integrity-policy", "")) else None

    def charset_known(self) -> bool:
        """Whether a browser takes the page's charset from the header."""
        return is_known(_charset(self._fields[b"content-type"]))

    def nonce(self, host: str, in_meta: Iterable[str] = ()) -> str | None:
        """The nonce our script needs, or None if it can't run: see ``csp.nonce_for``."""
        if self._fields.keys() <= _ORDINARY and not in_meta:
            return ""
        return csp.nonce_for(
            self._policies(b"content-security-policy"),
            in_meta=in_meta,
            report_only=self._policies(b"content-security-policy-report-only"),
            host=host,
        )

    def forbidden(self, nonce: str, host: str, in_meta: Iterable[str] = ()) -> str:
        """The types of baits that the page's policies refuse: see ``csp.forbidden``."""
        if self._fields.keys() <= _ORDINARY and not in_meta:
            return ""
        policies = self._policies(b"content-security-policy")
        policies += self._policies(b"content-security-policy-report-only")
        return csp.forbidden([*policies, *in_meta], nonce, host)

    def _policies(self, header: bytes) -> list[str]:
        return csp.split_header(self._fields.get(header, ""))

    def with_tag(self, size: int | None, validators: Validators) -> list[Header]:
        """The headers of the page with our tag of that size; None: no one can tell its length."""
        length = self._fields.get(b"content-length")
        headers = _rewritten(self._headers, validators)
        if length is None:
            return headers
        ours = None if size is None else b"%d" % (int(length) + size)
        return list(_with_length(headers, ours))


def _with_length(headers: Iterable[Header], length: bytes | None) -> Iterator[Header]:
    for header in headers:
        if header[0].lower() != b"content-length":
            yield header
        elif length is not None:
            yield header[0], length


def _rewritten(headers: Iterable[Header], validators: Validators) -> list[Header]:
    kept: list[Header] = []
    for header in headers:
        name = header[0].lower()
        if name == b"etag":
            kept.append((header[0], validators.ours(header[1])))
        elif name not in _DROPPED:
            kept.append(header)
    return kept


@lru_cache(maxsize=64)
def _charset(content_type: str) -> str:
    match = _CHARSET.search(content_type)
    return match[1] if match else ""
