"""A service, a recorder before it and a replay, each on a free port, and what is said to them."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from gemini_emulator.cassettes.format import Cassette, Writer
from gemini_emulator.cassettes.player import ReplayOptions
from gemini_emulator.cassettes.proxy import Recorder
from gemini_emulator.cassettes.replay_server import Replay
from gemini_emulator.cassettes.scrubbing import Scrubber
from gemini_emulator.testing import DEVELOPER_PATH

LIMIT_S = 30
SETUP: dict[str, Any] = {"setup": {"model": "models/gemini-3.8-live", "sessionResumption": {}}}
PCM = "audio/pcm;rate=16000"
KEY = "AIzaSyD-thisIsTheKeyOfSomebodyElse0123"
Talk = Callable[[ServerConnection], Awaitable[None]]


@asynccontextmanager
async def service(
    talk: Talk, refuse: Callable[[ServerConnection, Request], Response | None] | None = None
) -> AsyncIterator[tuple[str, Server]]:
    """A stand-in for the real service that does what the test says, byte by byte."""
    async with serve(talk, "127.0.0.1", 0, process_request=refuse, max_size=None, ping_interval=None) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}", server


@asynccontextmanager
async def recording(
    url: str, path: Path, *, audio: bool = True, **environment: str
) -> AsyncIterator[tuple[str, Recorder]]:
    writer = Writer(path)
    writer.open()
    recorder = Recorder(writer, Scrubber(keep_blobs=audio, environment=environment), url=url, audio=audio)
    port = await recorder.front.open_port("127.0.0.1", 0)
    try:
        async with asyncio.timeout(LIMIT_S):
            yield f"ws://127.0.0.1:{port}", recorder
    finally:
        await recorder.close()
        writer.close()


def dial(url: str, path: str = DEVELOPER_PATH, **headers: str) -> connect:
    pairs = {name.replace("_", "-"): value for name, value in headers.items()} or {"x-goog-api-key": KEY}
    return connect(url + path, additional_headers=pairs, proxy=None, max_size=None, ping_interval=None)


async def send(client: ClientConnection, message: dict[str, Any]) -> None:
    await client.send(json.dumps(message))


def pcm(size: int = 640, fill: int = 0) -> dict[str, Any]:
    data = base64.b64encode(bytes([fill]) * size).decode()
    return {"realtimeInput": {"audio": {"data": data, "mimeType": PCM}}}


@asynccontextmanager
async def replaying(cassette: Cassette, manner: ReplayOptions | None = None) -> AsyncIterator[tuple[str, Replay]]:
    replay = Replay(cassette, manner or ReplayOptions(time_scale=0, patience_s=LIMIT_S))
    port = await replay.open_port("127.0.0.1", 0)
    try:
        async with asyncio.timeout(LIMIT_S):
            yield f"ws://127.0.0.1:{port}", replay
    finally:
        await replay.close()
