"""The short way of packets: nothing lost, nothing out of order, and an end that is noticed."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection

from s2s.transport.aiortc_patches import DataChannelAssociation, on_message, tune
from s2s.transport.aiortc_patches.direct_io import DTLS_BYTES, Receive, run_now

LIMIT_S = 30


class End:
    """One of two peers, what it heard, and how its connection ended."""

    def __init__(self) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.heard: list[bytes | str] = []
        self.came, self.closed = asyncio.Event(), asyncio.Event()
        self.channel: RTCDataChannel | None = None
        self.association: DataChannelAssociation | None = None

        @self.connection.on("connectionstatechange")
        def changed() -> None:
            if self.connection.connectionState in ("closed", "failed"):
                self.closed.set()

    def take(self, message: bytes | str) -> None:
        self.heard.append(message)
        self.came.set()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(LIMIT_S):
            while len(self.heard) < count:
                self.came.clear()
                await self.came.wait()


@asynccontextmanager
async def pair() -> AsyncIterator[tuple[End, End]]:
    """An aiortc as it comes, and one whose packets take the short way."""
    plain, short = End(), End()
    opened, acknowledged = asyncio.Event(), asyncio.Event()

    @short.connection.on("datachannel")
    def came(channel: RTCDataChannel) -> None:
        short.channel = channel
        on_message(channel, short.take)
        opened.set()

    plain.channel = plain.connection.createDataChannel("audio")
    plain.channel.on("message", plain.take)
    plain.channel.on("open", acknowledged.set)
    await plain.connection.setLocalDescription(await plain.connection.createOffer())
    await short.connection.setRemoteDescription(plain.connection.localDescription)
    await short.connection.setLocalDescription(await short.connection.createAnswer())
    short.association = tune(short.connection)
    await plain.connection.setRemoteDescription(short.connection.localDescription)
    try:
        async with asyncio.timeout(LIMIT_S):
            await opened.wait()
            await acknowledged.wait()
        yield plain, short
    finally:
        await asyncio.gather(plain.connection.close(), short.connection.close())


async def test_messages_small_and_in_many_pieces_come_in_order_both_ways():
    said: list[bytes | str] = []
    for number in range(60):
        said += [number.to_bytes(2, "big") * 320, f"number {number}", b"", ""]
    said += [b"a picture in pieces" * 3_000, "the last"]
    async with pair() as (plain, short):
        assert plain.channel is not None
        assert short.channel is not None
        for message in said:
            plain.channel.send(message)
            short.channel.send(message)
        await asyncio.gather(plain.until(len(said)), short.until(len(said)))
    assert plain.heard == said
    assert short.heard == said


async def test_a_message_goes_out_before_the_sender_does_anything_else():
    async with pair() as (plain, short):
        assert short.channel is not None
        short.channel.send("at once")
        assert short.channel.bufferedAmount == 0
        await plain.until(1)


async def test_the_answer_to_a_message_may_be_sent_while_it_is_being_heard():
    async with pair() as (plain, short):
        assert plain.channel is not None
        assert short.channel is not None
        on_message(short.channel, short.channel.send)
        for number in range(50):
            plain.channel.send(str(number))
        await plain.until(50)
    assert plain.heard == [str(number) for number in range(50)]


async def test_a_reliable_channel_delivers_all_in_order_despite_lost_and_swapped_packets():
    said: list[bytes | str] = [
        number.to_bytes(2, "big") * (3_000 if number % 10 == 0 else 300) for number in range(120)
    ]
    async with pair() as (plain, short):
        assert plain.channel is not None
        sctp = short.connection.sctp
        assert sctp is not None
        luck = random.Random(5)
        held: list[tuple[bytes, tuple[str, int]]] = []
        for protocol in sctp.transport.transport._connection._protocols:
            through = protocol.datagram_received

            def lossy(data: bytes, address: tuple[str, int], through: Receive = through) -> None:
                chance = luck.random() if data[0] in DTLS_BYTES else 1.0
                if chance < 0.1:
                    return
                if chance < 0.2:
                    held.append((data, address))
                    return
                through(data, address)
                while held:
                    through(*held.pop())

            protocol.datagram_received = lossy
        for message in said:
            plain.channel.send(message)
        await short.until(len(said))
    assert short.heard == said


async def test_the_other_side_leaves_and_it_is_noticed():
    async with pair() as (plain, short):
        await plain.connection.close()
        async with asyncio.timeout(LIMIT_S):
            await short.closed.wait()


async def test_records_that_nobody_sent_change_nothing():
    async with pair() as (plain, short):
        assert plain.channel is not None
        sctp = short.connection.sctp
        assert sctp is not None
        ice = sctp.transport.transport._connection
        for garbage in (b"\x17" * 40, b"\x16\xfe\xfd", bytes(range(20, 64)) * 30, b"\x00", b"\xff" * 20, b""):
            for protocol in ice._protocols:
                protocol.datagram_received(garbage, ("192.0.2.1", 9))
        plain.channel.send("still there")
        await short.until(1)
    assert short.heard == ["still there"]


async def test_a_fault_of_ours_ends_the_connection_as_it_does_without_the_short_way(caplog: pytest.LogCaptureFixture):
    async with pair() as (plain, short):
        assert plain.channel is not None
        assert short.channel is not None

        def fail(message: bytes | str) -> None:
            raise LookupError("a fault of ours")

        on_message(short.channel, fail)
        plain.channel.send("trouble")
        async with asyncio.timeout(LIMIT_S):
            await short.closed.wait()
    assert "a packet could not be handled" in caplog.text


async def test_work_that_waits_goes_on_in_a_task_and_keeps_its_faults():
    gate: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    done: list[str] = []

    async def work() -> None:
        done.append("begun")
        try:
            done.append(await gate)
            await asyncio.sleep(0)
            raise LookupError("later")
        finally:
            done.append("ended")

    rest = run_now(work())
    assert done == ["begun"]
    assert rest is not None
    gate.set_result("gate")
    with pytest.raises(LookupError, match="later"):
        await rest
    assert done == ["begun", "gate", "ended"]


async def test_work_that_waits_can_be_cancelled():
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("ended")

    rest = run_now(work())
    assert rest is not None
    await asyncio.sleep(0)
    rest.cancel()
    with pytest.raises(asyncio.CancelledError):
        await rest
    assert ended == ["ended"]
