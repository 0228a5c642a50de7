"""A gateway that is killed without a word: its pages notice at once, and the conversation goes on in the next one."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from gemini_emulator.testing import running_emulator
from s2s import wire
from s2s.settings import BACKEND_DIR
from tests.calls.serving import until
from tests.key_ring import KeyRing, hello
from tests.page import PATIENCE_S
from tests.processes import free_port, no_credentials


async def until_closed(socket: ClientConnection) -> None:
    """Read to the end: a socket that is not read does not see that the other side is gone."""
    with suppress(ConnectionClosed):
        while True:
            await socket.recv()


@asynccontextmanager
async def gateway_process(port: int, emulator_url: str, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The documented command, once it listens; killed at the end."""
    environ = no_credentials(S2S_EMULATOR_URL=emulator_url, S2S_LOG_DIR=str(folder))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "uvicorn", "main:app", "--host", "127.0.0.1", "--port", str(port)),
        cwd=BACKEND_DIR,
        env=environ,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    async with asyncio.timeout(60):
        while b"Uvicorn running" not in await process.stderr.readline():
            assert process.returncode is None, "the gateway did not start"
    draining = asyncio.create_task(process.stderr.read())
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await draining


async def test_a_killed_gateway_is_noticed_at_once_and_the_next_one_knows_the_conversation(tmp_path: Path):
    port = free_port()
    said = [{"role": "user", "text": "My name is Ada."}, {"role": "model", "text": "Nice to meet you, Ada."}]
    async with (
        running_emulator(reply_s=5.0) as emulator,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_S, auth=KeyRing()) as http,
    ):
        async with gateway_process(port, emulator.base_url, tmp_path) as gateway:
            old_id = (await http.post("/api/session/create")).json()["session_id"]
            socket = await connect(f"ws://127.0.0.1:{port}/api/session/{old_id}/ws")
            await socket.send(hello(http, old_id))
            await socket.send(wire.encode(wire.Text(text="My name is Ada.")))
            await until(socket, wire.State, phase="speaking")
            gateway.kill()
            # Sooner than a ping that stays unanswered would tell.
            async with asyncio.timeout(PATIENCE_S):
                await until_closed(socket)
            await gateway.wait()
        # Upstream was not told either, and holds nothing open.
        await emulator.wait_for(lambda: emulator.open_sessions == 0)
        async with gateway_process(port, emulator.base_url, tmp_path):
            async with connect(f"ws://127.0.0.1:{port}/api/session/{old_id}/ws") as gone:
                notice, _ = await until(gone, wire.Notice)
                await gone.wait_closed()
                assert (notice.code, gone.close_code) == ("session_not_found", 4404)
            created = (await http.post("/api/session/create", json={"history": said})).json()
            assert created["history_turns"] == 2
            async with connect(f"ws://127.0.0.1:{port}/api/session/{created['session_id']}/ws") as socket:
                await socket.send(hello(http, created["session_id"]))
                await until(socket, wire.Upstream, status="live")
                await emulator.wait_for(lambda: "clientContent" in str(emulator.seen[-1].received))
        told = [message["clientContent"] for message in emulator.seen[-1].received if "clientContent" in message]
    assert [turn["parts"][0]["text"] for turn in told[0]["turns"]] == [turn["text"] for turn in said]
