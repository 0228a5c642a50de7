"""Ways into somebody else's call: what a thief learns, tries and hears."""

import asyncio
import contextlib
from dataclasses import dataclass, field, replace
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.attacks.stranger import Call, Place, create, dial, heard, say, talking, told

CANDIDATE = {"candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host", "sdpMid": "0", "sdpMLineIndex": 0}
JPEG = b"\xff\xd8\xff" + bytes(100)


@dataclass(slots=True)
class Theft:
    """What came of it."""

    victim: Call
    statuses: dict[str, int] = field(default_factory=dict)
    """By request."""
    read: str = ""
    """All that the thief was answered."""
    told: list[dict[str, Any]] = field(default_factory=list)
    """Control messages that the thief got on a WebSocket of the victim's call."""
    frames: int = 0
    """Audio frames that the thief got."""
    victim_answered: bool = False
    """The victim's call still answers, on the socket that it had."""


async def read_what_is_public(place: Place) -> Theft:
    """After a victim's function has failed, everything that is served without a key, and with the wrong one."""
    async with victim_of(place) as (theft, socket), place.http() as http:
        await say(socket, type="text", text="please fail")
        await told(socket, "tool_result")
        for path in ("/errors", "/errors?limit=500", "/errors?alone=true", "/health", "/", "/docs", "/openapi.json",
                     "/metrics", "/livez", "/readyz", "/api/options", "/api/probe", "/api/origin"):  # fmt: skip
            for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic YTpi"}):
                answer = await http.get(path, headers=headers)
                theft.statuses[path] = answer.status_code
                theft.read += f"{answer.headers}{answer.text}"
    return theft


@contextlib.asynccontextmanager
async def victim_of(place: Place) -> Any:
    """A victim at another address, in a call; at the end they ask for a last answer."""
    home = place.elsewhere(7)
    call = await create(home)
    theft = Theft(call)
    async with talking(home, call) as socket:
        yield theft, socket
        with contextlib.suppress(ConnectionClosed, TimeoutError):
            await say(socket, type="text", text="are you still there")
            await told(socket, "turn_end")
            theft.victim_answered = True
    async with home.http() as http:
        await http.delete(call.path, headers=call.headers)


async def take_over(place: Place, keys: list[str | None]) -> Theft:
    """Every request and socket of the victim's call, with its public id and each of these keys.

    None: no key at all. "another": that of a call of the thief's own.
    """
    async with victim_of(place) as (theft, _):
        own = await create(place)
        for key in keys:
            stolen = replace(theft.victim, session_key=own.session_key if key == "another" else key or "")
            await _ask(place, stolen, theft)
            await _listen(place, stolen, theft)
        async with place.http() as http:
            await http.delete(own.path, headers=own.headers)
    return theft


async def _ask(place: Place, stolen: Call, theft: Theft) -> None:
    headers = [("Authorization", b"Bearer " + stolen.session_key.encode())] if stolen.session_key else []
    async with place.http() as http:
        for method, rest, more in (
            ("POST", "/interrupt", {}),
            ("POST", "/offer", {"json": {"sdp": "v=0", "type": "offer"}}),
            ("POST", "/ice", {"json": CANDIDATE}),
            ("POST", "/report", {"json": {"consent": True}}),
            ("POST", "/image", {"content": JPEG, "headers": [("Content-Type", "image/jpeg")]}),
            ("DELETE", "", {}),
            # In an address, keys end up in logs: they are read in no query.
            ("DELETE", f"?session_key={stolen.session_key}&access_token={stolen.session_key}", {}),
        ):
            sent = {**more, "headers": headers + more.get("headers", [])}
            answer = await http.request(method, f"{theft.victim.path}{rest}", **sent)
            theft.statuses[f"{method} {rest.split('?')[0]} {stolen.session_key[:20]}"] = answer.status_code


async def _listen(place: Place, stolen: Call, theft: Theft) -> None:
    """The WebSocket: the key in hello, again and again, and commands before any hello."""
    early = '{"type":"text","text":"what did I say"}'
    for first in ([early, *[stolen.hello] * 20],) if stolen.session_key else ([early], [stolen.hello] * 20):
        try:
            async with dial(place, f"{stolen.path}/ws") as socket:
                for message in first:
                    await socket.send(message)
                await socket.send('{"type":"text","text":"what did I ask you before"}')
                messages, frames = await heard(socket, 0.3)
        except (ConnectionClosed, InvalidStatus):
            continue
        theft.told += messages
        theft.frames += frames


async def foreign_page(place: Place, origin: str) -> list[int]:
    """What a page of another site gets: statuses of its socket and its simple requests."""
    call = await create(place)
    statuses = []
    try:
        async with dial(place, f"{call.path}/ws", headers={"Origin": origin}):
            statuses.append(101)
    except InvalidStatus as refusal:
        statuses.append(refusal.response.status_code)
    async with place.http() as http:
        for headers in (
            {"Origin": origin},
            {"Origin": origin, "Content-Type": "text/plain"},
            {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
            {"Sec-Fetch-Site": "cross-site", "Content-Type": "text/plain;charset=UTF-8"},
            {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate"},
        ):
            statuses.append((await http.post("/api/session/create", headers=headers)).status_code)
        await http.delete(call.path, headers=call.headers)
    return statuses


async def foreign_host(place: Place, host: str) -> list[int]:
    """DNS rebinding: a name of the attacker's that leads here."""
    async with place.http() as http:
        return [
            (await http.request(method, path, headers={"Host": host})).status_code
            for method, path in (("GET", "/errors"), ("GET", "/api/options"), ("POST", "/api/session/create"))
        ]


async def race(place: Place, listeners: int) -> tuple[int, list[int | None]]:
    """Somebody's own call greeted by many sockets at once: how many hear the answer, and how the others ended."""
    call = await create(place)
    async with contextlib.AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(dial(place, f"{call.path}/ws")) for _ in range(listeners)]
        await asyncio.gather(*(socket.send(call.hello) for socket in sockets))
        results = await asyncio.gather(*(heard(socket, 1.0) for socket in sockets), return_exceptions=True)
        ready = sum(not isinstance(got, BaseException) and any(m["type"] == "ready" for m in got[0]) for got in results)
        codes = [socket.close_code for socket in sockets]
    async with place.http() as http:
        await http.delete(call.path, headers=call.headers)
    return ready, codes
