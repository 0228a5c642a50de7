"""Acknowledgements of SCTP packets: one for every second packet, every fourth where all goes well, or after a moment.

aiortc 1.16 acknowledges each packet by itself. A microphone sends 50 packets a second, and each of these answers costs
a checksum, an encryption and a system call: measured, 16 % of the gateway's CPU. RFC 9260, section 6.2, wants one for
every second packet and within 200 ms, and browsers do it so. See docs/decisions/0019. To be deleted when aiortc does
this by itself.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, cast

import aiortc

# RFC 9260 allows 200 ms. Half of it stays far below the least time after which a browser sends again (400 ms).
LONGEST_DELAY_S = 0.1
EACH, CALM_EACH = 2, 4
"""RFC 9260: at least every second one. A sender whose packets all come needs less: a microphone's four take 80 ms."""
CALM_AFTER_PACKETS = 100
"""After a loss, a repetition or a pause the sender may be feeling its way with one packet at a time."""
KNOWN_VERSION = "1.16."
"""Of aiortc: what is replaced here was read in these versions and is left alone in others."""


class Association(Protocol):
    """What is used of aiortc's RTCSctpTransport."""

    _sack_needed: bool
    _sack_misordered: set[int]
    _sack_duplicates: list[int]
    _send_sack: Callable[[], Awaitable[None]]

    @property
    def state(self) -> str: ...


class DelayedAcks:
    """Stands in for one association's `_send_sack`."""

    def __init__(self, association: Association, clock: Callable[[], float] | None = None) -> None:
        """`clock`: seconds, by default the loop's."""
        self._association = association
        self._send = association._send_sack
        self._loop = asyncio.get_running_loop()
        self._clock = clock or self._loop.time
        self._owed = 0
        """Packets that came and were not acknowledged."""
        self._owed_since = self._came_at = self._clock()
        self._calm = 0
        """Packets since the last one that was not plain progress."""
        self._in_order = True
        self._timer: asyncio.TimerHandle | None = None
        self._late: asyncio.Task[None] | None = None

    async def __call__(self) -> None:
        """A packet came. Whatever is not plain progress is acknowledged at once: the sender waits for that."""
        association = self._association
        in_order = not association._sack_misordered and not association._sack_duplicates
        plain, self._in_order = in_order and self._in_order, in_order
        before, self._came_at = self._came_at, self._clock()
        self._calm = self._calm + 1 if plain and self._came_at - before < LONGEST_DELAY_S else 0
        self._owed += 1
        if plain and self._owed < (CALM_EACH if self._calm > CALM_AFTER_PACKETS else EACH):
            association._sack_needed = False
            if self._owed == 1:
                self._owed_since = self._came_at
                if self._timer is None:
                    self._timer = self._loop.call_later(LONGEST_DELAY_S, self._no_more_came)
            return
        self._owed = 0
        await self._send()

    def _no_more_came(self) -> None:
        self._timer = None
        if not self._owed or self._association.state != "connected":
            return
        rest_s = self._owed_since + LONGEST_DELAY_S - self._clock()
        if rest_s > 0.001:
            # It was set for an earlier packet, whose acknowledgement has gone with a later one's.
            self._timer = self._loop.call_later(rest_s, self._no_more_came)
            return
        self._owed = 0
        self._late = asyncio.ensure_future(self._send_late())

    async def _send_late(self) -> None:
        try:
            await self._send()
        except ConnectionError:
            # The browser left in this moment; its connection is closed by those who watch it.
            return


def delay_acks(connection: aiortc.RTCPeerConnection) -> None:
    """From now on this connection's data is acknowledged like a browser's. Does nothing to an unknown aiortc."""
    if connection.sctp is not None and aiortc.__version__.startswith(KNOWN_VERSION):
        association = cast(Association, connection.sctp)
        association._send_sack = DelayedAcks(association)
