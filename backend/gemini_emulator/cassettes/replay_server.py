"""Serves a cassette over the wire it was recorded from.

Connections are played in their order. A client's first message picks the first connection not yet played that it fits;
when none is left, one that was played is played again. Plain requests, such as `POST auth_tokens`, are answered as
recorded.
"""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from websockets.frames import Frame
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from gemini_emulator.cassettes.format import Cassette, Part
from gemini_emulator.cassettes.http_front import READ_BYTES, Front, Visit
from gemini_emulator.cassettes.matching import Bindings
from gemini_emulator.cassettes.player import (
    DEPARTED,
    Close,
    Effect,
    Event,
    Gone,
    Player,
    ReplayOptions,
    Said,
    Send,
    Tick,
)
from gemini_emulator.cassettes.websocket_reader import Assembler, Message

log = logging.getLogger("gemini_emulator")

LARGEST_MESSAGE_BYTES = 16 * 1024 * 1024
MAX_REASON_BYTES = 123
CLOSE_TIMEOUT_S = 2.0
FIRST_FRAME_S = 30.0


@dataclass(frozen=True, slots=True)
class Played:
    """What came of one connection."""

    number: int
    """Of the recording; 0 when the client fitted none."""
    departure: str = ""
    """Why the client left the recording; empty when it followed."""


@dataclass(slots=True)
class Replay:
    """A cassette on the air. Needs a running loop."""

    cassette: Cassette
    manner: ReplayOptions = field(default_factory=ReplayOptions)
    tell: Callable[[Played], None] = lambda played: None
    played: list[Played] = field(default_factory=list)
    """Every connection that has ended, and every plain request."""
    front: Front = field(init=False)
    bindings: Bindings = field(default_factory=Bindings)
    _free: list[Part] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.front = Front(self._visit)
        self._free = self.cassette.parts

    @property
    def complete(self) -> bool:
        """Every recorded connection has been played."""
        return not self._free

    async def open_port(self, address: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Returns the port taken. Raises OSError when it is in use."""
        return await self.front.open_port(address, port, tls)

    async def close(self) -> None:
        await self.front.close()

    def end(self, played: Played) -> None:
        """Keep and tell what came of a connection."""
        self.played.append(played)
        if played.departure:
            log.warning("Connection %d: the program departs from the recording. %s", played.number, played.departure)
        self.tell(played)

    async def _visit(self, visit: Visit) -> None:
        if not visit.upgrade:
            await self._answer(visit)
            return
        if refused := next(iter(self._free), None):
            entry = refused.first("refused")
            if entry:
                self._free.remove(refused)
                await visit.send_response(
                    int(entry.value.get("status", 403)), str(entry.value.get("body", "")).encode()
                )
                self.end(Played(refused.number))
                return
        if not any(_service(part) == _service_of(visit.target) for part in self.cassette.parts):
            fault = "The recording is of the other service: the Developer API and Vertex AI have different paths."
            await visit.send_response(404, f"{fault}\n".encode())
            self.end(Played(0, fault))
            return
        await _Socket(self, visit).run()

    async def _answer(self, visit: Visit) -> None:
        part = next((part for part in [*self._free, *self.cassette.parts] if _asks(part, visit)), None)
        response = part.first("response") if part else None
        if part is None or response is None:
            fault = f"The recording has no {visit.method} {visit.target.partition('?')[0]}."
            await visit.send_response(404, f"{fault}\n".encode())
            self.end(Played(0, fault))
            return
        if part in self._free:
            self._free.remove(part)
        self.bindings.bind_placeholders(response.value)
        body = json.dumps(response.value.get("body", {})).encode()
        await visit.send_response(int(response.value.get("status", 200)), body, [("content-type", "application/json")])
        self.end(Played(part.number))

    def choose(self, message: Mapping[str, Any], target: str, now: float) -> Player:
        """The connection that begins so; a player of the next one, which then tells the difference, when none does."""
        mine = [part for part in self.cassette.parts if part.first("open") and _service(part) == _service_of(target)]
        free = [part for part in mine if part in self._free]
        players = [Player(part, self.bindings, self.manner, now) for part in [*free, *mine]]
        chosen = next((player for player in players if player.expects(message)), players[0])
        if chosen.part in self._free and chosen.expects(message):
            self._free.remove(chosen.part)
        return chosen


class _Socket:
    """Carries events into a player and its effects out."""

    def __init__(self, replay: Replay, visit: Visit) -> None:
        self._replay, self._visit = replay, visit
        self._protocol = ServerProtocol(max_size=LARGEST_MESSAGE_BYTES, logger=logging.getLogger("websockets.replay"))
        self._assembler = Assembler()
        self._player: Player | None = None
        self._clock = asyncio.get_running_loop().time
        self._closing = False

    async def run(self) -> None:
        self._protocol.receive_data(self._visit.raw)
        [request, *frames] = self._protocol.events_received()
        assert isinstance(request, Request)
        self._protocol.send_response(self._protocol.accept(request))
        await self._flush()
        try:
            await self._converse([frame for frame in frames if isinstance(frame, Frame)])
        finally:
            self._gone()

    async def _converse(self, frames: list[Frame]) -> None:
        """Until the connection has ended in either direction."""
        reading: asyncio.Task[bytes] | None = None
        try:
            while True:
                for frame in frames:
                    await self._take(frame)
                if self._protocol.close_expected() or self._protocol.state is not State.OPEN:
                    break
                reading = reading or asyncio.create_task(self._visit.reader.read(READ_BYTES))
                done, _ = await asyncio.wait({reading}, timeout=self._patience())
                frames = []
                if reading in done:
                    data, reading = reading.result(), None
                    if not data:
                        self._protocol.receive_eof()
                        return
                    self._protocol.receive_data(data)
                    frames = [event for event in self._protocol.events_received() if isinstance(event, Frame)]
                else:
                    await self._feed(Tick())
                await self._flush()
            await self._wait_for_end(reading)
            reading = None
        finally:
            if reading:
                reading.cancel()

    def _patience(self) -> float | None:
        if self._player is None:
            return FIRST_FRAME_S
        deadline = self._player.deadline
        return None if deadline is None else max(0.0, deadline - self._clock())

    async def _take(self, frame: Frame) -> None:
        whole = self._assembler.take(frame)
        if not isinstance(whole, Message):
            return
        message = _object(whole.data)
        if self._player is None:
            self._player = self._replay.choose(message or {}, self._visit.target, self._clock())
        await self._feed(Said(message))

    async def _feed(self, event: Event) -> None:
        if self._player is None:
            self._protocol.send_close(DEPARTED, "The client sent no first message.")
            self._replay.end(Played(0, "The client sent no first message."))
            return
        for effect in self._player.handle(event, self._clock()):
            await self._carry_out(effect)

    async def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Send(message, text):
                data = json.dumps(message, separators=(",", ":")).encode()
                (self._protocol.send_text if text else self._protocol.send_binary)(data)
            case Close(1006):
                self._visit.writer.transport.abort()
            case Close(code, reason):
                if self._protocol.state is State.OPEN:
                    self._protocol.send_close(1000 if code == 1005 else code, cut(reason))
        await self._flush()

    async def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._visit.writer.write(data)
        await self._visit.writer.drain()

    async def _wait_for_end(self, reading: asyncio.Task[bytes] | None) -> None:
        """The client's half of the closing handshake, so that it reads the reason before the socket is gone."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                while self._protocol.close_rcvd is None:
                    data = await (reading or self._visit.reader.read(READ_BYTES))
                    reading = None
                    if not data:
                        return
                    self._protocol.receive_data(data)
                    self._protocol.events_received()

    def _gone(self) -> None:
        if self._player:
            self._player.handle(Gone(), self._clock())
            self._replay.end(Played(self._player.part.number, self._player.departure))


def _object(data: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _service_of(target: str) -> str:
    return "vertex" if "google.cloud.aiplatform." in target else "developer"


def _service(part: Part) -> str:
    opened = part.first("open")
    return _service_of(str(opened.value.get("path", ""))) if opened else ""


def _asks(part: Part, visit: Visit) -> bool:
    """Same method, same last word of the path."""
    request = part.first("request")
    if request is None or request.value.get("method") != visit.method:
        return False
    paths = [str(target).partition("?")[0].rsplit("/", 1)[-1] for target in (request.value.get("path"), visit.target)]
    return paths[0] == paths[1]


def cut(reason: str) -> str:
    """A close frame holds 123 bytes of reason."""
    return reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")


__all__ = ["Played", "Replay", "ReplayOptions", "cut"]
