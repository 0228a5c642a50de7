"""The direct way of a packet: no queue, task or event emitter between the UDP socket and the SCTP association.

aiortc and aioice pass each packet through a STUN parser that rejects it, a queue, four coroutines and an event emitter.
None of these waits for anything once the connection is up; they took a tenth of the gateway's CPU, and each is another
round of the event loop in which other packets come first. See docs/decisions/0017.

Only data of an open connection goes this way. The handshake, STUN, the end and anything odd go aiortc's way.
"""

import asyncio
import types
from collections.abc import Callable, Coroutine, Generator
from functools import partial
from typing import Any

from aiortc import RTCDataChannel, RTCPeerConnection
from aiortc.rtcdtlstransport import RTCDtlsTransport, State
from OpenSSL import SSL

from s2s.logs import LOGGER

DTLS_BYTES = range(20, 64)
"""The first byte of a DTLS record among other packets on one port (RFC 7983)."""
MAX_RECORD_BYTES = 1500
COMPONENT = 1
"""Of ICE: RTP's, which carries everything where it is multiplexed (RFC 8829)."""
CONNECTED = State.CONNECTED
"""Looking a member up in an enum each time took 3 % of the gateway's CPU."""
Receive = Callable[[bytes, tuple[Any, ...]], None]
HandlePacket = Callable[[bytes], asyncio.Task[None] | None]


def is_connected(connection: RTCPeerConnection) -> bool:
    """Whether DTLS is open in both directions."""
    return connection.sctp is not None and connection.sctp.transport._state is CONNECTED


def on_message(channel: RTCDataChannel, handle: Callable[[bytes | str], None]) -> None:
    """Have `handle` called directly with each message of this channel; no other listener receives messages then."""
    emit_any = channel.emit

    def emit(event: str, *args: Any, **kwargs: Any) -> bool:
        if event != "message":
            return emit_any(event, *args, **kwargs)
        handle(args[0])
        return True

    channel.emit = emit  # type: ignore[method-assign]  # of this channel only


class DirectPath:
    """Connects one DTLS transport with aioice's sockets."""

    def __init__(self, dtls: RTCDtlsTransport) -> None:
        self._dtls = dtls
        self._ice = dtls.transport._connection
        self._queue_packet = self._ice.data_received
        self._is_handshake_done = False
        self._rest: asyncio.Task[None] | None = None
        self._handle: HandlePacket = lambda _: None

    def start(self, handle: HandlePacket) -> None:
        """Have `handle` called with each decrypted packet. What it returns is waited for before the next packet."""
        self._handle = handle
        self._ice.data_received = self._receive  # type: ignore[method-assign]  # of this connection only
        for protocol in self._ice._protocols:
            receive = partial(self._sort, protocol.datagram_received)
            protocol.datagram_received = receive  # type: ignore[method-assign]  # of this connection only

    def send(self, packet: bytes) -> None:
        """Encrypt and send now. Raises ConnectionError."""
        pair, ssl = self._ice._nominated.get(COMPONENT), self._dtls._ssl
        if self._dtls._state is not CONNECTED or pair is None or ssl is None:
            raise ConnectionError("cannot send data, not connected")
        ssl.send(packet)
        pair.protocol.transport.sendto(ssl.bio_read(MAX_RECORD_BYTES), pair.remote_addr)

    def _sort(self, receive_stun: Receive, data: bytes, address: tuple[Any, ...]) -> None:
        if data and data[0] in DTLS_BYTES:
            self._receive(data, COMPONENT)
        else:
            receive_stun(data, address)

    def _receive(self, data: bytes, component: int) -> None:
        if not data:
            # Anyone may send an empty packet. aiortc looks at its first byte, and would end the connection.
            return
        if not self._is_open_for(data):
            self._queue_packet(data, component)
            return
        try:
            if packet := self._decrypt(data):
                self._rest = self._handle(packet)
        except ConnectionError:
            self._end()
        except Exception:
            # As aiortc does with an error in its own code: log it, and end the connection.
            LOGGER.exception("a packet could not be handled", extra={"code": "internal"})
            self._end()

    def _is_open_for(self, data: bytes) -> bool:
        if not self._is_handshake_done:
            # Until then aiortc's reader also has to repeat the last flight of DTLS 1.3.
            self._is_handshake_done = vars(self._dtls)["_RTCDtlsTransport__handshake_done"]
        return (
            self._is_handshake_done
            and self._dtls._state is CONNECTED
            and self._ice._queue.empty()
            and data[0] in DTLS_BYTES
            and (self._rest is None or self._rest.done())
        )

    def _decrypt(self, data: bytes) -> bytes:
        """Return nothing for a record that is not for us, or is none."""
        ssl = self._dtls._ssl
        assert ssl is not None
        ssl.bio_write(data)
        try:
            return ssl.recv(MAX_RECORD_BYTES)
        except SSL.ZeroReturnError as end:
            raise ConnectionError("the other side has ended DTLS") from end
        except SSL.Error:
            self._rest = run_now(self._dtls._write_ssl())
            return b""

    def _end(self) -> None:
        """Queue aioice's mark for a connection that is gone; aiortc's own reader does the rest."""
        self._ice._queue.put_nowait(None)


def run_now(work: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
    """Run `work` until it waits for something; return the rest, if any, as a task. Raises what `work` raises."""
    try:
        waited = work.send(None)
    except StopIteration:
        return None
    return asyncio.ensure_future(_run_rest(work, waited))


async def _run_rest(work: Coroutine[Any, Any, None], waited: object) -> None:
    await _resume(work, waited)


@types.coroutine
def _resume(work: Coroutine[Any, Any, None], waited: object) -> Generator[object, object, None]:
    step: Callable[[], object]
    while True:
        try:
            answer = yield waited
            step = partial(work.send, answer)
        except BaseException as fault:
            step = partial(work.throw, fault)
        try:
            waited = step()
        except StopIteration:
            return
