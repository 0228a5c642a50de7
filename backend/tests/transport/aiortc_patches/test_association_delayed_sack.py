"""Acknowledgements of SCTP packets: fewer, and never where a sender waits for one."""

import asyncio

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.rtcsctptransport import Chunk, RTCSctpTransport, SackChunk

from s2s.transport.aiortc_patches import DataChannelAssociation, tune
from s2s.transport.aiortc_patches.association import CALM_AFTER_PACKETS, MAX_SACK_DELAY_S

LIMIT_S = 30


class Line:
    """An association whose acknowledgements are counted."""

    def __init__(self) -> None:
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        connection.createDataChannel("audio")
        association = tune(connection, direct_io=False)
        assert association is not None
        self.sctp: DataChannelAssociation = association
        self.sctp._last_received_tsn = 1
        self.sctp._send_chunk = self._count  # type: ignore[method-assign]  # counted below what is tested
        self.sctp._data_channel_queue.clear()
        self.sctp._set_state(RTCSctpTransport.State.ESTABLISHED)
        self.sent = 0
        self.came = asyncio.Event()

    async def _count(self, chunk: Chunk) -> None:
        assert isinstance(chunk, SackChunk)
        self.sent += 1
        self.came.set()

    def at(self, now_s: float) -> None:
        self.sctp._now_s = lambda: now_s

    async def packets(self, count: int) -> int:
        """How many of them were acknowledged at once."""
        before = self.sent
        for _ in range(count):
            self.sctp._sack_needed = True
            await self.sctp._send_sack()
            assert not self.sctp._sack_needed
        return self.sent - before


@pytest.fixture
async def line() -> Line:
    line = Line()
    await asyncio.sleep(0)
    return line


async def test_every_second_packet_is_acknowledged(line: Line):
    assert await line.packets(10) == 5


async def test_on_a_calm_line_every_fourth_packet_is_acknowledged(line: Line):
    line.at(1.0)
    await line.packets(CALM_AFTER_PACKETS)
    assert await line.packets(40) == 10


async def test_after_a_gap_the_line_has_to_be_calm_again_for_a_while(line: Line):
    line.at(1.0)
    await line.packets(CALM_AFTER_PACKETS + 4)
    line.sctp._sack_misordered = {7}
    assert await line.packets(1) == 1
    line.sctp._sack_misordered = set()
    assert await line.packets(1 + 20) == 1 + 10


async def test_after_a_pause_the_line_has_to_be_calm_again_for_a_while(line: Line):
    line.at(1.0)
    await line.packets(CALM_AFTER_PACKETS + 4)
    line.at(1.0 + 2 * MAX_SACK_DELAY_S)
    assert await line.packets(20) == 10


async def test_a_packet_that_came_after_the_last_acknowledgement_has_its_own_full_delay(line: Line):
    line.at(1.0)
    await line.packets(2)
    line.at(1.09)
    await line.packets(1)
    line.at(1.11)
    line.sctp._on_sack_timeout()
    await asyncio.sleep(0)
    assert line.sent == 1
    line.at(1.20)
    line.sctp._on_sack_timeout()
    await asyncio.sleep(0)
    assert line.sent == 2


async def test_a_gap_and_its_end_and_a_repetition_are_acknowledged_at_once(line: Line):
    line.sctp._sack_misordered = {7}
    assert await line.packets(2) == 2
    line.sctp._sack_misordered = set()
    assert await line.packets(1) == 1
    line.sctp._sack_duplicates = [3]
    assert await line.packets(1) == 1


async def test_a_last_packet_is_acknowledged_after_a_moment(line: Line):
    await line.packets(1)
    async with asyncio.timeout(LIMIT_S):
        await line.came.wait()
    assert line.sent == 1


async def test_nothing_is_sent_to_a_browser_that_left_meanwhile(line: Line):
    await line.packets(1)
    line.sctp._set_state(RTCSctpTransport.State.CLOSED)
    line.sctp._on_sack_timeout()
    await asyncio.sleep(0)
    assert line.sent == 0


async def test_two_real_peers_lose_nothing_and_send_about_half_the_acknowledgements():
    here, there = (RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2))
    heard: list[bytes] = []
    all_heard, opened = asyncio.Event(), asyncio.Event()

    def hear(message: bytes) -> None:
        heard.append(message)
        if len(heard) == 100:
            all_heard.set()

    there.on("datachannel", lambda channel: channel.on("message", hear))
    channel = here.createDataChannel("audio", ordered=True, maxRetransmits=0)
    channel.on("open", opened.set)
    await here.setLocalDescription(await here.createOffer())
    await there.setRemoteDescription(here.localDescription)
    await there.setLocalDescription(await there.createAnswer())
    association = tune(there)
    assert association is not None
    sent = 0
    send = association._send_chunk

    async def count(chunk: Chunk) -> None:
        nonlocal sent
        sent += isinstance(chunk, SackChunk)
        await send(chunk)

    association._send_chunk = count  # type: ignore[method-assign]  # counted below what is tested
    await here.setRemoteDescription(there.localDescription)
    async with asyncio.timeout(LIMIT_S):
        await opened.wait()
        for number in range(100):
            channel.send(number.to_bytes(2, "big") * 320)
            await asyncio.sleep(0)
        await all_heard.wait()
    assert [int.from_bytes(message[:2], "big") for message in heard] == list(range(100))
    assert sent < 75
    await asyncio.gather(here.close(), there.close())
