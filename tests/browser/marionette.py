"""Firefox with its toolbar: what WebDriver BiDi keeps from tests, Firefox's own protocol allows.

It opens an extension's own pages, so that a test can do with a blocker what its reader does.
The protocol: https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .servers import free_port

PATIENCE = 60  # seconds for Firefox to start, or for what a test waits for
UBO = "uBlock0@raymondhill.net"
UUID = "5d9f6a3c-2f0e-4b57-9d86-0a1c3e5b7f90"  # any: it only has to be known
PREFS: dict[str, Any] = {
    "extensions.webextensions.uuids": json.dumps({UBO: UUID}),
    "extensions.enabledScopes": 1,
    # As in browsers.mjs: nothing but this machine is reached, so that no list is updated.
    "network.dns.forceResolve": "127.0.0.1",
    "network.proxy.type": 0,
    "network.trr.mode": 5,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "app.normandy.enabled": False,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "browser.shell.checkDefaultBrowser": False,
}


class MarionetteError(Exception):
    """Firefox refused a command, or did not do it in time."""


class Marionette:
    """A connection to a running Firefox."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection, self._buffer, self._number = connection, b"", 0
        self._received()  # its greeting
        self.send("WebDriver:NewSession", capabilities={"pageLoadStrategy": "eager"})

    def send(self, command: str, **params: Any) -> Any:
        """Carries out one command and answers with its value."""
        self._number += 1
        text = json.dumps([0, self._number, command, params]).encode()
        self._connection.sendall(b"%d:%s" % (len(text), text))
        _, _, error, result = self._received()
        if error:
            raise MarionetteError(f"{command}: {error['error']}: {error['message']}")
        return result["value"] if isinstance(result, dict) and "value" in result else result

    def _received(self) -> Any:
        while b":" not in self._buffer:
            self._more()
        length, _, self._buffer = self._buffer.partition(b":")
        while len(self._buffer) < int(length):
            self._more()
        text, self._buffer = self._buffer[: int(length)], self._buffer[int(length) :]
        return json.loads(text)

    def _more(self) -> None:
        piece = self._connection.recv(65536)
        if not piece:
            raise MarionetteError("Firefox has closed the connection")
        self._buffer += piece

    def run(self, script: str, *args: Any) -> Any:
        """Runs a script's body in the page; its global is the page's own."""
        return self.send("WebDriver:ExecuteScript", script=script, args=list(args), sandbox=None)

    def until(self, script: str, what: str) -> Any:
        """Runs a script in the page until it answers with something true."""
        return wait_for(lambda: self.run(script), what)

    def privileged(self, script: str) -> Any:
        """Runs a script's body with Firefox's own rights."""
        self.send("Marionette:SetContext", value="chrome")
        try:
            return self.send("WebDriver:ExecuteScript", script=script, args=[])
        finally:
            self.send("Marionette:SetContext", value="content")


def wait_for(look: Callable[[], Any], what: str) -> Any:
    """What ``look`` answers, once it is something true."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.1)
    raise MarionetteError(f"{what} did not come about in {PATIENCE} s")


@contextmanager
def firefox_with(extension: str, executable: str) -> Iterator[Marionette]:
    """Firefox without a window, with an unpacked extension."""
    port = free_port()
    prefs = PREFS | {"marionette.port": port}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        profile = Path(home, "profile")
        profile.mkdir()
        lines = (f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in prefs.items())
        (profile / "user.js").write_text("\n".join(lines))
        command = [executable, "--headless", "--no-remote", "--profile", str(profile)]
        process = subprocess.Popen(
            [*command, "--marionette", "--remote-allow-system-access"],
            env={**os.environ, "HOME": home},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            connection = wait_for(lambda: _connected(port), "Firefox")
            connection.settimeout(PATIENCE)
            with connection:
                firefox = Marionette(connection)
                firefox.send("Addon:Install", path=extension, temporary=True)
                yield firefox
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _connected(port: int) -> socket.socket | None:
    try:
        return socket.create_connection(("127.0.0.1", port), timeout=2)
    except OSError:
        return None


def executable() -> str | None:
    """Where Firefox is on this machine, as the harness finds it."""
    return (
        os.environ.get("EVENHAND_FIREFOX") or shutil.which("firefox-esr") or shutil.which("firefox")
    )


def blocker() -> str | None:
    """Where uBlock Origin is on this machine."""
    places = (
        f"/usr/share/mozilla/extensions/{{ec8030f7-c20a-464f-9b0e-13a3a9e97384}}/{UBO}",
        "/usr/share/webext/ublock-origin-firefox",
    )
    given = os.environ.get("EVENHAND_UBO")
    return given or next((place for place in places if Path(place).exists()), None)
