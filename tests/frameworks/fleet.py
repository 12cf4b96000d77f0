"""The servers of this directory: each is started once, when a test first asks for it."""

import importlib.util
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest
from tests.apps import READER
from tests.browser.servers import Server, serving

TAG = re.compile(rb"<script defer [^>]*data-evenhand[^>]*></script>")
UVICORN = ("uvicorn", "--port", "{port}", "--http", "httptools")
COMMANDS = {
    "httptools": UVICORN,
    "h11": ("uvicorn", "--port", "{port}", "--http", "h11"),
    "granian": ("granian", "--interface", "asgi", "--port", "{port}"),
    "hypercorn": ("hypercorn", "--bind", "127.0.0.1:{port}"),
}


class Fleet:
    """Running servers, by what they run."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._running: dict[tuple[str, ...], Server] = {}

    def server(
        self, app: str, on: str = "httptools", *options: str, off: bool = False, ready: str = "/"
    ) -> Server:
        """The server that runs an app of this directory; ``off``: without us."""
        key = (app, on, *options, str(off))
        if key not in self._running:
            command = COMMANDS[on]
            for package in (command[0], app.removesuffix("_app")):
                if package != "composed" and importlib.util.find_spec(package) is None:
                    pytest.skip(f"{package} is not installed")
            env = {"EVENHAND_OFF": "1"} if off else {}
            running = serving(
                "-m", *command, *options, f"tests.frameworks.{app}:app", env=env, ready=ready
            )
            self._running[key] = self._stack.enter_context(running)
        return self._running[key]


@contextmanager
def client(server: Server, host: str = "") -> Iterator[httpx.Client]:
    """A reader's browser; ``host`` is the name in its address bar."""
    headers = {**READER, "accept-encoding": "identity"}
    if host:
        headers["host"] = f"{host}.localhost"
    url = server.at("127.0.0.1", "")
    with httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=8) as reader:
        yield reader


def without_tag(page: bytes) -> bytes:
    """The page without our tag, of which it must have exactly one."""
    assert len(TAG.findall(page)) == 1
    return TAG.sub(b"", page)


def source(page: bytes) -> str:
    """Where a page's tag has our script from."""
    (tag,) = TAG.findall(page)
    found = re.search(rb'src="([^"]*)"', tag)
    assert found is not None
    return found[1].decode()


def headers(answer: httpx.Response, *but: str) -> list[tuple[str, str]]:
    """An answer's headers in their order, but for what each answer has of its own."""
    ignored = {"date", "server", *but}
    return [(name, value) for name, value in answer.headers.multi_items() if name not in ignored]


def watched(reader: httpx.Client) -> dict[str, Any]:
    """What the wrapper around the app has seen."""
    seen: dict[str, Any] = reader.get("/watch").json()
    return seen
