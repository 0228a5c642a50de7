"""aiortc's SCTP association with what RFC 9260 and RFC 3758 ask for beyond it, and with less work for each packet.

- Messages that the peer abandoned (FORWARD TSN, RFC 3758) no longer block the channel behind them.
- The receive window that is announced is enforced (RFC 9260, 6.2).
- A loss where TSNs wrap around does not stop the association.
- The retransmission timeout may be as short as a browser's.
- Acknowledgements are delayed (RFC 9260, 6.2), and chunks share packets (RFC 9260, 6.10), as browsers do it.
- A packet that holds just the next message is read without building chunk objects.
- A message is sent before `send` returns, without a task.
"""

import asyncio
import struct
from collections.abc import Awaitable, Iterator, Sequence

from aiortc.rtcsctptransport import (
    LOCAL_MAX_MESSAGE_SIZE,
    SCTP_COMMON_HEADER_LENGTH,
    SCTP_DATA_CHUNK_HEADER_LENGTH,
    SCTP_DATA_FIRST_FRAG,
    SCTP_DATA_LAST_FRAG,
    SCTP_DATA_UNORDERED,
    SCTP_MAX_PACKET_LENGTH,
    SCTP_TSN_MODULO,
    WEBRTC_BINARY,
    WEBRTC_STRING,
    Chunk,
    DataChunk,
    ForwardTsnChunk,
    RTCSctpTransport,
    SackChunk,
    tsn_plus_one,
)
from aiortc.utils import uint16_add, uint32_gt, uint32_gte
from google_crc32c import value as crc32c

from s2s.logs import LOGGER
from s2s.transport.aiortc_patches.direct_io import DirectPath, run_now

MIN_RTO_S = 0.4
"""As in Chromium (`rto_min` in libwebrtc's dcsctp_options.h), and longer than any acknowledgement is delayed. aiortc
takes the second of RFC 9260. With 10 % lost in bursts, 40 ms round trip, control messages came 11 s late, now 2 s."""

MAX_SACK_DELAY_S = 0.1
"""RFC 9260 allows 200 ms. Half of it stays far below the shortest time after which a browser retransmits (400 ms)."""
PACKETS_PER_SACK, PACKETS_PER_SACK_WHEN_CALM = 2, 4
"""RFC 9260: at least every second one. A sender that loses nothing needs fewer: four microphone packets take 80 ms."""
CALM_AFTER_PACKETS = 100
"""After a loss, a repetition or a pause the sender may be probing the path with one packet at a time."""

MAX_CHUNK_BYTES = SCTP_MAX_PACKET_LENGTH - SCTP_COMMON_HEADER_LENGTH
"""Of all chunks that share a packet."""
MAX_SACK_GAPS = 100
MAX_SACK_DUPLICATES = 20
"""Both fit into one packet (RFC 9260, 6.2.1); what is left out follows with the next acknowledgement."""

MAX_CHUNKS_BEHIND_GAP = 1_024
"""The announced window of 1 MiB in chunks of full size: each one that waits costs time whenever another comes."""
MAX_TSN_AHEAD = 0xFFFF
"""A SACK cannot name chunks further ahead."""
MAX_KEPT_CHUNKS = 2 * MAX_CHUNKS_BEHIND_GAP
MAX_INBOUND_STREAMS = 64
"""Beside the window: a page opens two channels, and a few more in a long call."""

WHOLE = SCTP_DATA_FIRST_FRAG | SCTP_DATA_LAST_FRAG
ONE_CHUNK = struct.Struct("!8sLBBHLHHL")
"""Ports and tag, checksum; type, flags, length, TSN, stream, sequence number, payload protocol (RFC 9260, 3.3.1)."""
HEADERS_BYTES = SCTP_COMMON_HEADER_LENGTH + SCTP_DATA_CHUNK_HEADER_LENGTH
PACKET_HEADER = struct.Struct("!HHL")
CHECKSUM = struct.Struct("<L")
CLOSED = RTCSctpTransport.State.CLOSED


class DataChannelAssociation(RTCSctpTransport):
    """What `tune` makes of a connection's association."""

    # aiortc says Optional; all are set before the code here reads them.
    _last_received_tsn: int
    _loop: asyncio.AbstractEventLoop
    _remote_port: int
    _rttvar: float
    _srtt: float

    def adopt(self, path: DirectPath | None) -> None:
        """Prepare an association that aiortc has made. With a `path`, packets go directly from and to the socket."""
        self._path = path
        self._now_s = self._loop.time
        self._holders = 0
        self._held_chunks: list[bytes] = []
        self._held_bytes = 0
        self._unacknowledged_packets = 0
        self._unacknowledged_since_s = self._received_at_s = self._now_s()
        self._calm_packets = 0
        self._was_in_order = True
        self._has_dropped = False
        self._sack_timer: asyncio.TimerHandle | None = None
        self._late_sack: asyncio.Task[None] | None = None
        self._flushed = self._loop.create_future()
        self._flushed.set_result(None)
        if path is not None:
            path.start(self.handle_packet)

    def handle_packet(self, packet: bytes) -> asyncio.Task[None] | None:
        """Handle a decrypted packet; what is sent in reply shares packets. Returns the rest if it had to wait for
        something. Raises ConnectionError and whatever a message handler raises."""
        rest = None
        self.hold_chunks()
        try:
            rest = run_now(self._send_sack() if self._receive_whole_message(packet) else self._handle_data(packet))
        finally:
            rest = self.release_chunks() or rest
        return rest

    # --- sending ---

    def hold_chunks(self) -> None:
        """Collect what is sent until `release_chunks`, so that it shares packets. May be nested."""
        self._holders += 1

    def release_chunks(self) -> asyncio.Task[None] | None:
        """Send what was collected, unless an outer caller still holds it. Raises ConnectionError."""
        self._holders -= 1
        return run_now(self._send_held()) if self._held_chunks and not self._holders else None

    async def _send_chunk(self, chunk: Chunk) -> None:
        shares = isinstance(chunk, (DataChunk, SackChunk))
        if isinstance(chunk, SackChunk):
            chunk.gaps, chunk.duplicates = chunk.gaps[:MAX_SACK_GAPS], chunk.duplicates[:MAX_SACK_DUPLICATES]
        data = bytes(chunk)
        if self._held_chunks and not (shares and self._held_bytes + len(data) <= MAX_CHUNK_BYTES):
            await self._send_held()
        # Acknowledgements come first in a packet (RFC 9260, 6.10).
        self._held_chunks.insert(0 if isinstance(chunk, SackChunk) else len(self._held_chunks), data)
        self._held_bytes += len(data)
        if not (shares and self._holders):
            await self._send_held()

    async def _send_held(self) -> None:
        body = b"".join(self._held_chunks)
        self._held_chunks.clear()
        self._held_bytes = 0
        head = PACKET_HEADER.pack(self._local_port, self._remote_port, self._remote_verification_tag)
        packet = head + CHECKSUM.pack(crc32c(head + b"\0\0\0\0" + body)) + body
        if self._path is None:
            await self.transport._send_data(packet)
        else:
            self._path.send(packet)

    def _data_channel_flush(self) -> Awaitable[None]:  # type: ignore[override]  # awaited, or made a task of
        """Send at once. aiortc makes a task of what this returns; of a finished future it makes none."""
        try:
            rest = run_now(super()._data_channel_flush())
        except ConnectionError as fault:
            # Raised where aiortc raises it: for those who await this, not for the caller of `send`.
            failed = self._loop.create_future()
            failed.set_exception(fault)
            return failed
        return self._flushed if rest is None else rest

    def _update_rto(self, R: float) -> None:
        super()._update_rto(R)
        self._rto = max(MIN_RTO_S, min(self._rto, self._srtt + 4 * self._rttvar))

    # --- acknowledging ---

    async def _send_sack(self) -> None:
        if self._may_delay_sack():
            self._sack_needed = False
            return
        self._unacknowledged_packets = 0
        await super()._send_sack()

    def _may_delay_sack(self) -> bool:
        """Count a packet. A gap, its end, a repetition and a dropped chunk are acknowledged at once: senders wait for
        that."""
        in_order = not (self._sack_misordered or self._sack_duplicates or self._has_dropped)
        is_progress, self._was_in_order, self._has_dropped = in_order and self._was_in_order, in_order, False
        before_s, self._received_at_s = self._received_at_s, self._now_s()
        is_calm = is_progress and self._received_at_s - before_s < MAX_SACK_DELAY_S
        self._calm_packets = self._calm_packets + 1 if is_calm else 0
        self._unacknowledged_packets += 1
        most = PACKETS_PER_SACK_WHEN_CALM if self._calm_packets > CALM_AFTER_PACKETS else PACKETS_PER_SACK
        if not is_progress or self._unacknowledged_packets >= most:
            return False
        if self._unacknowledged_packets == 1:
            self._unacknowledged_since_s = self._received_at_s
            if self._sack_timer is None:
                self._sack_timer = self._loop.call_later(MAX_SACK_DELAY_S, self._on_sack_timeout)
        return True

    def _on_sack_timeout(self) -> None:
        self._sack_timer = None
        if not self._unacknowledged_packets or self.state != "connected":
            return
        rest_s = self._unacknowledged_since_s + MAX_SACK_DELAY_S - self._now_s()
        if rest_s > 0.001:
            # The timer was set for an earlier packet, which has been acknowledged together with a later one.
            self._sack_timer = self._loop.call_later(rest_s, self._on_sack_timeout)
            return
        self._unacknowledged_packets = 0
        self._late_sack = asyncio.ensure_future(self._send_late_sack())

    async def _send_late_sack(self) -> None:
        try:
            await super()._send_sack()
        except ConnectionError:
            # The browser has just left; the state of the connection says so to those who watch it.
            return

    # --- receiving ---

    def _receive_whole_message(self, packet: bytes) -> bool:
        """Deliver the message of a packet that holds the next DATA chunk, a whole message, and nothing else, as a
        microphone sends 50 times a second. Returns False, and does nothing, for any other packet."""
        size = len(packet)
        if size <= HEADERS_BYTES:
            return False
        ours, checksum, kind, flags, length, tsn, stream_id, stream_seq, protocol = ONE_CHUNK.unpack_from(packet)
        stream = self._inbound_streams.get(stream_id)
        channel = self._data_channels.get(stream_id)
        if (
            kind != DataChunk.type
            or flags & WHOLE != WHOLE
            or flags & SCTP_DATA_UNORDERED
            or length <= SCTP_DATA_CHUNK_HEADER_LENGTH
            or not 0 <= size - SCTP_COMMON_HEADER_LENGTH - length < 4
            or stream is None
            or channel is None
            or stream.reassembly
            or stream_seq != stream.sequence_number
            or tsn != tsn_plus_one(self._last_received_tsn)
            or self._sack_misordered
            or self._sack_duplicates
            or self._reconfig_deferred is not None
            or protocol not in (WEBRTC_BINARY, WEBRTC_STRING)
            or int.from_bytes(ours[4:]) != self._local_verification_tag
            or checksum.to_bytes(4) != CHECKSUM.pack(crc32c(ours + bytes(4) + packet[SCTP_COMMON_HEADER_LENGTH:]))
        ):
            return False
        self._sack_needed = True
        self._last_received_tsn = tsn
        stream.sequence_number = uint16_add(stream_seq, 1)
        data = packet[HEADERS_BYTES : SCTP_COMMON_HEADER_LENGTH + length]
        channel.emit("message", data if protocol == WEBRTC_BINARY else data.decode())
        return True

    def _mark_received(self, tsn: int) -> bool:
        """Count a TSN. aiortc sorts all TSNs behind a gap for each chunk, and sorts them as numbers: where they wrap
        around, it never gets past the gap."""
        if uint32_gte(self._last_received_tsn, tsn) or tsn in self._sack_misordered:
            self._sack_duplicates.append(tsn)
            return True
        self._sack_misordered.add(tsn)
        self._pass_gap()
        return False

    def _pass_gap(self) -> None:
        while (tsn := tsn_plus_one(self._last_received_tsn)) in self._sack_misordered:
            self._sack_misordered.remove(tsn)
            self._last_received_tsn = tsn

    async def _receive_data_chunk(self, chunk: DataChunk) -> None:
        if self._association_state is CLOSED:
            return
        self._sack_needed = True
        if self._is_beyond_window(chunk):
            self._has_dropped = True
            return
        stream = self._inbound_streams.get(chunk.stream_id)
        is_ordered = not chunk.flags & SCTP_DATA_UNORDERED
        if (
            stream is None
            or stream.reassembly
            or chunk.flags & WHOLE != WHOLE
            or (is_ordered and chunk.stream_seq != stream.sequence_number)
            or self._reconfig_deferred is not None
        ):
            await super()._receive_data_chunk(chunk)
            await self._check_kept_chunks()
        elif not self._mark_received(chunk.tsn):
            if is_ordered:
                stream.sequence_number = uint16_add(stream.sequence_number, 1)
            await self._data_channel_receive(chunk.stream_id, chunk.protocol, chunk.user_data)

    def _is_beyond_window(self, chunk: DataChunk) -> bool:
        """Whether there is no room for the chunk. The next one always has room: only it can make room."""
        ahead = (chunk.tsn - self._last_received_tsn) % SCTP_TSN_MODULO
        return ahead != 1 and (
            MAX_TSN_AHEAD < ahead < SCTP_TSN_MODULO // 2
            or self._advertised_rwnd < len(chunk.user_data)
            or len(self._sack_misordered) >= MAX_CHUNKS_BEHIND_GAP
        )

    async def _check_kept_chunks(self) -> None:
        """Abort when more is kept than a peer that respects the window and the largest message size can cause."""
        streams = self._inbound_streams
        if (
            self._advertised_rwnd < -LOCAL_MAX_MESSAGE_SIZE
            or len(streams) > MAX_INBOUND_STREAMS
            or sum(len(stream.reassembly) for stream in streams.values()) > MAX_KEPT_CHUNKS
        ):
            LOGGER.warning("a browser ignores the SCTP receive window", extra={"code": "let_go"})
            await self._abort()
            self._set_state(CLOSED)

    async def _receive_forward_tsn_chunk(self, chunk: ForwardTsnChunk) -> None:
        """Discard fragments of abandoned messages first. aiortc leaves them at the head of an ordered stream, reads
        nothing behind them and then prunes what it has not read: the channel stays silent from then on."""
        for stream in self._inbound_streams.values():
            before = _user_bytes(stream.reassembly)
            stream.reassembly = deliverable_chunks(stream.reassembly, chunk.cumulative_tsn)
            self._advertised_rwnd += before - _user_bytes(stream.reassembly)
        await super()._receive_forward_tsn_chunk(chunk)
        self._pass_gap()
        await self._check_kept_chunks()


def deliverable_chunks(chunks: Sequence[DataChunk], abandoned_tsn: int) -> list[DataChunk]:
    """`chunks`, in order of their TSN, without those of messages that stay incomplete because no chunk up to
    `abandoned_tsn` will come any more."""
    return [chunk for run in _consecutive_runs(chunks) if _may_become_whole(run, abandoned_tsn) for chunk in run]


def _consecutive_runs(chunks: Sequence[DataChunk]) -> Iterator[list[DataChunk]]:
    """What has come of each message, in fragments that follow each other."""
    run: list[DataChunk] = []
    for chunk in chunks:
        if run and (chunk.flags & SCTP_DATA_FIRST_FRAG or chunk.tsn != tsn_plus_one(run[-1].tsn)):
            yield run
            run = []
        run.append(chunk)
    if run:
        yield run


def _may_become_whole(run: Sequence[DataChunk], abandoned_tsn: int) -> bool:
    first, last = run[0], run[-1]
    start_is_lost = not first.flags & SCTP_DATA_FIRST_FRAG and uint32_gte(tsn_plus_one(abandoned_tsn), first.tsn)
    end_is_lost = not last.flags & SCTP_DATA_LAST_FRAG and uint32_gt(abandoned_tsn, last.tsn)
    return not start_is_lost and not end_is_lost


def _user_bytes(chunks: Sequence[DataChunk]) -> int:
    return sum(len(chunk.user_data) for chunk in chunks)
