"""The gateway's own use of STUN and TURN servers: what aiortc can use, and how long a page waits for it.

aioice 0.13 waits 5 s for servers that do not answer, which delays the answer to an offer. A gateway that pages
reach needs no such server itself, so one that is slow is left out of that answer.
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
    """What is used of aioice's Connection."""

    get_component_candidates: Callable[..., Awaitable[list[Candidate]]]


def rtc_ice_servers(servers: Sequence[IceServer]) -> list[RTCIceServer]:
    """The servers that aiortc can read. An empty list is meant: without one it asks a public STUN server."""
    return [
        RTCIceServer(urls=urls, username=server.username, credential=server.credential)
        for server in servers
        if (urls := server.readable_here)
    ]


def limit_gathering(connection: RTCPeerConnection) -> None:
    """Before the answer is made: candidates that come later than GATHERING_TIMEOUT_S are left out."""
    if connection.sctp is None:
        return
    gatherer = cast(_Gatherer, connection.sctp.transport.transport.iceGatherer._connection)
    gatherer.get_component_candidates = partial(gatherer.get_component_candidates, timeout=GATHERING_TIMEOUT_S)
