"""What the gateway changes in aiortc, one connection at a time.

`association`: its SCTP, where RFC 9260 and RFC 3758 ask for more than aiortc does or a packet costs more than it must.
`direct_io`: the way of a packet between the UDP socket and that SCTP. Each override says what it is for and can go when
aiortc does the same; docs/upstream holds what is proposed to aiortc, docs/decisions/0017 the measurements.

All of it was read against one minor version of aiortc. With any other version nothing is changed, calls still work, and
`version_warnings` says what is missing.
"""

import aiortc

from s2s.transport.aiortc_patches.association import DataChannelAssociation
from s2s.transport.aiortc_patches.direct_io import DirectPath, is_connected, on_message

__all__ = ["SUPPORTED_AIORTC", "DataChannelAssociation", "is_connected", "on_message", "tune", "version_warnings"]

SUPPORTED_AIORTC = "1.16"


def is_supported() -> bool:
    """Whether the installed aiortc is the one that the overrides were written for."""
    return aiortc.__version__.startswith(SUPPORTED_AIORTC + ".")


def version_warnings() -> list[str]:
    """Sentences for the log and GET /health; none when the installed aiortc is supported."""
    if is_supported():
        return []
    return [
        f"aiortc {aiortc.__version__} is installed, but S2S is written for {SUPPORTED_AIORTC}: calls cost more CPU, "
        "recover slower from packet loss, may lose the microphone after an outage, and a browser may use up memory. "
        f'Install "aiortc=={SUPPORTED_AIORTC}.*".'
    ]


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
