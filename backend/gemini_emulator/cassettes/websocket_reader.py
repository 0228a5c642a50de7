"""Reads along with one direction of a WebSocket, without taking part in it."""

from __future__ import annotations

from dataclasses import dataclass

from websockets.client import ClientProtocol
from websockets.frames import Close, Frame, Opcode
from websockets.protocol import Protocol, State
from websockets.server import ServerProtocol
from websockets.uri import parse_uri


@dataclass(frozen=True, slots=True)
class Message:
    """A whole message."""

    data: bytes
    text: bool


@dataclass(frozen=True, slots=True)
class Closing:
    """A close frame. 1005 when it had no code."""

    code: int
    reason: str


class Assembler:
    """Puts the frames of one direction together."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._text = True

    def take(self, frame: Frame) -> Message | Closing | None:
        """What this frame completes; pings and pongs are nothing."""
        if frame.opcode is Opcode.CLOSE:
            close = Close.parse(frame.data)
            return Closing(close.code, close.reason)
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY):
            self._text = frame.opcode is Opcode.TEXT
            self._parts = [bytes(frame.data)]
        elif frame.opcode is Opcode.CONT:
            self._parts.append(bytes(frame.data))
        else:
            return None
        if not frame.fin:
            return None
        whole, self._parts = b"".join(self._parts), []
        return Message(whole, self._text)


class Watcher:
    """`side` is who sends: `client` or `server`."""

    def __init__(self, side: str) -> None:
        self._protocol: Protocol = (
            ServerProtocol(state=State.OPEN, max_size=None)
            if side == "client"
            else ClientProtocol(parse_uri("ws://watched/"), state=State.OPEN, max_size=None)
        )
        self._assembler = Assembler()

    def feed(self, data: bytes) -> list[Message | Closing]:
        """What these bytes complete."""
        self._protocol.receive_data(data)
        # The protocol object answers pings and closes; its output must not reach the peer from here.
        self._protocol.data_to_send()
        frames = [event for event in self._protocol.events_received() if isinstance(event, Frame)]
        return [whole for frame in frames if (whole := self._assembler.take(frame)) is not None]
