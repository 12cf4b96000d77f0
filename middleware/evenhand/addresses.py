"""Whose request it is: the peer's word, or what trusted proxies say. Pure."""

import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

MAX_HOPS = 16  # entries of X-Forwarded-For that are looked at, from the right

_MAPPED = bytes(10) + b"\xff\xff"  # an IPv4 address as a dual-stack socket shows it


@dataclass(frozen=True, slots=True)
class Proxies:
    """The peers whose forwarding headers are believed: networks, and perhaps Unix sockets."""

    networks: tuple[Network, ...] = ()
    unix: bool = False
    _masks: tuple[tuple[int, int, int], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        masks = tuple(
            (network.max_prefixlen, int(network.netmask), int(network.network_address))
            for network in self.networks
        )
        object.__setattr__(self, "_masks", masks)

    def __bool__(self) -> bool:
        return self.unix or bool(self.networks)

    def trust(self, peer: str) -> bool:
        """Whether a peer is one of them. One without an address is at a Unix socket."""
        octets = packed(peer)
        return self.unix if octets is None else self.own(octets)

    def own(self, octets: bytes) -> bool:
        """Whether an address is one of theirs."""
        number, size = int.from_bytes(octets), len(octets) * 8
        return any(size == wanted and number & mask == base for wanted, mask, base in self._masks)


def packed(text: str) -> bytes | None:
    """The 4 or 16 bytes of an address, with or without a port; None of anything else."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        if ":" not in text:
            return socket.inet_pton(socket.AF_INET, text)
        octets = socket.inet_pton(socket.AF_INET6, text)
    except (OSError, ValueError):  # the latter: a NUL, or what is not ASCII
        return None
    return octets[12:] if octets.startswith(_MAPPED) else octets


def reader_of(peer: str, forwarded: str, proxies: Proxies) -> bytes | None:
    """A reader's address in bytes, or None where nobody can tell it.

    ``forwarded`` is X-Forwarded-For, all its lines joined by commas. A peer that is trusted
    appended its own peer on the right; whatever stands to the left of the first address that is
    nobody's proxy may be invented. Where no proxy is declared, a header that says something else
    than the peer means either an undeclared proxy or a lie: then the peer is not believed to be
    the reader either. (A server that has walked the header itself, as uvicorn does, leaves both
    alike.)
    """
    own = packed(peer)
    if not proxies:
        return own if not forwarded or packed(forwarded) == own else None
    if not forwarded or not proxies.trust(peer):
        return own
    found = own
    for hop in reversed(forwarded.rsplit(",", MAX_HOPS)[-MAX_HOPS:]):
        found = packed(hop)
        if found is None or not proxies.own(found):
            break
    return found


def peer_of(scope: Mapping[str, Any]) -> str:
    """The address that a request comes from; empty at a Unix socket."""
    client = scope.get("client")
    return (client[0] or "") if client else ""


def prefix(octets: bytes) -> bytes:
    """The part of an address that one household or office has: /24 of IPv4, /56 of IPv6."""
    return octets[:3] if len(octets) == 4 else octets[:7]


def is_loopback(hostname: str) -> bool:
    """Whether a host name means this very machine."""
    if hostname in ("localhost", "[::1]"):
        return True
    octets = packed(hostname)
    return octets is not None and len(octets) == 4 and octets[0] == 127


def is_public(octets: bytes) -> bool:
    """Whether it is an address on the internet: not loopback, private, shared or reserved."""
    return ipaddress.ip_address(octets).is_global
