"""`python -m bench.harness.scheduled_upstream`: Gemini Live's wire by a time table, and a stamp on everything.

For measuring gateways: hearing and thinking cost nothing here. Every connection is answered by the same plan, begun by
its first audio: each CYCLE_S a reply of REPLY_S of a tone, in chunks of CHUNK_MS at SPEED times real time; every third
one is cut by `interrupted`. All stamps are CLOCK_MONOTONIC in seconds, which processes of one machine share.

`/stamps` is for the bench: tells each connection's first audio as it comes, and answers any message with all stamps,
but for CUT_ALL.
"""

import asyncio
import json
import sys
from argparse import ArgumentParser
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from contextlib import suppress
from time import monotonic
from typing import Any

import msgspec
import uvloop
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from bench.harness.test_tones import OnsetDetector, tone

OUTPUT_RATE = 24_000
CHUNK_MS = 200
SPEED = 4.0
CYCLE_S = 4.0
REPLY_S = 2.0
CUT_AFTER_S = 0.75
CUT_EVERY = 3
BEGIN_S = 0.5
CUT_ALL = "cut every reply"
"""Said by the bench at `/stamps`: from now on."""
GOLDEN_RATIO = 0.618_034
"""Of a cycle, from one connection to the next: the golden ratio spreads any number of them."""

_CHUNK = b64encode(tone(CHUNK_MS, OUTPUT_RATE)).decode()
_VOICE = json.dumps(
    {"serverContent": {"modelTurn": {"parts": [{"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": _CHUNK}}]}}}
).encode()
_SETUP = json.dumps({"setupComplete": {}}).encode()
_INTERRUPTED = json.dumps({"serverContent": {"interrupted": True}}).encode()
_GENERATED = json.dumps({"serverContent": {"generationComplete": True}}).encode()
_USAGE = {"promptTokenCount": 200, "responseTokenCount": 50, "totalTokenCount": 250}
_COMPLETE = json.dumps({"serverContent": {"turnComplete": True}, "usageMetadata": _USAGE}).encode()


class UpstreamConnection:
    """One connection of a gateway."""

    def __init__(self, number: int, socket: ServerConnection, stand: "ScheduledUpstream") -> None:
        self.number = number
        self.first_audio: float | None = None
        self.chunks = 0
        self.audio_bytes = 0
        self.ended: float | None = None
        self.onsets: list[float] = []
        self.replies: list[list[float | None]] = []
        """First chunk sent; `interrupted` sent, or None."""
        self._socket, self._stand = socket, stand
        self._ear = OnsetDetector()
        self._messages = 0
        self.kinds: Counter[str] = Counter()
        """What the gateway sent since its first audio."""
        self._asked: set[str] = set()
        """What the setup wants beside voice."""
        self._plan: asyncio.Task[None] | None = None

    async def serve(self) -> None:
        try:
            async for text in _until_closed(self._socket):
                at = monotonic()
                await self._read(msgspec.json.decode(text), at)
        finally:
            self.ended = monotonic()
            if self._plan is not None:
                self._plan.cancel()
                await asyncio.gather(self._plan, return_exceptions=True)

    async def _read(self, message: dict[str, Any], at: float) -> None:
        self._messages += 1
        if self.first_audio is not None:
            self.kinds[_kind(message)] += 1
        if (pcm := _audio(message)) is not None:
            self._take(pcm, at)
        elif (setup := message.get("setup")) is not None:
            self._messages = 0
            self._asked = {wish.replace("_", "").lower() for wish, value in setup.items() if value is not None}
            await self._socket.send(_SETUP)

    def _take(self, pcm: bytes, at: float) -> None:
        if self.first_audio is None:
            self.first_audio = at
            self._stand.announce_first_audio(self)
            self._plan = asyncio.create_task(self._answer())
        self.chunks += 1
        self.audio_bytes += len(pcm)
        if self._ear.detect_onset(pcm, at):
            self.onsets.append(at)

    async def _answer(self) -> None:
        begin = monotonic() + BEGIN_S + self.number * GOLDEN_RATIO % 1 * CYCLE_S
        turn = 0
        with suppress(ConnectionClosed):
            while True:
                await self._reply(begin + turn * CYCLE_S, cut=self._stand.cut_all or turn % CUT_EVERY == CUT_EVERY - 1)
                turn += 1

    async def _reply(self, begin: float, *, cut: bool) -> None:
        await self._until(begin)
        step = CHUNK_MS / 1000 / SPEED
        for index in range(round(REPLY_S * 1000 / CHUNK_MS)):
            await self._until(begin + index * step)
            await self._socket.send(_VOICE)
            if index == 0:
                self.replies.append([monotonic(), None])
                await self._tell("outputTranscription", f"This is answer {len(self.replies)}.")
        await self._socket.send(_GENERATED)
        await self._until(begin + (CUT_AFTER_S if cut else REPLY_S))
        if cut:
            await self._socket.send(_INTERRUPTED)
            self.replies[-1][1] = monotonic()
            await self._tell("inputTranscription", f"Stop number {len(self.replies)}.")
        await self._socket.send(_COMPLETE)
        if "sessionresumption" in self._asked:
            update = {"newHandle": f"handle-{self.number}", "resumable": True}
            consumed = {"lastConsumedClientMessageIndex": str(self._messages)}
            await self._socket.send(json.dumps({"sessionResumptionUpdate": update | consumed}).encode())

    async def _tell(self, kind: str, words: str) -> None:
        """To those who asked for transcripts: without words from the person an interruption would look like a fault."""
        if kind.lower().replace("transcription", "audiotranscription") in self._asked:
            await self._socket.send(json.dumps({"serverContent": {kind: {"text": words}}}).encode())

    async def _until(self, due: float) -> None:
        wait = due - monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        self._stand.lateness.append((due, max(0.0, (monotonic() - due) * 1000)))

    def timestamps(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "first_audio": self.first_audio,
            "ended": self.ended,
            "chunks": self.chunks,
            "audio_bytes": self.audio_bytes,
            "kinds": dict(self.kinds),
            "at": monotonic(),
            "onsets": self.onsets,
            "replies": self.replies,
        }


async def _until_closed(socket: ServerConnection) -> AsyncIterator[str | bytes]:
    """However it is closed: the talkers' stamps tell whether it was too early."""
    with suppress(ConnectionClosed):
        async for text in socket:
            yield text


def _kind(message: dict[str, Any]) -> str:
    """`realtimeInput.audio`, `clientContent.turns`, ..."""
    name, inside = next(iter(message.items()), ("nothing", None))
    return f"{name}.{next(iter(inside))}" if isinstance(inside, dict) and inside else name


def _audio(message: dict[str, Any]) -> bytes | None:
    """PCM16LE mono at 16 kHz, from either spelling that Google's SDKs and servers use."""
    said = message.get("realtimeInput") or message.get("realtime_input")
    if not said:
        return None
    blob = said.get("audio") or next(iter(said.get("mediaChunks") or said.get("media_chunks") or ()), None)
    if not blob:
        return None
    text: str = blob["data"]
    return b64decode(text.replace("-", "+").replace("_", "/") if "-" in text or "_" in text else text)


class ScheduledUpstream:
    """All connections, and the watchers at `/stamps`."""

    def __init__(self) -> None:
        self.connections: list[UpstreamConnection] = []
        self.lateness: list[tuple[float, float]] = []
        """When something was due, and by how many ms it was late."""
        self.cut_all = False
        self._watchers: set[ServerConnection] = set()
        self._chores: set[asyncio.Task[None]] = set()

    async def serve(self, socket: ServerConnection) -> None:
        if socket.request is not None and socket.request.path == "/stamps":
            await self._watch(socket)
            return
        connection = UpstreamConnection(len(self.connections), socket, self)
        self.connections.append(connection)
        await connection.serve()

    def announce_first_audio(self, connection: UpstreamConnection) -> None:
        text = json.dumps({"first_audio": connection.number, "at": connection.first_audio})
        for watcher in self._watchers:
            self._later(watcher.send(text))

    async def _watch(self, socket: ServerConnection) -> None:
        self._watchers.add(socket)
        try:
            async for wish in _until_closed(socket):
                if wish == CUT_ALL:
                    self.cut_all = True
                    continue
                stamps = [connection.timestamps() for connection in self.connections]
                await socket.send(json.dumps({"connections": stamps, "lateness": self.lateness}))
        finally:
            self._watchers.discard(socket)

    def _later(self, chore: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(chore)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)


async def _run(port: int) -> None:
    stand = ScheduledUpstream()
    async with serve(stand.serve, "127.0.0.1", port, compression=None, ping_interval=None, max_size=2**24) as server:
        taken = next(iter(server.sockets)).getsockname()[1]
        print(json.dumps({"url": f"ws://127.0.0.1:{taken}"}), flush=True)
        # The bench holds the other end of this pipe: when it is gone, so are we.
        await asyncio.to_thread(sys.stdin.buffer.read)


def main() -> int:
    parser = ArgumentParser(prog="python -m bench.harness.scheduled_upstream")
    parser.add_argument("--port", type=int, default=0)
    uvloop.run(_run(parser.parse_args().port))
    return 0


if __name__ == "__main__":
    sys.exit(main())
