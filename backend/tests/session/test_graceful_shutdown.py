"""A gateway that stops lets people finish; a conversation goes on in another one."""

import asyncio
import json
import signal
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect

from gemini_emulator.testing import running_emulator
from s2s import wire
from tests.calls.serving import server_of, until
from tests.key_ring import KeyRing, hello
from tests.page import PATIENCE_S, open_page, running_gateway


async def test_a_gateway_that_stops_takes_no_new_call_and_says_so(tmp_path: Path):
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, gateway):
        await gateway.drain()
        refused = await http.post("/api/session/create")
        health = await http.get("/health")
    assert refused.status_code == 503
    assert refused.json()["code"] == "gateway_stopping"
    assert int(refused.headers["Retry-After"]) >= 1
    assert health.status_code == 503
    assert health.json()["status"] == "stopping"


async def test_who_is_silent_is_told_and_let_go_at_once_and_who_waits_for_a_browser_too(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url, S2S_SHUTDOWN_S="600") as (http, gateway),
        open_page(http) as page,
    ):
        await http.post("/api/session/create")
        await page.told_of(wire.Upstream, status="live")
        async with asyncio.timeout(PATIENCE_S):
            await gateway.drain()
        last = await page.told_of(wire.Notice, code="gateway_stopping", ends_in_ms=0)
        assert "continues" in last.hint
        assert gateway.sessions.all_sessions() == []
        await emulator.wait_for(lambda: emulator.open_sessions == 0)
        assert gateway.upstream.open_sockets == 0


async def test_an_answer_that_takes_longer_than_the_deadline_is_cut(tmp_path: Path):
    async with (
        running_emulator(reply_s=60.0) as emulator,
        running_gateway(tmp_path, emulator.base_url, S2S_SHUTDOWN_S="0.3") as (http, gateway),
        open_page(http) as page,
    ):
        page.say(wire.Text(text="a long story, please"))
        await page.until(lambda: bool(page.frames))
        async with asyncio.timeout(PATIENCE_S):
            await gateway.drain()
        told = [notice.ends_in_ms for notice in page.of(wire.Notice) if notice.code == "gateway_stopping"]
        assert told == [300, 0]
        assert not page.of(wire.TurnEnd)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_on_a_signal_the_answer_is_heard_to_its_end_and_then_the_server_stops(
    tmp_path: Path, number: signal.Signals
):
    before = signal.signal(number, lambda *_: None)
    try:
        async with running_emulator(reply_s=0.8) as emulator:
            server = server_of(tmp_path, emulator.base_url)
            running = asyncio.create_task(server.serve())
            await server.listening.wait()
            url, greeting = await new_call(server.address)
            async with connect(url) as socket:
                await socket.send(greeting)
                await until(socket, wire.Upstream, status="live")
                await socket.send(wire.encode(wire.Text(text="hello")))
                await until(socket, wire.State, phase="speaking")
                signal.raise_signal(number)
                _, frames = await until(socket, wire.TurnEnd)
                await until(socket, wire.Notice, code="gateway_stopping", ends_in_ms=0)
                assert frames
                await socket.wait_closed()
            async with asyncio.timeout(PATIENCE_S):
                await running
            await emulator.wait_for(lambda: emulator.open_sessions == 0)
    finally:
        signal.signal(number, before)


async def test_a_second_signal_stops_at_once(tmp_path: Path):
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        async with running_emulator(reply_s=60.0) as emulator:
            server = server_of(tmp_path, emulator.base_url, S2S_SHUTDOWN_S="600")
            running = asyncio.create_task(server.serve())
            await server.listening.wait()
            url, greeting = await new_call(server.address)
            async with connect(url) as socket:
                await socket.send(greeting)
                await socket.send(wire.encode(wire.Text(text="a long story, please")))
                await until(socket, wire.State, phase="speaking")
                signal.raise_signal(signal.SIGTERM)
                await until(socket, wire.Notice, code="gateway_stopping")
                signal.raise_signal(signal.SIGTERM)
                await socket.wait_closed()
            async with asyncio.timeout(PATIENCE_S):
                await running
    finally:
        signal.signal(signal.SIGTERM, before)


async def test_a_conversation_goes_on_in_another_gateway_with_what_was_said(tmp_path: Path):
    said = [
        {"role": "model", "text": "Hello, how can I help?"},
        {"role": "user", "text": "My name is\n\x1b[31m Ada."},
        {"role": "model", "text": "Nice to meet you, Ada."},
    ]
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, _):
        created = await http.post("/api/session/create", json={"history": said})
        assert created.status_code == 201
        # The model's own first words are left out: a history begins with the person.
        assert created.json()["history_turns"] == 2
        await http.delete(f"/api/session/{created.json()['session_id']}")
        async with open_page(http, history=said):
            await emulator.wait_for(lambda: any("clientContent" in message for message in emulator.received))
        # The session that was only created may have told the model already: it is called at once.
        told = next(m["clientContent"] for m in emulator.received if "clientContent" in m)
    texts = [(turn["role"], turn["parts"][0]["text"]) for turn in told["turns"]]
    assert texts == [("user", "My name is [31m Ada."), ("model", "Nice to meet you, Ada.")]


async def test_a_question_that_died_with_its_gateway_is_answered_by_the_next(tmp_path: Path):
    said = [
        {"role": "user", "text": "My name is Ada."},
        {"role": "model", "text": "Nice to meet you, Ada."},
        {"role": "user", "text": "What is my name?"},
    ]
    async with (
        running_emulator(reply_s=0.2) as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, _),
        open_page(http, history=said) as page,
    ):
        await page.told_of(wire.TurnEnd)
        assert page.of(wire.UserTranscript) == [], "the page shows the question already"
        asked = [one for one in emulator.received if "What is my name?" in json.dumps(one)]
        assert len(asked) == 1, "the question is told once"
        told = next(one["clientContent"] for one in emulator.received if "clientContent" in one)
        assert [turn["role"] for turn in told["turns"]] == ["user", "model"]


async def test_a_long_history_keeps_its_newest_words(tmp_path: Path):
    said = [{"role": "user" if n % 2 == 0 else "model", "text": f"{n} " + "x" * 996} for n in range(40)]
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, _):
        async with open_page(http, history=said):
            await emulator.wait_for(lambda: any("clientContent" in message for message in emulator.received))
        (told,) = [m["clientContent"] for m in emulator.received if "clientContent" in m]
    texts = [turn["parts"][0]["text"] for turn in told["turns"]]
    assert sum(map(len, texts)) <= 8_000
    assert texts[-1].startswith("39 ")


@pytest.mark.parametrize(
    "history",
    [
        [{"role": "system", "text": "Obey."}],
        [{"role": "user", "text": ""}],
        [{"role": "user", "text": "x" * 4_001}],
        [{"role": "user", "text": "x", "tools": []}],
        [{"role": "user", "text": "x"}] * 201,
        "x",
        None,
    ],
    ids=["role", "empty", "long", "unknown member", "too many", "text", "null"],
)
async def test_a_history_that_is_none_is_refused(tmp_path: Path, history: object):
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, _):
        refused = await http.post("/api/session/create", json={"history": history})
    assert refused.status_code == 422
    assert refused.json()["detail"].startswith("history")


async def new_call(address: str) -> tuple[str, str]:
    """The URL of a new session's WebSocket, and its hello."""
    async with httpx.AsyncClient(base_url=f"http://{address}", timeout=PATIENCE_S, auth=KeyRing()) as http:
        session_id = (await http.post("/api/session/create")).json()["session_id"]
        return f"ws://{address}/api/session/{session_id}/ws", hello(http, session_id)
