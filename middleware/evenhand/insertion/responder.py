"""The ASGI edge: hands a request to the app and puts our tag into the page that comes back.

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
import re
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from contextlib import suppress
from typing import Any

from evenhand.errors import OptionError
from evenhand.faults import OnFault
from evenhand.insertion.headers import Answer, media_type, not_modified
from evenhand.insertion.page import Message, Page, Request, Terms
from evenhand.insertion.tag import Tag
from evenhand.insertion.validators import Header, Validators
from evenhand.vocabulary import Result

__all__ = ["Inserter", "Tag"]

logger = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
RequestHeaders = dict[bytes, bytes]

# A file that the server sends by itself never passes through us.
_FILE_EXTENSIONS = frozenset(("http.response.pathsend", "http.response.zerocopysend"))
_NO_PAGE = re.compile(
    r"\.(?:avif|css|gif|gz|ico|jpe?g|m?js|json|map|mp[34]|otf|pdf|png|svg|ttf|txt|wasm|web[mp]"
    r"|woff2?|xml|zip)$",
    re.IGNORECASE,
)
_REPLACED = frozenset(("headers", "extensions"))


class Inserter:
    """Puts the tag into the HTML pages of ASGI apps; one object for all requests.

    - ``html_cached``: a cache may hand one reader's page to another, so nothing about a page
      depends on request headers. Without such a cache, pages that a script asked for are left
      alone (``not_document``), and ``Vary`` says so.
    - ``exclude``: paths left alone, relative to the app: ``"/admin"`` stands for ``/admin`` and
      everything below ``/admin/``.
    - ``manual``: the publisher's template places the tag; pages are only reported.
    - ``debug_header``: adds ``x-reader-support: <result>`` to HTML responses.
    - ``on_result``: told once for each HTML response what became of it.
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
        on_result: Callable[[Scope, Result], None],
        on_fault: OnFault,
    ) -> None:
        self.validators = Validators(tag.version)
        self.terms = Terms(tag, self.validators, not html_cached, debug_header)
        self._manual = manual
        self._excluded = tuple(_excluded(path) for path in exclude)
        self._on_result = on_result
        self._on_fault = on_fault
        self._warned = False

    async def __call__(self, app: App, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the app for an ``http`` scope."""
        response = _Response(self, scope, send)
        inner = response.scope_for_app()
        try:
            await app(inner, receive, response.send)
        except Exception:
            # The app's own error is the one to be seen.
            with suppress(Exception):
                await response.release()
            raise
        else:
            await response.release()
        finally:
            if inner is not scope:
                # Outer middleware reads what the app adds, its route for one.
                scope.update((key, inner[key]) for key in inner.keys() - _REPLACED)

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

    def refusal(self, path: str, headers: RequestHeaders, answer: Answer) -> Result | None:
        """Why a page stays as it is, as far as its path and both sides' headers tell."""
        reason = "manual" if self._manual else answer.refusal()
        if reason == "encoded" and not self._warned:
            self._warned = True
            logger.warning(
                "A page was compressed before it reached us and went out without the tag."
                " Add the compressor after ReaderSupportMiddleware."
            )
        if reason is None and self._is_excluded(path):
            reason = "excluded"
        if reason is None and self.terms.varies and _is_fetched(headers):
            reason = "not_document"
        return reason

    def _is_excluded(self, path: str) -> bool:
        return any(path == prefix or path.startswith(below) for prefix, below in self._excluded)


class _Response:
    """One request's response: passes messages on, or through a ``Page`` until it is settled."""

    __slots__ = (
        "_headers",
        "_inserter",
        "_page",
        "_passing",
        "_path",
        "_revalidated",
        "_root",
        "_scope",
        "_send",
    )

    def __init__(self, inserter: Inserter, scope: Scope, send: Send) -> None:
        self._inserter = inserter
        self._scope = scope
        self._send = send
        self._page: Page | None = None
        self._passing = False
        self._revalidated = False
        self._headers: RequestHeaders = {}
        # As they are now: to an app that it mounts, a router gives the same scope, changed.
        self._path: str = scope["path"]
        self._root: str = scope.get("root_path", "")

    def scope_for_app(self) -> Scope:
        """The very same scope, or a copy if the app must not see it as it is."""
        scope = self._scope
        try:
            self._headers = dict(scope["headers"])
            is_conditional = b"if-none-match" in self._headers
            if not is_conditional and not scope.get("extensions"):
                return scope
            changed = _without_files(scope)
            if is_conditional:
                changed |= self._with_apps_etags()
        except Exception as error:
            self._inserter.blame(error)
            return scope
        return {**scope, **changed} if changed else scope

    def _with_apps_etags(self) -> dict[str, Any]:
        apps = self._inserter.validators.apps
        headers = [
            (name, apps(value) if name == b"if-none-match" else value)
            for name, value in self._scope["headers"]
        ]
        self._revalidated = headers != [tuple(header) for header in self._scope["headers"]]
        return {"headers": headers} if self._revalidated else {}

    # Not a coroutine: a message that only passes costs one call and no frame of its own.
    def send(self, message: Message) -> Awaitable[None]:
        if self._passing:
            return self._send(message)
        if self._page is not None:
            return self._exchange(self._page, message)
        if message["type"] != "http.response.start":
            return self._send(message)
        return self._begin(message)

    async def release(self) -> None:
        """Send what is still held."""
        if self._page is not None:
            page, self._page = self._page, None
            await self._send_all(page, page.leave("no_place"))

    def _begin(self, start: Message) -> Awaitable[None]:
        headers: Sequence[Header] = start.get("headers", ())
        if not isinstance(headers, (list, tuple)):  # a generator can be read once
            headers = list(headers)
            start = {**start, "headers": headers}
        try:
            start = self._open(start, headers)
        except Exception as error:
            self._inserter.blame(error)
            self._page = None
            self._inserter.tell(self._scope, "fault")
        if self._page is not None:
            return _nothing()
        self._passing = True
        return self._send(start)

    def _open(self, start: Message, headers: Sequence[Header]) -> Message:
        """Begin to hold an HTML page, or give the start message that can go out at once."""
        inserter = self._inserter
        status = start["status"]
        if status == 304 and self._revalidated:
            return {**start, "headers": not_modified(headers, inserter.validators)}
        kind = media_type(headers)
        if not kind:
            return start
        answer = Answer(status, headers)
        host = self._headers.get(b"host", b"").decode("latin-1")
        reason: Result | None = "xhtml"
        nonce: str | None = ""
        if kind == b"html":
            path = self._path
            if self._root and path.startswith(self._root):
                path = path[len(self._root) :]
            reason = inserter.refusal(path, self._headers, answer)
            nonce = answer.nonce(host)
        if reason is None and nonce is not None:
            self._page = Page(inserter.terms, self._request(host), start, answer, nonce)
            return start
        result = reason or "csp"
        start = inserter.terms.start(start, headers, result)
        inserter.tell(self._scope, result)
        return start

    def _request(self, host: str) -> Request:
        purpose = self._headers.get(b"sec-purpose") or self._headers.get(b"purpose", b"")
        return Request(
            root_path=self._root,
            host=host,
            is_head=self._scope["method"] == "HEAD",
            is_prefetch=purpose.lstrip().lower().startswith(b"prefetch"),
        )

    async def _exchange(self, page: Page, message: Message) -> None:
        try:
            messages = page.take(message)
        except Exception as error:
            self._inserter.blame(error)
            messages = page.leave("fault", message)
        if page.result is not None:
            self._page = None
        await self._send_all(page, messages)

    async def _send_all(self, page: Page, messages: list[Message]) -> None:
        if page.result is not None:
            self._passing = True
            self._inserter.tell(self._scope, page.result)
        for message in messages:
            await self._send(message)


async def _nothing() -> None:
    """What a held message is answered with."""


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


def _without_files(scope: Scope) -> dict[str, Any]:
    extensions = scope.get("extensions")
    if not extensions or _FILE_EXTENSIONS.isdisjoint(extensions):
        return {}
    if _NO_PAGE.search(scope["path"]):
        return {}
    kept = {name: value for name, value in extensions.items() if name not in _FILE_EXTENSIONS}
    return {"extensions": kept}


def _is_fetched(headers: RequestHeaders) -> bool:
    """Whether a script asked for the page, to put pieces of it into another."""
    if b"hx-request" in headers and b"hx-boosted" not in headers:
        return True
    return headers.get(b"sec-fetch-dest") == b"empty"
