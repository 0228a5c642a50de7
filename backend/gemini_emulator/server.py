"""The doors to the network: WebSocket connections, each with its own machine, all with one engine."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import ssl
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, assert_never

from websockets.asyncio.server import Server as WebSocketServer
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from gemini_emulator.actions import Action, Drop, HalfOpen, LatePongs, Network, Reset, SlowNetwork
from gemini_emulator.clock import Clock
from gemini_emulator.director import Play
from gemini_emulator.doors import Door, NoEntry, open_door
from gemini_emulator.engine import Ear
from gemini_emulator.handles import Handles
from gemini_emulator.host import EngineHost, Status
from gemini_emulator.live import Live
from gemini_emulator.mind.memory import Mind, Question
from gemini_emulator.plug import PluggedConnection
from gemini_emulator.scenario import Scenario
from gemini_emulator.settings import Settings
from gemini_emulator.vocabulary import (
    Answered,
    Ask,
    Close,
    Effect,
    EngineMissing,
    EngineReady,
    Event,
    Forget,
    Hurry,
    Listen,
    Ordered,
    Received,
    Recognise,
    Recognised,
    Send,
    Synthesise,
    Synthesised,
    Tick,
    Voice,
)  # fmt: skip

log = logging.getLogger("gemini_emulator")

LARGEST_MESSAGE_BYTES = 16 * 1024 * 1024
"""Images go up inline with up to 7 MB, base64 adds a third."""
OUTBOX = 4_000
"""Messages a client may leave unread; with more it is gone, and the connection is closed."""
LONGEST_REASON_BYTES = 123
FIRST_FRAME_S = 10.0
INTERNAL_ERROR = "Internal error encountered."

Witness = Callable[["Connection", Event | Effect], None]


class Connection:
    """Carries events into the machine and its effects out."""

    def __init__(
        self, number: int, socket: PluggedConnection, live: Live, *, host: EngineHost, settings: Settings, clock: Clock
    ) -> None:
        self.number = number
        self.socket = socket
        self._live, self._host, self._settings, self._clock = live, host, settings, clock
        self._events: deque[Event] = deque()
        self._outbox: asyncio.Queue[Send | Close] = asyncio.Queue(OUTBOX)
        self._timer: asyncio.TimerHandle | None = None
        self._ear: Ear | None = None
        self._feeding = False
        self.watch: Callable[[Event | Effect], None] = lambda seen: None

    @property
    def deadline(self) -> float | None:
        return self._live.deadline

    async def run(self) -> None:
        writer = asyncio.create_task(self._write())
        self.feed(Tick())
        self._host.when_settled(self._engine_settled)
        try:
            async for data in self.socket:
                self.feed(Received(data))
        except ConnectionClosed:
            log.debug("connection %d ended without a close frame", self.number)
        finally:
            self._live.gone(self._clock.time())
            if self._host.language_model:
                self._host.language_model.forget_all(self.number)
            if self._timer:
                self._timer.cancel()
            writer.cancel()

    def feed(self, event: Event) -> None:
        """The only way in. Effects that answer at once feed again; they are queued, not nested."""
        self._events.append(event)
        if self._feeding:
            return
        self._feeding = True
        try:
            while self._events:
                self._step(self._events.popleft())
        except Exception:
            log.exception("connection %d failed", self.number)
            self._live.gone()
            self._post(Close(1011, INTERNAL_ERROR))
        finally:
            self._feeding = False
        self._rearm()

    def _step(self, event: Event) -> None:
        self.watch(event)
        for effect in self._live.handle(event, self._clock.time()):
            self.watch(effect)
            self._carry_out(effect)

    def _carry_out(self, effect: Effect) -> None:
        engine = self._host.engine
        match effect:
            case Send() | Close():
                self._post(effect)
            case Listen(pcm):
                self._ear = self._ear or engine.ear()
                self._events.append(Voice(self._ear(pcm)))
            case Recognise(job, pcm, final):
                engine.recognise((self.number, job), pcm, final, lambda text: self.feed(Recognised(job, text)))
            case Hurry(job):
                engine.hurry((self.number, job))
            case Synthesise(job, text):
                engine.synthesise((self.number, job), text, lambda pcm: self.feed(Synthesised(job, pcm)))
            case Ask(job, question):
                self._ask(job, question)
            case Forget(job):
                engine.forget((self.number, job))
                if self._host.language_model:
                    self._host.language_model.forget((self.number, job))
            case _:
                self._pull(effect)

    def _pull(self, effect: Network) -> None:
        log.info("connection %d: %s", self.number, effect)
        match effect:
            case Drop():
                self.socket.drop()
            case Reset():
                self.socket.reset()
            case HalfOpen():
                self.socket.half_open()
            case SlowNetwork(bytes_per_s, latency_s):
                self.socket.slow(bytes_per_s, latency_s)
            case LatePongs(by_s):
                self.socket.late_pongs(by_s)
            case _:
                assert_never(effect)

    def _ask(self, job: int, question: Question) -> None:
        if self._host.language_model:
            self._host.language_model.ask((self.number, job), question, self.feed)
        else:
            self._events.append(Answered(job, failed="No language model is connected."))

    def _engine_settled(self, status: Status) -> None:
        self.feed(EngineReady() if status.state == "ready" else EngineMissing(status.message))

    def _rearm(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if (deadline := self._live.deadline) is not None:
            self._timer = self._clock.call_at(deadline, lambda: self.feed(Tick()))

    def _post(self, effect: Send | Close) -> None:
        try:
            self._outbox.put_nowait(effect)
        except asyncio.QueueFull:
            log.warning("connection %d does not read; closed", self.number)
            self._live.gone()
            self.socket.transport.abort()

    async def _write(self) -> None:
        try:
            while True:
                effect = await self._outbox.get()
                if self.socket.dead:
                    continue
                if isinstance(effect, Close):
                    await self.socket.close(effect.code, _cut(effect.reason))
                    return
                text = json.dumps(effect.message, separators=(",", ":"))
                await self.socket.send(text if self._settings.text_frames else text.encode())
        except ConnectionClosed:
            log.debug("connection %d ended while writing", self.number)


class Server:
    """Listens on one or two ports. `async with` ends every connection on the way out."""

    def __init__(self, host: EngineHost, mind: Mind, settings: Settings, play: Play | None = None) -> None:
        """Needs a running loop. `play` holds the scenario; it may be loaded later, too."""
        self._host, self._mind, self._settings = host, mind, settings
        self.play = play or Play()
        self.clock = Clock()
        self._handles = Handles()
        self._numbers = itertools.count(1)
        self._listeners: list[WebSocketServer] = []
        self.connections: dict[int, Connection] = {}
        self.on_connection: Callable[[Connection, Request], None] = lambda connection, request: None
        self.on_end: Callable[[Connection], None] = lambda connection: None

    async def listen(self, address: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Returns the port taken. Raises OSError when it is in use."""
        listener = await serve(
            self._serve,
            address,
            port,
            ssl=tls,
            process_request=self._handshake,
            create_connection=PluggedConnection,
            compression=None,
            max_size=LARGEST_MESSAGE_BYTES,
            ping_interval=30,
            ping_timeout=120,
            server_header="gemini-live-emulator",
            logger=logging.getLogger("gemini_emulator.websockets"),
        )
        self._listeners.append(listener)
        taken: int = next(iter(listener.sockets)).getsockname()[1]
        return taken

    def order(self, actions: Iterable[Action], number: int | None = None) -> None:
        """Let this happen now, on one connection or on all. Raises KeyError when that one is not open."""
        wanted = list(actions)
        for connection in list(self.connections.values()) if number is None else [self.connections[number]]:
            for action in wanted:
                connection.feed(Ordered(action))

    def load(self, scenario: Scenario) -> None:
        """Play this one from now on, on open connections, too."""
        self.play.load(scenario)
        self._tick()

    def skip(self, seconds: float) -> None:
        """Let so much time pass at once, for every conversation: each deadline on the way is met at its time."""
        end = self.clock.time() + seconds
        while (due := min(self._deadlines(), default=end)) < end:
            self.clock.skip_to(due)
            self._tick()
        self.clock.skip_to(end)
        self._tick()

    def _deadlines(self) -> list[float]:
        times = [connection.deadline for connection in self.connections.values()]
        return [time for time in times if time is not None]

    def _tick(self) -> None:
        for connection in list(self.connections.values()):
            connection.feed(Tick())

    async def close(self) -> None:
        for connection in self.connections.values():
            if connection.socket.dead:
                connection.socket.drop()
        for listener in self._listeners:
            listener.close(close_connections=True)
        for listener in self._listeners:
            await listener.wait_closed()
        self._host.engine.close()
        if self._host.language_model:
            await self._host.language_model.close()

    def _handshake(self, socket: ServerConnection, request: Request) -> Response | None:
        door = open_door(request.path, request.headers, self._settings)
        if isinstance(door, NoEntry):
            log.info("refused %s: %s", request.path.partition("?")[0], door.text)
            return socket.respond(door.status, door.text + "\n")
        return None

    async def _serve(self, socket: ServerConnection) -> None:
        assert isinstance(socket, PluggedConnection)
        request: Any = socket.request
        door = open_door(request.path, request.headers, self._settings)
        if not isinstance(door, Door):
            return
        if door.refusal:
            await _refuse(socket, *door.refusal)
            return
        live = Live(self._settings, self._mind, self._handles, door.backend, door.api_version, play=self.play)
        connection = Connection(
            next(self._numbers), socket, live, host=self._host, settings=self._settings, clock=self.clock
        )
        self.connections[connection.number] = connection
        self.on_connection(connection, request)
        log.info("connection %d opened (%s, %s)", connection.number, door.backend, door.api_version)
        try:
            await connection.run()
        finally:
            del self.connections[connection.number]
            self.on_end(connection)
            log.info("connection %d ended (%s)", connection.number, socket.close_code)


async def _refuse(socket: ServerConnection, code: int, reason: str) -> None:
    """The service reads the first frame before it closes: a client that is still sending must learn the reason."""
    with suppress(ConnectionClosed, TimeoutError):
        async with asyncio.timeout(FIRST_FRAME_S):
            await socket.recv()
    await socket.close(code, reason)


def _cut(reason: str) -> str:
    """A close frame holds 123 bytes of reason; the service cuts there, too."""
    return reason.encode()[:LONGEST_REASON_BYTES].decode(errors="ignore")
