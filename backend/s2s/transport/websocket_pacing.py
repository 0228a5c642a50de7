"""Hand a WebSocket's input to the server's parser in small pieces, at a pace that no page exceeds.

The server parses all that one read of a socket brings, up to 256 kB, before anything else runs: 37,000 frames of one
byte hold up all calls for 120 ms. It answers pings of the protocol itself, as many as come, before a session is known.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from s2s.limits.rate_limit import WEBSOCKET_PIECES, RateLimiter

PIECE_BYTES = 1_024
"""At most 150 frames, about a millisecond of work."""


class PacedTransport:
    """A WebSocket's transport, in front of the server's protocol: delivers one piece per turn of the loop."""

    def __init__(self, transport: Any, receive: Callable[[bytes], None]) -> None:
        """`receive`: takes a piece of the input, as `asyncio.Protocol.data_received` does."""
        self._transport = transport
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self._rate = RateLimiter(*WEBSOCKET_PIECES)
        self._unread = bytearray()
        self._is_paused = False
        """The protocol wants nothing more for now."""
        self._next: asyncio.Handle | None = None
        # Not through `__getattr__`: every message uses them.
        self.write = transport.write
        self.is_closing = transport.is_closing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def push(self, data: bytes) -> None:
        """Take what was read from the socket."""
        if not self._unread and len(data) <= PIECE_BYTES and not self._rate.retry_after_s(self._loop.time()):
            self._receive(data)
            return
        self._unread += data
        self._transport.pause_reading()
        self._schedule()

    def pause_reading(self) -> None:
        """Deliver nothing more until `resume_reading`."""
        self._is_paused = True
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Deliver what is left, then go on reading."""
        self._is_paused = False
        if self._unread:
            self._schedule()
        else:
            self._transport.resume_reading()

    def _schedule(self) -> None:
        if self._next is not None or self._is_paused:
            return
        if wait_s := self._rate.retry_after_s(self._loop.time()):
            self._next = self._loop.call_later(wait_s, self._retry)
        else:
            self._next = self._loop.call_soon(self._deliver)

    def _retry(self) -> None:
        self._next = None
        self._schedule()

    def _deliver(self) -> None:
        self._next = None
        if self._is_paused:
            return
        if self.is_closing():
            self._unread.clear()
            return
        piece = bytes(self._unread[:PIECE_BYTES])
        del self._unread[:PIECE_BYTES]
        self._receive(piece)
        if self._unread:
            self._schedule()
        elif not self._is_paused and not self.is_closing():
            self._transport.resume_reading()


def pace(protocol: Any) -> None:
    """Pace the input of all new WebSockets of a server's protocol class. Not idempotent."""
    connect, receive = protocol.connection_made, protocol.data_received

    def connection_made(self: Any, transport: Any) -> None:
        self.s2s_paced = PacedTransport(transport, lambda data: receive(self, data))
        connect(self, self.s2s_paced)

    def data_received(self: Any, data: bytes) -> None:
        self.s2s_paced.push(data)

    protocol.connection_made = connection_made
    protocol.data_received = data_received
