"""The person of the matrix behaves as a page does: what it kept while it was cut off goes before what it says now."""

import asyncio
from typing import Any

import httpx
import pytest

from s2s import wire
from tests.matrix import person as door
from tests.matrix.person import Person


class Line:
    """A line on which the gateway takes its time to be ready: meanwhile the person goes on speaking."""

    def __init__(self, someone: Person) -> None:
        self.audio: list[bytes] = []
        self._someone = someone

    def send_audio(self, frame: bytes) -> None:
        self.audio.append(frame)

    def send_control(self, text: str) -> None:
        asyncio.get_running_loop().call_soon(self._ready)

    def _ready(self) -> None:
        assert self._someone._transport is not None
        self._someone._transport.send_audio(b"said meanwhile")
        ready = wire.Ready(session_id="1", backend="emulator", model="m", tools=(), images=False, codecs=())
        self._someone._on_control(wire.encode(ready))

    async def close(self) -> None:
        """There is nothing to close."""


async def test_what_is_said_while_the_new_line_gets_ready_goes_behind_what_was_kept(monkeypatch: pytest.MonkeyPatch):
    async with httpx.AsyncClient() as http:
        someone = Person(http)
        line = Line(someone)

        async def opened(*_: Any) -> Line:
            return line

        monkeypatch.setattr(door, "open_transport", opened)
        someone._keeper.kept.extend([b"kept", b"kept, too"])
        await someone.come_back()
        someone._transport.send_audio(b"said afterwards")
    assert line.audio == [b"kept", b"kept, too", b"said meanwhile", b"said afterwards"]
