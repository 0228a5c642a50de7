"""Acknowledgements of SCTP packets: fewer, and never where a sender waits for one."""

import asyncio
from collections.abc import Awaitable, Callable

import aiortc
from aiortc import RTCConfiguration, RTCPeerConnection

from s2s.transport.aiortc_patches.delayed_sack import (
    CALM_AFTER_PACKETS,
    KNOWN_VERSION,
    LONGEST_DELAY_S,
    DelayedAcks,
    delay_acks,
)

LIMIT_S = 30


class FakeAssociation:
    """As much of aiortc's as is looked at."""

    def __init__(self) -> None:
        self._sack_needed = True
        self._sack_misordered: set[int] = set()
        self._sack_duplicates: list[int] = []
        self._send_sack: Callable[[], Awaitable[None]] = self._count
        self.state = "connected"
        self.sent = 0
        self.came = asyncio.Event()

    async def _count(self) -> None:
        self.sent += 1
        self._sack_needed = False
        self.came.set()


def test_the_aiortc_that_is_installed_is_one_that_was_read():
    assert aiortc.__version__.startswith(KNOWN_VERSION), "read its RTCSctpTransport, then correct s2s/sctp_acks"


async def test_every_second_packet_is_acknowledged():
    association = FakeAssociation()
    acks = DelayedAcks(association)
    for _ in range(10):
        association._sack_needed = True
        await acks()
        assert not association._sack_needed
    assert association.sent == 5


async def _packets(acks: DelayedAcks, association: FakeAssociation, count: int) -> int:
    """How many of them were acknowledged at once."""
    before = association.sent
    for _ in range(count):
        association._sack_needed = True
        await acks()
    return association.sent - before


async def test_on_a_calm_line_every_fourth_packet_is_acknowledged():
    association = FakeAssociation()
    acks = DelayedAcks(association, clock=lambda: 1.0)
    await _packets(acks, association, CALM_AFTER_PACKETS)
    assert await _packets(acks, association, 40) == 10


async def test_after_a_gap_the_line_has_to_be_calm_again_for_a_while():
    association = FakeAssociation()
    acks = DelayedAcks(association, clock=lambda: 1.0)
    await _packets(acks, association, CALM_AFTER_PACKETS + 4)
    association._sack_misordered = {7}
    assert await _packets(acks, association, 1) == 1
    association._sack_misordered = set()
    assert await _packets(acks, association, 1 + 20) == 1 + 10


async def test_after_a_pause_the_line_has_to_be_calm_again_for_a_while():
    now_s = 1.0
    association = FakeAssociation()
    acks = DelayedAcks(association, clock=lambda: now_s)
    await _packets(acks, association, CALM_AFTER_PACKETS + 4)
    now_s += 2 * LONGEST_DELAY_S
    assert await _packets(acks, association, 20) == 10


async def test_a_packet_that_came_after_the_last_acknowledgement_has_its_own_full_delay():
    now_s = 1.0
    association = FakeAssociation()
    acks = DelayedAcks(association, clock=lambda: now_s)
    await _packets(acks, association, 2)
    now_s += 0.09
    await _packets(acks, association, 1)
    now_s += 0.02
    acks._no_more_came()
    await asyncio.sleep(0)
    assert association.sent == 1
    now_s += 0.09
    acks._no_more_came()
    await asyncio.sleep(0)
    assert association.sent == 2


async def test_a_gap_and_its_end_and_a_repetition_are_acknowledged_at_once():
    association = FakeAssociation()
    acks = DelayedAcks(association)
    association._sack_misordered = {7}
    await acks()
    await acks()
    association._sack_misordered = set()
    await acks()
    association._sack_duplicates = [3]
    await acks()
    assert association.sent == 4


async def test_a_last_packet_is_acknowledged_after_a_moment():
    association = FakeAssociation()
    await DelayedAcks(association)()
    async with asyncio.timeout(LIMIT_S):
        await association.came.wait()
    assert association.sent == 1


async def test_nothing_is_sent_to_a_browser_that_left_meanwhile():
    association = FakeAssociation()
    acks = DelayedAcks(association)
    await acks()
    association.state = "closed"
    acks._no_more_came()
    await asyncio.sleep(0)
    assert association.sent == 0


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
    assert there.sctp is not None
    sent = 0
    send = there.sctp._send_sack

    async def count() -> None:
        nonlocal sent
        sent += 1
        await send()

    there.sctp._send_sack = count  # type: ignore[method-assign]  # counted below what is tested
    delay_acks(there)
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
