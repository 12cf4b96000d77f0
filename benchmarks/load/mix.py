"""What arrives: pages, pairs, reports, notices, scrapes, and clients that mean no good."""

import json
from dataclasses import dataclass
from random import Random

P = "/reader-support"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
VARIANTS = 4096  # requests of each kind that are made beforehand: one of each network of readers


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of request: how many of 1,000, and whether its answer stands for something that
    the account of what was received must hold."""

    name: str
    share: int
    counted: bool = False
    status: int = 204


KINDS = (
    Kind("page", 330, status=200),
    Kind("bait", 170, counted=True, status=200),
    Kind("control", 220, counted=True, status=200),
    Kind("report", 160, counted=True),
    Kind("blocked report", 40, counted=True),
    Kind("notice", 20, status=0),  # 200, or 204 with a reason
    Kind("scrape", 1, status=200),
    Kind("flooded control", 20, counted=True, status=200),
    Kind("random agent", 15, counted=True, status=200),
    Kind("forged origin", 8, counted=True),
    Kind("malformed report", 8, counted=True),
    Kind("huge report", 8, counted=True),
)


def evenly() -> list[str]:
    """The names of 1,000 requests: each kind comes at even distances, as page views bring them."""
    places = ((place + 0.5, kind) for kind in KINDS for place in range(kind.share))
    return [kind.name for place, kind in sorted(places, key=lambda at: at[0] / at[1].share)]


def requests(chance: Random) -> dict[str, list[bytes]]:
    """Some requests of each kind, ready to be sent."""
    return {
        kind.name: [_made(kind.name, number, chance) for number in range(VARIANTS)]
        for kind in KINDS
    }


def _made(kind: str, number: int, chance: Random) -> bytes:
    address = f"20.{number // 256}.{number % 256}.7"
    headers = {"User-Agent": AGENT, "Sec-Fetch-Site": "same-origin", "X-Forwarded-For": address}
    bait, control = f"{P}/pair/ads728x90.gif", f"{P}/pair/zx728q90.gif"
    match kind:
        case "page":
            return request("GET", "/", headers)
        case "bait":
            return request("GET", bait, headers)
        case "control":
            return request("GET", control, headers)
        case "flooded control":  # behind what it says of itself stands one address
            lie = {"X-Forwarded-For": f"{address}, 93.184.216.34"}
            return request("GET", control, headers | lie)
        case "random agent":
            agent = {"User-Agent": f"Mozilla/5.0 (X11) Firefox/{chance.random()}"}
            return request("GET", control, headers | agent)
        case "notice":
            return request("GET", f"{P}/notice?v=1&verdict=blocked&signs=&path=/", headers)
        case "scrape":
            return request("GET", "/metrics/", headers)
        case "forged origin":
            foreign = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
            return request("POST", f"{P}/outcome", headers | foreign, report("loaded"))
        case "malformed report":
            return request("POST", f"{P}/outcome", headers, b'{"v":1,"kind":' + b"[" * 400)
        case "huge report":
            return request("POST", f"{P}/outcome", headers, b" " * 100_000)
        case "blocked report":
            return request("POST", f"{P}/outcome", headers, report("blocked"))
        case _:
            return request("POST", f"{P}/outcome", headers, report("loaded"))


def report(verdict: str) -> bytes:
    """What probe.js sends."""
    word = "failed" if verdict == "blocked" else "loaded"
    signals = [f"{bait}_bait_{word}" for bait in ("image", "script", "style")]
    told = {"v": 1, "kind": "verdict", "site": "default", "verdict": verdict, "signals": signals}
    return json.dumps(told, separators=(",", ":")).encode()


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """A request's bytes."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if method == "POST":
        lines += ["Content-Type: text/plain", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body
