"""A gateway for a measurement: one that runs already, or one of our own on a free port."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

BACKEND = Path(__file__).resolve().parents[2]
START_LIMIT_S = 60.0


@asynccontextmanager
async def gateway(url: str | None) -> AsyncIterator[str]:
    """The address of a gateway that can take a call. Raises TimeoutError when it cannot within a minute."""
    if url is not None:
        await _until_healthy(url)
        yield url
        return
    async with own_gateway() as (own, _):
        yield own


@asynccontextmanager
async def own_gateway(**settings: str) -> AsyncIterator[tuple[str, int]]:
    """Address and process id of a gateway of our own, with these settings beside the environment's."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "uvicorn", "main:app", "--host", "127.0.0.1", "--port", "0", "--no-access-log"),
        cwd=BACKEND,
        env={**os.environ, **settings},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    drain: asyncio.Task[None] | None = None
    try:
        async with asyncio.timeout(START_LIMIT_S):
            own = await _address(process.stderr)
        # Nothing else reads this pipe; a full one would block the gateway.
        drain = asyncio.create_task(_drain(process.stderr))
        await _until_healthy(own)
        yield own, process.pid
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        if drain is not None:
            await drain


@asynccontextmanager
async def tone_upstream(*options: str) -> AsyncIterator[str]:
    """Run the emulator without models in a separate process; yields ws://host:port. `options` are passed to it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gemini_emulator", "--engine", "tone", "--port", "0", "--announce"),
        *("--exit-on-stdin-eof", *options),
        cwd=BACKEND,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        async with asyncio.timeout(START_LIMIT_S):
            news = json.loads(await process.stdout.readline())
        yield f"ws://{news['host']}:{news['port']}"
    finally:
        process.stdin.close()
        await process.wait()


async def _address(stderr: asyncio.StreamReader) -> str:
    said = b""
    while line := await stderr.readline():
        said += line
        if b"Uvicorn running on " in line:
            return line.split(b"Uvicorn running on ")[1].split()[0].decode()
    raise RuntimeError("the gateway did not start:\n" + said.decode(errors="replace"))


async def _drain(stderr: asyncio.StreamReader) -> None:
    while await stderr.readline():
        pass


async def _until_healthy(url: str) -> None:
    """Asks until a call can be taken: the local engine loads for a second or two."""
    async with asyncio.timeout(START_LIMIT_S), httpx.AsyncClient(base_url=url, timeout=10) as http:
        while (await http.get("/health")).status_code != 200:  # noqa: ASYNC110  # REST has no event for it
            await asyncio.sleep(0.1)
