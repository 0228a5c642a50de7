"""Limit the gateway's own ICE gathering: which addresses, STUN and TURN servers it uses, and how long a page waits.

aioice 0.13 opens a socket on each address of the machine, and waits 5 s for servers that do not answer, which delays
the answer to an offer. A gateway that pages can reach directly needs no such server, so candidates from a slow one are
left out of the answer.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Protocol, cast

from aioice import Candidate
from aioice.ice import get_host_addresses
from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection

from s2s.configuration.ice_servers import IceServer
from s2s.settings import Settings
from s2s.transport.remote_candidates import Remote, RemoteCandidates

GATHERING_TIMEOUT_S = 1.0
"""A name look-up and two STUN requests (the second follows after 0.5 s, RFC 8489, section 6.2.1), or the four round
trips of a TURN allocation."""


class _Gatherer(Protocol):
    """The part of aioice's Connection that is used here."""

    get_component_candidates: Callable[..., Awaitable[list[Candidate]]]


@dataclass(frozen=True, slots=True)
class IceOptions:
    """How the peer connections of a gateway find their way to a page."""

    servers: Sequence[IceServer] = ()
    addresses: Sequence[str] = ()
    """Addresses and networks to use; empty: all of this machine."""
    remote: Remote = "auto"
    rtc_servers: list[RTCIceServer] = field(init=False)
    """The servers that aiortc can parse. An empty list is passed on as such: given None, aiortc asks a public STUN
    server."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "rtc_servers", rtc_ice_servers(self.servers))

    def new_connection(self) -> RTCPeerConnection:
        """Return a peer connection that uses these servers; `answer_offer` applies the rest."""
        return RTCPeerConnection(RTCConfiguration(iceServers=self.rtc_servers))

    def remote_candidates(self, signalling_peer: str) -> RemoteCandidates:
        """Return the judge of one peer connection's remote candidates."""
        return RemoteCandidates(self.remote, signalling_peer, is_needed=bool(self.rtc_servers))

    def count_sockets(self) -> int:
        """Return how many descriptors a peer connection takes: one for each address, and one for a TURN server."""
        addresses = self.own_addresses(get_host_addresses(use_ipv4=True, use_ipv6=True))
        urls = [url for server in self.rtc_servers for url in server.urls]
        return max(1, len(addresses) + any(url.startswith("turn") for url in urls))

    def own_addresses(self, addresses: Sequence[str]) -> list[str]:
        """Return those of this machine's addresses that calls use."""
        networks = [ip_network(text) for text in self.addresses]
        return [text for text in addresses if not networks or any(ip_address(text) in each for each in networks)]


def ice_options(settings: Settings) -> IceOptions:
    """Return the options that the settings ask for."""
    return IceOptions(settings.s2s_ice_servers, settings.s2s_ice_addresses, settings.s2s_ice_remote)


def rtc_ice_servers(servers: Sequence[IceServer]) -> list[RTCIceServer]:
    """Return the servers that aiortc can parse, each with the addresses that it can parse."""
    return [
        RTCIceServer(urls=urls, username=server.username, credential=server.credential)
        for server in servers
        if (urls := server.readable_here)
    ]


def limit_gathering(connection: RTCPeerConnection, options: IceOptions) -> None:
    """Leave out addresses that are not to be used, and candidates that take longer than GATHERING_TIMEOUT_S.

    Call before the answer is created.
    """
    if connection.sctp is None:
        return
    gatherer = cast(_Gatherer, connection.sctp.transport.transport.iceGatherer._connection)
    gather = gatherer.get_component_candidates

    async def gather_within_limits(component: int, addresses: list[str]) -> list[Candidate]:
        return await gather(component, options.own_addresses(addresses), timeout=GATHERING_TIMEOUT_S)

    gatherer.get_component_candidates = gather_within_limits


def address_warnings(options: IceOptions) -> list[str]:
    """Return what is wrong with S2S_ICE_ADDRESSES on this machine, as sentences for the log and GET /health."""
    present = get_host_addresses(use_ipv4=True, use_ipv6=True)
    missing = [text for text in options.addresses if not IceOptions(addresses=[text]).own_addresses(present)]
    if not missing:
        return []
    rest = "" if options.own_addresses(present) else " Calls go over the WebSocket only."
    return [f"S2S_ICE_ADDRESSES: no network interface of this machine has {', '.join(missing)}.{rest}"]
