"""One request's response: what passes, what is held for a while, and what is changed."""

import re
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
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
_REPLACED = frozenset(("headers", "extensions"))


def named_host(_: Scope, headers: RequestHeaders) -> str:
    """The host of a request where nobody forwards another."""
    return headers.get(b"host", b"").decode("latin-1")


async def nothing() -> None:
    """What a held message is answered with: a coroutine, as of any server's ``send``."""


class Response:
    """One request's response: passes messages on, or through a ``Page`` until it is settled.

    ``path`` and ``root_path`` are the request's own; ``scope`` is what the app gets.
    """

    waits = True  # `release` may have something to send

    def __init__(
        self, inserter: "Inserter", scope: Scope, send: Send, path: str, root_path: str
    ) -> None:
        self._inserter = inserter
        self._send = send
        self.scope = scope
        self._path, self._root = path, root_path
        self._revalidates = False  # whether the reader holds the page with our tag
        self._passing = False
        self._page: Page | None = None
        try:
            self._map_etags(scope)
            self.scope = without_files(self.scope)
        except Exception as error:
            inserter.blame(error)

    def _map_etags(self, scope: Scope) -> None:
        """Let the app be asked about its own ETags."""
        if not any(name == b"if-none-match" for name, _ in scope["headers"]):
            return
        apps = self._inserter.validators.apps
        headers = [
            (name, apps(value) if name == b"if-none-match" else value)
            for name, value in scope["headers"]
        ]
        if headers != [tuple(header) for header in scope["headers"]]:
            self._revalidates = True
            self.scope = {**scope, "headers": headers}

    def send(self, message: Message) -> Awaitable[None]:
        """The app's ``send``."""
        if self._passing:
            return self._send(message)
        if self._page is not None:
            return self._exchange(self._page, message)
        if message["type"] == "http.response.start":
            return self._begin(message)
        return self._send(message)

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
        kind = b""
        try:
            for name, value in headers:
                # Names should be lower-case and are not always. The length costs least to compare.
                if len(name) == 12 and name.lower() == b"content-type":
                    kind = media_type(value)
                    break
            if kind or self._revalidates:
                start = self._open(kind, start, headers)
                if self._page is not None:
                    return nothing()
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
        headers_of_request: RequestHeaders = dict(self.scope["headers"])
        request = self._request(headers_of_request)
        reason: Result | None = "xhtml"
        nonce: str | None = ""
        if kind == b"html":
            reason = inserter.refusal(self._path, self._root, headers_of_request, answer)
            nonce = answer.nonce(request.host)
        if reason is None and nonce is not None:
            self._page = Page(inserter.terms, request, start, answer, nonce)
            return start
        result = reason or "csp"
        start = inserter.terms.start(start, headers, result)
        inserter.tell(self.scope, result)
        return start

    def _request(self, headers: RequestHeaders) -> Request:
        purpose = headers.get(b"sec-purpose") or headers.get(b"purpose", b"")
        return Request(
            root_path=self._root,
            host=self._inserter.host_of(self.scope, headers),
            is_head=self.scope["method"] == "HEAD",
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
            self._inserter.tell(self.scope, page.result)
        await self._send_each(messages)

    async def _send_each(self, messages: list[Message]) -> None:
        for message in messages:
            await self._send(message)


def added(scope: Scope) -> Scope:
    """What the app may have added to its scope, where that isn't the server's own."""
    return {key: value for key, value in scope.items() if key not in _REPLACED}


def without_files(scope: Scope) -> Scope:
    """The scope of an app that can't hand a file to the server, where a page may be asked for."""
    extensions = scope.get("extensions")
    if not extensions or _FILE_EXTENSIONS.isdisjoint(extensions) or _NO_PAGE.search(scope["path"]):
        return scope
    kept = {name: value for name, value in extensions.items() if name not in _FILE_EXTENSIONS}
    return {**scope, "extensions": kept}
