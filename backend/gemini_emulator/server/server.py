"""The doors to the network: WebSocket connections, each with its own machine, all with one engine."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import ssl
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from websockets.asyncio.server import Server as WebSocketServer
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from gemini_emulator.protocol.close_codes import HTTP_TEXTS
from gemini_emulator.protocol.ephemeral_tokens import Tokens
from gemini_emulator.protocol.models import Calendar
from gemini_emulator.responder.conversation_state import Responder
from gemini_emulator.scenarios.actions import Action, Doorway, Http, SlowAccept
from gemini_emulator.scenarios.runner import ScenarioState
from gemini_emulator.scenarios.scenario import Scenario
from gemini_emulator.server.clock import Clock
from gemini_emulator.server.connection import Connection
from gemini_emulator.server.engine_loader import EngineHost
from gemini_emulator.server.faulty_websocket import PluggedConnection
from gemini_emulator.server.handshake import Endpoint, Rejected, open_door
from gemini_emulator.server.rest import Answer, auth_tokens
from gemini_emulator.session.events import Ordered, Tick
from gemini_emulator.session.live_session import Live
from gemini_emulator.session.session_store import Handles
from gemini_emulator.settings import Settings

log = logging.getLogger("gemini_emulator")

LARGEST_MESSAGE_BYTES = 16 * 1024 * 1024
"""Images go up inline with up to 7 MB, base64 adds a third."""
FIRST_FRAME_S = 10.0
HANDSHAKE_TIMEOUT_S = 120.0


class Server:
    """Listens on one or two ports. `async with` ends every connection on the way out."""

    def __init__(
        self, host: EngineHost, mind: Responder, settings: Settings, play: ScenarioState | None = None
    ) -> None:
        """Needs a running loop. `play` holds the scenario; it may be loaded later, too."""
        self._host, self._mind, self._settings = host, mind, settings
        self.play = play or ScenarioState()
        self.clock = Clock()
        self._began = self.clock.time()
        self._handles = Handles()
        self._tokens = Tokens(settings.time_scale)
        self._numbers = itertools.count(1)
        self._listeners: list[WebSocketServer] = []
        self._pauses: dict[asyncio.Event, float] = {}
        """Handshakes that wait, and until when."""
        self.someone_waits = asyncio.Event()
        """A handshake is held up, as ordered."""
        self.connections: dict[int, Connection] = {}
        self.on_connection: Callable[[Connection, Request], None] = lambda connection, request: None
        self.on_end: Callable[[Connection], None] = lambda connection: None

    async def listen(self, address: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Returns the port taken. Raises OSError when it is in use."""

        answer = self._rest

        class Plugged(PluggedConnection):
            def rest(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
                return answer(method, target, headers, body)

        listener = await serve(
            self._serve,
            address,
            port,
            ssl=tls,
            process_request=self._handshake,
            create_connection=Plugged,
            open_timeout=HANDSHAKE_TIMEOUT_S,
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
        """Let this happen now, on one connection or on all. Raises KeyError when that one is not open.

        What is about the handshake happens at the next one, open connections or not.
        """
        given = list(actions)
        self.play.at_the_door.extend(action for action in given if isinstance(action, Doorway))
        wanted = [action for action in given if not isinstance(action, Doorway)]
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
        times = [*self._pauses.values(), *(connection.deadline for connection in self.connections.values())]
        return [time for time in times if time is not None]

    def _tick(self) -> None:
        for over in [over for over, until in self._pauses.items() if until <= self.clock.time()]:
            del self._pauses[over]
            over.set()
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

    def _door(self, request: Request) -> Endpoint | Rejected:
        known = self._tokens.find
        return open_door(request.path, request.headers, self._settings, lambda name: known(name) is not None)

    async def _handshake(self, socket: ServerConnection, request: Request) -> Response | None:
        door = self._door(request)
        if isinstance(door, Rejected):
            log.info("refused %s: %s", request.path.partition("?")[0], door.text)
            return socket.respond(door.status, door.text + "\n")
        for action in self.play.handshake():
            match action:
                case SlowAccept(by_s):
                    await self._pause(by_s / self._settings.time_scale)
                case Http(status, text, body):
                    log.info("refused a handshake with %d, as ordered", status)
                    answer = socket.respond(
                        status, (json.dumps(body) if body else text or HTTP_TEXTS.get(status, "")) + "\n"
                    )
                    if body:
                        del answer.headers["Content-Type"]
                        answer.headers["Content-Type"] = "application/json; charset=UTF-8"
                    return answer
        return None

    async def _pause(self, seconds: float) -> None:
        """Of the conversations' time, which may be skipped."""
        over = asyncio.Event()
        until = self.clock.time() + seconds
        self._pauses[over] = until
        self.someone_waits.set()
        timer = self.clock.call_at(until, over.set)
        try:
            await over.wait()
        finally:
            timer.cancel()
            self._pauses.pop(over, None)
            if not self._pauses:
                self.someone_waits.clear()

    def _rest(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        now, wall = self.clock.time(), datetime.now(UTC)
        return auth_tokens(
            method, target, headers, body,
            mint=lambda asked: self._tokens.mint(asked, now, wall), require_key=self._settings.require_key,
        )  # fmt: skip

    def _calendar(self) -> Calendar | None:
        """As far as time has gone on since the start, skipped time included."""
        if self._settings.today is None:
            return None
        gone = timedelta(seconds=self.clock.time() - self._began)
        return Calendar(self._settings.today + gone, self._settings.new_project)

    async def _serve(self, socket: ServerConnection) -> None:
        assert isinstance(socket, PluggedConnection)
        request: Any = socket.request
        door = self._door(request)
        if not isinstance(door, Endpoint):
            return
        if door.refusal:
            await _refuse(socket, *door.refusal)
            return
        live = Live(
            self._settings, self._mind, self._handles, door.backend, door.api_version,
            play=self.play, grant=self._tokens.find(door.token), calendar=self._calendar(),
        )  # fmt: skip
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
