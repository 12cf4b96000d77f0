"""Whose request it is: forwarding headers count from trusted peers only, and from the right."""

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.addresses import (
    MAX_HOPS,
    Proxies,
    is_loopback,
    is_public,
    packed,
    peer_of,
    prefix,
    reader_of,
)

NGINX = Proxies((ipaddress.ip_network("127.0.0.0/8"),))
EDGE = Proxies(
    (ipaddress.ip_network("127.0.0.1"), ipaddress.ip_network("173.245.48.0/20")), unix=True
)
READER = "93.184.216.34"


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "reader"),
    [
        pytest.param(READER, "", Proxies(), READER, id="no proxy"),
        pytest.param(READER, READER, Proxies(), READER, id="the server walked the header"),
        pytest.param(READER, "8.8.8.8", Proxies(), None, id="a proxy not declared, or a lie"),
        pytest.param("10.0.0.7", READER, Proxies(), None, id="an ingress not declared"),
        pytest.param(READER, "8.8.8.8", NGINX, READER, id="a lie to a server with proxies"),
        pytest.param("127.0.0.1", READER, NGINX, READER, id="nginx"),
        pytest.param("::ffff:127.0.0.1", READER, NGINX, READER, id="a dual-stack socket"),
        pytest.param("127.0.0.1", f"8.8.8.8, {READER}", NGINX, READER, id="a lie through nginx"),
        pytest.param("127.0.0.1", f"{READER}, 173.245.48.9", EDGE, READER, id="a CDN and nginx"),
        pytest.param("127.0.0.1", f"{READER}:50111", NGINX, READER, id="with a port"),
        pytest.param("127.0.0.1", "[2600:9000::1]:443", NGINX, "2600:9000::1", id="IPv6 and port"),
        pytest.param("", READER, EDGE, READER, id="a Unix socket"),
        pytest.param("", READER, NGINX, None, id="a Unix socket not declared"),
        pytest.param("", "", EDGE, None, id="a Unix socket, and nothing said"),
        pytest.param("127.0.0.1", "unknown", NGINX, None, id="a proxy that won't tell"),
        pytest.param("127.0.0.1", "", NGINX, "127.0.0.1", id="nginx itself"),
        pytest.param("127.0.0.1", "127.0.0.2", NGINX, "127.0.0.2", id="proxies all along"),
    ],
)
def test_a_reader_is_found_from_the_right(
    peer: str, forwarded: str, proxies: Proxies, reader: str | None
) -> None:
    assert reader_of(peer, forwarded, proxies) == (packed(reader) if reader else None)


octets = st.one_of(
    st.ip_addresses(), st.text(max_size=40), st.sampled_from(["", "unix", "_x", "1"])
)
hostile = st.lists(octets, max_size=40).map(lambda parts: ",".join(map(str, parts)))


@given(hostile, st.ip_addresses(v=4).filter(lambda ip: str(ip)[:4] != "127."))
def test_whatever_a_reader_sends_the_proxys_word_decides(lie: str, reader: object) -> None:
    """A proxy appends the address of whoever spoke to it."""
    forwarded = f"{lie}, {reader}" if lie else str(reader)
    assert reader_of("127.0.0.1", forwarded, NGINX) == packed(str(reader))


@given(hostile, st.ip_addresses())
def test_an_untrusted_peers_header_changes_nothing(lie: str, peer: object) -> None:
    assert reader_of(str(peer), lie, NGINX) == packed(str(peer)) or NGINX.trust(str(peer))


@given(hostile, st.text(max_size=40), st.sampled_from([Proxies(), NGINX, EDGE]))
def test_nothing_raises_and_an_address_is_an_address(
    forwarded: str, peer: str, proxies: Proxies
) -> None:
    found = reader_of(peer, forwarded, proxies)
    assert found is None or len(found) in (4, 16)


def test_a_chain_without_end_is_walked_so_far_and_no_further() -> None:
    chain = ",".join(["8.8.8.8", *["127.0.0.1"] * MAX_HOPS])
    assert reader_of("127.0.0.1", chain, NGINX) == packed("127.0.0.1")
    chain = ",".join([*["8.8.8.8"] * 40, READER, "127.0.0.1"])
    assert reader_of("127.0.0.1", chain, NGINX) == packed(READER), "however long the lie"


@given(st.ip_addresses())
def test_an_address_is_read_as_the_standard_library_does(address: object) -> None:
    known = ipaddress.ip_address(str(address))
    mapped = known.ipv4_mapped if isinstance(known, ipaddress.IPv6Address) else None
    assert packed(str(address)) == (mapped or known).packed


@pytest.mark.parametrize(
    "text", ["", "a", "1.2.3", "01.2.3.4", "1.2.3.4.5", "::1%eth0", "1\0", "é"]
)
def test_anything_else_is_no_address(text: str) -> None:
    assert packed(text) is None


def test_a_prefix_is_what_a_household_or_an_office_has() -> None:
    one, two = packed("2600:9000:1:2ff::1"), packed("2600:9000:1:200:5::9")
    other = packed("2600:9000:1:300::1")
    assert one is not None
    assert two is not None
    assert other is not None
    assert prefix(one) == prefix(two) != prefix(other)
    assert prefix(socket.inet_aton(READER)) == prefix(socket.inet_aton("93.184.216.200"))


@pytest.mark.parametrize(
    ("address", "public"),
    [
        (READER, True),
        ("10.1.2.3", False),
        ("127.0.0.1", False),
        ("100.64.0.1", False),
        ("2600:9000::1", True),
        ("fd00::1", False),
        ("fe80::1", False),
        ("::1", False),
    ],
)
def test_public_addresses(address: str, public: bool) -> None:
    octets = packed(address)
    assert octets
    assert is_public(octets) is public


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.1", "[::1]"])
def test_names_of_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "127.evil.example", "localhost.evil.example", "128.0.0.1"])
def test_names_of_others(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("client", "peer"),
    [((READER, 50_000), READER), (("", 0), ""), ((None, None), ""), (None, "")],
)
def test_a_peer_is_the_connections_other_end(client: object, peer: str) -> None:
    assert peer_of({"client": client}) == peer
    assert peer_of({}) == ""
