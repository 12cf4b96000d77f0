"""What readers wait for a page at half the rate that the bare app can do."""

import statistics
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.load.drive import Answer, Drive
from benchmarks.load.mix import AGENT, request
from benchmarks.load.servers import serving

CONNECTIONS = 32
WORSE, WORSE_MS = 0.10, 2.0  # that a page's p99 may be worse, whichever is more

_PAGE = request("GET", "/", {"User-Agent": AGENT, "Accept": "text/html"})


def _following() -> tuple[str, bytes]:
    return "page", _PAGE


def _run(drive: Drive, seconds: float, pace: float = 0.0) -> list[float]:
    """The seconds of each answer."""
    heard: list[float] = []

    def hear(answer: Answer) -> None:
        heard.append(answer.seconds)

    drive.run(seconds, _following, hear, pace)
    return heard


def compared(rounds: int, seconds: float) -> tuple[list[str], list[str]]:
    """What is told, and what is wrong. Both servers run all the time and are asked in turns."""
    with (
        TemporaryDirectory(prefix="evenhand-load-") as folder,
        serving("bare") as bare,
        serving("ours", Path(folder)) as ours,
    ):
        drives = {"bare": Drive(bare.port, CONNECTIONS), "ours": Drive(ours.port, CONNECTIONS)}
        highest = {name: len(_run(drive, seconds)) / seconds for name, drive in drives.items()}
        pace = highest["bare"] / 2
        p99: dict[str, list[float]] = {name: [] for name in drives}
        for number in range(rounds):
            # In opposite orders, so that drift hits both alike.
            for name in list(drives)[:: 1 if number % 2 == 0 else -1]:
                found = _run(drives[name], seconds, pace)
                p99[name].append(statistics.quantiles(found, n=100)[-1] * 1000)
        for drive in drives.values():
            drive.close()
    middle = {name: statistics.median(found) for name, found in p99.items()}
    lines = [
        f"Pages of 10 KB alone: at most {highest['bare']:,.0f} a second bare,"
        f" {highest['ours']:,.0f} with us.",
        f"  At half the bare app's rate, {pace:,.0f} a second, p99 (median of {rounds} rounds of"
        f" {seconds:g} s): {middle['bare']:.2f} ms bare, {middle['ours']:.2f} ms with us",
    ]
    bound = middle["bare"] + max(WORSE * middle["bare"], WORSE_MS)
    wrong = [] if middle["ours"] <= bound else [f"p99 of pages is above {bound:.2f} ms"]
    return lines, wrong
