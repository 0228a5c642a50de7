"""Door 2, the browser: one peer connection with two data channels, joined to a session."""

import asyncio
from collections.abc import Sequence
from functools import partial

from aiortc import (
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
)
from aiortc.exceptions import InvalidStateError

from s2s import wire
from s2s.errors import BadCandidate
from s2s.logs import LOGGER
from s2s.session.browser_input import Listener
from s2s.session.session import Session
from s2s.settings import IceServer
from s2s.transport.aiortc_patches.bundling import Bundle, bundle
from s2s.transport.aiortc_patches.delayed_sack import delay_acks
from s2s.transport.aiortc_patches.direct_io import hear, run_now, shorten_path, stands
from s2s.transport.aiortc_patches.forward_tsn import forget_remains
from s2s.transport.aiortc_patches.rto import shorten_waits
from s2s.transport.ice_candidates import Told
from s2s.transport.ice_gathering import rtc_ice_servers
from s2s.transport.mic_reorder import UNORDERED_PATIENCE_FRAMES
from s2s.transport.sdp import MOST_CANDIDATES, answer_offer, parse_candidate
from s2s.transport.send_queue import Backlog

# 4 s of voice: a listener that far behind hears no conversation, and old voice must not fill our memory.
AUDIO_BACKLOG_MS = 4_000
# aiortc sends in the order in which it was asked, control messages too: what it was given cannot be overtaken. Four
# frames keep the line busy; half of them are left when more is handed over.
HANDED_OVER_BYTES = 4_000
# Compressed frames are smaller than this, but behind them some may wait that are not.
LEAST_FRAME_BYTES = 300
# About 1,000 messages: a page that reads none of so many is stuck, and is let go.
CONTROL_BACKLOG_BYTES = 256 * 1024
# A page on a bad network changes its audio channel, and changes back when the path is clean.
MOST_CHANNELS = 8
# 320 ms of voice: on a line so slow, repetitions would only make it slower.
REPEAT_BACKLOG_MS = 320
# RFC 8863, section 4: no earlier may a connection be given up for want of candidates.
PATIENT_S = 39.5
REPEAT_AFTER_S = wire.REPEAT_AFTER_FRAMES * wire.FRAME_MS / 1000


class BrowserPeer:
    """One peer connection. A session may see several, one after the other."""

    def __init__(self, session: Session, ice_servers: Sequence[IceServer]) -> None:
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=rtc_ice_servers(ice_servers)))
        self._audio: RTCDataChannel | None = None
        self._control: RTCDataChannel | None = None
        self._listener = Listener(session, self, self._on_gone)
        self._closing: asyncio.Future[None] | None = None
        self._backlog = Backlog()
        self._together: Bundle | None = None
        self._channels = 0
        self._candidates = 0
        self._giving_up: asyncio.TimerHandle | None = None
        self.dropped_frames = 0
        self._frame_bytes = LEAST_FRAME_BYTES
        self._connection.on("datachannel", self._on_channel)
        self._connection.on("connectionstatechange", self._on_state)

    # --- signalling ---

    async def answer(self, sdp: str) -> str:
        """The answer to an offer. Raises BadOffer; the connection is closed then."""
        answer = await answer_offer(self._connection, sdp)
        delay_acks(self._connection)
        shorten_waits(self._connection)
        forget_remains(self._connection)
        self._together = bundle(self._connection)
        shorten_path(self._connection, self._together)
        return answer

    async def add_candidate(self, told: Told) -> None:
        """Raises BadCandidate."""
        self._candidates += 1
        if self._candidates > MOST_CANDIDATES:
            raise BadCandidate(f"more than {MOST_CANDIDATES} candidates")
        try:
            if not told.candidate:
                self._no_more_candidates()
            elif parsed := parse_candidate(told.candidate, told.sdp_mid, told.sdp_m_line_index):
                await self._connection.addIceCandidate(parsed)
        except (ValueError, InvalidStateError) as fault:
            raise BadCandidate(str(fault)) from fault

    def _no_more_candidates(self) -> None:
        # Told at once, aioice gives up when it knows no candidate to try; but the page's own first check, which brings
        # one, may still be on its way: a page hides its addresses behind names until it may use the microphone.
        if self._giving_up is None and self._closing is None:
            self._giving_up = asyncio.get_running_loop().call_later(PATIENT_S, self._give_up)

    def _give_up(self) -> None:
        if self._connection.connectionState != "connected":
            self._listener.left()

    # --- the Browser port ---

    @property
    def voice_waiting_ms(self) -> int:
        """Voice that the network has not taken yet."""
        handed_over = self._audio.bufferedAmount if self._audio is not None else 0
        return (handed_over + self._backlog.voice_bytes) * wire.FRAME_MS // self._frame_bytes

    def send_frame(self, frame: bytes) -> None:
        """Drops the frame when the listener is 4 s behind."""
        channel = self._audio
        if channel is None or not self._carries(channel):
            return
        if not self._backlog.voice_frames and channel.bufferedAmount <= HANDED_OVER_BYTES:
            frame = self._listener.written(frame)
            self._frame_bytes = max(len(frame), LEAST_FRAME_BYTES)
            self._hand_over(channel, frame)
        elif self.voice_waiting_ms <= AUDIO_BACKLOG_MS:
            frame = self._listener.written(frame)
            self._frame_bytes = max(len(frame), LEAST_FRAME_BYTES)
            self._backlog.put_frame(frame)
        else:
            self.dropped_frames += 1
            self._listener.notice(
                "warning", "voice_dropped", "Your connection is too slow for the voice; parts were dropped."
            )

    def _hand_over(self, channel: RTCDataChannel, frame: bytes) -> None:
        channel.send(frame)
        if channel.protocol == wire.TWICE_PROTOCOL:
            asyncio.get_running_loop().call_later(REPEAT_AFTER_S, self._send_again, channel, frame)

    def _line_takes_more(self) -> None:
        if self._backlog:
            # Not at once: aiortc is in the middle of sending.
            asyncio.get_running_loop().call_soon(self._send_waiting)

    def _send_waiting(self) -> None:
        audio, control = self._audio, self._control
        if audio is None or not self._carries(audio):
            audio = None
            self._backlog.forget_voice()
        while audio is None or audio.bufferedAmount <= HANDED_OVER_BYTES:
            item = self._backlog.next()
            if item is None:
                return
            if isinstance(item, str):
                if control is not None and self._carries(control):
                    control.send(item)
            elif audio is not None:
                self._hand_over(audio, item)

    def _send_again(self, channel: RTCDataChannel, frame: bytes) -> None:
        if channel is self._audio and self._carries(channel) and self.voice_waiting_ms < REPEAT_BACKLOG_MS:
            channel.send(frame)

    def send_control(self, text: str) -> None:
        """Overtakes voice that waits, see Backlog. Lost only when the channel is closing, and with it this browser.
        Ends the connection when nobody reads."""
        channel = self._control
        if channel is None or not self._carries(channel):
            return
        if channel.bufferedAmount + self._backlog.control_chars > CONTROL_BACKLOG_BYTES:
            LOGGER.warning("a browser does not read", extra={"code": "let_go"})
            # Not at once: the session is in the middle of something.
            asyncio.get_running_loop().call_soon(self._listener.left)
            return
        if not self._backlog:
            channel.send(text)
            return
        self._backlog.put_control(text)
        while (message := self._backlog.next_message()) is not None:
            channel.send(message)

    def _carries(self, channel: RTCDataChannel) -> bool:
        # A browser that leaves closes DTLS first; for a while aiortc's channel still says "open" and then fails in a
        # task of its own, where nobody can catch it.
        return channel.readyState == "open" and stands(self._connection)

    def hold(self) -> None:
        """What is sent until `release` shares packets where it fits in."""
        if self._together is not None:
            self._together.hold()

    def release(self) -> None:
        """What was held goes out."""
        if self._together is not None and self._together.release():
            try:
                run_now(self._together.go())
            except ConnectionError:
                # The browser left in this moment; its connection is closed by those who watch it.
                return

    async def close(self) -> None:
        """Idempotent."""
        self._listener.left()
        await self._connection.close()

    def _on_channel(self, channel: RTCDataChannel) -> None:
        self._channels += 1
        channel.on("close", self._channel_closed)
        if self._channels > MOST_CHANNELS:
            self._listener.left()
        elif channel.label == wire.AUDIO_CHANNEL:
            self._audio = channel
            channel.bufferedAmountLowThreshold = HANDED_OVER_BYTES // 2
            channel.on("bufferedamountlow", self._line_takes_more)
            self._line_takes_more()
            patience = 0 if channel.ordered else UNORDERED_PATIENCE_FRAMES
            hear(channel, partial(self._listener.take_audio, patience_frames=patience))
        elif channel.label == wire.CONTROL_CHANNEL:
            self._control = channel
            hear(channel, self._listener.take_control)
            channel.on("close", self._listener.left)
        else:
            LOGGER.warning("a channel named %.40r is not ours", channel.label, extra={"code": "unknown_channel"})

    def _channel_closed(self) -> None:
        self._channels -= 1
        self._line_takes_more()

    def _on_state(self) -> None:
        if self._connection.connectionState in ("failed", "closed"):
            self._listener.left()

    def _on_gone(self) -> None:
        if self._giving_up is not None:
            self._giving_up.cancel()
        if self._closing is None:
            self._closing = asyncio.ensure_future(self._connection.close())
