"""Decide which ICE candidates of a page the gateway may send to. Pure.

A candidate is an address that a stranger names. A gateway that sends to it unasked can be made to knock at third
parties and inside its private network, so where no STUN is needed no candidate is used at all: the page's own
connectivity check opens the way (RFC 8445, 7.3.1.3 and 7.3.1.4), as with ICE lite.
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Literal

Remote = Literal["auto", "global", "any"]
MAX_REMOTE_CANDIDATES = 10
"""Of one peer connection, in its offer and trickled. A page has one or two for each of its network interfaces."""

_NAT64 = IPv6Network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are an IPv4 address."""
_LOOPBACK_GROUP = IPv6Network("::/64")
"""What `address_group` makes of ::1."""


class RemoteCandidates:
    """The candidates of one peer connection: judges each, and counts those that are used."""

    def __init__(self, remote: Remote, signalling_peer: str, *, is_needed: bool) -> None:
        """`signalling_peer`: address or address group that the offer came from; empty if unknown. `is_needed`: whether
        the gateway has to open a way through its own NAT; otherwise no candidate is used."""
        self._remote = remote
        self._peer = signalling_peer
        self._is_needed = is_needed
        self._used = 0

    def should_use(self, address: str) -> bool:
        """Whether to send checks to this address; counts it if so."""
        if not self._is_needed or self._used >= MAX_REMOTE_CANDIDATES:
            return False
        if not is_permitted(address, self._remote, self._peer):
            return False
        self._used += 1
        return True

    def filter_offer(self, sdp: str) -> str:
        """Return the offer without the candidates that are not used."""
        kept = [line for line in sdp.splitlines() if not line.startswith("a=candidate:") or self._is_useful(line)]
        return "\r\n".join(kept) + "\r\n"

    def _is_useful(self, line: str) -> bool:
        words = line.split()
        return len(words) > 4 and self.should_use(words[4])


def is_permitted(address: str, remote: Remote, signalling_peer: str) -> bool:
    """Whether the gateway may send to an address that a page names.

    Never to a name, a multicast, broadcast, reserved or unspecified address. To link-local addresses only where the
    signalling peer has one, to loopback only with "any", to private ones with "any", or with "auto" where the
    signalling peer is private or this machine.
    """
    target = _parse(address)
    if target is None or target.is_multicast or target.is_unspecified:
        return False
    if target.is_loopback:
        return remote == "any"
    if _is_reserved(target):
        return False
    peer = _parse_peer(signalling_peer)
    if target.is_link_local:
        return peer is not None and peer.is_link_local
    if remote == "any" or _is_global(target):
        return True
    return remote == "auto" and peer is not None and not _is_global(peer)


def _parse(address: str) -> IPv4Address | IPv6Address | None:
    """Return the address that packets end up at: behind an IPv6 address may be an IPv4 address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    if isinstance(parsed, IPv4Address):
        return parsed
    if parsed.scope_id is not None:
        return None
    inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo[1] if parsed.teredo else None)
    if inner is None and parsed in _NAT64:
        inner = IPv4Address(int(parsed) & 0xFFFFFFFF)
    return inner or parsed


def _parse_peer(peer: str) -> IPv4Address | IPv6Address | None:
    try:
        network = ip_network(peer, strict=False)
    except ValueError:
        return None
    return IPv6Address("::1") if network == _LOOPBACK_GROUP else _parse(str(network[0]))


def _is_global(address: IPv4Address | IPv6Address) -> bool:
    # Python counts the site-local addresses of old (fec0::/10, RFC 3879) as global.
    return address.is_global and not (isinstance(address, IPv6Address) and address.is_site_local)


def _is_reserved(target: IPv4Address | IPv6Address) -> bool:
    # 0.0.0.0/8 is "this host" (RFC 1122) and reaches the gateway's own machine on Linux. 240.0.0.0/4 holds the
    # broadcast address.
    if isinstance(target, IPv4Address):
        return target.is_reserved or int(target) >> 24 == 0
    return target.is_reserved
