"""The emulator with tones in a separate process, for the soak; it reports its own loop lag.

`python -m experiments.soak.upstream [--scenario FILE]`; its news are lines of JSON, pauses among them.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.analysis.loop_lag import Pause, watch_loop
from bench.clients.gateway_process import BACKEND, START_LIMIT_S
from gemini_emulator.__main__ import arguments
from gemini_emulator.cli.start import run

TONES = ("start", "--engine", "tone", "--port", "0", "--announce", "--exit-on-stdin-eof")


@asynccontextmanager
async def soak_upstream(*options: str) -> AsyncIterator[tuple[str, list[Pause]]]:
    """ws://host:port, and the pauses of its loop as they come. Raises TimeoutError."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "experiments.soak.upstream", *options),
        cwd=BACKEND,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    pauses: list[Pause] = []
    try:
        async with asyncio.timeout(START_LIMIT_S):
            news = json.loads(await process.stdout.readline())
        reading = asyncio.create_task(_read(process.stdout, pauses))
        yield f"ws://{news['host']}:{news['port']}", pauses
    finally:
        process.stdin.close()
        await process.wait()
    await reading


async def _read(stdout: asyncio.StreamReader, pauses: list[Pause]) -> None:
    async for line in stdout:
        news = json.loads(line)
        if "late_s" in news:
            pauses.append(Pause(news["at"], news["late_s"]))


def _tell(pause: Pause) -> None:
    print(json.dumps({"at": pause.at, "late_s": pause.late_s}), flush=True)


async def _run(given: list[str]) -> int:
    watching = asyncio.create_task(watch_loop(_tell))
    try:
        return await run(arguments()[0].parse_args([*TONES, *given]))
    finally:
        watching.cancel()


if __name__ == "__main__":
    sys.exit(asyncio.run(_run(sys.argv[1:])))
