"""Talkers of the gateways that carry PCM over a DataChannel: ours, and the bare bridge."""

import asyncio
import struct
from abc import abstractmethod
from collections import deque
from time import monotonic
from typing import Any

import httpx
from aiortc import RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from aiortc.rtcdtlstransport import RTCDtlsTransport
from msgspec import UNSET

from bench.clients.transports import session_headers
from bench.harness.talker import NO_ICE_SERVERS, TIMEOUT_S, LoadTalker
from bench.harness.test_tones import tone_frames
from s2s import wire
from s2s.transport.aiortc_patches import tune

REPORT_S = 0.3
PING_S = 1.0
ROUND_TRIPS = 5
"""The page tells the shortest of its last few."""
_HEADER = struct.Struct(">BBHII")


class ChannelTalker(LoadTalker):
    """20 ms of PCM a message; packets are acknowledged as browsers do it."""

    frames = tone_frames(wire.INPUT_RATE)

    def __init__(self, number: int, http: httpx.AsyncClient) -> None:
        super().__init__(number, http)
        self.peer = RTCPeerConnection(NO_ICE_SERVERS)
        self.audio: RTCDataChannel
        self.headers: dict[str, str] = {}
        """Of requests about the call."""
        self._mic: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()

    def transport(self) -> RTCDtlsTransport:
        assert self.peer.sctp is not None
        return self.peer.sctp.transport

    async def close(self) -> None:
        if self._mic is not None:
            self._mic.cancel()
        await self.peer.close()

    async def connect(self, path: str, channels: list[RTCDataChannel]) -> None:
        """Offers, takes the answer, waits until the channels are open, starts the microphone."""
        tune(self.peer, direct_io=False)
        opened = [_open_future(channel) for channel in channels]
        await self.peer.setLocalDescription(await self.peer.createOffer())
        offer = {"sdp": self.peer.localDescription.sdp, "type": "offer"}
        self.mark_step("offered")
        answer = await self.http.post(path, json=offer, headers=self.headers)
        answer.raise_for_status()
        self.mark_step("answered")
        told = answer.json()
        await self.peer.setRemoteDescription(RTCSessionDescription(told["sdp"], told["type"]))
        async with asyncio.timeout(TIMEOUT_S):
            await asyncio.gather(*opened)
        self.mark_step("connected")
        self.start_microphone()
        self._arm()

    @abstractmethod
    def encode_frame(self, index: int) -> bytes: ...

    def _arm(self) -> None:
        self._mic = self._loop.call_later(self.next_due - monotonic(), self._speak)

    def _speak(self) -> None:
        if self.audio.readyState == "open":
            self.audio.send(self.encode_frame(self.next_frame_index()))
            self._arm()


class BridgeTalker(ChannelTalker):
    """PCM and nothing else; an empty text means "be silent"."""

    async def open(self) -> None:
        self.mark_step("began")
        self.audio = self.peer.createDataChannel("audio", ordered=True, maxRetransmits=0)
        self.audio.on("message", self._take)
        await self.connect("/offer", [self.audio])

    def encode_frame(self, index: int) -> bytes:
        return self.frames[index]

    def _take(self, data: bytes | str) -> None:
        if isinstance(data, bytes):
            self.receive_voice(data)
        else:
            self.down["flush"] += 1
            self.flush_times.append(monotonic())


class S2STalker(ChannelTalker):
    """As our page: two channels, `played` every 300 ms of a voice and at its end, a ping with the round trip every
    second."""

    def __init__(self, number: int, http: httpx.AsyncClient) -> None:
        super().__init__(number, http)
        self._seq = 0
        self._session: dict[str, Any] = {}
        self._control: RTCDataChannel
        self._turn = -1
        self._turn_frames = 0
        self._reported_ms = 0
        self._over = False
        self._began_at = 0.0
        self._dead = -1
        self._trips_ms: deque[float] = deque(maxlen=ROUND_TRIPS)

    async def open(self) -> None:
        self.mark_step("began")
        created = await self.http.post("/api/session/create")
        created.raise_for_status()
        self._session = created.json()
        self.audio = self.peer.createDataChannel(wire.AUDIO_CHANNEL, ordered=True, maxRetransmits=0)
        self._control = self.peer.createDataChannel(wire.CONTROL_CHANNEL, ordered=True)
        self.audio.on("message", self._take)
        self._control.on("message", self._told)
        self._control.on("open", self._greet)
        self.headers = session_headers(self._session)
        await self.connect(f"/api/session/{self._session['session_id']}/offer", [self.audio, self._control])

    async def close(self) -> None:
        if self._session:
            await self.http.delete(f"/api/session/{self._session['session_id']}", headers=self.headers)
        await super().close()

    def encode_frame(self, index: int) -> bytes:
        self._seq += 1
        clock_ms = int(monotonic() * 1000) & 0xFFFFFFFF
        return _HEADER.pack(wire.WIRE_VERSION, 0, 0, self._seq - 1, clock_ms) + self.frames[index]

    def _greet(self) -> None:
        self._tell(wire.Hello(client="bench", session_key=self._session.get("session_key", "")))
        self._ping()

    def _ping(self) -> None:
        if self._control.readyState == "open":
            shortest = int(min(self._trips_ms)) if self._trips_ms else UNSET
            self._tell(wire.Ping(ms=int(monotonic() * 1000), round_trip_ms=shortest))
            self._loop.call_later(PING_S, self._ping)

    def _tell(self, message: wire.FromBrowser) -> None:
        if self._control.readyState == "open":
            self.up[message_kind(message)] += 1
            self._control.send(wire.encode(message))

    def _take(self, data: bytes) -> None:
        self.receive_voice(data[wire.HEADER_BYTES :])
        turn = data[2] << 8 | data[3]
        if turn not in (self._turn, self._dead):
            self._turn, self._turn_frames, self._reported_ms, self._over = turn, 0, 0, False
            self._began_at = monotonic()
            self._report(turn)
        self._turn_frames += 1
        if data[1] & wire.FLAG_LAST_OF_TURN:
            rest_s = self._began_at + self._turn_frames * wire.FRAME_MS / 1000 - monotonic()
            self._loop.call_later(max(0.0, rest_s), self._ended, turn)

    def _report(self, turn: int) -> None:
        """What the page tells about its loudspeaker while the voice is played."""
        if turn != self._turn or self._over:
            return
        self._tell_played(turn)
        self._loop.call_later(REPORT_S, self._report, turn)

    def _ended(self, turn: int) -> None:
        if turn == self._turn:
            self._over = True
            self._tell_played(turn)

    def _tell_played(self, turn: int) -> None:
        heard_ms = min(self._turn_frames * wire.FRAME_MS, int((monotonic() - self._began_at) * 1000))
        if heard_ms > self._reported_ms or not self._reported_ms:
            self._reported_ms = heard_ms
            self._tell(wire.Played(turn=turn, ms=heard_ms))

    def _told(self, text: str) -> None:
        message = wire.decode_to_browser(text)
        self.down[f"notice {message.code}" if isinstance(message, wire.Notice) else message_kind(message)] += 1
        if isinstance(message, wire.Pong):
            self._trips_ms.append(max(0.0, monotonic() * 1000 - message.ms))
        elif isinstance(message, wire.Flush):
            self.flush_times.append(monotonic())
            heard_ms = min(self._turn_frames * wire.FRAME_MS, int((monotonic() - self._began_at) * 1000))
            self._turn, self._dead = -1, message.turn
            self._tell(wire.Played(turn=message.turn, ms=heard_ms))


def message_kind(message: wire.FromBrowser | wire.ToBrowser) -> str:
    """Its name on the wire."""
    return str(type(message).__struct_config__.tag)


def _open_future(channel: RTCDataChannel) -> asyncio.Future[None]:
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def opened() -> None:
        if not future.done():
            future.set_result(None)

    channel.once("open", opened)
    return future
