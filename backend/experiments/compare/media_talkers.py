"""Talkers of the gateways that carry Opus on a media track.

What they say is encoded once and sent by all: the cost of encoding would be the talkers', not the gateway's. What
comes is decoded on arrival, without a jitter buffer, so that the stamp is the packet's.
"""

import asyncio
import json
from abc import abstractmethod
from fractions import Fraction
from functools import cache
from time import monotonic
from typing import Any
from uuid import uuid4

import httpx
import numpy as np
from aiortc import MediaStreamTrack, RTCDataChannel, RTCPeerConnection, RTCRtpReceiver, RTCSessionDescription
from aiortc.codecs.opus import OpusEncoder
from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtp import RtpPacket
from av import AudioFrame, CodecContext
from av.packet import Packet

from bench.harness.talker import NO_ICE_SERVERS, LoadTalker, wait_until_connected
from bench.harness.test_tones import FRAME_MS, tone_frames

RATE = 48_000
SAMPLES = RATE * FRAME_MS // 1000
PING_S = 1.0


@cache
def encoded() -> list[bytes]:
    """The talker's loop as Opus packets, made as aiortc would: 96 kbit/s, stereo."""
    encoder, packets = OpusEncoder(), []
    for number, pcm in enumerate(tone_frames(RATE)):
        frame = AudioFrame.from_ndarray(np.frombuffer(pcm, "<i2").reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, number * SAMPLES, Fraction(1, RATE)
        packets += encoder.encode(frame)[0]
    return packets


class LoopTrack(MediaStreamTrack):
    """The loop of a talker, a packet every 20 ms."""

    kind = "audio"

    def __init__(self, talker: LoadTalker) -> None:
        super().__init__()
        self._talker, self._packets, self._sent = talker, encoded(), 0

    async def recv(self) -> "Packet[Any]":
        if not self._sent:
            self._talker.start_microphone()
        await asyncio.sleep(self._talker.next_due - monotonic())
        packet = Packet(self._packets[self._talker.next_frame_index() % len(self._packets)])
        packet.pts, packet.time_base = self._sent * SAMPLES, Fraction(1, RATE)
        self._sent += 1
        return packet


class TrackTalker(LoadTalker):
    """Opus both ways, and a data channel for the peer's own words."""

    def __init__(self, number: int, http: httpx.AsyncClient) -> None:
        super().__init__(number, http)
        self.peer = RTCPeerConnection(NO_ICE_SERVERS)
        self._codec: Any = CodecContext.create("libopus", "r")
        self._codec.format, self._codec.layout, self._codec.sample_rate = "s16", "stereo", RATE
        self._receiver: RTCRtpReceiver

    def transport(self) -> RTCDtlsTransport:
        return self._receiver.transport

    async def close(self) -> None:
        await self.peer.close()

    async def open(self) -> None:
        self.mark_step("began")
        channel = self.peer.createDataChannel("chat", ordered=True)
        channel.on("message", self._count)
        self.greet(channel)
        self.peer.addTrack(LoopTrack(self))
        self._receiver = self.peer.getTransceivers()[0].receiver
        # The receiver's own way leads through a jitter buffer and a thread; aiortc offers no other entrance.
        self._receiver._handle_rtp_packet = self._take  # type: ignore[method-assign]  # of this receiver only
        await self.peer.setLocalDescription(await self.peer.createOffer())
        offer = {"sdp": self.peer.localDescription.sdp, "type": "offer"}
        self.mark_step("offered")
        answer = await self.http.post(self.path(), json=offer | self.extra_fields())
        answer.raise_for_status()
        self.mark_step("answered")
        told = answer.json()
        await self.peer.setRemoteDescription(RTCSessionDescription(told["sdp"], told["type"]))
        await wait_until_connected(self.peer)
        self.mark_step("connected")

    @abstractmethod
    def path(self) -> str: ...

    @abstractmethod
    def greet(self, channel: RTCDataChannel) -> None: ...

    def extra_fields(self) -> dict[str, Any]:
        return {}

    def _count(self, _: bytes | str) -> None:
        self.down["text"] += 1

    async def _take(self, packet: RtpPacket, arrival_time_ms: int) -> None:
        for frame in self._codec.decode(Packet(packet.payload)):
            self.receive_voice(frame.to_ndarray().tobytes())


class PipecatTalker(TrackTalker):
    """Says client-ready as its own client does, and pings every second."""

    def path(self) -> str:
        return "/api/offer"

    def greet(self, channel: RTCDataChannel) -> None:
        def opened() -> None:
            ready = {"version": "1.0.0", "about": {"library": "bench"}}
            channel.send(json.dumps({"label": "rtvi-ai", "type": "client-ready", "id": "1", "data": ready}))
            ping()

        def ping() -> None:
            if channel.readyState == "open":
                self.up["ping"] += 1
                channel.send(f"ping: {int(monotonic() * 1000)}")
                asyncio.get_running_loop().call_later(PING_S, ping)

        channel.once("open", opened)


class FastrtcTalker(TrackTalker):
    """Its own page names each call."""

    def path(self) -> str:
        return "/webrtc/offer"

    def greet(self, channel: RTCDataChannel) -> None:
        """Its page says nothing on its channel."""

    def extra_fields(self) -> dict[str, Any]:
        return {"webrtc_id": uuid4().hex}
