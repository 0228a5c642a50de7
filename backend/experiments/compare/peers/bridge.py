"""The floor: a DataChannel to a Gemini WebSocket, and back. No session, turns, tools, resumption, limits or records.

Voice comes from upstream faster than real time; it is given out in frames of 20 ms, so that `interrupted` can still
stop it. With `--burst` it goes out as it comes. `interrupted` itself goes out as an empty text.
"""

import argparse
import asyncio
from base64 import b64decode, b64encode
from collections import deque
from time import monotonic
from typing import Any

import msgspec
import uvicorn
from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from websockets.asyncio.client import ClientConnection, connect

FRAME_BYTES = 960
FRAME_S = 0.02
SETUP = '{"setup":{"model":"models/any","generationConfig":{"responseModalities":["AUDIO"]}}}'
HEAD = '{"realtimeInput":{"audio":{"mimeType":"audio/pcm;rate=16000","data":"'

options = argparse.Namespace()
peers: set[RTCPeerConnection] = set()
calls: set[asyncio.Task[None]] = set()


async def call(channel: RTCDataChannel) -> None:
    waiting: asyncio.Queue[bytes] = asyncio.Queue()
    channel.on("message", waiting.put_nowait)
    async with connect(options.upstream, compression=None, ping_interval=None) as socket:
        await socket.send(SETUP)
        await socket.recv()
        out: deque[bytes] = deque()
        some = asyncio.Event()
        async with asyncio.TaskGroup() as both:
            both.create_task(up(waiting, socket))
            both.create_task(down(socket, out, some, channel))
            if not options.burst:
                both.create_task(give_out(out, some, channel))


async def up(waiting: asyncio.Queue[bytes], socket: ClientConnection) -> None:
    while True:
        pcm = await waiting.get()
        await socket.send(HEAD + b64encode(pcm).decode() + '"}}}')


async def down(socket: ClientConnection, out: deque[bytes], some: asyncio.Event, channel: RTCDataChannel) -> None:
    async for text in socket:
        content = msgspec.json.decode(text).get("serverContent", {})
        for part in content.get("modelTurn", {}).get("parts", ()):
            pcm = b64decode(part["inlineData"]["data"])
            frames = [pcm[at : at + FRAME_BYTES] for at in range(0, len(pcm), FRAME_BYTES)]
            if options.burst:
                for frame in frames:
                    channel.send(frame)
            else:
                out.extend(frames)
                some.set()
        if content.get("interrupted"):
            out.clear()
            channel.send("")


async def give_out(out: deque[bytes], some: asyncio.Event, channel: RTCDataChannel) -> None:
    while True:
        await some.wait()
        some.clear()
        due = monotonic()
        while out:
            channel.send(out.popleft())
            due += FRAME_S
            await asyncio.sleep(due - monotonic())


async def offer(request: Request) -> Response:
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peers.add(peer)

    @peer.on("datachannel")
    def opened(channel: RTCDataChannel) -> None:
        task = asyncio.create_task(call(channel))
        calls.add(task)
        task.add_done_callback(calls.discard)

        @channel.on("close")
        def closed() -> None:
            task.cancel()

    wanted: dict[str, Any] = await request.json()
    await peer.setRemoteDescription(RTCSessionDescription(**wanted))
    await peer.setLocalDescription(await peer.createAnswer())
    return JSONResponse({"sdp": peer.localDescription.sdp, "type": "answer"})


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--burst", action="store_true")
    parser.parse_args(namespace=options)
    app = Starlette(routes=[Route("/offer", offer, methods=["POST"])])
    uvicorn.run(app, host="127.0.0.1", port=options.port, loop="uvloop", log_level="warning")


if __name__ == "__main__":
    main()
