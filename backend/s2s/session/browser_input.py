"""Turn a browser's frames and messages into events for its session, whichever transport carries them."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Literal

from msgspec import UNSET

from s2s import wire
from s2s.core.events import (
    ActivityMarked,
    Event,
    InterruptPressed,
    MicAudio,
    MicMuted,
    PlayedReport,
    RoundTripMeasured,
    TextTyped,
)
from s2s.errors import ClientError, SessionKeyRequired, SessionKeyWrong
from s2s.limits.rate_limit import AUDIO_FRAMES, CONTROL_MESSAGES, FAULTS, RateLimiter
from s2s.logs import LOGGER
from s2s.session.ports import Browser
from s2s.session.session import Session
from s2s.transport.opus_codec import CODECS, DownlinkEncoder, MicDecoder, OpusError

# The page pings every 2 s and sends 50 frames a second, so a browser that is silent for this long is gone.
BROWSER_TIMEOUT_S = 6.0
NOTICE_INTERVAL_S = 1.0
MAX_SHOWN_CHARS = 80
# A page says hello first. One that says this much else first has no hello to say.
MAX_MESSAGES_BEFORE_HELLO = 64
MAX_FRAME_BYTES = wire.HEADER_BYTES + 2 * wire.INPUT_SAMPLES
OLD_PAGE_MESSAGE = "This page is out of date."
OLD_PAGE_HINT = "Reload the page. If that doesn’t help, its S2S library needs an update."
# A refused WebSocket is closed with the HTTP status of the refusal above this, in the range for applications.
CLOSE_CODE_BASE = 4000


class BrowserInput:
    """The input side of one browser connection. Synchronous on purpose: with a task per message, messages could be
    reordered.

    Until a `hello` with the session's key has made this browser the listener, its input is dropped and it is sent
    nothing; the same once another listener has replaced it.
    """

    def __init__(
        self,
        session: Session,
        browser: Browser,
        on_gone: Callable[[], None],
        check_key: Callable[[str], None],
        *,
        early_frames: int = 0,
    ) -> None:
        """`on_gone` is called once: when a silent browser times out or `on_disconnect` is called.

        `check_key` raises the ClientError that refuses a session key. `early_frames`: how many of the newest mic frames
        are kept that arrive before the `hello`, where audio has its own channel and may overtake it.
        """
        self._session = session
        self._check_key = check_key
        self._early_frames: deque[tuple[bytes, int]] = deque(maxlen=early_frames)
        self._messages_before_hello = 0
        self._dismissed = False
        self._browser = browser
        self._on_gone: Callable[[], None] | None = on_gone
        self._loop = asyncio.get_running_loop()
        self._last_message_at = self._loop.time()
        self._noticed_at: dict[str, float] = {}
        self._watch: asyncio.TimerHandle | None = None
        self._audio_rate = RateLimiter(*AUDIO_FRAMES)
        self._control_rate = RateLimiter(*CONTROL_MESSAGES)
        self._fault_rate = RateLimiter(*FAULTS)
        self._encoder, self._mic_decoder = DownlinkEncoder(), MicDecoder()

    def receive_audio(self, data: bytes | str, wait_frames: int = 0) -> None:
        """Take in one encoded mic frame. `wait_frames` as in `MicReorderBuffer.push`."""
        if not self.is_listening:
            if isinstance(data, bytes) and len(data) <= MAX_FRAME_BYTES and not self._dismissed:
                self._early_frames.append((data, wait_frames))
            return
        if not self._admit(self._audio_rate):
            return
        try:
            if isinstance(data, str):
                raise wire.WireError("text on the audio channel; it carries binary frames")
            frame = wire.decode_frame(data, wire.INPUT_SAMPLES)
        except wire.WireError as fault:
            self._report_fault("bad_frame", f"Part of your speech couldn’t be read and was left out: {fault}.")
            return
        for due in self._session.mic_order.push(frame.seq, frame, wait_frames):
            try:
                self._session.feed(MicAudio(self._mic_decoder.decode_frame(due)))
            except OpusError as fault:
                self._leave_opus(f"Part of your speech couldn’t be read and was left out: {fault}.")

    def encode_audio(self, frame: bytes) -> bytes:
        """Encode an outgoing audio frame with the codec negotiated for this page; PCM if the encoder fails."""
        try:
            return self._encoder.encode_frame(frame)
        except OpusError as fault:
            self._leave_opus(f"The AI’s voice couldn’t be compressed: {fault}.")
            return frame

    def _leave_opus(self, text: str) -> None:
        self._report_fault("opus_failed", text, "The conversation continues uncompressed.")
        self._mic_decoder = MicDecoder()
        self._select_codec("pcm", "fault")

    def _select_codec(self, codec: wire.Codec, reason: Literal["wished", "fault"]) -> None:
        self._encoder.select_codec(codec)
        self._browser.send_control(wire.encode(wire.UseCodec(codec=codec, reason=reason)))

    def receive_control(self, data: bytes | str) -> None:
        """Take in one encoded control message."""
        if not self.is_listening:
            self._receive_hello(data)
            return
        if not self._admit(self._control_rate):
            return
        try:
            message = wire.decode_from_browser(data)
        except wire.WireError as fault:
            self._report_fault("bad_message", f"Something this page sent couldn’t be read and was left out: {fault}.")
            return
        self._dispatch(message)

    @property
    def is_listening(self) -> bool:
        """Whether this browser has shown the session's key and is its listener."""
        return self._session.browser is self._browser and not self._dismissed

    def _receive_hello(self, data: bytes | str) -> None:
        """Take in a message of a browser that is not the listener: only a `hello` counts."""
        if self._on_gone is None or self._dismissed:
            return
        self._messages_before_hello += 1
        if self._messages_before_hello > MAX_MESSAGES_BEFORE_HELLO:
            self.on_disconnect()
            return
        try:
            message = wire.decode_from_browser(data)
        except wire.WireError:
            # Only the listener learns what is wrong with a message.
            return
        if isinstance(message, wire.Hello):
            self._on_hello(message)

    def _admit(self, rate: RateLimiter) -> bool:
        """Whether the rate limit admits one more message or frame; False once the browser has disconnected."""
        if self._on_gone is None:
            return False
        now = self._last_message_at = self._loop.time()
        if rate.retry_after_s(now):
            self._report_fault("too_many_messages", "This page is sending too much at once. Some of it was dropped.")
            return False
        return True

    def _report_fault(self, code: str, message: str, hint: str = "") -> None:
        self.send_notice("warning", code, message, hint)
        if self._fault_rate.retry_after_s(self._loop.time()):
            self.send_notice(
                "error",
                "let_go",
                "This page was disconnected because it kept sending what can’t be read.",
                "Reload the page.",
            )
            LOGGER.warning("a browser was let go: %s", code, extra={"code": "let_go", "session": self._session.id})
            self.on_disconnect()

    def send_notice(self, level: wire.Level, code: str, message: str, hint: str = "") -> None:
        """Send a notice, at most once a second per code: a broken page can cause 50 faults a second."""
        now = self._loop.time()
        if now - self._noticed_at.get(code, -NOTICE_INTERVAL_S) >= NOTICE_INTERVAL_S:
            self._noticed_at[code] = now
            self._browser.send_control(wire.encode(wire.Notice(level=level, code=code, message=message, hint=hint)))

    def on_dismissed(self) -> None:
        """Ignore everything from here on: the browser is being closed after a last message."""
        if self.is_listening:
            self._session.detach(self._browser)
        self._dismissed = True

    def on_disconnect(self) -> None:
        """Detach the browser after its transport closed or timed out. Idempotent."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        on_gone, self._on_gone = self._on_gone, None
        if on_gone is not None:
            self._session.detach(self._browser)
            on_gone()

    def _dispatch(self, message: wire.FromBrowser) -> None:
        match message:
            case wire.Hello():
                self._on_hello(message)
            case wire.Ping(ms=ms, round_trip_ms=round_trip_ms):
                if round_trip_ms is not UNSET:
                    self._session.feed(RoundTripMeasured(round_trip_ms))
                missing = self._session.mic_order.missing
                pong = wire.Pong(
                    ms=ms,
                    gateway_ms=int(time.monotonic() * 1000),
                    mic_missing=missing,
                    voice_waiting_ms=self._browser.queued_audio_ms,
                )
                self._browser.send_control(wire.encode(pong))
            case wire.WishCodec(codec=codec, reason=reason):
                facts = {"code": "codec", "session": self._session.id}
                LOGGER.info("the voice as %s: %.40s", codec, reason, extra=facts)
                self._select_codec(codec if codec in CODECS else "pcm", "wished")
            case _:
                event = event_from_message(message)
                if isinstance(event, TextTyped):
                    if not self._session.text_pace.push(event):
                        self._refuse_text(event.text)
                elif event is not None:
                    self._session.feed(event)

    def _refuse_text(self, text: str) -> None:
        """Send a notice for each text that is dropped, so that none is lost unseen."""
        shown = text if len(text) <= MAX_SHOWN_CHARS else f"{text[:MAX_SHOWN_CHARS]}…"
        self._browser.send_control(
            wire.encode(
                wire.Notice(
                    level="warning",
                    code="text_too_fast",
                    message=f"That was too much at once. This message wasn’t sent: “{shown}”",
                    hint="Wait a few seconds, then send it again.",
                )
            )
        )

    def _on_hello(self, hello: wire.Hello) -> None:
        if hello.wire != wire.WIRE_VERSION:
            text = f"This page (version {hello.wire}) doesn’t match the server (version {wire.WIRE_VERSION})."
            self.send_notice("error", "wire_version", text, "Reload the page.")
            return
        try:
            self._check_key(hello.session_key)
        except ClientError as fault:
            self._refuse(fault)
            return
        self._last_message_at = self._loop.time()
        # Of a browser that comes by WebSocket, this is the first that the session hears.
        self._session.open_upstream()
        self._session.attach(self._browser)
        while self._early_frames:
            self.receive_audio(*self._early_frames.popleft())
        if self._watch is None and self._on_gone is not None:
            self._watch = self._loop.call_later(BROWSER_TIMEOUT_S, self._check_alive)

    def _refuse(self, fault: ClientError) -> None:
        facts = {"code": fault.code, "session": self._session.id}
        LOGGER.info("a hello was refused: %s", fault, extra=facts)
        is_old_page = isinstance(fault, SessionKeyRequired)
        notice = wire.Notice(
            level="error",
            code=fault.code,
            message=OLD_PAGE_MESSAGE if is_old_page else fault.title,
            hint=OLD_PAGE_HINT if is_old_page else fault.hint,
            # Also a page of an earlier version ends its call at this, and shows why, instead of trying again.
            ends_in_ms=0 if is_old_page or isinstance(fault, SessionKeyWrong) else UNSET,
        )
        self._browser.dismiss(wire.encode(notice), CLOSE_CODE_BASE + fault.status)

    def _check_alive(self) -> None:
        silent_s = self._loop.time() - self._last_message_at
        if silent_s >= BROWSER_TIMEOUT_S:
            LOGGER.info("browser silent for %.0f s", silent_s, extra={"session": self._session.id})
            self.on_disconnect()
        else:
            self._watch = self._loop.call_later(BROWSER_TIMEOUT_S - silent_s, self._check_alive)


def event_from_message(message: wire.FromBrowser) -> Event | None:
    """Translate a control message into an event for the core; None for messages that only concern the transport."""
    match message:
        case wire.Interrupt(turn=turn):
            return InterruptPressed(turn)
        case wire.Text(text=text):
            return TextTyped(text)
        case wire.Played(turn=turn, ms=ms):
            return PlayedReport(turn, ms)
        case wire.Mic(muted=muted):
            return MicMuted(muted)
        case wire.Activity(mark=mark):
            return ActivityMarked(mark == "start")
        case _:
            return None
