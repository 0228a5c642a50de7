"""Floods over the data channels of a peer connection, past the sender's own flow control."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from aiortc.rtcsctptransport import SCTP_DATA_FIRST_FRAG, SCTP_DATA_LAST_FRAG, DataChunk, RTCSctpTransport

from tests.attacks.stranger import PATIENCE_S, Place, create

SECONDS = 1.5
CRUMBS_LIMIT_S = 20.0
"""A slow machine takes a while to send as many as the limit allows."""
PIECE = bytes(1_150)
BINARY_PROTOCOL = 53
WHOLE = SCTP_DATA_FIRST_FRAG | SCTP_DATA_LAST_FRAG


@dataclass(frozen=True, slots=True)
class Poured:
    """What a flood sent, and whether the gateway ended the connection."""

    sent_bytes: int
    is_open: bool


class Page:
    """The attacker's end: a connection that is greeted, and its raw association."""

    def __init__(self, connection: RTCPeerConnection, audio: RTCDataChannel, control: RTCDataChannel) -> None:
        self.connection = connection
        self.audio = audio
        self.control = control
        assert connection.sctp is not None
        self.sctp: RTCSctpTransport = connection.sctp

    @property
    def is_open(self) -> bool:
        return self.control.readyState == "open"

    def next_tsn(self) -> int:
        tsn = self.sctp._local_tsn
        self.sctp._local_tsn = (tsn + 1) % 2**32
        return int(tsn)

    async def force(self, payload: bytes, flags: int, seq: int) -> bool:
        """One chunk on the control channel, whatever window was announced. False: the connection is gone."""
        chunk = DataChunk(flags=flags)
        chunk.tsn, chunk.stream_id, chunk.stream_seq = self.next_tsn(), self.control.id or 0, seq & 0xFFFF
        chunk.protocol, chunk.user_data = BINARY_PROTOCOL, payload
        try:
            await self.sctp._send_chunk(chunk)
        except ConnectionError:
            return False
        return self.is_open


@asynccontextmanager
async def connected(place: Place) -> AsyncIterator[Page]:
    """A session over WebRTC."""
    call = await create(place)
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    audio = connection.createDataChannel("audio", ordered=True, maxRetransmits=0)
    control = connection.createDataChannel("control")
    both = asyncio.gather(_opened(audio), _opened(control))
    await connection.setLocalDescription(await connection.createOffer())
    async with place.http() as http:
        answer = await http.post(
            f"{call.path}/offer",
            json={"sdp": connection.localDescription.sdp, "type": "offer"},
            headers=call.headers,
        )
    assert answer.status_code == 200, answer.text
    await connection.setRemoteDescription(RTCSessionDescription(**answer.json()))
    async with asyncio.timeout(PATIENCE_S):
        await both
    control.send(call.hello)
    try:
        yield Page(connection, audio, control)
    finally:
        await connection.close()
        async with place.http() as http:
            await http.delete(call.path, headers=call.headers)


async def _opened(channel: RTCDataChannel) -> None:
    if channel.readyState != "open":
        event = asyncio.Event()
        channel.on("open", event.set)
        await event.wait()


async def _pour(page: Page, *, first_flags: int, flags: int, counts: bool, piece: bytes = PIECE) -> Poured:
    """Chunks for some time. `counts`: each is a message of its own."""
    seq = int(page.sctp._outbound_stream_seq.get(page.control.id, 0))
    sent, end = 0, time.monotonic() + SECONDS
    while time.monotonic() < end and page.is_open:
        for _ in range(50):
            if not await page.force(piece, first_flags if sent == 0 else flags, seq):
                break
            sent += len(piece)
            seq += counts
        await asyncio.sleep(0.002)
    return Poured(sent, page.is_open)


async def endless_message(place: Place) -> Poured:
    """Fragments of a message that has no end."""
    async with connected(place) as page:
        return await _pour(page, first_flags=SCTP_DATA_FIRST_FRAG, flags=0, counts=False)


async def behind_a_gap(place: Place) -> Poured:
    """Whole messages behind one that never comes."""
    async with connected(place) as page:
        page.next_tsn()
        return await _pour(page, first_flags=WHOLE, flags=WHOLE, counts=True)


async def crumbs_behind_a_gap(place: Place) -> Poured:
    """The same with messages of one byte."""
    async with connected(place) as page:
        page.next_tsn()
        return await _pour(page, first_flags=WHOLE, flags=WHOLE, counts=True, piece=b"x")


async def big_messages(place: Place) -> bool:
    """Messages of 250 kB on both channels; returns whether the call still stands."""
    async with connected(place) as page:
        for _ in range(20):
            page.control.send("x" * 250_000)
            page.audio.send(bytes(250_000))
        await asyncio.sleep(SECONDS)
        return page.is_open


async def crumbs(place: Place) -> bool:
    """Audio messages of one byte, as many as pass; returns whether the call still stands."""
    async with connected(place) as page:
        end = time.monotonic() + CRUMBS_LIMIT_S
        while time.monotonic() < end and page.audio.readyState == "open":
            if page.audio.bufferedAmount < 20_000:
                for _ in range(200):
                    page.audio.send(b"x")
            await asyncio.sleep(0.001)
        return page.audio.readyState == "open"


async def many_channels(place: Place) -> bool:
    """Three hundred channels; returns whether the call still stands."""
    async with connected(place) as page:
        for _ in range(300):
            page.connection.createDataChannel("audio")
        await asyncio.sleep(SECONDS)
        return page.is_open
