"""Lines that wait for a browser: one caller cannot hold them all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
from fastapi import FastAPI

from gemini_emulator.testing import running_emulator
from s2s.gateway import Gateway
from tests.key_ring import KeyRing
from tests.page import PATIENCE_S, open_page, running_gateway

UNLIMITED = {"S2S_CREATES_PER_MINUTE": "0", "S2S_MAX_SESSIONS_PER_ADDRESS": "0"}


@asynccontextmanager
async def elsewhere(app: FastAPI, address: str) -> AsyncIterator[httpx.AsyncClient]:
    """A program on another machine, which talks to this gateway."""
    transport = httpx.ASGITransport(app, client=(address, 40_000))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://192.168.1.7", timeout=PATIENCE_S, auth=KeyRing()
    ) as client:
        yield client


async def creates(client: httpx.AsyncClient, count: int) -> list[str]:
    """The ids of that many sessions, all of which were created."""
    ids = []
    for _ in range(count):
        answer = await client.post("/api/session/create")
        assert answer.status_code == 201, answer.text
        ids.append(answer.json()["session_id"])
    return ids


async def test_125_creations_by_one_caller_leave_the_next_caller_a_line(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url, **UNLIMITED) as (http, gateway),
        elsewhere(http._transport.app, "198.41.0.4") as attacker,
        elsewhere(http._transport.app, "198.41.0.5") as visitor,
    ):
        ids = await creates(attacker, 125)
        assert len(open_ids(gateway)) == 20
        [visitors] = await creates(visitor, 1)
        await creates(attacker, 125)
        assert visitors in open_ids(gateway)
        assert not set(open_ids(gateway)) & set(ids)
        events = (await http.get("/health")).json()["events"]
        assert events["half_open_evicted"] == 125 + 1 + 125 - 20


async def test_a_network_of_65536_address_groups_is_one_caller_in_the_end(tmp_path: Path):
    """A provider gives a /48 to who asks; each /64 in it counts as an address."""
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url, S2S_MAX_SESSIONS="40") as (http, gateway),
        AsyncExitStack() as stack,
    ):
        app = http._transport.app
        visitor = await stack.enter_async_context(elsewhere(app, "2001:db8:2::1"))
        [visitors] = await creates(visitor, 1)
        for number in range(30):
            attacker = await stack.enter_async_context(elsewhere(app, f"2001:db8:1:{number:x}::1"))
            await attacker.post("/api/session/create")
        assert visitors in open_ids(gateway)
        assert len(open_ids(gateway)) == 8
        assert (await creates(visitor, 2))[-1] in open_ids(gateway)


async def test_one_network_has_a_quarter_of_the_lines_however_many_connect(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url, S2S_MAX_SESSIONS="40") as (http, gateway),
        AsyncExitStack() as stack,
    ):
        outcomes = []
        for number in range(12):
            attacker = await stack.enter_async_context(elsewhere(http._transport.app, f"2001:db8:1:{number:x}::1"))
            answer = await attacker.post("/api/session/create")
            outcomes.append(answer.status_code)
            if answer.status_code == 201:
                # As if its browser had connected.
                gateway.sessions.find(answer.json()["session_id"])._awaits_first_browser = False
        assert outcomes == [201] * 10 + [429] * 2
        neighbour = await stack.enter_async_context(elsewhere(http._transport.app, "2001:db8:2::1"))
        assert (await neighbour.post("/api/session/create")).status_code == 201


async def test_a_call_that_has_a_browser_never_makes_room(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url, S2S_MAX_SESSIONS="10", **UNLIMITED) as (http, gateway),
        open_page(http) as page,
        elsewhere(http._transport.app, "198.41.0.4") as attacker,
    ):
        await creates(attacker, 30)
        assert gateway.sessions.find(page.session_id).browser is not None
        assert len(gateway.sessions.all_sessions()) == 3


async def test_a_session_that_made_room_is_gone_for_its_page(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url, S2S_MAX_SESSIONS="5", **UNLIMITED) as (http, gateway),
        elsewhere(http._transport.app, "198.41.0.4") as one,
    ):
        first, second = await creates(one, 2)
        answer = await one.post(f"/api/session/{first}/interrupt")
        assert (answer.status_code, answer.json()["code"]) == (404, "session_not_found")
        assert open_ids(gateway) == [second]


def open_ids(gateway: Gateway) -> list[str]:
    return [session.id for session in gateway.sessions.all_sessions()]


async def test_creations_at_one_moment_are_held_to_the_share_too(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url, S2S_MAX_SESSIONS="10", **UNLIMITED) as (http, gateway),
        elsewhere(http._transport.app, "198.41.0.4") as attacker,
    ):
        answers = await asyncio.gather(*(attacker.post("/api/session/create") for _ in range(30)))
        assert {answer.status_code for answer in answers} <= {201, 503}
        assert len(open_ids(gateway)) <= 2
