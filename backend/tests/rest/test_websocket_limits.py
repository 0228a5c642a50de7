"""No WebSocket message unfolds in the gateway, whichever implementation the server was told to use."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from main import create_app
from s2s.rest.websocket_limits import MAX_MESSAGE_BYTES
from s2s.settings import Settings
from tests.calls.serving import ListeningServer
from tests.calls.test_killed import gateway_process
from tests.page import PATIENCE_S
from tests.processes import free_port


async def closed_for(socket: ClientConnection) -> int:
    """The code of the close that follows."""
    with suppress(ConnectionClosed):
        async with asyncio.timeout(PATIENCE_S):
            while True:
                await socket.recv()
    assert socket.close_code is not None
    return socket.close_code


async def is_limited(address: str) -> None:
    """Compression is not agreed to; what is larger than any message ends the socket, and the next one works."""
    async with connect(f"ws://{address}/api/probe/ws", compression="deflate") as socket:
        assert "Sec-WebSocket-Extensions" not in socket.response.headers
        await socket.send("x" * (MAX_MESSAGE_BYTES + 1))
        assert await closed_for(socket) == 1009
    async with connect(f"ws://{address}/api/probe/ws") as socket:
        await socket.send("still here")
        assert await socket.recv() == "still here"


@pytest.mark.parametrize("implementation", ["auto", "websockets", "websockets-sansio"])
@pytest.mark.filterwarnings("ignore:The `websockets` implementation is deprecated")
async def test_every_implementation_of_the_server_is_limited(tmp_path: Path, implementation: str):
    app = create_app(Settings.from_env({"S2S_LOG_DIR": str(tmp_path), "S2S_EMULATOR_URL": "ws://127.0.0.1:9"}))
    server = ListeningServer(uvicorn.Config(app, port=0, log_level="warning", ws=implementation))
    running = asyncio.create_task(server.serve())
    await server.listening.wait()
    await is_limited(server.address)
    server.should_exit = True
    await running


async def test_the_documented_command_is_limited(tmp_path: Path):
    port = free_port()
    async with gateway_process(port, "ws://127.0.0.1:9", tmp_path):
        await is_limited(f"127.0.0.1:{port}")
