"""Chunks that share a packet: fewer packets, the same messages, acknowledgements first."""

from struct import unpack_from

import pytest
from aiortc import RTCPeerConnection
from aiortc.rtcsctptransport import Chunk, DataChunk, HeartbeatAckChunk, SackChunk, parse_packet

from s2s.transport.aiortc_patches import DataChannelAssociation, on_message, tune
from s2s.transport.aiortc_patches.association import MAX_CHUNK_BYTES, MAX_SACK_DUPLICATES, MAX_SACK_GAPS
from tests.transport.aiortc_patches.test_direct_io import pair

HEADER_BYTES = 12


class FakeDtls:
    """As much of aiortc's as is used."""

    def __init__(self) -> None:
        self.packets: list[list[Chunk]] = []
        self.sizes: list[int] = []
        self.gone = False

    async def _send_data(self, data: bytes) -> None:
        if self.gone:
            raise ConnectionError("the browser left")
        self.sizes.append(len(data))
        self.packets.append(parse_packet(data)[3])

    def kinds(self) -> list[str]:
        return [" ".join(type(chunk).__name__.removesuffix("Chunk") for chunk in packet) for packet in self.packets]


def _data(size: int) -> DataChunk:
    chunk = DataChunk(flags=3)
    chunk.user_data = bytes(size)
    return chunk


def _sack() -> SackChunk:
    chunk = SackChunk()
    chunk.cumulative_tsn, chunk.advertised_rwnd = 3, 1000
    return chunk


Line = tuple[DataChannelAssociation, FakeDtls]


@pytest.fixture
async def line() -> Line:
    connection, dtls = RTCPeerConnection(), FakeDtls()
    connection.createDataChannel("audio")
    association = tune(connection, direct_io=False)
    assert association is not None
    association._remote_port, association._remote_verification_tag = 5000, 7
    association.setTransport(dtls)
    return association, dtls


async def test_a_chunk_that_nobody_holds_goes_at_once(line: Line):
    association, dtls = line
    await association._send_chunk(_data(10))
    await association._send_chunk(_sack())
    assert dtls.kinds() == ["Data", "Sack"]


async def test_what_is_held_shares_a_packet_and_the_acknowledgement_comes_first(line: Line):
    association, dtls = line
    association.hold_chunks()
    for chunk in (_data(972), _data(61), _sack()):
        await association._send_chunk(chunk)
    assert dtls.packets == []
    association.release_chunks()
    assert dtls.kinds() == ["Sack Data Data"]


async def test_what_does_not_fit_in_goes_in_the_next_packet_in_order(line: Line):
    association, dtls = line
    association.hold_chunks()
    for size in (972, 972, 1160, 100, 30):
        await association._send_chunk(_data(size))
    association.release_chunks()
    assert [[len(chunk.user_data) for chunk in packet] for packet in dtls.packets] == [[972], [972], [1160], [100, 30]]
    assert max(dtls.sizes) <= MAX_CHUNK_BYTES + HEADER_BYTES


async def test_an_acknowledgement_with_too_many_gaps_still_fits_in_a_packet(line: Line):
    association, dtls = line
    sack = _sack()
    sack.gaps, sack.duplicates = [(2 * at, 2 * at) for at in range(1, 900)], list(range(200))
    await association._send_chunk(sack)
    [[sent]] = dtls.packets
    assert isinstance(sent, SackChunk)
    assert (len(sent.gaps), len(sent.duplicates)) == (MAX_SACK_GAPS, MAX_SACK_DUPLICATES)
    assert max(dtls.sizes) <= MAX_CHUNK_BYTES + HEADER_BYTES


async def test_only_the_outer_release_lets_it_go(line: Line):
    association, dtls = line
    association.hold_chunks()
    association.hold_chunks()
    await association._send_chunk(_data(10))
    association.release_chunks()
    assert dtls.packets == []
    association.release_chunks()
    assert dtls.kinds() == ["Data"]


async def test_what_is_neither_data_nor_acknowledgement_goes_by_itself_behind_what_waits(line: Line):
    association, dtls = line
    association.hold_chunks()
    await association._send_chunk(_data(10))
    await association._send_chunk(HeartbeatAckChunk())
    assert dtls.kinds() == ["Data", "HeartbeatAck"]
    association.release_chunks()
    assert dtls.kinds() == ["Data", "HeartbeatAck"]


async def test_a_connection_lost_while_held_is_reported_on_release_and_holds_nothing_after(line: Line):
    association, dtls = line
    association.hold_chunks()
    await association._send_chunk(_data(10))
    dtls.gone = True
    with pytest.raises(ConnectionError):
        association.release_chunks()
    dtls.gone = False
    await association._send_chunk(_data(20))
    assert [len(chunk.user_data) for chunk in dtls.packets[0]] == [20]


async def test_an_answer_to_a_packet_and_its_acknowledgement_are_one_packet():
    async with pair() as (plain, short):
        assert plain.channel is not None
        assert short.channel is not None
        channel = short.channel

        def answer(message: bytes | str) -> None:
            channel.send(f"first {message!s}")
            channel.send("second")

        on_message(channel, answer)
        sizes: list[int] = []
        association = short.association
        assert association is not None
        assert association._path is not None
        send = association._path.send

        def count(data: bytes) -> None:
            sizes.append(len(data))
            assert unpack_from("!H", data)[0] == association._local_port
            send(data)

        association._path.send = count  # type: ignore[method-assign]  # counted below what is tested
        for number in range(20):
            plain.channel.send(str(number))
            await plain.until(2 * number + 2)
    assert plain.heard == [text for number in range(20) for text in (f"first {number}", "second")]
    assert len(sizes) < 20 + 10


async def test_messages_sent_together_from_nowhere_are_one_packet():
    async with pair() as (plain, short):
        assert short.channel is not None
        assert short.association is not None
        short.association.hold_chunks()
        for number in range(5):
            short.channel.send(str(number))
        assert short.association.release_chunks() is None
        await plain.until(5)
    assert plain.heard == [str(number) for number in range(5)]
