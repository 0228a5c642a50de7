"""The offline upstream as a child: started, dialled, restarted, and gone when the gateway goes."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil

from s2s.gateway import Gateway
from s2s.settings import Settings
from s2s.upstream.connection.emulator_process import EmulatorProcess, EngineState
from tools import default_registry

BACKEND = Path(__file__).resolve().parents[3]
PATIENCE_S = 30.0


class Watched(EmulatorProcess):
    """An engine whose states can be waited for."""

    def __init__(self) -> None:
        self.news: asyncio.Queue[EngineState] = asyncio.Queue()
        super().__init__(dict(os.environ), self.news.put_nowait)

    async def reaches(self, state: str) -> EngineState:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                news = await self.news.get()
                if news.state == state:
                    return news


async def test_the_child_announces_itself_shows_progress_and_is_ready():
    engine = Watched()
    engine.start()
    url = await engine.base_url()
    assert url.startswith("ws://127.0.0.1:")
    assert "loading" in (await engine.reaches("loading")).message
    await engine.reaches("ready")
    pid = engine.pid
    assert pid is not None
    await engine.stop()
    assert not psutil.pid_exists(pid)


async def test_the_engine_loads_before_anybody_calls_and_health_says_how_far_it_is(tmp_path: Path):
    settings = Settings(s2s_upstream="emulator", s2s_log_dir=str(tmp_path))
    gateway = Gateway(settings, default_registry)
    assert gateway.engine is not None
    news: asyncio.Queue[EngineState] = asyncio.Queue()
    gateway.engine.on_change = news.put_nowait
    await gateway.start()
    told = []
    try:
        async with asyncio.timeout(PATIENCE_S):
            while gateway.engine.state.state != "ready":
                state = await news.get()
                able, report = await gateway.health()
                # Calls are taken all the time: their dial waits.
                assert able
                if state == gateway.engine.state:
                    assert (report["engine"]["state"], report["engine"]["message"]) == (state.state, state.message)
                told.append(state.state)
        assert told[:2] == ["starting", "loading"]
        assert (await gateway.health())[1]["engine"]["state"] == "ready"
        assert report["sessions"]["created"] == 0
    finally:
        await gateway.stop()


async def test_a_child_that_dies_is_started_again():
    engine = Watched()
    engine.start()
    await engine.base_url()
    first = engine.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await engine.reaches("down")
    await engine.base_url()
    assert engine.pid not in (None, first)
    assert engine.restarts == 1
    await engine.stop()


def test_a_gateway_that_is_killed_takes_its_engine_with_it(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environ = {**os.environ, "S2S_LOG_DIR": str(tmp_path), "S2S_UPSTREAM": "emulator"}
    command = [sys.executable, "-m", "uvicorn", "main:app", "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command, cwd=BACKEND, env=environ, stderr=subprocess.PIPE, text=True) as gateway:
        assert gateway.stderr is not None
        for line in gateway.stderr:
            if "local engine is ready" in line:
                break
        [engine] = [child for child in psutil.Process(gateway.pid).children() if "gemini_emulator" in child.cmdline()]
        gateway.kill()
    gone, alive = psutil.wait_procs([engine], timeout=PATIENCE_S)
    assert gone
    assert not alive
