"""Detect an upstream connection whose bytes are no longer acknowledged, by the kernel's TCP_INFO. Linux only.

It does not depend on the service, whose pongs may come 8 to 30 s late on healthy sessions: its kernel acknowledges
bytes at once. `TCP_USER_TIMEOUT` should do the same, but its timer starts with the first retransmission, which mic
packets postpone while the window takes them: measured, 9 to 13 s instead of 5.
"""

import asyncio
import socket as tcp
import struct
from typing import Protocol

ACK_TIMEOUT_S = 5.0
POLL_INTERVAL_S = 1.0
INFO_BYTES = 60
UNACKED, LAST_ACK_RECEIVED_MS = struct.Struct("@24xI"), struct.Struct("@56xI")
"""Where `tcpi_unacked` and `tcpi_last_ack_recv` stand in `struct tcp_info` (linux/tcp.h)."""


class TcpSocket(Protocol):
    """A socket as asyncio and uvloop expose it."""

    def getsockopt(self, level: int, name: int, size: int, /) -> bytes: ...


class TcpAckMonitor:
    """Judges the acknowledgements of one socket. Sans-I/O; times are in seconds."""

    def __init__(self) -> None:
        self._since: float | None = None
        """Since when data has been waiting without an acknowledgement."""

    def is_dead(self, unacknowledged: int, last_s: float, now: float) -> bool:
        """`last_s`: age of the last acknowledgement. Silence before data was waiting proves nothing."""
        if not unacknowledged:
            self._since = None
        elif self._since is None or now - last_s > self._since:
            self._since = now
        return self._since is not None and now - self._since >= ACK_TIMEOUT_S


async def wait_until_unacknowledged(line: TcpSocket | None) -> None:
    """Return when the connection is dead; never returns where the kernel cannot tell."""
    loop, judge = asyncio.get_running_loop(), TcpAckMonitor()
    while line is not None and hasattr(tcp, "TCP_INFO"):
        await asyncio.sleep(POLL_INTERVAL_S)
        info = line.getsockopt(tcp.IPPROTO_TCP, tcp.TCP_INFO, INFO_BYTES)
        (unacknowledged,), (last_ms,) = UNACKED.unpack_from(info), LAST_ACK_RECEIVED_MS.unpack_from(info)
        if judge.is_dead(unacknowledged, last_ms / 1000, loop.time()):
            return
    await loop.create_future()
