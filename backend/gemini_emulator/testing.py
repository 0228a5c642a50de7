"""The emulator inside a test: real sockets on a free loopback port, and a look at what arrived.

async with running_emulator(engine="tone", reply_s=1.0) as emulator:
    socket = await connect(emulator.url, additional_headers={"x-goog-api-key": "any"})
    ...
    await emulator.wait_for(lambda: emulator.audio_bytes > 0)
"""

from __future__ import annotations

from typing import Any

from gemini_emulator.in_process import DEVELOPER_PATH, VERTEX_PATH, Emulator, running_emulator
from gemini_emulator.server.traffic_log import Seen

__all__ = ["DEVELOPER_PATH", "VERTEX_PATH", "Emulator", "Seen", "running_emulator"]


def __getattr__(name: str) -> Any:
    """The fixtures of `pytest_plugin`, which alone needs pytest."""
    if name in ("gemini_live", "gemini_live_environment"):
        from gemini_emulator import pytest_plugin

        return getattr(pytest_plugin, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
