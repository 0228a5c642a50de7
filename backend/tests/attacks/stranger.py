"""What somebody on the internet can send to a gateway behind a proxy on its own machine.

The proxy is played by two headers, as Caddy and nginx set them: whoever sends them from 127.0.0.1 is believed.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

Outcome = TypeVar("Outcome")
Attack = Callable[..., Coroutine[Any, Any, Outcome]]

HOST = "s2s.example"
ATTACK_LIMIT_S = 60.0
PATIENCE_S = 20.0
PING_EVERY_S = 1.5
"""The gateway takes a page that is silent for 6 s for gone."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stranger is, and which gateway they see."""

    port: int
    address: str
    """As the proxy saw it."""

    @property
    def headers(self) -> dict[str, str]:
        return {"X-Forwarded-For": self.address, "X-Forwarded-Proto": "https"}

    def http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.port}", headers={"Host": HOST, **self.headers}, timeout=PATIENCE_S
        )

    def elsewhere(self, number: int) -> "Place":
        """Another address, which no other place calls from either."""
        _, _, rest = self.address.split(".", 2)
        return Place(self.port, f"{82 + number // 256}.{number % 256}.{rest}")


@dataclass(frozen=True, slots=True)
class Call:
    """A session and what proves that it is one's own; a gateway before session keys has none."""

    session_id: str
    session_key: str = ""

    @property
    def path(self) -> str:
        return f"/api/session/{self.session_id}"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.session_key}"} if self.session_key else {}

    @property
    def hello(self) -> str:
        key = {"session_key": self.session_key} if self.session_key else {}
        return json.dumps({"type": "hello", "wire": 1, **key})


async def create(place: Place, **options: Any) -> Call:
    """A new session, which the gateway must grant."""
    async with place.http() as http:
        answer = await http.post("/api/session/create", json=options)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    return Call(made["session_id"], made.get("session_key", ""))


def dial(place: Place, path: str, **options: Any) -> connect:
    """A WebSocket of the gateway."""
    headers = {**place.headers, **options.pop("headers", {})}
    return connect(
        f"ws://{HOST}{path}",
        host="127.0.0.1",
        port=place.port,
        additional_headers=headers,
        proxy=None,
        ping_interval=None,
        **options,
    )


@asynccontextmanager
async def talking(place: Place, call: Call | None = None, **options: Any) -> AsyncIterator[ClientConnection]:
    """A call over a WebSocket, greeted and connected to the model."""
    call = call or await create(place)
    async with dial(place, f"{call.path}/ws", **options) as socket:
        await socket.send(call.hello)
        await told(socket, "upstream", status="live")
        pings = asyncio.create_task(_stay(socket))
        try:
            yield socket
        finally:
            pings.cancel()


async def _stay(socket: ClientConnection) -> None:
    """Ping as a page does."""
    with suppress(ConnectionClosed):
        while True:
            await asyncio.sleep(PING_EVERY_S)
            await say(socket, type="ping", ms=0)


async def told(socket: ClientConnection, kind: str, **fields: Any) -> dict[str, Any]:
    """Reads on to the first message of a kind. Raises TimeoutError, ConnectionClosed."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            data = await socket.recv()
            if isinstance(data, str):
                message: dict[str, Any] = json.loads(data)
                if message["type"] == kind and all(message.get(name) == value for name, value in fields.items()):
                    return message


async def say(socket: ClientConnection, **message: Any) -> None:
    """One control message."""
    await socket.send(json.dumps(message, ensure_ascii=False))


async def heard(socket: ClientConnection, seconds: float) -> tuple[list[dict[str, Any]], int]:
    """Control messages and the number of audio frames that come in this time, or until the socket closes."""
    messages: list[dict[str, Any]] = []
    frames = 0
    try:
        async with asyncio.timeout(seconds):
            async for data in socket:
                if isinstance(data, bytes):
                    frames += 1
                else:
                    messages.append(json.loads(data))
    except (TimeoutError, ConnectionClosed):
        pass  # The time is over, or the gateway has closed the socket, with whatever code.
    return messages, frames


def give_way() -> None:
    """An attack comes over a network; here it must not take the processor from the gateway."""
    os.nice(5)


def carried_out(attack: Attack[Outcome], *args: Any, **kwargs: Any) -> Outcome:
    """In a process of its own: an attack from its beginning to its end."""

    async def bounded() -> Outcome:
        async with asyncio.timeout(ATTACK_LIMIT_S):
            return await attack(*args, **kwargs)

    return asyncio.run(bounded())
