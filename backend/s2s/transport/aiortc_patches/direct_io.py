"""Packets go their way at once: no queue, no task and no event emitter between the UDP socket and who is meant.

aiortc 1.16 and aioice 0.10 bring each packet through a STUN parser that refuses it, a queue, four coroutines and an
event emitter, and start a task for each message that is sent. None of these waits for anything once the connection
stands. A profile of the gateway showed a tenth of its CPU there, and each step is another round of the event loop in
which other people's packets come first. See docs/decisions/0022. To be deleted when aiortc does this by itself.

Whatever is not plain data goes the way it always went: the handshake, STUN, the end.
"""

import asyncio
import types
from collections.abc import Awaitable, Callable, Coroutine, Generator
from functools import partial
from typing import Any, Protocol, cast

import aiortc
from aiortc.rtcdtlstransport import State
from OpenSSL import SSL

from s2s.logs import LOGGER
from s2s.transport.aiortc_patches.bundling import Bundle
from s2s.transport.aiortc_patches.fast_receive import Association as Reading
from s2s.transport.aiortc_patches.fast_receive import read_whole_messages, took_message

KNOWN_VERSION = "1.16."
"""Of aiortc: what is replaced here was read in these versions and is left alone in others."""
DTLS_BYTES = range(20, 64)
"""The first byte of a DTLS record among other packets on one port (RFC 7983)."""
LARGEST_RECORD_BYTES = 1500
COMPONENT = 1
"""Of ICE: RTP's, which carries everything where it is multiplexed (RFC 8829)."""
CONNECTED = State.CONNECTED
"""aiortc spells its states anew each time they are asked for, which cost 3 % of the gateway's CPU."""
Receive = Callable[[bytes, tuple[Any, ...]], None]


class Stun(Protocol):
    """What is used of aioice's StunProtocol."""

    transport: asyncio.DatagramTransport
    datagram_received: Receive


class Pair(Protocol):
    """What is used of aioice's CandidatePair."""

    protocol: Stun

    @property
    def remote_addr(self) -> tuple[str, int]: ...


class Ice(Protocol):
    """What is used of aioice's Connection."""

    _protocols: list[Stun]
    _nominated: dict[int, Pair]
    _queue: asyncio.Queue[tuple[bytes, int] | None]
    data_received: Callable[[bytes, int], None]


class Association(Reading, Protocol):
    """What is used of aiortc's RTCSctpTransport."""

    _send_sack: Callable[[], Coroutine[Any, Any, None]]
    _data_channel_flush: Callable[[], Awaitable[None]]

    def _handle_data(self, data: bytes) -> Coroutine[Any, Any, None]: ...


def shorten_path(connection: aiortc.RTCPeerConnection, together: Bundle | None = None) -> None:
    """From now on this connection's data goes at once; what one packet is answered with goes `together`. Does nothing
    to an unknown aiortc."""
    if connection.sctp is None or not aiortc.__version__.startswith(KNOWN_VERSION):
        return
    association = cast(Association, connection.sctp)
    read_whole_messages(association)
    _flush_at_once(association)
    _send_at_once(connection.sctp.transport)
    _Inbound(connection.sctp.transport, association, together)


def stands(connection: aiortc.RTCPeerConnection) -> bool:
    """Whether DTLS is open at both ends."""
    return connection.sctp is not None and connection.sctp.transport._state is CONNECTED


def hear(channel: aiortc.RTCDataChannel, take: Callable[[bytes | str], None]) -> None:
    """`take` is called with each message of this channel, by nobody but the transport."""
    emit = channel.emit

    def tell(event: str, *args: Any, **kwargs: Any) -> bool:
        if event != "message":
            return emit(event, *args, **kwargs)
        take(args[0])
        return True

    cast(Any, channel).emit = tell


class _Inbound:
    """The way in of one connection, from aioice's socket to aiortc's association."""

    def __init__(self, dtls: Any, association: Association, together: Bundle | None) -> None:
        self._dtls = dtls
        self._association = association
        self._together = together
        self._ice = cast(Ice, dtls.transport._connection)
        self._queued = self._ice.data_received
        self._rest: asyncio.Task[None] | None = None
        self._ice.data_received = self._take
        for protocol in self._ice._protocols:
            protocol.datagram_received = partial(self._sort, protocol.datagram_received)

    def _sort(self, stun: Receive, data: bytes, address: tuple[Any, ...]) -> None:
        if data and data[0] in DTLS_BYTES:
            self._take(data, COMPONENT)
        else:
            stun(data, address)

    def _take(self, data: bytes, component: int) -> None:
        if not data:
            # Anybody may send one. aiortc looks at its first byte, and would end the connection.
            return
        if not self._may_pass(data):
            self._queued(data, component)
            return
        try:
            plain = self._opened(data)
            if plain:
                self._handle(plain)
        except ConnectionError:
            self._end()
        except Exception:
            # As aiortc does with a fault of its own: it says so, and the connection ends.
            LOGGER.exception("a packet could not be handled", extra={"code": "internal"})
            self._end()

    def _handle(self, plain: bytes) -> None:
        together = self._together
        if together is None:
            self._rest = self._handled(plain)
            return
        together.hold()
        try:
            self._rest = self._handled(plain)
        finally:
            if together.release() and (rest := run_now(together.go())) is not None:
                self._rest = rest

    def _handled(self, plain: bytes) -> asyncio.Task[None] | None:
        if took_message(self._association, plain):
            return run_now(self._association._send_sack())
        return run_now(self._association._handle_data(plain))

    def _may_pass(self, data: bytes) -> bool:
        dtls = self._dtls
        handshake_done: bool = dtls._RTCDtlsTransport__handshake_done
        return (
            handshake_done
            and dtls._state is CONNECTED
            and self._ice._queue.empty()
            and data[0] in DTLS_BYTES
            and (self._rest is None or self._rest.done())
        )

    def _opened(self, data: bytes) -> bytes:
        """Empty: the record is not for us, or is none."""
        ssl: SSL.Connection = self._dtls._ssl
        ssl.bio_write(data)
        try:
            return ssl.recv(LARGEST_RECORD_BYTES)
        except SSL.ZeroReturnError as end:
            raise ConnectionError("the other side has ended DTLS") from end
        except SSL.Error:
            self._rest = run_now(self._dtls._write_ssl())
            return b""

    def _end(self) -> None:
        """aioice's word for a connection that is gone: aiortc's own reader takes it from here."""
        self._ice._queue.put_nowait(None)


def _send_at_once(dtls: Any) -> None:
    """What is sealed goes to the socket, not through five coroutines."""
    ice = cast(Ice, dtls.transport._connection)

    async def sent(data: bytes) -> None:
        pair = ice._nominated.get(COMPONENT)
        if dtls._state is not CONNECTED or pair is None:
            raise ConnectionError("cannot send data, not connected")
        ssl: SSL.Connection = dtls._ssl
        ssl.send(data)
        pair.protocol.transport.sendto(ssl.bio_read(LARGEST_RECORD_BYTES), pair.remote_addr)

    dtls._send_data = sent


def _flush_at_once(association: Association) -> None:
    """aiortc makes a task of what this returns, or waits for it; of a future that is done nobody makes a task."""
    flush = association._data_channel_flush
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    done.set_result(None)

    def flushed() -> Awaitable[None]:
        try:
            rest = run_now(cast(Coroutine[Any, Any, None], flush()))
        except ConnectionError as fault:
            # Raised where it was raised before: at who waits, and never at who sends.
            failed = loop.create_future()
            failed.set_exception(fault)
            return failed
        return done if rest is None else rest

    association._data_channel_flush = flushed


def run_now(work: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
    """Runs `work` until it waits for something; the rest, if there is one, in a task. Raises what it raises."""
    try:
        waited = work.send(None)
    except StopIteration:
        return None
    return asyncio.ensure_future(_rest(work, waited))


async def _rest(work: Coroutine[Any, Any, None], waited: object) -> None:
    await _resumed(work, waited)


@types.coroutine
def _resumed(work: Coroutine[Any, Any, None], waited: object) -> Generator[object, object, None]:
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
