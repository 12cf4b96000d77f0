"""One request's response: what passes, what is held for a while, and what is changed."""

import re
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any

from evenhand.insertion.headers import Answer, media_type, not_modified
from evenhand.insertion.ordinary import NO_HTML, UNUSUAL
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
_REPLACED = frozenset(("headers", "extensions"))
# Without any of these, nothing about an ordinary page depends on who asks.
_ASKED = frozenset((b"if-none-match", b"purpose", b"sec-purpose"))


class Response:
    """One request's response: passes messages on, or through a ``Page`` until it is settled.

    ``scope`` is what the app gets.
    """

    # All are set at once: what is looked up in the class instead costs every answer of the site.
    __slots__ = (
        "_asked",
        "_inserter",
        "_length_at",
        "_page",
        "_passing",
        "_path",
        "_revalidates",
        "_root",
        "_send",
        "_start",
        "scope",
    )

    def __init__(self, inserter: "Inserter", scope: Scope, send: Send) -> None:
        self._inserter = inserter
        self._send = send
        self.scope = scope
        # As they are now: to an app that it mounts, a router gives the same scope, changed.
        self._path: str = scope["path"]
        self._root: str = scope.get("root_path", "")
        self._asked = False  # whether the request has headers that its page may depend on
        self._revalidates = False  # whether the reader holds the page with our tag
        self._passing = False
        self._page: Page | None = None
        self._start: Message | None = None  # of an ordinary page whose body has not begun
        try:
            for name, _ in scope["headers"]:
                if name in _ASKED:
                    self._asked = True
            if self._asked:
                self._map_etags(scope)
            if "extensions" in scope:
                self.scope = _without_files(self.scope)
        except Exception as error:
            inserter.blame(error)

    def _map_etags(self, scope: Scope) -> None:
        """Let the app be asked about its own ETags."""
        apps = self._inserter.validators.apps
        headers = [
            (name, apps(value) if name == b"if-none-match" else value)
            for name, value in scope["headers"]
        ]
        if headers != [tuple(header) for header in scope["headers"]]:
            self._revalidates = True
            self.scope = {**scope, "headers": headers}

    @property
    def is_holding(self) -> bool:
        """Whether something of the app's waits for what comes next."""
        return self._start is not None or self._page is not None

    def added(self) -> Scope:
        """What the app may have added to its scope, where that isn't the server's own."""
        return {key: value for key, value in self.scope.items() if key not in _REPLACED}

    # Not a coroutine: a message that only passes costs one call and no frame of its own.
    def send(self, message: Message) -> Awaitable[None]:
        """The app's ``send``."""
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
        kind = b""
        try:
            if (ordinary := self._inserter.ordinary) is not None and not self._asked:
                at = ordinary.length_at(headers)
                if at == NO_HTML:
                    self._passing = True
                    return self._send(start)
                if at != UNUSUAL and self._is_ordinary(start["status"]):
                    self._start, self._length_at = start, at
                    return _nothing()
            for name, value in headers:
                # Names should be lower-case and are not always. The length costs least to compare.
                if len(name) == 12 and name.lower() == b"content-type":
                    kind = media_type(value)
                    break
            if kind or self._revalidates:
                start = self._open(kind, start, headers)
                if self._page is not None:
                    return _nothing()
        except Exception as error:
            self._inserter.blame(error)
            self._inserter.tell(self.scope, "fault")
        self._passing = True
        return self._send(start)

    def _open(self, kind: bytes, start: Message, headers: Sequence[Header]) -> Message:
        """Begin to hold an HTML page, or give the start message that can go out at once."""
        inserter = self._inserter
        if self._revalidates and start["status"] == 304:
            return {**start, "headers": not_modified(headers, inserter.validators)}
        if not kind:
            return start
        answer = Answer(start["status"], headers)
        request = self._request()
        reason: Result | None = "xhtml"
        nonce: str | None = ""
        if kind == b"html":
            reason = inserter.refusal(self._path_in_app(), dict(self.scope["headers"]), answer)
            nonce = answer.nonce(request.host)
        if reason is None and nonce is not None:
            self._page = Page(inserter.terms, request, start, answer, nonce)
            return start
        result = reason or "csp"
        start = inserter.terms.start(start, headers, result)
        inserter.tell(self.scope, result)
        return start

    def _is_ordinary(self, status: int) -> bool:
        if status != 200 or self.scope["method"] != "GET":
            return False
        inserter = self._inserter
        return not (inserter.excludes and inserter.is_excluded(self._path_in_app()))

    def _path_in_app(self) -> str:
        root = self._root
        return self._path[len(root) :] if root and self._path.startswith(root) else self._path

    def _request(self) -> Request:
        headers: RequestHeaders = dict(self.scope["headers"])
        purpose = headers.get(b"sec-purpose") or headers.get(b"purpose", b"")
        return Request(
            root_path=self._root,
            host=headers.get(b"host", b"").decode("latin-1"),
            is_head=self.scope["method"] == "HEAD",
            is_prefetch=purpose.lstrip().lower().startswith(b"prefetch"),
        )

    def _page_of(self, start: Message) -> Page:
        """An ordinary page for what isn't one after all."""
        answer = Answer(start["status"], start["headers"])
        return Page(self._inserter.terms, self._request(), start, answer, "")

    async def _follow(self, start: Message, message: Message) -> None:
        """An ordinary page's second message."""
        inserter, self._start = self._inserter, None
        result: Result = "inserted"
        try:
            assert inserter.ordinary is not None
            messages = inserter.ordinary.messages(start, self._length_at, message, self._root)
        except Exception as error:
            inserter.blame(error)
            messages, result = [start, message], "fault"
        if messages is None:
            self._page = self._page_of(start)
            await self._exchange(self._page, message)
            return
        self._passing = True
        inserter.tell(self.scope, result)
        for each in messages:
            await self._send(each)

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
            self._inserter.tell(self.scope, page.result)
        await self._send_each(messages)

    async def _send_each(self, messages: list[Message]) -> None:
        for message in messages:
            await self._send(message)


async def _nothing() -> None:
    """What a held message is answered with."""


def _without_files(scope: Scope) -> Scope:
    extensions = scope["extensions"]
    if not extensions or _FILE_EXTENSIONS.isdisjoint(extensions) or _NO_PAGE.search(scope["path"]):
        return scope
    kept = {name: value for name, value in extensions.items() if name not in _FILE_EXTENSIONS}
    return {**scope, "extensions": kept}
