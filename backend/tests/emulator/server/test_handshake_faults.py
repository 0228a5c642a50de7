"""Handshakes that are refused with a status, or answered late: by a scenario, and by somebody who wants it now."""

import asyncio
import json
from datetime import date
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from gemini_emulator.scenarios.actions import Http
from gemini_emulator.scenarios.parser import Unreadable, read_scenario
from gemini_emulator.testing import Emulator, running_emulator

LIMIT_S = 30


def dial(emulator: Emulator) -> Any:
    return connect(emulator.url, additional_headers={"x-goog-api-key": "any"})


async def refusal(emulator: Emulator) -> tuple[int, str]:
    with pytest.raises(InvalidStatus) as told:
        async with dial(emulator):
            pass
    return told.value.response.status_code, told.value.response.body.decode().strip()


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (401, "Request had invalid authentication credentials. Expected OAuth 2 access token."),
        (403, "The caller does not have permission."),
        (404, "Not Found"),
        (429, "Resource has been exhausted (e.g. check quota)."),
        (503, "The service is currently unavailable."),
    ],
)
async def test_a_handshake_can_be_refused_with_any_status_of_the_service(status: int, text: str):
    async with running_emulator(scenario=f"steps: [{{when: {{handshake: 1}}, do: {{http: {status}}}}}]") as emulator:
        assert await refusal(emulator) == (status, text)
        assert emulator.seen == []
        async with dial(emulator):
            await emulator.wait_for(lambda: emulator.open_sessions == 1)


async def test_a_refused_handshake_can_carry_the_json_body_of_the_service():
    body = {
        "error": {
            "code": 400,
            "message": "API key not valid. Please pass a valid API key.",
            "status": "INVALID_ARGUMENT",
        }
    }
    async with running_emulator() as emulator:
        emulator.do(Http(400, body=body))
        status, text = await refusal(emulator)
        assert (status, json.loads(text)) == (400, body)


async def test_a_model_that_was_served_yesterday_is_refused_when_its_day_has_passed():
    model = "projects/p/locations/us-central1/publishers/google/models/gemini-live-2.5-flash-native-audio"

    async def answer(emulator: Emulator) -> str:
        async with connect(emulator.vertex_url, additional_headers={"Authorization": "Bearer any"}) as socket:
            await socket.send(json.dumps({"setup": {"model": model}}))
            try:
                return str((await socket.recv(decode=True))[:15])
            except ConnectionClosed as end:
                return end.rcvd.reason if end.rcvd else ""

    async with running_emulator(today=date(2026, 12, 13)) as emulator:
        assert await answer(emulator) == '{"setupComplete'
        emulator.skip(24 * 3600)
        assert await answer(emulator) == f"Publisher Model `{model}` was not found or is not supported for bidi"[:123]


async def test_a_service_can_open_the_socket_and_say_nothing_or_only_an_error_frame():
    fault = {"error": {"code": 503, "message": "Try later.", "status": "UNAVAILABLE"}}
    silent = "steps: [{when: {message: setup, connection: 1}, do: mute}, {when: {message: setup, connection: 2}, do: "
    silent += "[{error: {message: Try later., code: 503, status: UNAVAILABLE}}, mute]}]"
    async with running_emulator(scenario=silent) as emulator:
        for expected in ([], [fault]):
            async with dial(emulator) as socket:
                await socket.send(json.dumps({"setup": {"model": "models/gemini-3.8-live"}}))
                await (await socket.ping())
                await socket.send(json.dumps({"realtimeInput": {"text": "hello"}}))
                await (await socket.ping())
                assert emulator.seen[-1].sent == expected
                assert emulator.open_sessions >= 1


async def test_a_slow_handshake_is_answered_when_its_time_has_come():
    async with running_emulator(scenario="refused-handshakes") as emulator:
        assert [(await refusal(emulator))[0] for _ in range(2)] == [503, 429]
        slow: asyncio.Task[ClientConnection] = asyncio.ensure_future(_open(emulator))
        await emulator.wait_for_handshake()
        assert not slow.done()
        emulator.skip(6)
        async with asyncio.timeout(LIMIT_S):
            socket = await slow
        await socket.close()


async def _open(emulator: Emulator) -> ClientConnection:
    socket: ClientConnection = await dial(emulator)
    return socket


async def test_the_next_handshake_can_be_refused_on_demand_while_nobody_is_connected():
    async with running_emulator(admin=True) as emulator, httpx.AsyncClient(trust_env=False, timeout=30) as http:
        emulator.do("http: {status: 403, text: Billing is off}")
        assert await refusal(emulator) == (403, "Billing is off")
        answer = await http.post(f"{emulator.admin_url}/actions", content="[{http: 503}, {http: 429}]")
        assert answer.status_code == 200
        assert [(await refusal(emulator))[0] for _ in range(2)] == [503, 429]
        async with dial(emulator):
            await emulator.wait_for(lambda: emulator.open_sessions == 1)


async def test_a_client_that_is_cut_off_can_find_the_door_shut():
    steps = "steps: [{when: {setup_s: 0}, do: [{http: 503}, drop]}]"
    async with running_emulator(scenario=steps) as emulator:
        async with dial(emulator) as socket, asyncio.timeout(LIMIT_S):
            await socket.send('{"setup": {"model": "models/gemini-3.8-live"}}')
            await socket.wait_closed()
        assert (await refusal(emulator))[0] == 503


@pytest.mark.parametrize(
    ("step", "what"),
    [
        ("{when: {handshake: 1}, do: drop}", "only `http` and `slow_accept`"),
        ("{when: {handshake: 0}, do: {http: 503}}", "counts from 1"),
        ("{when: {handshake: 1}, do: {http: 200}}", "from 400 to 599"),
        ("{when: {handshake: 1, turn: 1}, do: {http: 503}}", "give one of"),
    ],
)
def test_a_wrong_step_about_a_handshake_is_told(step: str, what: str):
    with pytest.raises(Unreadable, match=what):
        read_scenario(f"steps:\n  - {step}\n")
