"""Limit the gateway's own ICE gathering: which STUN and TURN servers aiortc can use, and how long a page waits.

aioice 0.13 waits 5 s for servers that do not answer, which delays the answer to an offer. A gateway that pages can
reach directly needs no such server, so candidates from a slow one are left out of the answer.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol, cast

from aioice import Candidate
from aiortc import RTCIceServer, RTCPeerConnection

from s2s.configuration.ice_servers import IceServer

GATHERING_TIMEOUT_S = 1.0
"""A name look-up and two STUN requests (the second follows after 0.5 s, RFC 8489, section 6.2.1), or the four round
trips of a TURN allocation."""


class _Gatherer(Protocol):
    """The part of aioice's Connection that is used here."""

    get_component_candidates: Callable[..., Awaitable[list[Candidate]]]


def rtc_ice_servers(servers: Sequence[IceServer]) -> list[RTCIceServer]:
    """Return the servers that aiortc can parse. An empty list is passed on as such: given None, aiortc asks a public
    STUN server."""
    return [
        RTCIceServer(urls=urls, username=server.username, credential=server.credential)
        for server in servers
        if (urls := server.readable_here)
    ]


def limit_gathering(connection: RTCPeerConnection) -> None:
    """Leave out candidates that take longer than GATHERING_TIMEOUT_S. Call before the answer is created."""
    if connection.sctp is None:
        return
    gatherer = cast(_Gatherer, connection.sctp.transport.transport.iceGatherer._connection)
    gatherer.get_component_candidates = partial(gatherer.get_component_candidates, timeout=GATHERING_TIMEOUT_S)
