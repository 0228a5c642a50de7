"""Send a session's messages to the model: at once if the socket keeps up, else through a bounded queue.

This is the only queue on the uplink. `websockets` sends a message behind two context managers and a lock, which cost
more than the message; a single writer whose socket keeps up needs none of them.
"""

import asyncio
from collections import deque
from collections.abc import Iterable

from websockets.asyncio.client import ClientConnection
from websockets.protocol import State

from s2s.core.link.upstream_buffer import MAX_KEPT_FRAMES, MAX_UTTERANCE_FRAMES
from s2s.upstream.connection.unacked_messages import UnackedMessages

# What a session replays after a lost socket, and some more. A socket that is further behind is no conversation: the
# oldest audio is dropped first.
AUDIO_FRAMES = MAX_UTTERANCE_FRAMES + MAX_KEPT_FRAMES + 100
# High-water mark of the socket's buffer, about a third of a second of mic audio: half of what
# `websockets` takes before it makes its writers wait.
SOCKET_BUFFER_BYTES = 16 * 1024
Message = tuple[str, bool]
"""A text frame, and whether it is audio."""


class UpstreamSendQueue:
    """Queue of one session. Beyond the bound the oldest audio is dropped; only the newest video frame is kept, and goes
    when nothing else waits. Nothing else is dropped."""

    def __init__(self) -> None:
        self.dropped_frames = 0
        self.numbered: UnackedMessages | None = None
        """Messages that a service with transparent resumption has not confirmed."""
        self._waiting: deque[Message] = deque()
        self._waiting_audio = 0
        self._scene: str | None = None
        self._wake = asyncio.Event()
        self._socket: ClientConnection | None = None
        """The socket that may be written to directly."""

    def enqueue(self, text: str, is_audio: bool) -> None:
        """Send one frame or queue it; never blocks."""
        socket = self._socket
        if socket is not None and not self._waiting and _keeps_up(socket):
            self._on_written(text, is_audio)
            socket.protocol.send_text(text.encode())
            for data in socket.protocol.data_to_send():
                socket.transport.write(data)
            return
        self._waiting.append((text, is_audio))
        if is_audio:
            self._waiting_audio += 1
            if self._waiting_audio > AUDIO_FRAMES:
                self._drop_oldest_audio()
        self._wake.set()

    def enqueue_video_frame(self, text: str) -> None:
        """Replace the waiting video frame."""
        self._scene = text
        self._wake.set()

    def clear(self) -> list[Message]:
        """Prepare for a new socket; return the messages that the last one never sent."""
        unsent = list(self._waiting)
        self._waiting.clear()
        self._waiting_audio, self._scene, self._socket = 0, None, None
        return unsent

    def open(self, socket: ClientConnection, first: Iterable[Message]) -> None:
        """Start sending after setup was accepted: `first`, then what is enqueued."""
        for message in first:
            self._waiting.append(message)
            self._waiting_audio += message[1]
        self._socket = socket
        self._wake.set()

    async def write(self, socket: ClientConnection) -> None:
        """Write the queue to this socket until cancelled. Raises ConnectionClosed."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._waiting or self._scene is not None:
                    if not self._waiting:
                        await self._send_video_frame(socket)
                        continue
                    text, is_audio = self._waiting.popleft()
                    self._waiting_audio -= is_audio
                    self._on_written(text, is_audio)
                    # The message is in the socket's buffer before this waits, so later ones cannot overtake it.
                    await socket.send(text)
        finally:
            self._socket = None

    def _on_written(self, text: str, is_audio: bool) -> None:
        if self.numbered is not None:
            self.numbered.on_sent(text, is_audio)

    async def _send_video_frame(self, socket: ClientConnection) -> None:
        frame, self._scene = self._scene, None
        if self.numbered is not None:
            self.numbered.passed()
        await socket.send(frame or "")

    def _drop_oldest_audio(self) -> None:
        index = next(i for i, (_, is_audio) in enumerate(self._waiting) if is_audio)
        del self._waiting[index]
        self._waiting_audio -= 1
        self.dropped_frames += 1


def _keeps_up(socket: ClientConnection) -> bool:
    return socket.protocol.state is State.OPEN and socket.transport.get_write_buffer_size() < SOCKET_BUFFER_BYTES
