"""Taking lines, sockets and relays from everybody: calls that nobody means to have."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from typing import Any

from tests.attacks.attackers.packets import bare_offer
from tests.attacks.stranger import Call, Place, dial, told

Outcomes = Counter[tuple[str, int]]


async def body_less_creates(place: Place, number: int, forged: bool = False) -> tuple[Outcomes, int]:
    """As many calls as pass, by one address; the outcomes, and the status of somebody new.

    `forged`: each names another address before it, as clients of a proxy can.
    """
    got: Outcomes = Counter()
    async with place.http() as http:
        for count in range(number):
            more = {"X-Forwarded-For": f"9.9.{count}.9, {place.address}"} if forged else {}
            answer = await http.post("/api/session/create", headers=more)
            got["create", answer.status_code] += 1
    return got, await somebody_new(place.elsewhere(200))


async def creates_from_everywhere(place: Place, number: int) -> tuple[Outcomes, int]:
    """One call each from many addresses; nobody's browser ever connects."""
    got: Outcomes = Counter()
    async with place.http() as http:
        for count in range(number):
            far = place.elsewhere(count)
            answer = await http.post("/api/session/create", headers=far.headers)
            got["create", answer.status_code] += 1
    return got, await somebody_new(place.elsewhere(number + 1))


async def calls_of_a_network(place: Place, number: int) -> tuple[Outcomes, int]:
    """A call each from many address groups of one IPv6 network, each with a page that stays."""
    got: Outcomes = Counter()
    async with place.http() as http, AsyncExitStack() as pages:
        for count in range(number):
            far = Place(place.port, f"2a01:4f8:77:{count:x}::1")
            answer = await http.post("/api/session/create", headers=far.headers)
            got["create", answer.status_code] += 1
            if answer.status_code == 201:
                call = Call(answer.json()["session_id"], answer.json().get("session_key", ""))
                page = await pages.enter_async_context(dial(far, f"{call.path}/ws"))
                await page.send(call.hello)
                await told(page, "ready")
        return got, await somebody_new(place.elsewhere(3))


async def creates_at_once(place: Place, number: int) -> Outcomes:
    """The same at one moment, from one address."""
    async with place.http() as http:
        answers = await asyncio.gather(*(http.post("/api/session/create") for _ in range(number)))
    return Counter(("create", answer.status_code) for answer in answers)


async def somebody_new(place: Place) -> int:
    """Whether a person gets a call now; it is ended at once."""
    async with place.http() as http:
        answer = await http.post("/api/session/create")
        if answer.status_code == 201:
            call = Call(answer.json()["session_id"], answer.json().get("session_key", ""))
            await http.delete(call.path, headers=call.headers)
        return answer.status_code


async def many_offers(place: Place, sessions: int, offers: int) -> tuple[Outcomes, int]:
    """Sessions of many addresses, each with several peer connections that nobody connects to."""
    sdp = await bare_offer()
    got: Outcomes = Counter()
    async with place.http() as http:
        for number in range(sessions):
            far = place.elsewhere(number)
            answer = await http.post("/api/session/create", headers=far.headers)
            got["create", answer.status_code] += 1
            if answer.status_code != 201:
                continue
            made: dict[str, Any] = answer.json()
            call = Call(made["session_id"], made.get("session_key", ""))
            for _ in range(offers):
                answer = await http.post(
                    f"{call.path}/offer", json={"sdp": sdp, "type": "offer"}, headers={**far.headers, **call.headers}
                )
                got["offer", answer.status_code] += 1
    return got, await somebody_new(place.elsewhere(sessions + 1))


async def idle_connections(place: Place, number: int) -> tuple[float, int]:
    """TCP connections that say nothing, while somebody new comes."""
    pairs = await asyncio.gather(
        *(asyncio.open_connection("127.0.0.1", place.port) for _ in range(number)), return_exceptions=True
    )
    opened = [pair[1] for pair in pairs if not isinstance(pair, BaseException)]
    status = await somebody_new(place.elsewhere(1))
    for writer in opened:
        writer.transport.abort()
    return len(opened), status


async def relay_credentials(place: Place, number: int) -> tuple[list[int], list[str]]:
    """Statuses of the connection check without a call, and every user name of the relay that was given out."""
    statuses, names = [], []
    async with place.http() as http:
        for _ in range(number):
            answer = await http.get("/api/probe")
            statuses.append(answer.status_code)
            if answer.status_code == 200:
                names += [server["username"] for server in answer.json()["ice_servers"] if server["username"]]
    return statuses, names


async def relay_name_of_a_call(place: Place) -> tuple[Call, list[str]]:
    """A call, and the user names of the relay that came with it."""
    async with place.http() as http:
        made = (await http.post("/api/session/create")).json()
        call = Call(made["session_id"], made.get("session_key", ""))
        await http.delete(call.path, headers=call.headers)
    return call, [server["username"] for server in made["ice_servers"] if server["username"]]
