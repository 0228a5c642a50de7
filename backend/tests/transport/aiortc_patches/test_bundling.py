"""Chunks that share a packet: fewer packets, the same messages, acknowledgements first."""

from struct import unpack_from

import aiortc
import pytest
from aiortc.rtcsctptransport import Chunk, DataChunk, HeartbeatAckChunk, SackChunk, parse_packet

from s2s.transport.aiortc_patches.bundling import KNOWN_VERSION, MOST_BYTES, Bundle
from s2s.transport.aiortc_patches.delayed_sack import delay_acks
from s2s.transport.aiortc_patches.direct_io import hear, run_now
from tests.transport.aiortc_patches.test_direct_io import pair

HEADER_BYTES = 12


class FakeAssociation:
    """As much of aiortc's as is looked at."""

    _local_port = _remote_port = 5000
    _remote_verification_tag = 7

    def __init__(self) -> None:
        self.alone: list[Chunk] = []
        self._send_chunk = self._take

    async def _take(self, chunk: Chunk) -> None:
        self.alone.append(chunk)


class FakeDtls:
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


async def _released(together: Bundle) -> None:
    if together.release():
        await together.go()


@pytest.fixture
def line() -> tuple[Bundle, FakeAssociation, FakeDtls]:
    association, dtls = FakeAssociation(), FakeDtls()
    return Bundle(association, dtls), association, dtls


Line = tuple[Bundle, FakeAssociation, FakeDtls]


def test_the_aiortc_that_is_installed_is_one_that_was_read():
    assert aiortc.__version__.startswith(KNOWN_VERSION), "read its _send_chunk, then correct s2s/sctp_bundle"


async def test_a_chunk_that_nobody_holds_goes_at_once(line: Line):
    together, _, dtls = line
    await together(_data(10))
    await together(_sack())
    assert dtls.kinds() == ["Data", "Sack"]


async def test_what_is_held_shares_a_packet_and_the_acknowledgement_comes_first(line: Line):
    together, _, dtls = line
    together.hold()
    for chunk in (_data(972), _data(61), _sack()):
        await together(chunk)
    assert dtls.packets == []
    await _released(together)
    assert dtls.kinds() == ["Sack Data Data"]


async def test_what_does_not_fit_in_goes_in_the_next_packet_in_order(line: Line):
    together, _, dtls = line
    together.hold()
    for size in (972, 972, 1200, 100, 30):
        await together(_data(size))
    await _released(together)
    assert [[len(chunk.user_data) for chunk in packet] for packet in dtls.packets] == [[972], [972], [1200], [100, 30]]
    assert max(dtls.sizes) <= MOST_BYTES + HEADER_BYTES


async def test_only_the_outer_release_lets_it_go(line: Line):
    together, _, dtls = line
    together.hold()
    together.hold()
    await together(_data(10))
    await _released(together)
    assert dtls.packets == []
    await _released(together)
    assert dtls.kinds() == ["Data"]


async def test_what_is_neither_data_nor_acknowledgement_goes_by_itself_behind_what_waits(line: Line):
    together, association, dtls = line
    together.hold()
    await together(_data(10))
    await together(HeartbeatAckChunk())
    assert dtls.kinds() == ["Data"]
    assert len(association.alone) == 1
    await _released(together)
    assert dtls.kinds() == ["Data"]


async def test_a_connection_lost_while_held_is_reported_on_release_and_holds_nothing_after(line: Line):
    together, _, dtls = line
    together.hold()
    await together(_data(10))
    dtls.gone = True
    with pytest.raises(ConnectionError):
        await _released(together)
    dtls.gone = False
    await together(_data(20))
    assert [len(chunk.user_data) for chunk in dtls.packets[0]] == [20]


async def test_an_answer_to_a_packet_and_its_acknowledgement_are_one_packet():
    async with pair() as (plain, short):
        assert plain.channel is not None
        assert short.channel is not None
        channel = short.channel
        delay_acks(short.connection)

        def answer(message: bytes | str) -> None:
            channel.send(f"first {message!s}")
            channel.send("second")

        hear(channel, answer)
        sizes: list[int] = []
        sctp = short.connection.sctp
        assert sctp is not None
        send = sctp.transport._send_data

        async def count(data: bytes) -> None:
            sizes.append(len(data))
            assert unpack_from("!H", data)[0] == sctp._local_port
            await send(data)

        sctp.transport._send_data = count
        for number in range(20):
            plain.channel.send(str(number))
            await plain.until(2 * number + 2)
    assert plain.heard == [text for number in range(20) for text in (f"first {number}", "second")]
    assert len(sizes) < 20 + 10


async def test_messages_sent_together_from_nowhere_are_one_packet():
    async with pair() as (plain, short):
        assert short.channel is not None
        assert short.together is not None
        short.together.hold()
        for number in range(5):
            short.channel.send(str(number))
        assert short.together.release()
        assert run_now(short.together.go()) is None
        await plain.until(5)
    assert plain.heard == [str(number) for number in range(5)]
