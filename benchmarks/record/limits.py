"""What it costs to ask whether a hit counts, in the process."""

import time
import timeit
from collections.abc import Callable
from ipaddress import ip_network

from benchmarks.figures import Figures

from evenhand.addresses import Proxies
from evenhand.limits import CONTROL, Limits

_TIMES = 50_000


def admit_us() -> tuple[list[str], Figures]:
    """For an address seen within seconds, and for one whose prefix is known; through a proxy."""
    proxies = Proxies((ip_network("127.0.0.0/8"),))
    limits = Limits(1_000_000, proxies, ["site"], time.monotonic)
    source = ("127.0.0.1", b"93.184.216.34")

    def known() -> None:
        limits._recent.clear()
        limits.admits("site", source, CONTROL)

    def microseconds(call: Callable[[], object]) -> float:
        return (
            min(timeit.repeat(call, timer=time.process_time, number=_TIMES, repeat=9))
            / _TIMES
            * 1e6
        )

    again = microseconds(lambda: limits.admits("site", source, CONTROL))
    first = microseconds(known)
    told = [f"whether a hit counts: {again:.2f} us, {first:.2f} us for an address not seen lately"]
    return told, {"admit_us": round(again, 2), "admit_first_us": round(first, 2)}
