"""One request's response: what passes, what is held for a while, and what is changed."""

import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any

from evenhand.insertion.headers import Answer, media_type, not_modified
from evenhand.insertion.page import Message, Page, Request
from evenhand.insertion.validators import Header
from evenhand.vocabulary import Result

if TYPE_CHECKING:
    from evenhand.insertion.responder import Inserter

Scope = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
RequestHeaders = dict[bytes, bytes]

# A file that the server sends by itself never passes through us.
_FILE_EXTENSIONS = frozenset(("http.response.pathsend", "http.response.zerocopysend"))
_NO_PAGE = re.compile(
    r"\.(?:avif|css|gif|gz|ico|jpe?g|m?js|json|map|mp[34]|otf|pdf|png|svg|ttf|txt|wasm|web[mp]"
    r"|woff2?|xml|zip)$",
    re.IGNORECASE,
)
# Without any of these, nothing about an ordinary page depends on who asks.
_ASKED = frozenset((b"if-none-match", b"purpose", b"sec-purpose"))


class Response:
    """One request's response: passes messages on, or through a ``Page`` until it is settled."""

    # Values that most requests never change.
    is_holding = False
    _is_special = True  # whether the request says something that its page may depend on
    _headers: RequestHeaders | Iterable[Header] = ()
    _revalidated = False
    _passing = False
    _page: Page | None = None
    _start: Message | None = None  # of an ordinary page whose body has not begun
    _length_at = 0

    def __init__(self, inserter: "Inserter", scope: Scope, send: Send) -> None:
        self._inserter = inserter
        self._scope = self.scope = scope
        self._send = send
        # As they are now: to an app that it mounts, a router gives the same scope, changed.
        self._path: str = scope["path"]
        self._root: str = scope.get("root_path", "")
        try:
            headers = scope["headers"]
            for name, _ in headers:
                if name in _ASKED:
                    break
            else:
                self._is_special = scope["method"] != "GET"
            if self._is_special or scope.get("extensions"):
                self.scope = self._changed(scope)
            else:
                self._headers = headers
        except Exception as error:
            inserter.blame(error)

    def _changed(self, scope: Scope) -> Scope:
        """The very same scope, or a copy if the app must not see it as it is."""
        headers: RequestHeaders = dict(scope["headers"])
        self._headers = headers
        changed = _without_files(scope)
        if b"if-none-match" in headers:
            changed |= self._with_apps_etags()
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
        if self._start is not None:
            return self._follow(self._start, message)
        if self._page is not None:
            return self._exchange(self._page, message)
        if message["type"] == "http.response.start":
            return self._begin(message)
        return self._send(message)

    async def release(self) -> None:
        """Send what is still held."""
        self.is_holding = False
        if self._start is not None:
            self._page, self._start = self._page_of(self._start), None
        if self._page is not None:
            page, self._page = self._page, None
            await self._send_all(page, page.leave("no_place"))

    def _begin(self, start: Message) -> Awaitable[None]:
        headers: Sequence[Header] = start.get("headers", ())
        if not isinstance(headers, (list, tuple)):  # a generator can be read once
            headers = list(headers)
            start = {**start, "headers": headers}
        try:
            kind = media_type(headers)
            if kind or self._revalidated:
                start = self._open(kind, start, headers)
        except Exception as error:
            self._inserter.blame(error)
            self._inserter.tell(self._scope, "fault")
        if self.is_holding:
            return _nothing()
        self._passing = True
        return self._send(start)

    def _open(self, kind: bytes, start: Message, headers: Sequence[Header]) -> Message:
        """Begin to hold an HTML page, or give the start message that can go out at once."""
        inserter = self._inserter
        if self._revalidated and start["status"] == 304:
            return {**start, "headers": not_modified(headers, inserter.validators)}
        if not kind:
            return start
        if kind == b"html" and self._is_ordinary(start, headers):
            self._start, self.is_holding = start, True
            return start
        answer = Answer(start["status"], headers)
        request = self._request()
        reason: Result | None = "xhtml"
        nonce: str | None = ""
        if kind == b"html":
            reason = inserter.refusal(self._path_in_app(), dict(self._headers), answer)
            nonce = answer.nonce(request.host)
        if reason is None and nonce is not None:
            self._page = Page(inserter.terms, request, start, answer, nonce)
            self.is_holding = True
            return start
        result = reason or "csp"
        start = inserter.terms.start(start, headers, result)
        inserter.tell(self._scope, result)
        return start

    def _is_ordinary(self, start: Message, headers: Sequence[Header]) -> bool:
        inserter = self._inserter
        if self._is_special or inserter.ordinary is None:
            return False
        if inserter.excludes and inserter.is_excluded(self._path_in_app()):
            return False
        length_at = inserter.ordinary.length_at(start["status"], headers)
        if length_at is None:
            return False
        self._length_at = length_at
        return True

    def _path_in_app(self) -> str:
        root = self._root
        return self._path[len(root) :] if root and self._path.startswith(root) else self._path

    def _request(self) -> Request:
        headers = dict(self._headers)
        purpose = headers.get(b"sec-purpose") or headers.get(b"purpose", b"")
        return Request(
            root_path=self._root,
            host=headers.get(b"host", b"").decode("latin-1"),
            is_head=self._scope["method"] == "HEAD",
            is_prefetch=purpose.lstrip().lower().startswith(b"prefetch"),
        )

    def _page_of(self, start: Message) -> Page:
        """An ordinary page for what isn't one after all."""
        answer = Answer(start["status"], start["headers"])
        return Page(self._inserter.terms, self._request(), start, answer, "")

    def _follow(self, start: Message, message: Message) -> Awaitable[None]:
        """An ordinary page's second message."""
        inserter, self._start = self._inserter, None
        result: Result = "inserted"
        try:
            assert inserter.ordinary is not None
            messages = inserter.ordinary.messages(start, self._length_at, message, self._root)
            if messages is None:
                self._page = self._page_of(start)
                return self._exchange(self._page, message)
        except Exception as error:
            inserter.blame(error)
            messages, result = [start, message], "fault"
        self.is_holding, self._passing = False, True
        inserter.tell(self._scope, result)
        return self._send_each(messages)

    async def _exchange(self, page: Page, message: Message) -> None:
        try:
            messages = page.take(message)
        except Exception as error:
            self._inserter.blame(error)
            messages = page.leave("fault", message)
        if page.result is not None:
            self._page, self.is_holding = None, False
        await self._send_all(page, messages)

    async def _send_all(self, page: Page, messages: list[Message]) -> None:
        if page.result is not None:
            self._passing = True
            self._inserter.tell(self._scope, page.result)
        await self._send_each(messages)

    async def _send_each(self, messages: list[Message]) -> None:
        for message in messages:
            await self._send(message)


async def _nothing() -> None:
    """What a held message is answered with."""


def _without_files(scope: Scope) -> dict[str, Any]:
    extensions = scope.get("extensions")
    if not extensions or _FILE_EXTENSIONS.isdisjoint(extensions):
        return {}
    if _NO_PAGE.search(scope["path"]):
        return {}
    kept = {name: value for name, value in extensions.items() if name not in _FILE_EXTENSIONS}
    return {"extensions": kept}
