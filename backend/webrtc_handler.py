"""Door 2, the browser: one peer connection with two data channels, joined to a session."""

import asyncio
import time
from collections.abc import Sequence

from aiortc import (
    RTCConfiguration,
    RTCDataChannel,
    RTCIceServer,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.exceptions import InvalidStateError

from s2s import wire
from s2s.errors import BadCandidate, BadOffer
from s2s.journal import LOGGER
from s2s.sdp import clean_offer, parse_candidate
from s2s.session import Session
from s2s.settings import IceServer
from s2s.vocabulary import (
    ActivityMarked,
    InterruptPressed,
    MicAudio,
    MicMuted,
    PlayedReport,
    TextTyped,
)

# aiortc alone notices a dead browser after half a minute; the page pings every 2 s.
SILENCE_MEANS_GONE_S = 6.0
# 4 s of voice: a listener that far behind hears no conversation, and old voice must not fill our memory.
AUDIO_BACKLOG_BYTES = 200 * (wire.HEADER_BYTES + 2 * wire.OUTPUT_SAMPLES)
NOTICE_PAUSE_S = 1.0


class BrowserPeer:
    """One peer connection. A session may see several, one after the other."""

    def __init__(self, session: Session, ice_servers: Sequence[IceServer]) -> None:
        servers = [RTCIceServer(urls=s.urls, username=s.username, credential=s.credential) for s in ice_servers]
        self._session = session
        # An empty list on purpose: without it aiortc asks a public STUN server.
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=servers))
        self._audio: RTCDataChannel | None = None
        self._control: RTCDataChannel | None = None
        self._loop = asyncio.get_running_loop()
        self._last_word_at = self._loop.time()
        self._noticed_at: dict[str, float] = {}
        self._watch: asyncio.TimerHandle | None = None
        self._closing: asyncio.Task[None] | None = None
        self.dropped_frames = 0
        self._connection.on("datachannel", self._on_channel)
        self._connection.on("connectionstatechange", self._on_state)

    # --- signalling ---

    async def answer(self, sdp: str) -> str:
        """The answer to an offer. Raises BadOffer; the connection is closed then."""
        try:
            await self._connection.setRemoteDescription(RTCSessionDescription(sdp=clean_offer(sdp), type="offer"))
            await self._connection.setLocalDescription(await self._connection.createAnswer())
        except Exception as fault:
            # aiortc's parser raises whatever its line of code happens to raise; all of it means "not an offer".
            await self._connection.close()
            raise BadOffer(f"the offer cannot be read: {type(fault).__name__}") from fault
        if self._connection.sctp is None:
            await self._connection.close()
            raise BadOffer("the offer has no data channel")
        return self._connection.localDescription.sdp

    async def add_candidate(self, candidate: str | None, sdp_mid: str | None, sdp_m_line_index: int | None) -> None:
        """None or an empty candidate ends them. Raises BadCandidate."""
        try:
            parsed = parse_candidate(candidate, sdp_mid, sdp_m_line_index) if candidate else None
            if parsed is not None or not candidate:
                await self._connection.addIceCandidate(parsed)
        except (ValueError, InvalidStateError) as fault:
            raise BadCandidate(str(fault)) from fault

    # --- the Browser port ---

    def send_frame(self, frame: bytes) -> None:
        """Drops the frame when the listener is 4 s behind."""
        channel = self._audio
        if channel is None or channel.readyState != "open":
            return
        if channel.bufferedAmount > AUDIO_BACKLOG_BYTES:
            self.dropped_frames += 1
            self._notice("warning", "voice_dropped", "Your connection is too slow for the voice; parts were dropped.")
            return
        channel.send(frame)

    def send_control(self, text: str) -> None:
        """Lost only when the channel is closing, and with it this browser."""
        if self._control is not None and self._control.readyState == "open":
            self._control.send(text)

    async def close(self) -> None:
        """Idempotent."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        await self._connection.close()

    # --- what the browser says ---

    def _on_channel(self, channel: RTCDataChannel) -> None:
        if channel.label == wire.AUDIO_CHANNEL:
            self._audio = channel
            channel.on("message", self._on_audio)
        elif channel.label == wire.CONTROL_CHANNEL:
            self._control = channel
            channel.on("message", self._on_control)
            channel.on("close", self._on_gone)
        else:
            LOGGER.warning("a channel named %.40r is not ours", channel.label, extra={"code": "unknown_channel"})

    # Synchronous on purpose: for an async handler pyee starts a task per message, 50 a second, and tasks may
    # overtake each other.
    def _on_audio(self, data: bytes | str) -> None:
        self._last_word_at = self._loop.time()
        try:
            if isinstance(data, str):
                raise wire.WireError("text on the audio channel; it carries binary frames")
            frame = wire.decode_frame(data, wire.INPUT_SAMPLES)
        except wire.WireError as fault:
            self._notice("warning", "bad_frame", f"An audio frame was dropped: {fault}.")
            return
        self._session.feed(MicAudio(frame.pcm))

    def _on_control(self, data: bytes | str) -> None:
        self._last_word_at = self._loop.time()
        try:
            message = wire.decode_from_browser(data)
        except wire.WireError as fault:
            self._notice("warning", "bad_message", f"A message was dropped: {fault}.")
            return
        self._take(message)

    def _take(self, message: wire.FromBrowser) -> None:
        feed = self._session.feed
        match message:
            case wire.Hello():
                self._hello(message)
            case wire.Interrupt(turn=turn):
                feed(InterruptPressed(turn))
            case wire.Text(text=text):
                feed(TextTyped(text))
            case wire.Played(turn=turn, ms=ms):
                feed(PlayedReport(turn, ms))
            case wire.Mic(muted=muted):
                feed(MicMuted(muted))
            case wire.Activity(mark=mark):
                feed(ActivityMarked(mark == "start"))
            case wire.Ping(ms=ms):
                self.send_control(wire.encode(wire.Pong(ms=ms, gateway_ms=int(time.monotonic() * 1000))))

    def _hello(self, hello: wire.Hello) -> None:
        if hello.wire != wire.WIRE_VERSION:
            text = f"This page speaks version {hello.wire} of the wire, the gateway version {wire.WIRE_VERSION}."
            self._notice("error", "wire_version", text, "Reload the page.")
            return
        self._session.attach(self)
        if self._watch is None:
            self._watch = self._loop.call_later(SILENCE_MEANS_GONE_S, self._look_for_life)

    def _notice(self, level: wire.Level, code: str, message: str, hint: str = "") -> None:
        """At most one of a kind a second: a broken page sends fifty faults a second."""
        now = self._loop.time()
        if now - self._noticed_at.get(code, -NOTICE_PAUSE_S) >= NOTICE_PAUSE_S:
            self._noticed_at[code] = now
            self.send_control(wire.encode(wire.Notice(level=level, code=code, message=message, hint=hint)))

    # --- the end ---

    def _look_for_life(self) -> None:
        silent_s = self._loop.time() - self._last_word_at
        if silent_s >= SILENCE_MEANS_GONE_S:
            LOGGER.info("browser silent for %.0f s", silent_s, extra={"session": self._session.id})
            self._watch = None
            self._on_gone()
        else:
            self._watch = self._loop.call_later(SILENCE_MEANS_GONE_S - silent_s, self._look_for_life)

    def _on_state(self) -> None:
        if self._connection.connectionState in ("failed", "closed"):
            self._on_gone()

    def _on_gone(self) -> None:
        self._session.detach(self)
        if self._closing is None:
            self._closing = asyncio.ensure_future(self.close())
