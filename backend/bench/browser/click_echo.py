"""Upstream that answers every click with a click at once: measures the path without a model.

It speaks as much of the Gemini Live wire as a call needs: setup, sound both ways, the end of a turn
(ai.google.dev/api/live). Recognizing, waiting for silence and making a voice take no time here, so what is left between
mouth and ear is the path alone: microphone graph, frame, network, gateway, upstream, and all of it back.
"""

import asyncio
import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
from websockets.asyncio.server import ServerConnection, serve

CLICK_MS = 60
LOUD = 3_000
# A click is over long before the next one comes.
DEAF_FRAMES = 15
IN_RATE, OUT_RATE = 16_000, 24_000


def click(rate: int, ms: float = CLICK_MS) -> bytes:
    """PCM16LE mono: a tone of 1 kHz that is loud from its very first samples."""
    time = np.arange(int(rate * ms / 1000)) / rate
    return bytes((20_000 * np.cos(2 * np.pi * 1_000 * time)).astype("<i2").tobytes())


class ClickDetector:
    """One connection's ear: which chunk of sound a click begins in."""

    def __init__(self) -> None:
        self._deaf = 0

    def hears_click(self, pcm: bytes) -> bool:
        """`pcm` is the next chunk, PCM16LE 16 kHz."""
        if self._deaf > 0:
            self._deaf -= 1
            return False
        loud = bool(len(pcm) and np.abs(np.frombuffer(pcm, "<i2").astype(np.int32)).max() > LOUD)
        self._deaf = DEAF_FRAMES if loud else 0
        return loud


@asynccontextmanager
async def serve_click_echo() -> AsyncIterator[str]:
    """ws://127.0.0.1:port of the mirror, which runs in this process."""
    async with serve(_answer, "127.0.0.1", 0, compression=None, max_size=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}"


async def _answer(socket: ServerConnection) -> None:
    ear = ClickDetector()
    voice = b64encode(click(OUT_RATE, 200)).decode()
    part = {"inlineData": {"mimeType": f"audio/pcm;rate={OUT_RATE}", "data": voice}}
    async for text in socket:
        message = json.loads(text)
        if "setup" in message:
            await socket.send(json.dumps({"setupComplete": {}}))
        sound = message.get("realtimeInput", {}).get("audio")
        if sound and ear.hears_click(b64decode(sound["data"])):
            await socket.send(json.dumps({"serverContent": {"modelTurn": {"role": "model", "parts": [part]}}}))
            await socket.send(json.dumps({"serverContent": {"generationComplete": True}}))
            await asyncio.sleep(0)
            await socket.send(json.dumps({"serverContent": {"turnComplete": True}}))
