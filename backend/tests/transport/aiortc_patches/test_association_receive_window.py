"""The receive window: what a browser sends beyond it costs no memory, and what respects it is never refused."""

import asyncio
import random

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.rtcsctptransport import (
    LOCAL_MAX_MESSAGE_SIZE,
    SCTP_DATA_FIRST_FRAG,
    SCTP_DATA_LAST_FRAG,
    SCTP_DATA_UNORDERED,
    WEBRTC_BINARY,
    AbortChunk,
    Chunk,
    DataChunk,
    ForwardTsnChunk,
    RTCSctpTransport,
    SackChunk,
)

from s2s.transport.aiortc_patches import DataChannelAssociation, tune
from s2s.transport.aiortc_patches.association import MAX_CHUNKS_BEHIND_GAP, MAX_INBOUND_STREAMS, MAX_KEPT_CHUNKS
from tests.transport.aiortc_patches.test_direct_io import pair

STREAM = 1
BEFORE_TSN = 1_000
FULL = 1_160
WHOLE = SCTP_DATA_FIRST_FRAG | SCTP_DATA_LAST_FRAG


class Line:
    """The receiving end of an association, and what it sent."""

    def __init__(self, before_tsn: int = BEFORE_TSN) -> None:
        self.before_tsn = before_tsn
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        connection.createDataChannel("audio")
        association = tune(connection, direct_io=False)
        assert association is not None
        self.sctp: DataChannelAssociation = association
        self.window_bytes = association._advertised_rwnd
        association._last_received_tsn = before_tsn
        association._data_channel_queue.clear()
        association._set_state(RTCSctpTransport.State.ESTABLISHED)
        association._send_chunk = self._keep  # type: ignore[method-assign]  # observed below what is tested
        association._receive = association._data_channel_receive = self._hear  # type: ignore[method-assign]  # observed below what is tested
        self.sent: list[Chunk] = []
        self.heard: list[bytes] = []
        self.sizes: list[int] = []

    async def _keep(self, chunk: Chunk) -> None:
        self.sent.append(chunk)

    async def _hear(self, stream_id: int, pp_id: int, data: bytes) -> None:
        self.heard.append(data[:8])
        self.sizes.append(len(data))

    async def take(
        self, ahead: int, size: int = FULL, flags: int = WHOLE, stream: int = STREAM, seq: int | None = None
    ) -> None:
        """One packet with the chunk that is so many numbers `ahead` of the beginning."""
        chunk = DataChunk(flags=flags)
        chunk.tsn = (self.before_tsn + ahead) % 2**32
        chunk.stream_id, chunk.stream_seq, chunk.protocol = stream, ahead - 1 if seq is None else seq, WEBRTC_BINARY
        chunk.user_data = ahead.to_bytes(8, "big") + bytes(size - 8) if size >= 8 else bytes(size)
        await self.sctp._receive_chunk(chunk)
        if self.sctp._sack_needed:
            await self.sctp._send_sack()

    @property
    def kept_bytes(self) -> int:
        return sum(len(c.user_data) for stream in self.sctp._inbound_streams.values() for c in stream.reassembly)

    @property
    def kept_chunks(self) -> int:
        return sum(len(stream.reassembly) for stream in self.sctp._inbound_streams.values())

    @property
    def is_aborted(self) -> bool:
        return self.sctp.state == "closed" and any(isinstance(chunk, AbortChunk) for chunk in self.sent)


@pytest.fixture
async def line() -> Line:
    line = Line()
    await asyncio.sleep(0)
    return line


async def test_chunks_behind_a_gap_are_kept_up_to_the_announced_window(line: Line):
    for ahead in range(2, 3_000):
        await line.take(ahead)
    assert line.window_bytes - FULL < line.kept_bytes <= line.window_bytes
    assert not line.is_aborted


async def test_a_dropped_chunk_is_acknowledged_at_once_and_not_as_received(line: Line):
    for ahead in range(2, 1_000):
        await line.take(ahead)
    line.sent.clear()
    await line.take(1_000)
    [sack] = line.sent
    assert isinstance(sack, SackChunk)
    assert sack.advertised_rwnd < FULL
    [(first, last)] = sack.gaps
    assert (first, last) == (2, 1 + line.window_bytes // FULL)


async def test_the_chunk_that_closes_the_gap_is_taken_though_the_window_is_full(line: Line):
    fits = line.window_bytes // FULL
    for ahead in range(2, 3_000):
        await line.take(ahead)
    await line.take(1)
    assert line.heard == [ahead.to_bytes(8, "big") for ahead in range(1, fits + 2)]
    assert line.sctp._advertised_rwnd == line.window_bytes
    for ahead in range(fits + 2, 3_000):
        await line.take(ahead)
    assert line.heard == [ahead.to_bytes(8, "big") for ahead in range(1, 3_000)]


async def test_a_message_that_never_ends_is_aborted_before_it_fills_the_memory(line: Line):
    for ahead in range(1, 3_000):
        await line.take(ahead, flags=SCTP_DATA_FIRST_FRAG if ahead == 1 else 0, seq=0)
    assert line.is_aborted
    assert line.kept_bytes <= line.window_bytes + LOCAL_MAX_MESSAGE_SIZE + FULL


@pytest.mark.parametrize("flags", [SCTP_DATA_FIRST_FRAG, SCTP_DATA_FIRST_FRAG | SCTP_DATA_UNORDERED])
async def test_beginnings_of_messages_on_many_streams_are_aborted_too(line: Line, flags: int):
    for ahead in range(1, 3_000):
        await line.take(ahead, flags=flags, stream=ahead % 50)
    assert line.is_aborted
    assert line.kept_chunks <= MAX_KEPT_CHUNKS + 1


async def test_crumbs_of_a_message_that_never_ends_are_counted_and_not_only_weighed(line: Line):
    for ahead in range(1, 5_000):
        await line.take(ahead, size=1, flags=SCTP_DATA_FIRST_FRAG if ahead == 1 else 0, seq=0)
    assert line.is_aborted
    assert line.kept_chunks == MAX_KEPT_CHUNKS + 1


@pytest.mark.parametrize("flags", [WHOLE, WHOLE | SCTP_DATA_UNORDERED])
async def test_crumbs_behind_a_gap_are_counted_and_not_only_weighed(line: Line, flags: int):
    for ahead in range(2, 5_000):
        await line.take(ahead, size=1, flags=flags)
    assert len(line.sctp._sack_misordered) == MAX_CHUNKS_BEHIND_GAP
    assert line.kept_chunks <= MAX_CHUNKS_BEHIND_GAP
    assert not line.is_aborted


async def test_a_chunk_so_far_ahead_that_no_acknowledgement_could_name_it_is_dropped(line: Line):
    await line.take(70_000)
    assert line.kept_chunks == 0
    await line.take(2)
    await line.take(1)
    assert len(line.heard) == 2


async def test_more_streams_than_a_page_opens_are_aborted(line: Line):
    for ahead in range(1, 200):
        await line.take(ahead, stream=ahead, seq=0)
    assert line.is_aborted
    assert len(line.sctp._inbound_streams) == MAX_INBOUND_STREAMS + 1


async def test_a_forward_tsn_cannot_open_streams_without_end_either(line: Line):
    chunk = ForwardTsnChunk()
    chunk.cumulative_tsn, chunk.streams = (BEFORE_TSN + 1) % 2**32, [(stream, 0) for stream in range(300)]
    await line.sctp._receive_chunk(chunk)
    assert line.is_aborted


async def test_an_association_that_was_aborted_takes_nothing_more(line: Line):
    for ahead in range(1, 3_000):
        await line.take(ahead, size=1, flags=0, seq=0)
    kept = line.kept_chunks
    await line.take(5_000)
    assert line.is_aborted
    assert line.kept_chunks == kept


async def test_a_loss_where_the_numbers_wrap_around_does_not_stop_what_follows():
    line = Line(2**32 - 2)
    for ahead in (2, 3, 4, 1, 5):
        await line.take(ahead)
    assert len(line.heard) == 5
    assert line.sctp._last_received_tsn == 3
    assert not line.sctp._sack_misordered


async def test_a_message_of_the_largest_size_behind_a_full_window_is_not_refused(line: Line):
    pieces = LOCAL_MAX_MESSAGE_SIZE // FULL
    for ahead in range(pieces + 2, 3_000):
        await line.take(ahead, seq=ahead - pieces)
    for ahead in range(1, pieces + 1):
        flags = SCTP_DATA_FIRST_FRAG * (ahead == 1) | SCTP_DATA_LAST_FRAG * (ahead == pieces)
        await line.take(ahead, flags=flags, seq=0)
    assert not line.is_aborted
    assert line.sizes == [pieces * FULL]


@pytest.mark.parametrize("before_tsn", [BEFORE_TSN, 2**32 - 1, 2**32 - 1_000])
async def test_a_sender_that_repeats_what_was_dropped_brings_everything_in_order(before_tsn: int):
    """Where the numbers wrap around, too."""
    line, luck = Line(before_tsn), random.Random(5)
    missing = set(range(1, 1_500))
    for _ in range(100):
        for ahead in sorted(missing)[:1_200]:
            if luck.random() < 0.3:
                continue
            await line.take(ahead)
        received = (line.sctp._last_received_tsn - before_tsn) % 2**32
        gaps = {(tsn - before_tsn) % 2**32 for tsn in line.sctp._sack_misordered}
        missing = {ahead for ahead in missing if ahead > received and ahead not in gaps}
        assert line.kept_bytes <= line.window_bytes
    assert line.heard == [ahead.to_bytes(8, "big") for ahead in range(1, 1_500)]


async def test_a_page_that_floods_its_channel_loses_its_connection():
    async with pair() as (plain, short):
        assert short.channel is not None
        assert short.association is not None
        closed = asyncio.Event()
        short.channel.on("close", closed.set)
        sctp, association = plain.connection.sctp, short.association
        assert sctp is not None
        for number in range(4_000):
            chunk = DataChunk(flags=SCTP_DATA_FIRST_FRAG if number == 0 else 0)
            chunk.tsn, sctp._local_tsn = sctp._local_tsn, (sctp._local_tsn + 1) % 2**32
            chunk.stream_id, chunk.protocol = short.channel.id or 0, WEBRTC_BINARY
            chunk.stream_seq, chunk.user_data = sctp._outbound_stream_seq.get(chunk.stream_id, 0), bytes(FULL)
            try:
                await sctp._send_chunk(chunk)
            except ConnectionError:
                break
            await asyncio.sleep(0)
            if association.state == "closed":
                break
        async with asyncio.timeout(30):
            await closed.wait()
        kept = sum(len(c.user_data) for stream in association._inbound_streams.values() for c in stream.reassembly)
        assert kept <= 2 * 1024 * 1024
