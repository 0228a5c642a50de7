"""The local engine's process: what it inherits, and what its death does to a call: eng.py."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import psutil

from tests.attacks.stranger import HOST, Place, say, talking, told
from tests.attacks.target import START_LIMIT_S, gateway_process

SECRET = "AIza" + "S" * 35
LOCAL = {
    "S2S_UPSTREAM": "emulator",
    "GEMINI_API_KEY": SECRET,
    "S2S_ALLOWED_HOSTS": HOST,
    "S2S_SHUTDOWN_S": "0",
}


def engine_of(gateway: psutil.Process) -> psutil.Process:
    """The engine's process, waited for."""
    limit = time.monotonic() + START_LIMIT_S
    while time.monotonic() < limit:
        for child in gateway.children(recursive=True):
            if "gemini_emulator" in " ".join(child.cmdline()):
                return child
        time.sleep(0.05)
    raise AssertionError("no engine was started")


async def killed_in_mid_answer(place: Place, engine: psutil.Process) -> dict[str, Any]:
    async with talking(place) as socket:
        await say(socket, type="text", text="hello")
        await told(socket, "state", phase="speaking")
        engine.kill()
        await told(socket, "upstream", status="reconnecting")
        await told(socket, "upstream", status="live")
        await say(socket, type="text", text="what is two plus two?")
        return await told(socket, "turn_end")


def test_the_engine_inherits_no_secret_and_its_death_ends_no_call(tmp_path: Path):
    with gateway_process(tmp_path, **LOCAL) as (port, gateway):
        engine = engine_of(gateway)
        assert SECRET not in json.dumps(engine.environ())
        assert asyncio.run(killed_in_mid_answer(Place(port, "127.0.0.1"), engine))
