"""A whole emulator in this process's event loop, on free loopback ports. Tests import it from `testing`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

from gemini_emulator.responder.companion import Companion
from gemini_emulator.responder.conversation_state import Responder
from gemini_emulator.responder.parrot import Parrot
from gemini_emulator.scenarios.actions import Action, Call, Drop, GoAway, HalfOpen, Interrupted, Reset
from gemini_emulator.scenarios.parser import find_scenario, load_scenario, read_actions
from gemini_emulator.scenarios.runner import ScenarioState
from gemini_emulator.scenarios.scenario import Scenario
from gemini_emulator.server.admin import Admin
from gemini_emulator.server.engine_loader import EngineHost
from gemini_emulator.server.server import Server
from gemini_emulator.server.tls import certificate
from gemini_emulator.server.traffic_log import Seen, TrafficLog
from gemini_emulator.settings import Pace, Settings
from gemini_emulator.speech.engine import Engine
from gemini_emulator.speech.null_engine import SilentEngine, SilentResponder
from gemini_emulator.speech.tone_engine import Tone, ToneEngine, ToneResponder

DEVELOPER_PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
VERTEX_PATH = "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"


class Emulator:
    """What a test may look at and do."""

    def __init__(self, server: Server, host: EngineHost) -> None:
        self._server, self._host = server, host
        self._changed = asyncio.Event()
        self.witness = TrafficLog(server, self._changed.set)
        self.port = 0
        self.admin_url = ""
        """Where the admin port is, if `admin` was asked for."""
        self.tls_port = 0
        """The wss:// port, 0 unless `tls_folder` was given."""
        self.certificate: Path | None = None
        """What a client of the wss:// port has to trust (`SSL_CERT_FILE`)."""

    @property
    def seen(self) -> list[Seen]:
        """Every connection since the start, oldest first."""
        return self.witness.seen

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

    async def wait_for(self, condition: Callable[[], bool], timeout_s: float = 30.0) -> None:
        """Until the condition holds; it is looked at after everything that happens. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def wait_for_handshake(self, timeout_s: float = 30.0) -> None:
        """Wait until a client is held in a delayed handshake (`slow_accept`). Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            await self._server.someone_waits.wait()

    def do(self, *actions: Action | str, connection: int | None = None) -> None:
        """Let this happen now, on every open connection or on the one with that number (`seen[...].number`); what is
        about the handshake, at the next one.

        An action is an object of `gemini_emulator.scenarios.actions` or a line as in a scenario:
        `do("close: quota")`. Raises `gemini_emulator.scenarios.parser.Unreadable` for a line that is none, KeyError for
        a connection that is not open.
        """
        wanted: list[Action] = []
        for action in actions:
            wanted.extend(read_actions(action) if isinstance(action, str) else [action])
        self._server.order(wanted, connection)

    def load(self, scenario: Scenario | Path | str) -> None:
        """Play this scenario from now on, see `running_emulator`."""
        self._server.load(_scenario(scenario))

    def skip(self, seconds: float) -> None:
        """Let so much time pass at once: goAway comes, limits are reached, handles expire, voice has been sent."""
        self._server.skip(seconds)

    def interrupt(self) -> None:
        """Send `interrupted` and `turnComplete` on every open connection, called for or not."""
        self.do(Interrupted())

    def call_tool(self, name: str, args: Mapping[str, Any] | None = None) -> None:
        """Send a `toolCall` on every open connection."""
        self.do(Call(name, dict(args or {})))

    def go_away(self, time_left_s: float) -> None:
        """Say `goAway`, and close after that time."""
        self.do(GoAway(time_left_s))

    def drop(self) -> None:
        """Cut every open connection without a close frame."""
        self.do(Drop())

    def reset(self) -> None:
        """End every open connection with a TCP reset."""
        self.do(Reset())

    def half_open(self) -> None:
        """Read and write nothing more on any open connection; the sockets stay."""
        self.do(HalfOpen())

    async def close_with(self, code: int, reason: str) -> None:
        """Close every open connection the way the service would."""
        for connection in list(self._server.connections.values()):
            await connection.socket.close(code, reason)


@asynccontextmanager
async def running_emulator(
    engine: str | Engine = "tone",
    *,
    tls_folder: Path | None = None,
    scenario: Scenario | Path | str | None = None,
    seed: int | None = None,
    admin: bool = False,
    mind: Responder | None = None,
    **knobs: Any,
) -> AsyncIterator[Emulator]:
    """An emulator on a free loopback port, in this event loop.

    engine: "tone" (no models: loud is voice, answers are a tone), "off" (no answers but those of scenarios and `do`),
    "speech" (really hears and speaks), "parrot" (speech that repeats what it heard), or an engine of your own, which is
    closed at the end. `mind`: your own, instead of the engine's usual one. With `tls_folder` there is a wss:// port,
    too, whose certificate is kept there. `scenario` is a file, the name of one that comes with the emulator, YAML text,
    or a `Scenario`; `seed` goes before its own. `admin` opens the admin port, too. Knobs are the fields of `Settings`,
    of `Pace` (chunk_ms, speed, first_delay_s) and of `Tone` (reply_s, heard_text, reply_text, calls).
    Raises TypeError for any other.
    """
    tone = Tone(**_take(knobs, Tone))
    pace = Pace(**_take(knobs, Pace))
    settings = Settings(pace=pace, **_take(knobs, Settings))
    if knobs:
        raise TypeError(f"running_emulator has no knob called {', '.join(sorted(knobs))}")
    host = EngineHost(_engine(engine, tone))
    play = ScenarioState(_scenario(scenario) if scenario else Scenario(), seed)
    server = Server(host, mind or _responder(engine, tone), settings, play)
    emulator = Emulator(server, host)
    emulator.port = await server.listen("127.0.0.1", 0)
    if tls_folder:
        pair = certificate(tls_folder)
        emulator.certificate = pair.certificate
        emulator.tls_port = await server.listen("127.0.0.1", 0, pair.context())
    desk = Admin(server, emulator.witness) if admin else None
    if desk:
        emulator.admin_url = f"http://127.0.0.1:{await desk.open_port(0)}"
    host.start()
    try:
        yield emulator
    finally:
        if desk:
            await desk.close()
        # A native library that still loads while the interpreter ends aborts the whole process.
        await host.settled()
        await server.close()


def _scenario(wanted: Scenario | Path | str) -> Scenario:
    """Raises `Unreadable`."""
    if isinstance(wanted, Scenario):
        return wanted
    return load_scenario(str(wanted)) if isinstance(wanted, Path) else find_scenario(wanted)


def _take(knobs: dict[str, Any], kind: type) -> dict[str, Any]:
    return {item.name: knobs.pop(item.name) for item in fields(kind) if item.name in knobs}


def _engine(name: str | Engine, tone: Tone) -> Engine:
    if not isinstance(name, str):
        return name
    if name == "tone":
        return ToneEngine(tone)
    if name == "off":
        return SilentEngine()
    from gemini_emulator.speech.speech_engine import SpeechEngine

    return SpeechEngine()


def _responder(name: str | Engine, tone: Tone) -> Responder:
    if name == "tone":
        return ToneResponder(tone)
    if name == "off":
        return SilentResponder()
    return Parrot() if name == "parrot" else Companion()
