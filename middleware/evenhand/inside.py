"""What the app knows of itself and no answer shows: for ``evenhand doctor``, behind a login."""

import os
import platform
from collections.abc import Callable

import msgspec

from evenhand.record import Record
from evenhand.requests import Request
from evenhand.settings import Settings
from evenhand.statedir import file_system_at
from evenhand.version import __version__


class Inside(msgspec.Struct, frozen=True):
    """One worker's look at itself and at the counts that it shares. Nothing about a reader."""

    software: str
    clock: float  # Unix seconds
    machine: str  # its host name
    worker: int  # the process's id
    host: str  # the Host that this request came with, as the app saw it
    site: str  # the site that this Host stands for
    html_cached: bool
    store: str  # the scheme of the history's URL; empty for SQLite in the folder
    shared: bool  # whether a folder holds the counts
    file_system: str  # of that folder; empty where there is none, or nothing tells
    degraded: str  # why the folder that was given is not used; empty where it is
    received: int  # pair hits and reports, of all workers that share the folder
    bot_hits: int  # of the counted pair, by bots such as doctor
    dropped: dict[str, int]  # refused reports by reason
    faults: dict[str, int]  # faults of ours by step


def look(settings: Settings, record: Record, request: Request, clock: Callable[[], float]) -> bytes:
    """The answer's body; it reads the host's counts, so call it in a thread."""
    snapshot = record.snapshot()
    faults: dict[str, int] = {}
    bot_hits = 0
    for key, n in snapshot.totals.items():
        if key.kind == "fault":
            faults[key.value] = faults.get(key.value, 0) + n
        elif key.kind == "pair" and key.browser == "bot":
            bot_hits += n
    return msgspec.json.encode(
        Inside(
            software=f"Evenhand {__version__}",
            clock=clock(),
            machine=platform.node(),
            worker=os.getpid(),
            host=request.host,
            site=request.site,
            html_cached=settings.html_cached,
            store=(settings.store or "").partition(":")[0],
            shared=record.folder is not None,
            file_system=(record.folder and file_system_at(record.folder)) or "",
            degraded=record.degraded or "",
            received=snapshot.law.received,
            bot_hits=bot_hits,
            dropped=dict(snapshot.law.dropped),
            faults=faults,
        )
    )
