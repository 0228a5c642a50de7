"""A request whose head does not end: cut, whether it is the first of its connection or a later one.

The stories look when they want to, not every few seconds.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from websockets.asyncio.client import connect

from gemini_emulator.testing import running_emulator
from s2s import wire
from s2s.rest import head_timeout
from tests.calls.serving import serving, until

ASK = b"GET /api/options HTTP/1.1\r\nHost: localhost\r\n"
PATIENCE_S = 30.0


class SeenHead(head_timeout.Head):
    """Says what came."""

    seen: ClassVar[asyncio.Queue["SeenHead"]]

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        self.came = asyncio.Event()
        self.seen.put_nowait(self)

    def add_bytes(self, size: int) -> None:
        super().add_bytes(size)
        self.came.set()


class Caller:
    """One TCP connection, and the gateway's view of its head."""

    async def dial(self, address: str) -> "Caller":
        self.reader, self.writer = await asyncio.open_connection(*address.split(":"))
        async with asyncio.timeout(PATIENCE_S):
            self.head = await SeenHead.seen.get()
        return self

    async def say(self, data: bytes) -> None:
        """Returns when the gateway has read it."""
        self.head.came.clear()
        self.writer.write(data)
        async with asyncio.timeout(PATIENCE_S):
            await self.head.came.wait()

    async def rest(self) -> bytes:
        """All that comes until the gateway hangs up."""
        async with asyncio.timeout(PATIENCE_S):
            rest = await self.reader.read()
        self.writer.close()
        return rest


@pytest.fixture
async def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    SeenHead.seen = asyncio.Queue()
    monkeypatch.setattr(head_timeout, "Head", SeenHead)
    async with running_emulator() as emulator, serving(tmp_path, emulator.base_url) as (address, _):
        yield address


@pytest.mark.parametrize(("said", "answer"), [(ASK, b"HTTP/1.1 400"), (b"GE", b"HTTP/1.1 400"), (b"", b"")])
async def test_a_head_that_does_not_end_is_cut_and_so_is_who_says_nothing(address: str, said: bytes, answer: bytes):
    caller = await Caller().dial(address)
    if said:
        await caller.say(said)
    caller.head.check_head()
    assert not caller.writer.transport.is_closing()
    caller.head.check_head()
    assert (await caller.rest())[:12] == answer


async def test_the_second_request_of_a_connection_may_not_be_slow_either(address: str):
    caller = await Caller().dial(address)
    await caller.say(ASK)
    caller.head.check_head()
    await caller.say(b"\r\n")
    async with asyncio.timeout(PATIENCE_S):
        head = (await caller.reader.readuntil(b"\r\n\r\n")).lower()
        size = next(line for line in head.split(b"\r\n") if line.startswith(b"content-length"))
        await caller.reader.readexactly(int(size.partition(b":")[2]))
    assert head.startswith(b"http/1.1 200 ok")
    for _ in range(3):
        # A connection that is kept for later has its own limit.
        caller.head.check_head()
    await caller.say(ASK)
    caller.head.check_head()
    caller.head.check_head()
    rest = await caller.rest()
    assert rest.startswith(b"HTTP/1.1 400")
    assert rest.endswith(b"The head of the request did not end in time.")


async def test_a_head_without_end_is_cut_by_its_size(address: str):
    caller = await Caller().dial(address)
    await caller.say(ASK)
    said = 0
    while not caller.head._connection.transport.is_closing():
        await caller.say(b"X-More: " + b"x" * 1_000 + b"\r\n")
        said += 1_010
        assert said < 2 * head_timeout.MAX_HEAD_BYTES
    assert said > head_timeout.MAX_HEAD_BYTES - 2_000
    caller.writer.close()


async def test_a_call_and_a_large_body_are_no_heads(address: str):
    caller = await Caller().dial(address)
    body = b"x" * 200_000
    await caller.say(
        b"POST /api/session/create HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n" + body[:70_000]
    )
    caller.head.check_head()
    caller.head.check_head()
    caller.writer.write(body[70_000:])
    async with asyncio.timeout(PATIENCE_S):
        assert (await caller.reader.readline()).split()[1] == b"422"
    caller.writer.close()

    caller = await Caller().dial(address)
    await caller.say(b"POST /api/session/create HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    created = json.loads((await caller.rest()).rpartition(b"\r\n\r\n")[2])
    async with connect(f"ws://{address}/api/session/{created['session_id']}/ws") as page:
        head = await SeenHead.seen.get()
        await page.send(wire.encode(wire.Hello(session_key=created["session_key"])))
        await until(page, wire.Ready)
        for _ in range(3):
            head.check_head()
        await page.send(wire.encode(wire.Ping(ms=1)))
        await until(page, wire.Pong)
