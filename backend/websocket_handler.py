"""Door 2b, the browser: one WebSocket with the same frames and messages, for networks without UDP.

Binary frames are the audio channel, text frames the control channel. TCP delivers everything in order.
"""

import asyncio
import itertools
from collections.abc import Callable

from fastapi import WebSocket, WebSocketDisconnect

from s2s.logs import LOGGER
from s2s.session.browser_input import BrowserInput
from s2s.session.session import Session
from s2s.transport.send_queue import BrowserSendQueue
from s2s.wire import FRAME_MS

# 4 s of audio: a browser that far behind can hold no conversation, and stale audio must not fill the memory.
MAX_QUEUED_FRAMES = 200
MAX_QUEUED_MESSAGES = 1_000
# A browser that blocks a write for this long does not read.
WRITE_TIMEOUT_S = 10.0
# One read of the socket can bring thousands of messages; the reader yields to other tasks after this many.
MESSAGES_PER_TURN = 32
GOING_AWAY = 1001
TOO_SLOW = 1008
TRY_LATER = 4429
NO_HELLO = 4408
"""Close code of a WebSocket on which no right `hello` came in time."""
HELLO_TIMEOUT_S = 10.0


class BrowserSocket:
    """One WebSocket of a browser. Audio is dropped when the browser is 4 s behind; control messages never are: a
    browser with MAX_QUEUED_MESSAGES of them unread is disconnected."""

    def __init__(self, session: Session, socket: WebSocket, check_key: Callable[[str], None]) -> None:
        """`check_key` raises the ClientError that refuses the session key of a `hello`."""
        self._socket = socket
        self._queue = BrowserSendQueue()
        self._wake = asyncio.Event()
        self._close_code: int | None = None
        self._input = BrowserInput(session, self, lambda: self._finish(GOING_AWAY), check_key)
        self.dropped_frames = 0

    # --- the Browser port ---

    @property
    def queued_audio_ms(self) -> int:
        """Milliseconds of audio that the network has not accepted yet, without what the kernel buffers."""
        return self._queue.audio_frames * FRAME_MS

    def send_frame(self, frame: bytes) -> None:
        """Queue an audio frame; drop it if the browser is 4 s behind."""
        if self._queue.audio_frames >= MAX_QUEUED_FRAMES:
            self.dropped_frames += 1
            text = "Your network is too slow for the AI’s voice. Parts of it were dropped."
            self._input.send_notice("warning", "voice_dropped", text)
            return
        self._queue.enqueue_frame(self._input.encode_audio(frame))
        self._wake.set()

    def send_control(self, text: str) -> None:
        """Queue a control message ahead of queued audio. Never dropped: a browser that does not read is disconnected
        instead."""
        if self._queue.messages >= MAX_QUEUED_MESSAGES:
            self._finish(TOO_SLOW)
            return
        self._queue.enqueue_control(text)
        self._wake.set()

    def begin_batch(self) -> None:
        """Do nothing: TCP bundles sends."""

    def end_batch(self) -> None:
        """Do nothing: no sends were held back."""

    def dismiss(self, last_message: str, code: int) -> None:
        """Accept nothing more, deliver a last control message and close with `code`."""
        self._input.on_dismissed()
        self._queue.drop_audio()
        self._queue.enqueue_control(last_message)
        self._finish(code)

    async def close(self) -> None:
        """Disconnect the browser. Idempotent."""
        self._input.on_disconnect()
        self._finish(GOING_AWAY)

    def make_room(self) -> None:
        """Close, since too many others of the same address wait for their `hello` too."""
        self._finish(TRY_LATER)

    # --- the socket ---

    async def run(self) -> None:
        """Accept the socket and carry traffic in both directions until either side ends it.

        The session's id is enough to open one, so it counts for nothing before its `hello`.
        """
        await self._socket.accept()
        reader = asyncio.create_task(self._read(), name="browser reader")
        no_hello = asyncio.get_running_loop().call_later(HELLO_TIMEOUT_S, self._on_hello_timeout)
        try:
            await self._write()
        finally:
            no_hello.cancel()
            self._input.on_disconnect()
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)

    def _on_hello_timeout(self) -> None:
        if not self._input.is_listening:
            self._finish(NO_HELLO)

    async def _read(self) -> None:
        try:
            for count in itertools.count(1):
                if count % MESSAGES_PER_TURN == 0:
                    await asyncio.sleep(0)
                message = await self._socket.receive()
                if message["type"] == "websocket.disconnect":
                    break
                if message.get("bytes") is not None:
                    self._input.receive_audio(message["bytes"])
                else:
                    self._input.receive_control(message.get("text") or "")
        finally:
            self._finish(GOING_AWAY)

    async def _write(self) -> None:
        try:
            while True:
                while (item := self._queue.pop_next()) is not None:
                    async with asyncio.timeout(WRITE_TIMEOUT_S):
                        if isinstance(item, bytes):
                            await self._socket.send_bytes(item)
                        else:
                            await self._socket.send_text(item)
                if self._close_code is not None:
                    await self._socket.close(self._close_code)
                    return
                self._wake.clear()
                await self._wake.wait()
        except TimeoutError:
            LOGGER.warning("a browser does not read", extra={"code": "let_go"})
        except (WebSocketDisconnect, RuntimeError):
            # Starlette raises these if the other side has already disconnected.
            return

    def _finish(self, code: int) -> None:
        if self._close_code is None:
            self._close_code = code
        self._wake.set()
