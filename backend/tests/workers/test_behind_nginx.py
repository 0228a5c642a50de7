"""`S2S_WORKERS=2 make serve`: real processes behind a real nginx. `make workers` runs it, and installs nginx."""

import asyncio
import os
import shutil
import signal
import sys
from pathlib import Path

import httpx
import psutil
import pytest
from websockets.asyncio.client import ClientConnection, connect

from gemini_emulator.testing import running_emulator
from s2s import wire
from tests.access.roles import paid
from tests.calls.serving import until
from tests.key_ring import KeyRing, hello
from tests.page import Page
from tests.processes import LIMIT_S, SCRIPTS, Running, free_port, no_credentials, running, survivors


@pytest.fixture(autouse=True)
def nginx() -> None:
    assert shutil.which("nginx") or Path("/usr/sbin/nginx").exists(), (
        "nginx is missing: run `make workers`, which installs it, or on Debian: sudo apt install nginx-light"
    )


def gateway_of(run: Running, worker: int) -> psutil.Process:
    """The process that listens for this worker, below its guard."""
    for process in run.descendants():
        if process.environ().get("S2S_WORKER") == str(worker) and "guard.py" not in " ".join(process.cmdline()):
            return process
    raise AssertionError(f"no gateway {worker}")


async def call(http: httpx.AsyncClient, base: str) -> tuple[str, ClientConnection]:
    """A new call over the WebSocket, greeted."""
    session: str = (await http.post("/api/session/create")).json()["session_id"]
    socket = await connect(f"ws://{base}/api/session/{session}/ws")
    await socket.send(hello(http, session))
    await until(socket, wire.Upstream, status="live")
    return session, socket


async def parts(http: httpx.AsyncClient) -> set[str]:
    """How the processes are."""
    return {part["status"] for part in (await http.get("/health")).json()["workers"]}


async def answered(socket: ClientConnection) -> bool:
    await socket.send(wire.encode(wire.Text(text="hello")))
    _, frames = await until(socket, wire.TurnEnd)
    return bool(frames)


async def one_is_killed(run: Running, http: httpx.AsyncClient, base: str) -> ClientConnection:
    """Calls on both; the second process dies. Answers a call that went on."""
    calls = dict([await call(http, base) for _ in range(4)])
    assert sorted(session[:2] for session in calls) == ["1-", "1-", "2-", "2-"]
    page = Page(http)
    await page.open()
    page.say(wire.Text(text="hello"))
    await page.told_of(wire.TurnEnd)
    assert page.frames, "media goes straight to its process"
    await page.vanish()
    for socket in calls.values():
        assert await answered(socket)
    gateway_of(run, 2).kill()
    lost = [session for session in calls if session.startswith("2-")]
    for session in lost:
        await calls[session].wait_closed()
    gone = await http.post(f"/api/session/{lost[0]}/interrupt")
    assert gone.status_code == 404, "whoever is asked, its page hears that it must begin again"
    session, socket = await call(http, base)
    assert session, "new calls are taken all the while"
    await socket.close()
    await asyncio.to_thread(run.line_with, "The gateway-2 stopped (exit code 137); it is started again.")
    async with asyncio.timeout(LIMIT_S):
        while await parts(http) != {"ok"}:  # noqa: ASYNC110  # REST has no event for it
            await asyncio.sleep(0.05)
    kept = [socket for session, socket in calls.items() if session.startswith("1-")]
    for socket in kept:
        assert await answered(socket), "calls of the other process go on"
    await kept[0].close()
    return kept[1]


async def test_a_killed_process_comes_back_others_talk_on_and_ctrl_c_lets_calls_finish(tmp_path: Path) -> None:
    async with running_emulator(reply_s=0.4) as emulator:
        port = free_port()
        base = f"127.0.0.1:{port}"
        env = no_credentials(
            S2S_WORKERS="2", S2S_PORT=str(port), S2S_LOG_DIR=str(tmp_path), S2S_RUN_DIR=str(tmp_path),
            S2S_UPSTREAM="emulator", S2S_EMULATOR_URL=emulator.base_url, S2S_SHUTDOWN_S="600",
        )  # fmt: skip
        with running([sys.executable, str(SCRIPTS / "serve.py")], SCRIPTS.parent, env) as run:
            said = await asyncio.to_thread(run.line_with, "open http://")
            assert said.endswith("2 gateway processes, 100 conversations at most")
            async with httpx.AsyncClient(base_url=f"http://{base}", timeout=20, auth=KeyRing()) as http:
                socket = await one_is_killed(run, http, base)
                await socket.send(wire.encode(wire.Text(text="a last word")))
                await until(socket, wire.State, phase="speaking")
                family = run.descendants()
                os.killpg(run.process.pid, signal.SIGINT)
                await until(socket, wire.Notice, code="gateway_stopping")
                await until(socket, wire.TurnEnd)
                await socket.wait_closed()
            await asyncio.to_thread(run.rest)
            assert run.process.returncode == 0
            assert survivors(family) == []


async def test_the_switch_for_paid_calls_ends_those_of_every_process(tmp_path: Path) -> None:
    async with running_emulator() as emulator:
        port = free_port()
        base = f"127.0.0.1:{port}"
        env = no_credentials(
            S2S_WORKERS="2", S2S_PORT=str(port), S2S_LOG_DIR=str(tmp_path), S2S_RUN_DIR=str(tmp_path),
            **paid(emulator.base_url),
        )  # fmt: skip
        with running([sys.executable, str(SCRIPTS / "serve.py")], SCRIPTS.parent, env) as run:
            await asyncio.to_thread(run.line_with, "open http://")
            async with httpx.AsyncClient(base_url=f"http://{base}", timeout=20, auth=KeyRing()) as http:
                calls = dict([await call(http, base) for _ in range(4)])
                assert {session[:2] for session in calls} == {"1-", "2-"}
                answer = (await http.post("/api/operator/paid-calls", json={"allowed": False})).json()
                for socket in calls.values():
                    await until(socket, wire.Notice, code="paid_calls_off")
                refused = [await http.post("/api/session/create") for _ in range(4)]
                for socket in calls.values():
                    await socket.close()
    assert answer["ending"] == len(calls)
    assert {(one.status_code, one.json()["code"]) for one in refused} == {(503, "paid_calls_off")}
