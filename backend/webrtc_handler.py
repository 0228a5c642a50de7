"""Door 2, the browser: one WebRTC peer connection with two data channels, attached to a session."""

import asyncio
from collections.abc import Callable
from functools import partial

from aiortc import RTCDataChannel
from aiortc.exceptions import InvalidStateError

from s2s import wire
from s2s.errors import BadCandidate
from s2s.logs import LOGGER
from s2s.session.browser_input import BrowserInput
from s2s.session.session import Session
from s2s.transport.aiortc_patches import DataChannelAssociation, is_connected, on_message, tune
from s2s.transport.ice_candidates import CandidateInit
from s2s.transport.ice_gathering import IceOptions
from s2s.transport.mic_reorder import UNORDERED_WAIT_FRAMES
from s2s.transport.sdp import MAX_CANDIDATES, answer_offer, parse_candidate
from s2s.transport.send_queue import BrowserSendQueue

# 4 s of audio: a browser that far behind can hold no conversation, and stale audio must not fill the memory.
MAX_QUEUED_AUDIO_MS = 4_000
# aiortc sends in FIFO order, control messages included, so what it was given cannot be overtaken. Four frames keep the
# connection busy; more is handed over when half of them are left.
CHANNEL_BUFFER_BYTES = 4_000
# Compressed frames are smaller than this, but uncompressed ones may be queued behind them.
MIN_FRAME_BYTES = 300
# About 1,000 messages: a page that reads none of them is stuck and is disconnected.
MAX_QUEUED_CONTROL_BYTES = 256 * 1024
# A page on a bad network switches to another audio channel, and back when the network has recovered.
MAX_CHANNELS = 8
# 320 ms of audio: on a connection this slow, repeated frames would only make it slower.
MAX_REPEAT_QUEUE_MS = 320
# RFC 8863, section 4: a connection must not be given up for lack of candidates before this time.
ICE_TIMEOUT_S = 39.5
# 1 s of audio: a lost `hello` is sent again after that time, while audio on its own channel goes on.
MAX_EARLY_FRAMES = 50
# The last message of a dismissed browser must arrive, or the page takes the loss for a bad network and comes back. SCTP
# repeats a lost packet after 1 s; a page that has read it disconnects at once.
DISMISSAL_S = 3.0
REPEAT_AFTER_S = wire.REPEAT_AFTER_FRAMES * wire.FRAME_MS / 1000


class BrowserPeer:
    """One peer connection of a browser. A session may have several in succession."""

    def __init__(
        self,
        session: Session,
        ice: IceOptions,
        signalling_peer: str,
        check_key: Callable[[str], None],
        on_closed: Callable[[], None] = lambda: None,
    ) -> None:
        """`signalling_peer`: address group of who sends the offer; empty if unknown. `check_key` raises the ClientError
        that refuses the session key of a `hello`. `on_closed` is called when its sockets are closed."""
        self._session = session
        self._on_closed = on_closed
        self._ice = ice
        self._connection = ice.new_connection()
        self._remote = ice.remote_candidates(signalling_peer)
        self._audio: RTCDataChannel | None = None
        self._control: RTCDataChannel | None = None
        self._input = BrowserInput(session, self, self._on_gone, check_key, early_frames=MAX_EARLY_FRAMES)
        self._closing: asyncio.Future[None] | None = None
        self._queue = BrowserSendQueue()
        self._association: DataChannelAssociation | None = None
        self._channels = 0
        self._candidates = 0
        self._giving_up: asyncio.TimerHandle | None = None
        self.dropped_frames = 0
        self._frame_bytes = MIN_FRAME_BYTES
        self._connection.on("datachannel", self._on_channel)
        self._connection.on("connectionstatechange", self._on_state)
        self._connection.on("iceconnectionstatechange", self._on_ice_state)

    # --- signalling ---

    async def answer_offer(self, sdp: str) -> str:
        """Return the answer to an offer. Closes the connection and raises BadOffer if it cannot be used."""
        try:
            answer = await answer_offer(self._connection, sdp, self._ice, self._remote)
        except BaseException:
            self._input.on_disconnect()
            raise
        self._association = tune(self._connection)
        return answer

    async def add_candidate(self, candidate: CandidateInit) -> None:
        """Add an ICE candidate, unless it is none to be used, or the end of candidates. Raises BadCandidate."""
        self._candidates += 1
        if self._candidates > MAX_CANDIDATES:
            raise BadCandidate(f"more than {MAX_CANDIDATES} candidates")
        try:
            if not candidate.candidate:
                self._on_end_of_candidates()
            elif (
                parsed := parse_candidate(candidate.candidate, candidate.sdp_mid, candidate.sdp_m_line_index)
            ) and self._remote.should_use(parsed.ip):
                await self._connection.addIceCandidate(parsed)
        except (ValueError, InvalidStateError) as fault:
            raise BadCandidate(str(fault)) from fault

    def _on_end_of_candidates(self) -> None:
        # Not passed on to aioice, which would give up at once if it knows no candidate. The page's first connectivity
        # check, which brings one, may still be on its way: a page hides its addresses behind mDNS names until it may
        # use the microphone.
        if self._giving_up is None and self._closing is None:
            self._giving_up = asyncio.get_running_loop().call_later(ICE_TIMEOUT_S, self._give_up)

    def _give_up(self) -> None:
        if self._connection.connectionState != "connected":
            self._input.on_disconnect()

    # --- the Browser port ---

    @property
    def queued_audio_ms(self) -> int:
        """Milliseconds of audio that the network has not accepted yet."""
        handed_over = self._audio.bufferedAmount if self._audio is not None else 0
        return (handed_over + self._queue.audio_bytes) * wire.FRAME_MS // self._frame_bytes

    def send_frame(self, frame: bytes) -> None:
        """Send or queue an audio frame; drop it if the browser is 4 s behind."""
        channel = self._audio
        if channel is None or not self._is_usable(channel):
            return
        if not self._queue.audio_frames and channel.bufferedAmount <= CHANNEL_BUFFER_BYTES:
            frame = self._input.encode_audio(frame)
            self._frame_bytes = max(len(frame), MIN_FRAME_BYTES)
            self._send_now(channel, frame)
        elif self.queued_audio_ms <= MAX_QUEUED_AUDIO_MS:
            frame = self._input.encode_audio(frame)
            self._frame_bytes = max(len(frame), MIN_FRAME_BYTES)
            self._queue.enqueue_frame(frame)
        else:
            self.dropped_frames += 1
            self._input.send_notice(
                "warning", "voice_dropped", "Your network is too slow for the AI’s voice. Parts of it were dropped."
            )

    def _send_now(self, channel: RTCDataChannel, frame: bytes) -> None:
        channel.send(frame)
        if channel.protocol == wire.TWICE_PROTOCOL:
            asyncio.get_running_loop().call_later(REPEAT_AFTER_S, self._send_repeat, channel, frame)

    def _on_buffer_low(self) -> None:
        if self._queue:
            # Deferred: aiortc is in the middle of sending.
            asyncio.get_running_loop().call_soon(self._drain_queue)

    def _drain_queue(self) -> None:
        audio, control = self._audio, self._control
        if audio is None or not self._is_usable(audio):
            audio = None
            self._queue.drop_audio()
        while audio is None or audio.bufferedAmount <= CHANNEL_BUFFER_BYTES:
            item = self._queue.pop_next()
            if item is None:
                return
            if isinstance(item, str):
                if control is not None and self._is_usable(control):
                    control.send(item)
            elif audio is not None:
                self._send_now(audio, item)

    def _send_repeat(self, channel: RTCDataChannel, frame: bytes) -> None:
        if channel is self._audio and self._is_usable(channel) and self.queued_audio_ms < MAX_REPEAT_QUEUE_MS:
            channel.send(frame)

    def send_control(self, text: str) -> None:
        """Send a control message ahead of queued audio, see BrowserSendQueue. It is lost only if the channel is
        closing, and the connection with it. Disconnects a browser that does not read."""
        channel = self._control
        if channel is None or not self._is_usable(channel):
            return
        if channel.bufferedAmount + self._queue.control_chars > MAX_QUEUED_CONTROL_BYTES:
            LOGGER.warning("a browser does not read", extra={"code": "let_go"})
            # Deferred: the session is in the middle of handling an event.
            asyncio.get_running_loop().call_soon(self._input.on_disconnect)
            return
        if not self._queue:
            channel.send(text)
            return
        self._queue.enqueue_control(text)
        while (message := self._queue.pop_message()) is not None:
            channel.send(message)

    def _is_usable(self, channel: RTCDataChannel) -> bool:
        # A browser that disconnects closes DTLS first. For a while aiortc's channel still reports "open", and sending
        # fails in a separate task where the exception cannot be caught.
        return channel.readyState == "open" and is_connected(self._connection)

    def begin_batch(self) -> None:
        """Bundle what is sent until `end_batch` into shared packets where it fits."""
        if self._association is not None:
            self._association.hold_chunks()

    def end_batch(self) -> None:
        """Send what the batch held back."""
        if self._association is not None:
            try:
                self._association.release_chunks()
            except ConnectionError:
                # The browser has just disconnected; `_on_state` closes the connection.
                return

    def dismiss(self, last_message: str, code: int) -> None:
        """Accept nothing more, deliver a last control message and close. A peer connection has no close code."""
        self._input.on_dismissed()
        self._queue.drop_audio()
        self.send_control(last_message)
        asyncio.get_running_loop().call_later(DISMISSAL_S, self._input.on_disconnect)

    async def close(self) -> None:
        """Disconnect the browser. Idempotent."""
        self._input.on_disconnect()
        await self._connection.close()

    def _on_channel(self, channel: RTCDataChannel) -> None:
        self._channels += 1
        channel.on("close", self._channel_closed)
        if self._channels > MAX_CHANNELS:
            self._input.on_disconnect()
        elif channel.label == wire.AUDIO_CHANNEL:
            self._audio = channel
            channel.bufferedAmountLowThreshold = CHANNEL_BUFFER_BYTES // 2
            channel.on("bufferedamountlow", self._on_buffer_low)
            self._on_buffer_low()
            wait_frames = 0 if channel.ordered else UNORDERED_WAIT_FRAMES
            on_message(channel, partial(self._input.receive_audio, wait_frames=wait_frames))
        elif channel.label == wire.CONTROL_CHANNEL:
            self._control = channel
            on_message(channel, self._input.receive_control)
            channel.on("close", self._input.on_disconnect)
        else:
            LOGGER.warning("a channel named %.40r is not ours", channel.label, extra={"code": "unknown_channel"})

    def _channel_closed(self) -> None:
        self._channels -= 1
        self._on_buffer_low()

    def _on_state(self) -> None:
        if self._connection.connectionState in ("failed", "closed"):
            self._input.on_disconnect()

    def _on_ice_state(self) -> None:
        if self._connection.iceConnectionState == "completed":
            self._session.on_transport_connected()

    def _on_gone(self) -> None:
        if self._giving_up is not None:
            self._giving_up.cancel()
        if self._closing is None:
            self._closing = asyncio.ensure_future(self._connection.close())
            self._closing.add_done_callback(lambda _: self._on_closed())
