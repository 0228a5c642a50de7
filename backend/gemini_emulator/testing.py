"""The emulator inside a test: real sockets on a free loopback port, and a look at what arrived.

async with running_emulator(engine="tone", reply_s=1.0) as emulator:
    socket = await connect(emulator.url, additional_headers={"x-goog-api-key": "any"})
    ...
    await emulator.wait_for(lambda: emulator.audio_bytes > 0)
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from websockets.http11 import Request

from gemini_emulator.engine import Engine
from gemini_emulator.engine.tone import Tone, ToneEngine, ToneMind
from gemini_emulator.host import EngineHost
from gemini_emulator.mind import Companion, Parrot
from gemini_emulator.mind.memory import Mind
from gemini_emulator.server import Connection, Server
from gemini_emulator.settings import Settings
from gemini_emulator.speaking import Pace
from gemini_emulator.tls import certificate
from gemini_emulator.vocabulary import CallOrdered, Effect, Event, GoAwayOrdered, InterruptOrdered, Received, Send

DEVELOPER_PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
VERTEX_PATH = "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"


@dataclass(slots=True)
class Seen:
    """One connection as the emulator saw it. Messages are as sent by the client, audio replaced by its length."""

    number: int
    path: str
    headers: dict[str, str]
    received: list[dict[str, Any]] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    audio_bytes: int = 0
    open: bool = True
    close_code: int | None = None
    """The code of the closing handshake; 1006 when there was none."""


class Emulator:
    """What a test may look at and do."""

    def __init__(self, server: Server, host: EngineHost) -> None:
        self._server, self._host = server, host
        self._connections: dict[int, Connection] = {}
        self._changed = asyncio.Event()
        self.seen: list[Seen] = []
        """Every connection since the start, oldest first."""
        self.port = 0
        self.tls_port = 0
        """The wss:// port, 0 unless `tls_folder` was given."""
        self.certificate: Path | None = None
        """What a client of the wss:// port has to trust (`SSL_CERT_FILE`)."""
        server.on_connection = self._opened
        server.on_end = self._ended

    @property
    def base_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def tls_url(self) -> str:
        """What `GOOGLE_GEMINI_BASE_URL` or `GOOGLE_VERTEX_BASE_URL` is set to."""
        return f"https://127.0.0.1:{self.tls_port}"

    @property
    def url(self) -> str:
        """The Developer API's socket."""
        return self.base_url + DEVELOPER_PATH

    @property
    def vertex_url(self) -> str:
        return self.base_url + VERTEX_PATH

    @property
    def open_sessions(self) -> int:
        return sum(seen.open for seen in self.seen)

    @property
    def received(self) -> list[dict[str, Any]]:
        """Client messages of all connections, in the order of connections."""
        return [message for seen in self.seen for message in seen.received]

    @property
    def audio_bytes(self) -> int:
        """Audio that came up, over all connections, after base64."""
        return sum(seen.audio_bytes for seen in self.seen)

    async def wait_for(self, condition: Callable[[], bool], timeout_s: float = 5.0) -> None:
        """Until the condition holds; it is looked at after everything that happens. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def interrupt(self) -> None:
        """Send `interrupted` and `turnComplete` on every open connection, called for or not."""
        self._feed(InterruptOrdered())

    def call_tool(self, name: str, args: Mapping[str, Any] | None = None) -> None:
        """Send a `toolCall` on every open connection."""
        self._feed(CallOrdered(name, dict(args or {})))

    def go_away(self, time_left_s: float) -> None:
        """Say `goAway`, and close after that time."""
        self._feed(GoAwayOrdered(time_left_s))

    def drop(self) -> None:
        """Cut every open connection without a close frame."""
        for connection in self._connections.values():
            connection.socket.transport.abort()

    async def close_with(self, code: int, reason: str) -> None:
        """Close every open connection the way the service would."""
        for connection in list(self._connections.values()):
            await connection.socket.close(code, reason)

    def _feed(self, event: Event) -> None:
        for connection in list(self._connections.values()):
            connection.feed(event)

    def _opened(self, connection: Connection, request: Request) -> None:
        seen = Seen(connection.number, request.path, {name.lower(): value for name, value in request.headers.items()})
        self.seen.append(seen)
        self._connections[connection.number] = connection
        connection.watch = lambda what: self._watch(seen, what)
        self._changed.set()

    def _ended(self, connection: Connection) -> None:
        del self._connections[connection.number]
        seen = next(seen for seen in self.seen if seen.number == connection.number)
        seen.open, seen.close_code = False, connection.socket.close_code
        self._changed.set()

    def _watch(self, seen: Seen, what: Event | Effect) -> None:
        match what:
            case Received(data):
                message = json.loads(data)
                seen.audio_bytes += _strip_audio(message)
                seen.received.append(message)
            case Send(message):
                seen.sent.append(message)
        self._changed.set()


def _strip_audio(value: Any) -> int:
    """Replace base64 audio by its length in bytes, in place; the sum of those lengths."""
    if isinstance(value, list):
        return sum(_strip_audio(item) for item in value)
    if not isinstance(value, dict):
        return 0
    mime = value.get("mimeType") or value.get("mime_type") or ""
    if str(mime).startswith("audio/") and isinstance(value.get("data"), str):
        data = value["data"].replace("-", "+").replace("_", "/").rstrip("=")
        length = len(base64.b64decode(data + "=" * (-len(data) % 4)))
        value["data"] = length
        return length
    return sum(_strip_audio(item) for item in value.values())


@asynccontextmanager
async def running_emulator(
    engine: str | Engine = "tone", *, tls_folder: Path | None = None, **knobs: Any
) -> AsyncIterator[Emulator]:
    """An emulator on a free loopback port, in this event loop.

    engine: "tone" (no models: loud is voice, answers are a tone), "speech" (really hears and speaks), "parrot" (speech
    that repeats what it heard), or an engine of your own, which is closed at the end. With `tls_folder` there is a
    wss:// port, too, whose certificate is kept there. Knobs are the fields of `Settings`, of `Pace` (chunk_ms, speed,
    first_delay_s) and of `Tone` (reply_s, heard_text, reply_text, calls). Raises TypeError for any other.
    """
    tone = Tone(**_take(knobs, Tone))
    pace = Pace(**_take(knobs, Pace))
    settings = Settings(pace=pace, **_take(knobs, Settings))
    if knobs:
        raise TypeError(f"running_emulator has no knob called {', '.join(sorted(knobs))}")
    host = EngineHost(_engine(engine, tone))
    server = Server(host, _mind(engine, tone), settings)
    emulator = Emulator(server, host)
    emulator.port = await server.listen("127.0.0.1", 0)
    if tls_folder:
        pair = certificate(tls_folder)
        emulator.certificate = pair.certificate
        emulator.tls_port = await server.listen("127.0.0.1", 0, pair.context())
    host.start()
    try:
        yield emulator
    finally:
        # A native library that still loads while the interpreter ends aborts the whole process.
        await host.settled()
        await server.close()


def _take(knobs: dict[str, Any], kind: type) -> dict[str, Any]:
    return {item.name: knobs.pop(item.name) for item in fields(kind) if item.name in knobs}


def _engine(name: str | Engine, tone: Tone) -> Engine:
    if not isinstance(name, str):
        return name
    if name == "tone":
        return ToneEngine(tone)
    from gemini_emulator.engine.speech import SpeechEngine

    return SpeechEngine()


def _mind(name: str | Engine, tone: Tone) -> Mind:
    if name == "tone":
        return ToneMind(tone)
    return Parrot() if name == "parrot" else Companion()
