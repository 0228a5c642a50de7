"""A web page without a browser: the real REST calls, the real peer connection, the real two channels."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from fastapi import FastAPI

from main import create_app
from s2s import wire
from s2s.gateway import Gateway
from s2s.settings import Settings
from tests.key_ring import KeyRing
from tests.stage import mic
from tools import ToolRegistry, builtin_registry

# How long a busy machine may take for what is waited for; no story claims anything of it.
PATIENCE_S = 30.0
# As the real page: the gateway takes one that says nothing for 6 s for gone, and a busy machine makes stories wait.
PING_EVERY_S = 2.0
OWN_PING = 0xFFFF_FFFF
"""What such a ping is known by; its answer is no news for a story."""
BUILT_IN = builtin_registry()
"""Not the default one, to which whoever runs these tests may have added functions."""


@asynccontextmanager
async def running_gateway(
    tmp_path: Path, emulator_url: str = "", registry: ToolRegistry = BUILT_IN, **environ: str
) -> AsyncIterator[tuple[httpx.AsyncClient, Gateway]]:
    """The app with its lifespan, and a REST client for it."""
    (no_client := tmp_path / "no-client").mkdir(exist_ok=True)
    environ = {
        "SERVICE_ACCOUNT_KEY_PATH": str(tmp_path / "none.json"),
        "S2S_LOG_DIR": str(tmp_path),
        "S2S_CLIENT_DIR": str(no_client),
        "S2S_EMULATOR_URL": emulator_url,
        **environ,
    }
    app: FastAPI = create_app(Settings.from_env(environ), registry)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", auth=KeyRing()) as http:
            yield http, app.state.gateway


class Page:
    """What a page does, and everything it was told."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.session_id = ""
        self.session_key = ""
        self.told: list[wire.ToBrowser] = []
        self.frames: list[wire.Frame] = []
        self._changed = asyncio.Event()
        self._seq = itertools.count()
        self.connection: RTCPeerConnection | None = None

    async def open(self, **options: Any) -> None:
        """Create, offer, hello; returns when the gateway is ready."""
        answer = await self.http.post("/api/session/create", json=options or None)
        assert answer.status_code == 201, answer.text
        self.session_id = answer.json()["session_id"]
        self.session_key = answer.json()["session_key"]
        await self.connect()

    @property
    def headers(self) -> dict[str, str]:
        """Of every request about the session."""
        return {"Authorization": f"Bearer {self.session_key}"}

    async def connect(self) -> None:
        """A peer connection for the session, greeted; replaces one that was there."""
        await self.open_channels()
        count = len(self.of(wire.Ready))
        self.say(wire.Hello(client="test page", session_key=self.session_key))
        await self.until(lambda: len(self.of(wire.Ready)) > count)

    async def open_channels(self) -> None:
        """A peer connection that has not said hello."""
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.audio = self.connection.createDataChannel("audio", ordered=True, maxRetransmits=0)
        self.control = self.connection.createDataChannel("control", ordered=True)
        self.audio.on("message", self._on_audio)
        self.control.on("message", self._on_control)
        opened = asyncio.gather(_opened(self.audio), _opened(self.control))
        await self.connection.setLocalDescription(await self.connection.createOffer())
        answer = await self.http.post(
            f"/api/session/{self.session_id}/offer",
            json={"sdp": self.connection.localDescription.sdp, "type": "offer"},
            headers=self.headers,
        )
        assert answer.status_code == 200, answer.text
        await self.connection.setRemoteDescription(RTCSessionDescription(**answer.json()))
        async with asyncio.timeout(PATIENCE_S):
            await opened

    async def use_audio_channel(self, **settings: Any) -> None:
        """Replaces the audio channel of the living connection."""
        assert self.connection is not None
        old = self.audio
        self.audio = self.connection.createDataChannel("audio", maxRetransmits=0, **settings)
        self.audio.on("message", self._on_audio)
        async with asyncio.timeout(PATIENCE_S):
            await _opened(self.audio)
        old.close()

    def mic_frame(self, loud: bool = True) -> bytes:
        """The next 20 ms of microphone, ready to be sent."""
        seq = next(self._seq)
        return wire.encode_frame(wire.Frame(turn=0, seq=seq, clock_ms=seq * 20, pcm=mic(loud)))

    def say(self, message: wire.FromBrowser) -> None:
        self.control.send(wire.encode(message))

    async def speak(self, seconds: float, then_quiet: float = 0.0, loud: bool = True) -> None:
        """Microphone frames as fast as they can be taken: upstream's clock is the sound itself."""
        for index in range(round((seconds + then_quiet) / 0.02)):
            self.audio.send(self.mic_frame(loud and index < round(seconds / 0.02)))
            await asyncio.sleep(0)

    def of(self, kind: type) -> list[Any]:
        return [message for message in self.told if isinstance(message, kind)]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Looks again after every message or frame. Raises TimeoutError."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def told_of(self, kind: type, **fields: Any) -> Any:
        """The first message of a kind with these fields, waited for."""

        def found() -> list[Any]:
            return [m for m in self.of(kind) if all(getattr(m, name) == value for name, value in fields.items())]

        await self.until(lambda: bool(found()))
        return found()[0]

    async def vanish(self) -> None:
        """The page is gone without a word to the gateway's REST side."""
        assert self.connection is not None
        await self.connection.close()

    async def end(self) -> None:
        """End Session."""
        answer = await self.http.delete(f"/api/session/{self.session_id}", headers=self.headers)
        assert answer.status_code == 204
        await self.vanish()

    def _on_audio(self, data: bytes) -> None:
        self.frames.append(wire.decode_frame(data, wire.OUTPUT_SAMPLES))
        self._changed.set()

    def _on_control(self, data: str) -> None:
        message = wire.decode_to_browser(data)
        if not (isinstance(message, wire.Pong) and message.ms == OWN_PING):
            self.told.append(message)
            self._changed.set()

    async def keep_alive(self) -> None:
        """Pings until it is cancelled."""
        while True:
            await asyncio.sleep(PING_EVERY_S)
            if self.control.readyState == "open":
                self.say(wire.Ping(ms=OWN_PING))


async def _opened(channel: Any) -> None:
    if channel.readyState != "open":
        event = asyncio.Event()
        channel.on("open", event.set)
        await event.wait()


@asynccontextmanager
async def open_page(http: httpx.AsyncClient, **options: Any) -> AsyncIterator[Page]:
    """A page in a session, ended at the end."""
    page = Page(http)
    await page.open(**options)
    alive = asyncio.create_task(page.keep_alive(), name="keep alive")
    try:
        yield page
    finally:
        alive.cancel()
        await page.end()
