"""A service on a free loopback port that answers as Google's was recorded to: refusals, silences, error frames."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import Request, Response, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed

Answer = Callable[["Socket"], Awaitable[None]]


class Socket:
    """One accepted WebSocket, after its setup message."""

    def __init__(self, raw: ServerConnection, setup: dict[str, Any]) -> None:
        self.raw = raw
        self.setup = setup
        self.received: list[dict[str, Any]] = []

    @property
    def model(self) -> str:
        return str(self.setup["model"]).rsplit("/", 1)[-1]

    async def say(self, message: object) -> None:
        """As Google does: pretty-printed JSON in a binary frame."""
        await self.raw.send(json.dumps(message, indent=2).encode())

    async def accept(self) -> None:
        await self.say({"setupComplete": {}})

    async def close(self, code: int, reason: str) -> None:
        await self.raw.close(code, reason)

    async def listen(self) -> None:
        """Until the other side goes away."""
        try:
            async for frame in self.raw:
                self.received.append(json.loads(frame))
        except ConnectionClosed:
            return


class FakeGoogle:
    """What was dialled, and what is answered."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.refuse: Callable[[Request], Response | None] = lambda _: None
        self.requests: list[Request] = []
        self.sockets: list[Socket] = []
        self.url = ""

    @property
    def dials(self) -> int:
        """Handshakes with credentials: those of calls, not of checks whether anybody is there."""
        return sum("x-goog-api-key" in request.headers for request in self.requests)

    @property
    def models(self) -> list[str]:
        """As each setup named them."""
        return [socket.model for socket in self.sockets]

    def admit(self, _: ServerConnection, request: Request) -> Response | None:
        self.requests.append(request)
        return self.refuse(request)

    async def serve(self, raw: ServerConnection) -> None:
        try:
            socket = Socket(raw, json.loads(await raw.recv())["setup"])
            self.sockets.append(socket)
            await self.answer(socket)
        except ConnectionClosed:
            return


def answer_http(status: int, body: str = "", kind: str = "application/json", **more: str) -> Response:
    """A refused handshake."""
    headers = Headers({"Content-Type": kind, "Content-Length": str(len(body.encode())), "Connection": "close", **more})
    return Response(status, HTTPStatus(status).phrase, headers, body.encode())


def google_error(code: int, status: str, message: str) -> dict[str, Any]:
    """As in Google's HTTP bodies and error frames."""
    return {"error": {"code": code, "message": message, "status": status}}


async def silence(socket: Socket) -> None:
    """Takes the call and says nothing."""
    await socket.listen()


async def welcome(socket: Socket) -> None:
    """Accepts the setup and listens."""
    await socket.accept()
    await socket.listen()


@asynccontextmanager
async def fake_google(answer: Answer = welcome) -> AsyncIterator[FakeGoogle]:
    """A service that is reached by `url`."""
    google = FakeGoogle(answer)
    async with serve(google.serve, "127.0.0.1", 0, process_request=google.admit, compression=None) as server:
        google.url = f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        yield google


@asynccontextmanager
async def silent_port() -> AsyncIterator[int]:
    """Takes connections and never says a byte."""
    writers: list[asyncio.StreamWriter] = []
    taken: list[int] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        taken.append(len(await reader.read()))
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        for writer in writers:
            writer.close()
