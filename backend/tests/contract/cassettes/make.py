"""Has one of four short conversations, for a recorder to write down.

python -m tests.contract.cassettes.make greeting       through a recorder on port 8090, with GEMINI_API_KEY
python -m tests.contract.cassettes.make --ours         all three with the emulator, into this folder
"""

import argparse
import asyncio
import base64
import json
import os
import wave
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from gemini_emulator.cassettes.format import Writer
from gemini_emulator.cassettes.proxy import Recorder
from gemini_emulator.cassettes.scrubbing import Scrubber
from gemini_emulator.testing import DEVELOPER_PATH, VERTEX_PATH, Emulator, running_emulator

HERE = Path(__file__).resolve().parent
CLIP = HERE.parents[1] / "clips" / "go-forward-ten-meters.wav"
MODEL = "gemini-3.8-live"
VERTEX_MODEL = "gemini-live-2.5-flash-native-audio"
CHUNK_BYTES = 3_200
CHUNK_S = 0.1
SILENCE = bytes(CHUNK_BYTES)
GO_AWAY_S = 900.0
WEATHER = {
    "name": "get_weather",
    "description": "The weather in a city",
    "parameters": {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}, "required": ["city"]},
    "behavior": "BLOCKING",
}

Hasten = Callable[[], None]


def no_haste() -> None:
    """With the real service one waits."""


class Talker:
    """One connection, seen from a client."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.handle = ""

    async def say(self, message: dict[str, Any]) -> None:
        await self._socket.send(json.dumps(message))

    async def speak(self, pcm: bytes, silence_s: float = 1.0) -> None:
        """PCM16 at 16 kHz in real time, with silence behind it."""
        for at in range(0, len(pcm) + int(silence_s / CHUNK_S) * CHUNK_BYTES, CHUNK_BYTES):
            data = base64.b64encode(pcm[at : at + CHUNK_BYTES] or SILENCE).decode()
            await self.say({"realtimeInput": {"audio": {"data": data, "mimeType": "audio/pcm;rate=16000"}}})
            # A recording tool, not a test: a cassette keeps the pace of a real microphone.
            await asyncio.sleep(CHUNK_S)

    async def until(self, member: str, limit_s: float = 60.0) -> dict[str, Any]:
        async with asyncio.timeout(limit_s):
            while True:
                message: dict[str, Any] = json.loads(await self._socket.recv())
                update = message.get("sessionResumptionUpdate", {})
                self.handle = update.get("newHandle", "") if update.get("resumable") else self.handle
                if member in message or member in message.get("serverContent", {}):
                    return message

    async def until_turn_and_handle(self) -> None:
        await self.until("turnComplete")
        self.handle = ""
        while not self.handle:
            await self.until("sessionResumptionUpdate")


def setup_of(model: str, handle: str) -> dict[str, Any]:
    return {
        "model": model,
        "generationConfig": {"responseModalities": ["AUDIO"]},
        "systemInstruction": {"role": "user", "parts": [{"text": "You are a friendly assistant. Answer briefly."}]},
        "tools": [{"functionDeclarations": [WEATHER]}],
        "inputAudioTranscription": {},
        "outputAudioTranscription": {},
        "realtimeInputConfig": {"automaticActivityDetection": {"silenceDurationMs": 500, "prefixPaddingMs": 100}},
        "sessionResumption": {"handle": handle} if handle else {},
    }


@asynccontextmanager
async def talking(url: str, model: str, handle: str = "") -> AsyncIterator[Talker]:
    key = {"x-goog-api-key": os.environ.get("GEMINI_API_KEY", "local")}
    async with connect(url + DEVELOPER_PATH, additional_headers=key, ping_timeout=90, proxy=None) as socket:
        yield await _set_up(socket, f"models/{model}", handle)


@asynccontextmanager
async def talking_on_vertex(url: str, model: str) -> AsyncIterator[Talker]:
    project = os.environ.get("GOOGLE_CLOUD_PROJECT", "demo-project")
    location = os.environ.get("GOOGLE_CLOUD_LOCATION", "us-central1")
    bearer = {"Authorization": f"Bearer {os.environ.get('GEMINI_LIVE_TOKEN', 'local')}"}
    full = f"projects/{project}/locations/{location}/publishers/google/models/{model}"
    async with connect(url + VERTEX_PATH, additional_headers=bearer, ping_timeout=90, proxy=None) as socket:
        yield await _set_up(socket, full, "")


async def _set_up(socket: ClientConnection, model: str, handle: str) -> Talker:
    talker = Talker(socket)
    await talker.say({"setup": setup_of(model, handle)})
    await talker.until("setupComplete")
    return talker


def clip() -> bytes:
    with wave.open(str(CLIP)) as sound:
        return sound.readframes(sound.getnframes())


async def greeting(url: str, model: str, hasten: Hasten) -> None:
    """A greeting by text, words by voice, a function called and its result told."""
    async with talking(url, model) as talker:
        await talker.say({"realtimeInput": {"text": "Hello!"}})
        await talker.until_turn_and_handle()
        await talker.speak(clip())
        await talker.until_turn_and_handle()
        await talker.say({"realtimeInput": {"text": "What is the weather in Paris?"}})
        await _answer_call(talker)


async def vertex(url: str, model: str, hasten: Hasten) -> None:
    """Vertex AI: a question by text, a function called and its result told."""
    async with talking_on_vertex(url, VERTEX_MODEL if model == MODEL else model) as talker:
        words = [{"role": "user", "parts": [{"text": "What is the weather in Paris?"}]}]
        await talker.say({"clientContent": {"turns": words, "turnComplete": True}})
        await _answer_call(talker)


async def _answer_call(talker: Talker) -> None:
    call = (await talker.until("toolCall"))["toolCall"]["functionCalls"][0]
    answer = {"name": call["name"], "response": {"output": "Sunny, 21 degrees"}}
    # Vertex AI may leave the id out, and then wants none back.
    identity = {"id": call["id"]} if "id" in call else {}
    await talker.say({"toolResponse": {"functionResponses": [answer | identity]}})
    await talker.until_turn_and_handle()


async def interruption(url: str, model: str, hasten: Hasten) -> None:
    """The user talks over the model and is answered."""
    async with talking(url, model) as talker:
        await talker.say({"realtimeInput": {"text": "What can you do? Tell me everything, at length."}})
        await talker.until("modelTurn")
        speaking = asyncio.create_task(talker.speak(clip()))
        await talker.until("interrupted")
        await talker.until("turnComplete")
        await speaking
        await talker.until_turn_and_handle()


async def resumption(url: str, model: str, hasten: Hasten) -> None:
    """The service says goAway; the conversation goes on with the handle on a second connection."""
    async with talking(url, model) as talker:
        await talker.say({"realtimeInput": {"text": "Hello, my name is Ada."}})
        await talker.until_turn_and_handle()
        hasten()
        await talker.until("goAway", GO_AWAY_S)
    async with talking(url, model, talker.handle) as again:
        await again.say({"realtimeInput": {"text": "What is my name?"}})
        await again.until_turn_and_handle()


STORIES: dict[str, Callable[[str, str, Hasten], Awaitable[None]]] = {
    "greeting": greeting,
    "interruption": interruption,
    "resumption": resumption,
    "vertex": vertex,
}


async def ours() -> None:
    """With the emulator and its real ear and voice; audio as lengths."""
    async with running_emulator(engine="speech", speed=3.5) as emulator:
        for name, story in STORIES.items():
            await record(emulator, name, story)


async def record(emulator: Emulator, name: str, story: Callable[[str, str, Hasten], Awaitable[None]]) -> None:
    writer = Writer(HERE / f"{name}.jsonl")
    writer.open(overwrite=True)
    about = " ".join((story.__doc__ or "").split())
    recorder = Recorder(writer, Scrubber(keep_blobs=False), url=emulator.base_url, audio=False, about=about)
    port = await recorder.front.open_port("127.0.0.1", 0)
    await story(f"ws://127.0.0.1:{port}", MODEL, lambda: emulator.go_away(50))
    await recorder.close()
    writer.close()
    print(f"{writer.path.name}: {writer.lines} lines, {writer.path.stat().st_size} bytes")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("story", nargs="?", choices=STORIES, help="the conversation to have")
    parser.add_argument("--url", default="ws://127.0.0.1:8090", help="where the recorder listens (default %(default)s)")
    parser.add_argument("--model", default=MODEL, help="default %(default)s")
    parser.add_argument("--ours", action="store_true", help="record all from the emulator")
    options = parser.parse_args()
    if options.ours:
        asyncio.run(ours())
    elif options.story:
        asyncio.run(STORIES[options.story](options.url, options.model, no_haste))
    else:
        parser.error(f"name one of {', '.join(STORIES)}, or --ours")


if __name__ == "__main__":
    main()
