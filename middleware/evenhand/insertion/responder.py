"""Puts our tag into the pages of an app: what holds for all of its responses.

What goes out unchanged, and why, is a ``Result``. Decisions that the standards leave open:

- Error pages are pages. Redirects are not: nobody sees theirs (``partial``).
- Frames get the tag; the script decides whether it is in a frame.
- A HEAD answer has the headers of the page that GET would send, as far as they can be told, and
  is not reported: nobody saw a page.
- A page with our tag has a weak ETag that names the tag's version and no ``Last-Modified``, so
  that it is fetched again when the tag changes; see ``validators``.
- An app that returns or fails before the place was found: what it sent goes out untouched.
"""

import logging
from collections.abc import Callable
from functools import partial

from evenhand.errors import OptionError
from evenhand.faults import OnFault
from evenhand.insertion.headers import Answer
from evenhand.insertion.ordinary import Ordinary, OrdinaryResponse
from evenhand.insertion.page import Terms
from evenhand.insertion.response import RequestHeaders, Response, Scope, Send, named_host
from evenhand.insertion.tag import Tag
from evenhand.insertion.validators import Validators
from evenhand.paths import below_root
from evenhand.vocabulary import Result

__all__ = ["Inserter", "Tag"]

logger = logging.getLogger(__name__)


class Inserter:
    """Puts the tag into the HTML pages of ASGI apps; one object for all requests.

    - ``html_cached``: a cache may hand one reader's page to another, so nothing about a page
      depends on request headers. Without such a cache, pages that a script asked for are left
      alone (``not_document``), and ``Vary`` says so.
    - ``exclude``: paths left alone, relative to the app: ``"/admin"`` stands for ``/admin`` and
      everything below ``/admin/``.
    - ``manual``: the publisher's template places the tag; pages are only reported.
    - ``host_of``: the host of a request, which a page's own policy is held against.
    - ``debug_header``: adds ``x-reader-support: <result>`` to HTML responses.
    - ``on_result``: told once for each HTML response what became of it; where the tag went in the
      short way, ``on_inserted`` is told instead, if there is one.
    - ``on_fault``: told when our own code, or ``on_result``, failed. The page goes out whole.
    """

    def __init__(
        self,
        *,
        tag: Tag,
        html_cached: bool = True,
        exclude: tuple[str, ...] = (),
        manual: bool = False,
        debug_header: bool = False,
        host_of: Callable[[Scope, RequestHeaders], str] = named_host,
        on_result: Callable[[Scope, Result], None],
        on_inserted: Callable[[Scope], None] | None = None,
        on_fault: OnFault,
    ) -> None:
        self.validators = Validators(tag.version)
        self.terms = Terms(tag, self.validators, not html_cached, debug_header)
        by_rule = manual or debug_header or self.terms.varies

        def inserted(scope: Scope) -> None:
            on_result(scope, "inserted")

        ordinary = Ordinary(self, tag, on_inserted or inserted)
        self.response: Callable[[Scope, Send], OrdinaryResponse | Response] = (
            self.closely if by_rule else partial(OrdinaryResponse, ordinary)
        )
        self._manual = manual
        self.host_of = host_of
        self.excludes = tuple(_excluded(path) for path in exclude)
        self._on_result = on_result
        self._on_fault = on_fault
        self._warned = False

    def closely(self, scope: Scope, send: Send) -> Response:
        """One request's response, with a close look at everything."""
        return Response(self, scope, send, scope["path"], scope.get("root_path", ""))

    def tell(self, scope: Scope, result: Result) -> None:
        """Report a result; a failing listener doesn't hurt the page."""
        if scope["method"] == "HEAD":
            return
        try:
            self._on_result(scope, result)
        except Exception as error:
            self.blame(error)

    def blame(self, error: Exception) -> None:
        """Report a fault of ours."""
        try:
            self._on_fault("insertion", error)
        except Exception:
            logger.exception("on_fault failed")

    def refusal(
        self, path: str, root_path: str, headers: RequestHeaders, answer: Answer
    ) -> Result | None:
        """Why a page stays as it is, as far as its path and both sides' headers tell."""
        reason = "manual" if self._manual else answer.refusal()
        if reason == "encoded" and not self._warned:
            self._warned = True
            logger.warning(
                "A page was compressed before it reached us and went out without the tag."
                " Add the compressor after ReaderSupportMiddleware."
            )
        if reason is None and self.is_excluded(path, root_path):
            reason = "excluded"
        if reason is None and self.terms.varies and _is_fetched(headers):
            reason = "not_document"
        return reason

    def is_excluded(self, path: str, root_path: str) -> bool:
        """Whether the publisher wants that path left alone."""
        path = below_root(path, root_path)
        return any(path == prefix or path.startswith(below) for prefix, below in self.excludes)


def _excluded(path: str) -> tuple[str, str]:
    prefix = path.rstrip("/")
    if not prefix.startswith("/") or "*" in prefix:
        raise OptionError(
            "exclude",
            path,
            "paths that start with a slash, without *; not / alone",
            'write "/admin" for /admin and all below it',
        )
    return prefix, f"{prefix}/"


def _is_fetched(headers: RequestHeaders) -> bool:
    """Whether a script asked for the page, to put pieces of it into another."""
    if b"hx-request" in headers and b"hx-boosted" not in headers:
        return True
    return headers.get(b"sec-fetch-dest") == b"empty"
