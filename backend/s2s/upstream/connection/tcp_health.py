"""A line to the service on which nothing is acknowledged any more, as the kernel sees it. Linux only.

It needs no word of the service, whose pongs may be 8 to 30 s late on sessions that are well: its kernel acknowledges
bytes at once. `TCP_USER_TIMEOUT` means to say the same, but its time begins with the first retransmission, which the
microphone's packets put off for as long as the window takes them: measured, 9 to 13 s instead of 5.
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
    """A socket, as asyncio and uvloop hand it out."""

    def getsockopt(self, level: int, name: int, size: int, /) -> bytes: ...


class TcpAckMonitor:
    """The judge. Sans-IO; times are in seconds."""

    def __init__(self) -> None:
        self._since: float | None = None
        """Since then something waits, and nothing was acknowledged."""

    def is_dead(self, unacknowledged: int, last_s: float, now: float) -> bool:
        """`last_s`: so long ago the last acknowledgement came. Silence before anything waited proves nothing."""
        if not unacknowledged:
            self._since = None
        elif self._since is None or now - last_s > self._since:
            self._since = now
        return self._since is not None and now - self._since >= ACK_TIMEOUT_S


async def wait_until_unacknowledged(line: TcpSocket | None) -> None:
    """Returns when the line is dead; where no kernel can say it, never."""
    loop, judge = asyncio.get_running_loop(), TcpAckMonitor()
    while line is not None and hasattr(tcp, "TCP_INFO"):
        await asyncio.sleep(POLL_INTERVAL_S)
        info = line.getsockopt(tcp.IPPROTO_TCP, tcp.TCP_INFO, INFO_BYTES)
        (unacknowledged,), (last_ms,) = UNACKED.unpack_from(info), LAST_ACK_RECEIVED_MS.unpack_from(info)
        if judge.is_dead(unacknowledged, last_ms / 1000, loop.time()):
            return
    await loop.create_future()
