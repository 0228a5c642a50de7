"""The admin port, over real HTTP: what came is seen, faults are ordered, scenarios loaded, time skipped."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from gemini_emulator.scenarios.actions import NAMES
from gemini_emulator.testing import Emulator, running_emulator
from tests.emulator.server.test_network_faults import LIMIT_S, say, talker, until


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    async with running_emulator(admin=True, speed=100.0, playout_share=0.0, lifetime_s=600) as running:
        yield running


@pytest.fixture
async def desk(emulator: Emulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=emulator.admin_url, trust_env=False, timeout=LIMIT_S) as client:
        yield client


async def test_connections_are_listed_with_what_each_sent_and_audio_as_a_length(
    emulator: Emulator, desk: httpx.AsyncClient
):
    async with await talker(emulator) as socket:
        data = base64.b64encode(bytes(640)).decode()
        for _ in range(2):
            blob = {"data": data, "mimeType": "audio/pcm;rate=16000"}
            await socket.send(json.dumps({"realtimeInput": {"audio": blob}}))
        await say(socket, "Hello")
        await until(socket, "turnComplete")
        (listed,) = (await desk.get("/connections")).json()["connections"]
        assert listed["open"]
        assert listed["received"] == {"setup": 1, "audio": 2, "text": 1}
        assert listed["audio_bytes"] == 1280
        assert listed["sent"]["turnComplete"] == 1
        whole = (await desk.get(f"/connections/{listed['number']}")).json()
        assert whole["received_messages"][1]["realtimeInput"]["audio"]["data"] == 640
        parts = [turn["modelTurn"]["parts"][0] for turn in _contents(whole) if "modelTurn" in turn]
        assert {type(part["inlineData"]["data"]) for part in parts} == {int}
    await emulator.wait_for(lambda: emulator.open_sessions == 0)
    (listed,) = (await desk.get("/connections")).json()["connections"]
    assert (listed["open"], listed["close_code"]) == (False, 1000)


def _contents(whole: dict[str, Any]) -> list[dict[str, Any]]:
    return [message["serverContent"] for message in whole["sent_messages"] if "serverContent" in message]


async def test_a_key_in_the_address_is_not_shown(emulator: Emulator, desk: httpx.AsyncClient):
    async with connect(f"{emulator.url}?key=secret"):
        await emulator.wait_for(lambda: emulator.open_sessions == 1)
        assert "secret" not in (await desk.get("/connections")).text
        assert "secret" not in (await desk.get("/connections/1")).text


async def test_an_action_is_done_now_on_one_connection_or_on_all(emulator: Emulator, desk: httpx.AsyncClient):
    async with await talker(emulator) as first, await talker(emulator) as second:
        number = emulator.seen[0].number
        answer = await desk.post(f"/connections/{number}/actions", json={"close": "quota"})
        assert answer.json() == {"done": ["close"], "connections": [number]}
        async with asyncio.timeout(LIMIT_S):
            await first.wait_closed()
        assert first.close_code == 1011
        await emulator.wait_for(lambda: emulator.open_sessions == 1)
        again = await desk.post(f"/connections/{number}/actions", content="reset")
        assert (again.status_code, again.json()) == (409, {"error": f"Connection {number} has ended."})
        await desk.post("/actions", content="- thought: hm\n- say: Good news\n")
        first_part = (await until(second, "modelTurn"))["serverContent"]["modelTurn"]["parts"][0]
        assert first_part == {"text": "hm", "thought": True}


async def test_a_scenario_is_loaded_looked_at_and_taken_away(emulator: Emulator, desk: httpx.AsyncClient):
    loaded = await desk.put("/scenario", content="name: Mine\nsteps: [{when: {turn: 1}, do: empty_turn}]")
    assert loaded.json()["steps"] == [{"when": {"turn": 1}, "do": ["empty_turn"], "acted": 0}]
    async with await talker(emulator) as socket:
        await say(socket, "Hello")
        message = await until(socket, "turnComplete")
        assert message["serverContent"] == {"turnComplete": True}
    played = (await desk.get("/scenario")).json()
    assert (played["name"], played["steps"][0]["acted"]) == ("Mine", 1)
    assert (await desk.put("/scenario", content="outage")).json()["name"] == "Outage"
    assert (await desk.delete("/scenario")).json()["steps"] == []


async def test_ten_minutes_are_skipped(emulator: Emulator, desk: httpx.AsyncClient):
    async with await talker(emulator) as socket:
        assert (await desk.post("/clock", json={"skip_s": 600})).json() == {"skipped_s": 600}
        assert (await until(socket, "goAway"))["goAway"] == {"timeLeft": "60s"}
        async with asyncio.timeout(LIMIT_S):
            await socket.wait_closed()
        assert socket.close_code == 1008


async def test_the_port_explains_itself(desk: httpx.AsyncClient):
    assert any("/connections" in line for line in (await desk.get("/")).json()["help"])
    assert (await desk.get("/actions")).json().keys() == NAMES.keys()


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "told"),
    [
        ("GET", "/nowhere", "", 404, "There is nothing at GET /nowhere; GET / tells what there is."),
        ("GET", "/connections/7", "", 404, "There was no connection 7; GET /connections lists them."),
        ("POST", "/actions", "rest", 400, "there is no action called `rest`. Did you mean `reset`?"),
        ("POST", "/actions", "", 400, "there is nothing here."),
        ("PUT", "/scenario", "outrage", 400, "There is no scenario called outrage. Known: bad-network"),
        ("PUT", "/scenario", "steps: 5", 400, "line 1, steps: must be a list"),
        ("POST", "/clock", "soon", 400, 'Write {"skip_s": 600}'),
        ("POST", "/clock", '{"skip_s": -1}', 400, 'Write {"skip_s": 600}'),
        ("PUT", "/scenario", "x" * 1_100_000, 413, "larger than a megabyte"),
    ],
)
async def test_a_mistake_is_answered_in_words(
    desk: httpx.AsyncClient, method: str, path: str, body: str, status: int, told: str
):
    answer = await desk.request(method, path, content=body)
    assert answer.status_code == status
    assert told in answer.json()["error"]


@pytest.mark.parametrize("header", [{"Origin": "http://evil.example"}, {"Host": "evil.example:80"}])
async def test_web_pages_are_kept_out(desk: httpx.AsyncClient, header: dict[str, str]):
    assert (await desk.post("/actions", content="reset", headers=header)).status_code == 403


async def test_what_is_not_http_is_answered_and_does_no_harm(emulator: Emulator, desk: httpx.AsyncClient):
    port = int(emulator.admin_url.rpartition(":")[2])
    for bytes_sent in (b"hello\r\n\r\n", b"\x16\x03\x01\x00\x00", b""):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(bytes_sent)
        writer.write_eof()
        async with asyncio.timeout(LIMIT_S):
            answer = await reader.read()
        writer.close()
        assert answer == b"" or answer.startswith(b"HTTP/1.1 400")
    assert (await desk.get("/")).status_code == 200
