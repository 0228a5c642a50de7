"""A WebSocket whose plug can be pulled: late pongs, a slow line, a dead line, a reset. One on the server's side."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.frames import Frame, Opcode
from websockets.protocol import State

from gemini_emulator.server.rest import Answer, RestConversation, fault, is_rest

MAX_IN_FLIGHT_BYTES = 64 * 1024
"""A slow line holds no more; the sender has to wait then."""
_QUIET = logging.getLogger("gemini_emulator.server.rest")
_QUIET.addHandler(logging.NullHandler())
_QUIET.propagate = False
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Line:
    """One direction of a slow network: bytes come out in order, late and no faster than allowed."""

    def __init__(self, deliver: Callable[[bytes], None], full: Callable[[], None], free: Callable[[], None]) -> None:
        """`full` and `free` tell the sender to wait and to go on."""
        self._deliver, self._full, self._free = deliver, full, free
        self._loop = asyncio.get_running_loop()
        self._bytes: deque[tuple[float, bytes]] = deque()
        self._held = 0
        self._clear_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._waiting = False
        self.bytes_per_s, self.latency_s = 0.0, 0.0

    @property
    def busy(self) -> bool:
        """Something is on its way, or would be."""
        return bool(self.bytes_per_s or self.latency_s or self._bytes)

    def send(self, data: bytes) -> None:
        takes_s = len(data) / self.bytes_per_s if self.bytes_per_s else 0.0
        self._clear_at = max(self._clear_at, self._loop.time()) + takes_s
        self._bytes.append((self._clear_at + self.latency_s, data))
        self._held += len(data)
        if self._held > MAX_IN_FLIGHT_BYTES and not self._waiting:
            self._waiting = True
            self._full()
        self._rearm()

    def cut(self) -> None:
        """What is on its way is lost."""
        self._bytes.clear()
        if self._timer:
            self._timer.cancel()

    def _arrive(self) -> None:
        self._timer = None
        while self._bytes and self._bytes[0][0] <= self._loop.time():
            _, data = self._bytes.popleft()
            self._held -= len(data)
            self._deliver(data)
        if self._waiting and self._held <= MAX_IN_FLIGHT_BYTES // 2:
            self._waiting = False
            self._free()
        self._rearm()

    def _rearm(self) -> None:
        if self._bytes and self._timer is None:
            self._timer = self._loop.call_at(self._bytes[0][0], self._arrive)


class PluggedConnection(ServerConnection):
    """The library's connection with a hand on its cable."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._rest = RestConversation(self.rest)
        self._talks_rest = False
        self.dead = False
        """Half-open: nothing goes in or out any more."""
        self._pongs_late_s = 0.0
        self._full_lines = 0
        # The protocol object answers pings inside its reader; its frames are the only place to catch a pong.
        self._send_frame = self.protocol.send_frame
        self.protocol.send_frame = self._late_or_now  # type: ignore[method-assign]  # of this connection only

    def rest(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer a request that is no WebSocket handshake, see `rest.Rest`."""
        return fault(404, f"There is no {method} here.")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._up = Line(self._take, self.transport.pause_reading, self._read_on)
        self._down = Line(self._write, self.pause_writing, self.resume_writing)

    def late_pongs(self, seconds: float) -> None:
        self._pongs_late_s = seconds

    def slow(self, bytes_per_s: float, latency_s: float) -> None:
        for line in (self._up, self._down):
            line.bytes_per_s, line.latency_s = bytes_per_s, latency_s

    def half_open(self) -> None:
        """Keep the socket open, but stop reading and answering."""
        self.dead = True
        self._up.cut()
        self._down.cut()
        self.transport.pause_reading()
        if self.keepalive_task:
            # It would end the connection when its own pings stay unanswered.
            self.keepalive_task.cancel()

    def drop(self) -> None:
        """End without a close frame."""
        self.transport.abort()

    def reset(self) -> None:
        """End with a TCP reset."""
        cable = self.transport.get_extra_info("socket")
        cable.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self.transport.abort()

    # Bytes

    def data_received(self, data: bytes) -> None:
        if self._talks_rest or (self.protocol.state is State.CONNECTING and is_rest(data)):
            self._talk_rest(data)
        elif self.dead:
            # The library resumes reading when its queue empties.
            self.transport.pause_reading()
        elif self._up.busy:
            self._up.send(data)
        else:
            super().data_received(data)

    def _talk_rest(self, data: bytes) -> None:
        self._talks_rest = True
        # The library would log a handshake that failed.
        self.logger = _QUIET
        answer = self._rest.receive(data)
        if answer is not None:
            self.transport.write(answer)
            self.transport.close()

    # The signature is asyncio's, where True keeps the socket open; the library narrows it to None.
    def eof_received(self) -> bool | None:  # type: ignore[override]
        if self.dead or not self._up.busy:
            super().eof_received()
            return None
        # The end must not overtake what is still on its way.
        self._up.send(b"")
        return True

    def pause_writing(self) -> None:
        """Both the slow line and the system's own buffer may be full."""
        self._full_lines += 1
        if self._full_lines == 1:
            super().pause_writing()

    def resume_writing(self) -> None:
        self._full_lines -= 1
        if self._full_lines == 0:
            super().resume_writing()

    def send_data(self) -> None:
        if self.dead:
            self.protocol.data_to_send()
        elif self._down.busy:
            for data in self.protocol.data_to_send():
                self._down.send(data)
        else:
            super().send_data()

    def connection_lost(self, exc: Exception | None) -> None:
        self._up.cut()
        self._down.cut()
        super().connection_lost(exc)

    def _take(self, data: bytes) -> None:
        if data:
            super().data_received(data)
        else:
            super().eof_received()
            self.transport.close()

    def _write(self, data: bytes) -> None:
        if data:
            self.transport.write(data)
        else:
            # What the protocol means by an empty piece: the end of what we send.
            self.transport.close()

    def _read_on(self) -> None:
        if not self.dead and not self.transport.is_closing():
            self.transport.resume_reading()

    def _late_or_now(self, frame: Frame) -> None:
        if frame.opcode is not Opcode.PONG or not self._pongs_late_s:
            self._send_frame(frame)
            return
        self.loop.call_later(self._pongs_late_s, self._pong, frame)

    def _pong(self, frame: Frame) -> None:
        if self.protocol.state is State.OPEN and not self.dead:
            self._send_frame(frame)
            self.send_data()
