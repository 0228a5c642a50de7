"""The gateway behind a real server on a free loopback port, for calls over WebSocket."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import uvicorn
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from main import create_app
from s2s import wire
from s2s.settings import Settings
from tests.key_ring import KeyRing
from tests.page import PATIENCE_S


class ListeningServer(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list | None = None) -> None:
        await super().startup(sockets)
        # What it accepts inherits this: a page that does not read is felt at once.
        self.servers[0].sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
        self.listening.set()

    @property
    def address(self) -> str:
        """host:port"""
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        return f"{host}:{port}"


def server_of(tmp_path: Path, emulator_url: str, **environ: str) -> ListeningServer:
    """Not started: `serve` runs it."""
    known = {
        "S2S_LOG_DIR": str(tmp_path),
        "S2S_EMULATOR_URL": emulator_url,
        "SERVICE_ACCOUNT_KEY_PATH": str(tmp_path / "none.json"),
        **environ,
    }
    return ListeningServer(uvicorn.Config(create_app(Settings.from_env(known)), port=0, log_level="warning"))


@asynccontextmanager
async def serving(tmp_path: Path, emulator_url: str, **environ: str) -> AsyncIterator[tuple[str, httpx.AsyncClient]]:
    """A running one; answers host:port and a REST client."""
    server = server_of(tmp_path, emulator_url, **environ)
    running = asyncio.create_task(server.serve())
    await server.listening.wait()
    async with httpx.AsyncClient(base_url=f"http://{server.address}", timeout=PATIENCE_S, auth=KeyRing()) as http:
        http.app, http.gateway = server.config.app, server.config.app.state.gateway  # for a look inside
        yield server.address, http
    server.should_exit = True
    await running


@asynccontextmanager
async def kept_alive(page: ClientConnection) -> AsyncIterator[None]:
    """Pings meanwhile, as the real page does: the gateway takes one that says nothing for 6 s for gone."""

    async def ping() -> None:
        with suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(2.0)
                await page.send(wire.encode(wire.Ping(ms=0)))

    pings = asyncio.create_task(ping(), name="keep alive")
    try:
        yield
    finally:
        pings.cancel()


async def until(page: ClientConnection, kind: type, **fields: object) -> tuple[wire.ToBrowser, list[wire.Frame]]:
    """Reads on to the first message of a kind; answers it and the frames on the way."""
    frames = []
    async with asyncio.timeout(PATIENCE_S):
        async for data in page:
            if isinstance(data, bytes):
                frames.append(wire.decode_frame(data, wire.OUTPUT_SAMPLES))
                continue
            message = wire.decode_to_browser(data)
            if isinstance(message, kind) and all(getattr(message, k) == v for k, v in fields.items()):
                return message, frames
    raise AssertionError(f"the socket closed ({page.close_code}, {page.close_reason}) without {kind.__name__}")
