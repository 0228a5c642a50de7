"""Client of an emulator in this process: what it recognizes of a sound, and how soon."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.http11 import Request

from bench.audio.recordings import RATE, Sound, pcm
from gemini_emulator.responder.conversation_state import Functions, Memory, Reply, Result
from gemini_emulator.server.connection import Connection
from gemini_emulator.server.engine_loader import EngineHost
from gemini_emulator.server.server import Server
from gemini_emulator.session.events import CancelJob, Effect, Event, Received, Recognize, Recognized
from gemini_emulator.settings import Settings
from gemini_emulator.speech.speech_engine import SpeechEngine
from gemini_emulator.testing import DEVELOPER_PATH

FRAME_S = 0.1
LIMIT_S = 120.0
KEY = {"x-goog-api-key": "local"}
SETUP = {"setup": {"model": "models/gemini-3.8-live", "inputAudioTranscription": {}}}


@dataclass(frozen=True, slots=True)
class SilentResponder:
    """Never answers, so that only recognition costs time."""

    def reply_to_user(self, heard: str, memory: Memory, functions: Functions) -> Reply:
        return Reply(memory)

    def reply_to_results(self, results: Sequence[Result], memory: Memory) -> Reply:
        return Reply(memory)


@dataclass(slots=True)
class PendingWork:
    """What is still to be done for one connection."""

    received: int = 0
    jobs: set[int] = field(default_factory=set)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def watch(self, seen: Event | Effect) -> None:
        match seen:
            case Received():
                self.received += 1
            case Recognize(job):
                self.jobs.add(job)
            case Recognized(job) | CancelJob(job):
                self.jobs.discard(job)
        self.changed.set()


@dataclass(frozen=True, slots=True)
class Recognition:
    text: str
    first_words_s: float | None
    """From the first sample to the first words on the wire, interim ones too; None when there were none."""


class RecognizerClient:
    def __init__(self, port: int) -> None:
        self._url = f"ws://127.0.0.1:{port}{DEVELOPER_PATH}"
        self.work = PendingWork()

    async def recognize(self, sound: Sound, speed: float | None = None) -> Recognition:
        """Plays a sound, which must end with enough quiet for a turn to end. Without `speed` as fast as it is heard."""
        async with asyncio.timeout(LIMIT_S), connect(self._url, additional_headers=KEY) as socket:
            await socket.send(json.dumps(SETUP))
            await socket.recv()
            work, loop = self.work, asyncio.get_running_loop()
            began = loop.time()
            words: list[tuple[float, str, bool]] = []
            reader = asyncio.create_task(_read(socket, began, words))
            frames = _frames(sound)
            for number, frame in enumerate(frames):
                if speed:
                    await asyncio.sleep(began + (number + 1) * FRAME_S / speed - loop.time())
                await socket.send(frame)
            while work.received < len(frames) + 1 or work.jobs:
                work.changed.clear()
                await work.changed.wait()
            # The answer to everything that was sent before is in the socket when this one's is.
            await (await socket.ping())
            reader.cancel()
        return Recognition("".join(text for _, text, final in words if final).strip(), words[0][0] if words else None)


@asynccontextmanager
async def recognizer_client(hears: str, interim: bool = False) -> AsyncIterator[tuple[RecognizerClient, str]]:
    """A room with this recognizer, and the sentence that the engine has to say about itself ("" is good).

    Interim words need sound in real time, and cost the recognizer time.
    """
    host = EngineHost(SpeechEngine(hears))
    server = Server(host, SilentResponder(), Settings(playout_share=0.0, interim_s=0.5 if interim else None))
    made = RecognizerClient(await server.listen("127.0.0.1", 0))

    def newcomer(connection: Connection, request: Request) -> None:
        made.work = PendingWork()
        connection.watch = made.work.watch

    server.on_connection = newcomer
    host.start()
    status = await host.settled()
    try:
        yield made, status.message
    finally:
        await server.close()


def _frames(sound: Sound) -> list[str]:
    size = int(FRAME_S * RATE)
    out = []
    for start in range(0, sound.size, size):
        data = base64.b64encode(pcm(np.asarray(sound[start : start + size]))).decode()
        out.append(json.dumps({"realtimeInput": {"audio": {"data": data, "mimeType": f"audio/pcm;rate={RATE}"}}}))
    return out


async def _read(socket: ClientConnection, began: float, words: list[tuple[float, str, bool]]) -> None:
    loop = asyncio.get_running_loop()
    async for data in socket:
        message: dict[str, Any] = json.loads(data)
        content = message.get("serverContent") or {}
        for field_name in ("interimInputTranscription", "inputTranscription"):
            if text := content.get(field_name, {}).get("text"):
                words.append((loop.time() - began, text, field_name == "inputTranscription"))
