"""Acknowledgements of SCTP packets as RFC 9260 section 6.2 wants them: one for every second packet, or after a moment.

aiortc 1.16 acknowledges each packet by itself. A microphone sends 50 packets a second, and each of these answers costs
a checksum, an encryption and a system call: measured, 16 % of the gateway's CPU. Browsers delay theirs in this way.
See docs/decisions/0019. To be deleted when aiortc does this by itself.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, cast

import aiortc

# RFC 9260 allows 200 ms. Half of it stays far below the least time after which a browser sends again (400 ms).
LONGEST_DELAY_S = 0.1
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

    def __init__(self, association: Association) -> None:
        self._association = association
        self._send = association._send_sack
        self._owed = False
        self._in_order = True
        self._timer: asyncio.TimerHandle | None = None
        self._late: asyncio.Task[None] | None = None

    async def __call__(self) -> None:
        """A packet came. Whatever is not plain progress is acknowledged at once: the sender waits for that."""
        association = self._association
        in_order = not association._sack_misordered and not association._sack_duplicates
        plain, self._in_order = in_order and self._in_order, in_order
        if plain and not self._owed:
            self._owed, association._sack_needed = True, False
            if self._timer is None:
                self._timer = asyncio.get_running_loop().call_later(LONGEST_DELAY_S, self._no_second)
            return
        self._owed = False
        await self._send()

    def _no_second(self) -> None:
        self._timer = None
        if self._owed and self._association.state == "connected":
            self._owed = False
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
