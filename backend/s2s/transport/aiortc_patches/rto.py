"""How long SCTP waits before it goes on after a burst of losses: as long as a browser's does.

aiortc 1.16 waits for at least a second (RFC 9260's advice for retransmissions), and while it waits nothing moves, no
control message either. Chromium's SCTP waits for 400 ms. Measured at 10 % lost in bursts, 40 ms round trip, over a
channel on which all goes twice: control messages came up to 11 s late, now 2 s; 11 % of the sound was lost, now 2 %.
See docs/decisions/0017. To be deleted when aiortc does this by itself.
"""

from collections.abc import Callable
from typing import Protocol, cast

import aiortc

LEAST_WAIT_S = 0.4
"""As in Chromium (`rto_min` in libwebrtc's dcsctp_options.h); more than any acknowledgement is held back."""
KNOWN_VERSION = "1.16."
"""Of aiortc: what is replaced here was read in these versions and is left alone in others."""


class Association(Protocol):
    """What is used of aiortc's RTCSctpTransport. Times are in seconds."""

    _rto: float
    _srtt: float | None
    _rttvar: float | None
    _update_rto: Callable[[float], None]


def shorten_waits(connection: aiortc.RTCPeerConnection) -> None:
    """From now on this connection waits like a browser's. Does nothing to an unknown aiortc."""
    if connection.sctp is None or not aiortc.__version__.startswith(KNOWN_VERSION):
        return
    association = cast(Association, connection.sctp)
    measure = association._update_rto

    def update(round_trip_s: float) -> None:
        measure(round_trip_s)
        assert association._srtt is not None
        assert association._rttvar is not None
        association._rto = max(LEAST_WAIT_S, min(association._rto, association._srtt + 4 * association._rttvar))

    association._update_rto = update
