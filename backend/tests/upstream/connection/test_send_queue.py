"""The one queue on the way up, at a real socket: nothing overtakes, and only old sound is dropped."""

import asyncio
import socket as tcp
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve

from s2s.upstream.connection.send_queue import AUDIO_FRAMES, UpstreamSendQueue

LIMIT_S = 30
LARGE = "x" * 8_000


class Model:
    """Reads nothing before `reads` is set."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.reads = asyncio.Event()
        self.came = asyncio.Event()

    async def serve(self, socket: ServerConnection) -> None:
        await self.reads.wait()
        async for message in socket:
            self.heard.append(str(message).removesuffix(LARGE))
            self.came.set()

    async def until(self, last: str) -> None:
        async with asyncio.timeout(LIMIT_S):
            while last not in self.heard[-1:]:
                self.came.clear()
                await self.came.wait()


@asynccontextmanager
async def line(model: Model) -> AsyncIterator[ClientConnection]:
    """To `model`, with buffers of the kernel so small that a model that does not read is noticed soon."""
    listening = tcp.create_server(("127.0.0.1", 0))
    listening.setsockopt(tcp.SOL_SOCKET, tcp.SO_RCVBUF, 4_096)
    calling = tcp.socket()
    calling.setsockopt(tcp.SOL_SOCKET, tcp.SO_SNDBUF, 4_096)
    calling.connect(listening.getsockname())
    calling.setblocking(False)
    async with (
        serve(model.serve, sock=listening, max_queue=1, compression=None),
        connect("ws://model", sock=calling, compression=None) as socket,
    ):
        yield socket
        model.reads.set()


async def test_a_socket_that_keeps_up_takes_everything_at_once_and_in_order():
    model, outbox = Model(), UpstreamSendQueue()
    model.reads.set()
    async with line(model) as socket:
        writer = asyncio.create_task(outbox.write(socket))
        outbox.enqueue("early", is_audio=False)
        outbox.open(socket, [("first", False)])
        for number in range(20):
            outbox.enqueue(str(number), is_audio=True)
        await model.until("19")
        outbox.enqueue("at once", is_audio=False)
        assert outbox.clear() == []
        await model.until("at once")
        writer.cancel()
    assert model.heard == ["early", "first", *map(str, range(20)), "at once"]


async def test_a_model_that_reads_nothing_for_a_while_misses_only_the_oldest_sound():
    model, outbox = Model(), UpstreamSendQueue()
    async with line(model) as socket:
        writer = asyncio.create_task(outbox.write(socket))
        outbox.open(socket, [])
        said = [f"{number:05}" for number in range(AUDIO_FRAMES + 200)]
        for number, name in enumerate(said):
            outbox.enqueue(name + LARGE, is_audio=True)
            if number == 300:
                outbox.enqueue("typed", is_audio=False)
            if number % 10 == 0:
                await asyncio.sleep(0)
        assert outbox.dropped_frames
        outbox.enqueue("last", is_audio=False)
        model.reads.set()
        await model.until("last")
        writer.cancel()
    sound = [name for name in model.heard if name.isdigit()]
    assert sound == sorted(sound)
    assert len(sound) == len(said) - outbox.dropped_frames
    assert sound[-AUDIO_FRAMES:] == said[-AUDIO_FRAMES:]
    assert model.heard.count("typed") == 1


async def test_the_newest_picture_of_a_camera_goes_when_nothing_else_waits():
    model, outbox = Model(), UpstreamSendQueue()
    async with line(model) as socket:
        writer = asyncio.create_task(outbox.write(socket))
        outbox.open(socket, [])
        for number in range(100):
            outbox.enqueue(f"{number}{LARGE}", is_audio=False)
        outbox.enqueue_video_frame("old")
        outbox.enqueue_video_frame("new")
        model.reads.set()
        await model.until("new")
        writer.cancel()
    assert model.heard == [*map(str, range(100)), "new"]


async def test_what_a_dead_socket_never_took_is_handed_back():
    model, outbox = Model(), UpstreamSendQueue()
    async with line(model) as socket:
        outbox.open(socket, [("first", False)])
        socket.transport.abort()
        await socket.wait_closed()
        outbox.enqueue("second", is_audio=True)
        assert outbox.clear() == [("first", False), ("second", True)]
