"""Floods over WebSockets: bombs, endless messages, crumbs. Each is bounded in time and says what it sent."""

import asyncio
import json
import time
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.attacks.stranger import PATIENCE_S, Place, create, dial, heard, talking

SECONDS = 1.0
BOMB_BYTES = 15 << 20
MAX_UNSENT_BYTES = 200_000
TEXT, BINARY, PING = 1, 2, 9
FINAL, COMPRESSED = 0x80, 0x40


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a flood."""

    messages: int
    wire_bytes: int
    close_code: int | None
    """None: the gateway did not close the socket."""


def frame(payload: bytes, head: int) -> bytes:
    """A masked frame (RFC 6455, 5.2) with the mask 0, so that it can be sent many times."""
    size = len(payload)
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 1 << 16:
        length = bytes([0x80 | 126]) + size.to_bytes(2, "big")
    else:
        length = bytes([0x80 | 127]) + size.to_bytes(8, "big")
    return bytes([head]) + length + bytes(4) + payload


async def flood(socket: ClientConnection, piece: bytes, seconds: float, begins_with: bytes = b"") -> Sent:
    """The same bytes again and again, past what the library would allow."""
    messages, end = 0, time.monotonic() + seconds
    socket.transport.write(begins_with)
    reading = asyncio.create_task(read_to_the_end(socket))
    while time.monotonic() < end and not reading.done() and not socket.transport.is_closing():
        if socket.transport.get_write_buffer_size() < MAX_UNSENT_BYTES:
            socket.transport.write(piece)
            messages += 1
        await asyncio.sleep(0 if messages % 8 else 0.001)
    # What stands in the buffers of the kernel is still to be refused.
    try:
        async with asyncio.timeout(SECONDS):
            await asyncio.shield(reading)
    except TimeoutError:
        reading.cancel()
    code = socket.close_code
    socket.transport.abort()
    return Sent(messages, messages * len(piece) + len(begins_with), code)


async def read_to_the_end(socket: ClientConnection) -> None:
    try:
        while True:
            await socket.recv()
    except ConnectionClosed:
        return


async def _on_a_call(
    place: Place, flooding: Callable[[ClientConnection], Awaitable[Sent]], connections: int
) -> list[Sent]:
    async def one() -> Sent:
        call = await create(place)
        async with dial(place, f"{call.path}/ws") as socket:
            await socket.send(call.hello)
            sent: Sent = await flooding(socket)
        async with place.http() as http:
            await http.delete(call.path, headers=call.headers)
        return sent

    return await asyncio.gather(*(one() for _ in range(connections)))


def bomb(kind: int) -> bytes:
    """15 MiB in 15 kB (RFC 7692)."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -12)
    packed = packer.compress(b"a" * BOMB_BYTES) + packer.flush(zlib.Z_SYNC_FLUSH)
    return frame(packed[:-4], FINAL | COMPRESSED | kind)


async def bombs_on_calls(place: Place, kind: int, connections: int = 2) -> list[Sent]:
    """Compressed messages that are a thousand times as large as they look."""
    piece = bomb(kind)
    return await _on_a_call(place, lambda socket: flood(socket, piece, SECONDS), connections)


async def bombs_on_the_probe(place: Place, kind: int) -> list[Sent]:
    """The same where no session is needed."""
    async with dial(place, "/api/probe/ws") as socket:
        return [await flood(socket, bomb(kind), SECONDS)]


async def huge_messages(place: Place) -> list[Sent]:
    """15 MiB as they are."""
    piece = frame(bytes(BOMB_BYTES), FINAL | BINARY)
    return await _on_a_call(place, lambda socket: flood(socket, piece, SECONDS), 2)


async def endless_message(place: Place) -> list[Sent]:
    """Fragments of one message that never ends."""
    first, piece = frame(b"a" * 1_000, TEXT), frame(b"a" * 1_000, 0)
    return await _on_a_call(place, lambda socket: flood(socket, piece, SECONDS, first), 2)


async def crumbs(place: Place) -> list[Sent]:
    """Messages of one byte, a thousand in a packet."""
    piece = frame(b"x", FINAL | BINARY) * 1_000
    return await _on_a_call(place, lambda socket: flood(socket, piece, SECONDS), 1)


async def pings_of_the_protocol(place: Place) -> list[Sent]:
    """Ping frames, which the server's own library answers before the gateway sees them."""
    piece = frame(b"x", FINAL | PING) * 100
    return await _on_a_call(place, lambda socket: flood(socket, piece, SECONDS), 1)


async def pings_of_the_page(place: Place) -> list[Sent]:
    """Control messages that each want an answer."""
    piece = frame(json.dumps({"type": "ping", "ms": 1}).encode(), FINAL | TEXT) * 100
    return await _on_a_call(place, lambda socket: flood(socket, piece, SECONDS), 1)


async def unread_answers(place: Place) -> list[Sent]:
    """Control messages that each want an answer, from a page that reads none of them."""

    async def one(socket: ClientConnection) -> Sent:
        socket.transport.pause_reading()
        piece = frame(json.dumps({"type": "ping", "ms": 1}).encode(), FINAL | TEXT)
        messages, end = 0, time.monotonic() + SECONDS
        while time.monotonic() < end:
            socket.transport.write(piece)
            messages += 1
            await asyncio.sleep(0.001)
        code = socket.close_code
        socket.transport.abort()
        return Sent(messages, messages * len(piece), code)

    return await _on_a_call(place, one, 4)


async def long_texts(place: Place, seconds: float) -> tuple[int, list[str]]:
    """As many typed texts of 7,800 characters as fit; the codes of the notices that come back."""
    piece = json.dumps({"type": "text", "text": "y " * 3_900})
    codes: list[str] = []
    async with talking(place) as socket:

        async def read() -> None:
            async for data in socket:
                if isinstance(data, str) and '"notice"' in data:
                    codes.append(json.loads(data)["code"])

        reading = asyncio.create_task(read())
        sent, end = 0, time.monotonic() + seconds
        try:
            while time.monotonic() < end:
                await socket.send(piece)
                sent += 1
                await asyncio.sleep(0.02)
        except ConnectionClosed:
            pass
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    return sent, codes


async def random_packets(place: Place, packets: list[bytes]) -> list[dict[str, object]]:
    """Audio frames made of these payloads, each with every combination of flags; the notices that come back."""
    async with talking(place) as socket:
        for number, payload in enumerate(packets):
            head = bytes([1, number % 8]) + bytes(2) + number.to_bytes(4, "big") + bytes(4)
            await socket.send(head + payload)
        messages, _ = await heard(socket, 0.5)
    return [message for message in messages if message["type"] == "notice"]


async def slow_connections(place: Place, first_bytes: bytes, number: int) -> tuple[float, int]:
    """Connections that say so much and no more: how long somebody new waits meanwhile, and the status they get."""

    async def one() -> asyncio.StreamWriter:
        _, writer = await asyncio.open_connection("127.0.0.1", place.port)
        writer.write(first_bytes)
        return writer

    writers = await asyncio.gather(*(one() for _ in range(number)))
    began = time.monotonic()
    async with place.elsewhere(1).http() as http:
        answer = await http.get("/api/origin", timeout=PATIENCE_S)
    waited = time.monotonic() - began
    await asyncio.sleep(SECONDS)
    for writer in writers:
        writer.transport.abort()
    return waited, answer.status_code
