"""A service that plays one of `recorded_service/`: binary frames of pretty-printed JSON, to whoever dials."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from gemini_emulator.cassettes.blobs import ToneFill
from gemini_emulator.cassettes.matching import kind
from s2s import wire
from tests.page import PATIENCE_S, Page

FOLDER = Path(__file__).resolve().parent / "recorded_service"
FILES = sorted(FOLDER.glob("*.json"))
BYTES_PER_MS = 48


@dataclass
class Socket:
    """One connection of the gateway's."""

    line: ServerConnection
    received: list[dict[str, Any]] = field(default_factory=list)
    read: int = 0
    """How many of the messages were waited for already."""

    @property
    def setup(self) -> dict[str, Any]:
        found: dict[str, Any] = self.received[0]["setup"]
        return found

    def take(self, wanted: str) -> bool:
        """Whether a message of that kind has come since the last one that was taken."""
        kinds = [kind(message) for message in self.received[self.read :]]
        if wanted not in kinds:
            return False
        self.read += kinds.index(wanted) + 1
        return True


class PlayedService:
    """Does what it is told; `every_socket` is sent on each socket as soon as it is set up."""

    def __init__(self, every_socket: list[dict[str, Any]]) -> None:
        self.sockets: list[Socket] = []
        self.url = ""
        self._every_socket = every_socket
        self._tones = ToneFill()
        self._changed = asyncio.Event()

    async def serve(self, line: ServerConnection) -> None:
        socket = Socket(line)
        try:
            async for data in line:
                socket.received.append(json.loads(data))
                if len(socket.received) == 1:
                    self.sockets.append(socket)
                    for message in self._every_socket:
                        await self.send(socket, _numbered(message, len(self.sockets)))
                self._changed.set()
        except ConnectionClosed:
            pass  # the gateway hung up
        self._changed.set()

    async def send(self, socket: Socket, message: dict[str, Any]) -> None:
        filled = self._tones.fill(_with_sound(message))
        await socket.line.send(json.dumps(filled, indent=2, ensure_ascii=False).encode())

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def played_service(story: dict[str, Any]) -> AsyncIterator[PlayedService]:
    service = PlayedService(story.get("every_socket", []))
    async with serve(service.serve, "127.0.0.1", 0, max_size=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        service.url = f"ws://127.0.0.1:{port}"
        yield service


async def play(story: dict[str, Any], service: PlayedService, page: Page) -> None:
    """Every step, in order. Raises TimeoutError where one never comes."""
    socket: Socket | None = None
    for step in story["steps"]:
        [(what, value)] = step.items()
        match what:
            case "socket":
                await service.until(lambda count=value: len(service.sockets) >= count)
                socket = service.sockets[-1]
            case "newest":
                socket = service.sockets[-1]
            case "expects_anywhere":
                await service.until(lambda wanted=value: any(each.take(wanted) for each in service.sockets))
            case "person":
                await _person(page, value)
            case "pause_s":
                await asyncio.sleep(value)
            case "page_plays":
                await page.until(lambda turn=value: any(frame.turn == turn for frame in page.frames))
                page.say(wire.Played(turn=value, ms=100))
            case "page_hears":
                end = await page.told_of(wire.TurnEnd, turn=value)
                page.say(wire.Played(turn=value, ms=end.voice_ms))
            case "page_hears_last":
                await page.until(lambda words=value: _ended(page, words))
                last = page.of(wire.TurnEnd)[-1]
                page.say(wire.Played(turn=last.turn, ms=last.voice_ms))
            case _:
                assert socket is not None
                await _of_the_service(service, socket, what, value)


async def _of_the_service(service: PlayedService, socket: Socket, what: str, value: Any) -> None:
    match what:
        case "service":
            await service.send(socket, value)
        case "expects":
            await service.until(lambda: socket.take(value))
        case "close_if_open":
            await socket.line.close(*value)
        case _:
            raise ValueError(f"there is no step {what}")


async def _person(page: Page, does: dict[str, Any]) -> None:
    if "text" in does:
        page.say(wire.Text(text=does["text"]))
    else:
        await page.speak(does["speak_s"], then_quiet=0.5)


def _ended(page: Page, words: str) -> bool:
    """The turn with these words is over."""
    turns = {piece.turn for piece in page.of(wire.ModelTranscript) if piece.text == words}
    return bool(turns & {end.turn for end in page.of(wire.TurnEnd)})


def _with_sound(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_sound(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "voice_ms" in value:
        size = value["voice_ms"] * BYTES_PER_MS
        return {"inlineData": {"mimeType": value["mimeType"], "data": {"bytes": size}}}
    return {key: _with_sound(item) for key, item in value.items()}


def _numbered(message: Any, number: int) -> Any:
    told: Any = json.loads(json.dumps(message).replace("{n}", str(number)))
    return told
