"""Readers of the drill: real requests, and reports by what came of them."""

import asyncio
import random
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from evenhand.baits import baits

P = "/reader-support"
AGENTS: Mapping[str, str] = {
    "chrome": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36",
    "firefox": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "safari": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.0 Safari/605.1.15",
}
SHARES: Mapping[str, float] = {"chrome": 0.45, "firefox": 0.45, "safari": 0.1}
USUAL: Mapping[str, float] = {"chrome": 0.2, "firefox": 0.3, "safari": 0.1}
TIMEOUT = 5.0  # seconds


@dataclass(slots=True)
class Readers:
    """The readers of one site, page view after page view, until they are cancelled."""

    site_port: int
    ads_port: int
    blocks: dict[str, float] = field(default_factory=lambda: dict(USUAL))
    rate: float = 40.0  # page views a second
    views: int = 0
    stop: bool = False

    async def read(self) -> None:
        """Page views at an even pace; each is a reader of their own."""
        loop = asyncio.get_running_loop()
        running: set[asyncio.Task[None]] = set()
        site, ads = Connections(self.site_port), Connections(self.ads_port)
        next_at = loop.time()
        while not self.stop:
            next_at = max(next_at + 1 / self.rate, loop.time() - 1)
            await asyncio.sleep(next_at - loop.time())
            task = loop.create_task(self._view(site, ads))
            running.add(task)
            task.add_done_callback(running.discard)
        await asyncio.gather(*running, return_exceptions=True)
        await site.close()
        await ads.close()

    async def _view(self, site: "Connections", ads: "Connections") -> None:
        browser = random.choices(list(SHARES), list(SHARES.values()))[0]
        agent, blocks = AGENTS[browser], random.random() < self.blocks[browser]
        pair = baits().pairs[0]
        await site.status(agent, "GET", "/")
        ad = not blocks and await ads.status(agent, "GET", "/adserve/tag.js") == 200
        bait = not blocks and await site.status(agent, "GET", f"{P}/pair/{pair.bait}") == 200
        if await site.status(agent, "GET", f"{P}/pair/{pair.control}") != 200:
            return
        await site.status(agent, "POST", f"{P}/outcome", report(bait=bait, ad=ad))
        self.views += 1


def report(*, bait: bool, ad: bool) -> bytes:
    """What probe.js would send."""
    signals = ["image_bait_loaded", "script_bait_loaded"]
    if not bait:
        signals = ["image_bait_failed", "script_bait_failed", "element_bait_failed"]
    signals.append("ad_rendered" if ad else "ad_tags_failed")
    verdict = "loaded" if ad else "blocked" if not bait else "blocked_probable"
    listed = ",".join(f'"{signal}"' for signal in signals)
    return f'{{"v":1,"kind":"verdict","verdict":"{verdict}","signals":[{listed}]}}'.encode()


class Connections:
    """Kept-alive connections to one port."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def status(self, agent: str, method: str, path: str, body: bytes = b"") -> int:
        """The status that a request is answered with; 0 where nobody answers."""
        head = (
            f"{method} {path} HTTP/1.1\r\nhost: gazette.example\r\nuser-agent: {agent}\r\n"
            f"sec-fetch-site: same-origin\r\ncontent-type: text/plain\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        )
        request = head.encode() + body
        # As browsers do: a kept connection that the server has closed is no failure yet.
        for connect in (self._kept, self._opened) if self._idle else (self._opened,):
            with suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
                async with asyncio.timeout(TIMEOUT):
                    return await self._asked(request, *await connect())
        return 0

    async def _kept(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return self._idle.pop()

    async def _opened(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self._port)

    async def _asked(
        self, request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> int:
        try:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            _, _, length = head.partition(b"content-length: ")
            if length:
                await reader.readexactly(int(length.partition(b"\r\n")[0]))
        except BaseException:
            writer.close()
            raise
        if b"connection: close" in head:
            writer.close()
        else:
            self._idle.append((reader, writer))
        return int(head.split(b" ", 2)[1])

    async def close(self) -> None:
        for _, writer in self._idle:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
