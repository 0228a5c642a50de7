"""What the gateway changes in aiortc and aioice, one connection at a time.

`association`: its SCTP, where RFC 9260 and RFC 3758 ask for more than aiortc does or a packet costs more than it must.
`direct_io`: the way of a packet between the UDP socket and that SCTP. `ice_checks`: how many connectivity checks an
offer can cause. Each override says what it is for and can go when aiortc does the same; docs/upstream holds what is
proposed to aiortc, docs/decisions/0017 the measurements.

All of it was read against one minor version of each. With any other version nothing is changed, calls still work, and
`version_warnings` says what is missing.
"""

import aioice
import aiortc

from s2s.transport.aiortc_patches.association import DataChannelAssociation
from s2s.transport.aiortc_patches.direct_io import DirectPath, is_connected, on_message
from s2s.transport.aiortc_patches.ice_checks import BoundedConnection

__all__ = [
    "SUPPORTED_AIOICE",
    "SUPPORTED_AIORTC",
    "DataChannelAssociation",
    "bound_checks",
    "is_connected",
    "on_message",
    "tune",
    "version_warnings",
]

SUPPORTED_AIORTC = "1.16"
SUPPORTED_AIOICE = "0.13"


def is_supported() -> bool:
    """Whether the installed aiortc is the one that the overrides were written for."""
    return aiortc.__version__.startswith(SUPPORTED_AIORTC + ".")


def version_warnings() -> list[str]:
    """Sentences for the log and GET /health; none when the installed versions are supported."""
    warnings = []
    if not is_supported():
        warnings.append(
            f"aiortc {aiortc.__version__} is installed, but S2S is written for {SUPPORTED_AIORTC}: calls cost more "
            "CPU, recover slower from packet loss, may lose the microphone after an outage, and a browser may use up "
            f'memory. Install "aiortc=={SUPPORTED_AIORTC}.*".'
        )
    if not _can_bound_checks():
        warnings.append(
            f"aioice {aioice.__version__} is installed, but S2S is written for {SUPPORTED_AIOICE}: a stranger's offer "
            f'can make the gateway send many packets to others. Install "aioice=={SUPPORTED_AIOICE}.*".'
        )
    return warnings


def bound_checks(connection: aiortc.RTCPeerConnection) -> None:
    """Bound the connectivity checks of a connection with data channels. Call before it gathers candidates.

    Changes nothing for an unsupported aioice.
    """
    if connection.sctp is None or not _can_bound_checks():
        return
    ice = connection.sctp.transport.transport._connection
    # aiortc creates it itself, deep inside `setRemoteDescription`.
    ice.__class__ = BoundedConnection
    assert isinstance(ice, BoundedConnection)
    ice.adopt()


def _can_bound_checks() -> bool:
    return aioice.__version__.startswith(SUPPORTED_AIOICE + ".")


def tune(connection: aiortc.RTCPeerConnection, *, direct_io: bool = True) -> DataChannelAssociation | None:
    """Change the SCTP of a connection that has data channels but has not sent anything yet.

    Without `direct_io` packets keep aiortc's own way to and from the socket. Returns None, and changes nothing, for an
    unsupported aiortc or a connection without data channels.
    """
    association = connection.sctp
    if association is None or not is_supported():
        return None
    # aiortc names the class of its association in one method that cannot be overridden without copying it.
    association.__class__ = DataChannelAssociation
    assert isinstance(association, DataChannelAssociation)
    association.adopt(DirectPath(association.transport) if direct_io else None)
    return association
