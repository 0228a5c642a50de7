"""Several chunks in one packet: an acknowledgement, a voice frame and a message that leave in one moment.

aiortc 1.16 gives each chunk a packet of its own, with a checksum, an encryption and a system call, here and at the
other end. RFC 9260, section 6.10, lets them share one, acknowledgements first, and browsers do so. See
docs/decisions/0026. To be deleted when aiortc does this by itself.
"""

from collections.abc import Awaitable, Callable
from struct import pack
from typing import Protocol, cast

import aiortc
from aiortc.rtcsctptransport import Chunk, DataChunk, SackChunk
from google_crc32c import value as crc32c

KNOWN_VERSION = "1.16."
"""Of aiortc: what is replaced here was read in these versions and is left alone in others."""
MOST_BYTES = 1216
"""Of all chunks in one packet: the largest that aiortc makes of one piece of a message."""


_SHARE = (DataChunk, SackChunk)


class Association(Protocol):
    """What is used of aiortc's RTCSctpTransport."""

    _local_port: int
    _remote_port: int
    _remote_verification_tag: int
    _send_chunk: Callable[[Chunk], Awaitable[None]]


class Dtls(Protocol):
    """What is used of aiortc's RTCDtlsTransport."""

    async def _send_data(self, data: bytes) -> None: ...


class Bundle:
    """Stands in for one association's `_send_chunk`. Between `hold` and `release` chunks wait for each other."""

    def __init__(self, association: Association, dtls: Dtls) -> None:
        self._association, self._dtls = association, dtls
        self._alone = association._send_chunk
        self._held = 0
        self._waiting: list[bytes] = []
        self._bytes = 0

    def hold(self) -> None:
        """What is sent from now on waits for `release`. May be nested."""
        self._held += 1

    def release(self) -> bool:
        """Whether something waits, and nobody else holds it: then `go` follows."""
        self._held -= 1
        return not self._held and bool(self._waiting)

    async def __call__(self, chunk: Chunk) -> None:
        """Sends `chunk`, now or at `release`; whatever is no data and no acknowledgement goes now, by itself."""
        if not isinstance(chunk, _SHARE):
            if self._waiting:
                await self.go()
            await self._alone(chunk)
            return
        data = bytes(chunk)
        if self._bytes + len(data) > MOST_BYTES and self._waiting:
            await self.go()
        if isinstance(chunk, SackChunk):
            self._waiting.insert(0, data)
        else:
            self._waiting.append(data)
        self._bytes += len(data)
        if not self._held:
            await self.go()

    async def go(self) -> None:
        """What waits goes out. Raises ConnectionError, as sending does."""
        association, body = self._association, b"".join(self._waiting)
        self._waiting.clear()
        self._bytes = 0
        head = pack("!HHL", association._local_port, association._remote_port, association._remote_verification_tag)
        checksum = pack("<L", crc32c(head + b"\0\0\0\0" + body))
        await self._dtls._send_data(head + checksum + body)


def bundle(connection: aiortc.RTCPeerConnection) -> Bundle | None:
    """From now on this connection's chunks may share packets. None: an unknown aiortc, to which nothing is done."""
    if connection.sctp is None or not aiortc.__version__.startswith(KNOWN_VERSION):
        return None
    association = cast(Association, connection.sctp)
    together = Bundle(association, cast(Dtls, connection.sctp.transport))
    association._send_chunk = together
    return together
