"""Calls that take more than they pay for: hanging up before the bill, or beginning together."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.attacks.stranger import PATIENCE_S, Call, Place, dial, say

LONG = "Tell me a long story. " + "word " * 400
CALL_LIMIT_S = 4.0
End = Callable[[Place, Call, ClientConnection], Awaitable[None]]


async def delete(place: Place, call: Call, _: ClientConnection) -> None:
    async with place.http() as http:
        await http.delete(call.path, headers=call.headers)


async def vanish(_: Place, __: Call, socket: ClientConnection) -> None:
    socket.transport.abort()


async def one_call(place: Place, frames: int, end: End) -> int:
    """Type a long text, hear so many frames of the answer, and end. Returns the status of the creation."""
    async with place.http() as http:
        answer = await http.post("/api/session/create")
    if answer.status_code != 201:
        return answer.status_code
    made = answer.json()
    call = Call(made["session_id"], made.get("session_key", ""))
    async with dial(place, f"{call.path}/ws") as socket:
        await socket.send(call.hello)
        await say(socket, type="text", text=LONG)
        await _hear(socket, frames)
        await end(place, call, socket)
    return answer.status_code


async def _hear(socket: ClientConnection, frames: int) -> None:
    limit = time.monotonic() + CALL_LIMIT_S
    try:
        while frames > 0 and time.monotonic() < limit:
            async with asyncio.timeout(PATIENCE_S):
                frames -= isinstance(await socket.recv(), bytes)
    except ConnectionClosed:
        return


async def hang_ups(place: Place, calls: int, frames: int, end: End = delete) -> list[int]:
    """One after the other, from one address or, where the calls stay, several; statuses of the creations."""
    return [await one_call(place if end is delete else place.elsewhere(n), frames, end) for n in range(calls)]


async def all_together(place: Place, calls: int, frames: int) -> list[int]:
    """At one moment, from as many addresses; statuses of the creations."""
    return await asyncio.gather(*(one_call(place.elsewhere(n), frames, delete) for n in range(calls)))


async def creations(place: Place) -> tuple[int, str, str]:
    """The status of one creation, its code, and when to come again."""
    async with place.http() as http:
        answer = await http.post("/api/session/create")
        body = json.loads(answer.text)
        if answer.status_code == 201:
            call = Call(body["session_id"], body.get("session_key", ""))
            await http.delete(call.path, headers=call.headers)
    return answer.status_code, body.get("code", ""), answer.headers.get("Retry-After", "")
