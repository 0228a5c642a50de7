"""What `gemini_emulator.testing` promises to other people's tests."""

import asyncio
import base64
import json
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from gemini_emulator.responder.conversation_state import Call
from gemini_emulator.testing import Emulator, running_emulator

SETUP: dict[str, Any] = {"setup": {"model": "models/gemini-3.8-live", "outputAudioTranscription": {}}}


async def talker(emulator: Emulator) -> ClientConnection:
    socket = await connect(emulator.url, additional_headers={"x-goog-api-key": "any"})
    await socket.send(json.dumps(SETUP))
    assert json.loads(await socket.recv()) == {"setupComplete": {}}
    return socket


async def until(socket: ClientConnection, key: str) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while True:
            message: dict[str, Any] = json.loads(await socket.recv())
            if key in message or key in message.get("serverContent", {}):
                return message


async def test_what_was_received_can_be_looked_at_and_audio_is_counted():
    async with running_emulator() as emulator, await talker(emulator) as socket:
        data = base64.b64encode(bytes(640)).decode()
        await socket.send(json.dumps({"realtimeInput": {"audio": {"data": data, "mimeType": "audio/pcm;rate=16000"}}}))
        await emulator.wait_for(lambda: emulator.audio_bytes == 640)
        assert emulator.received[0] == SETUP
        assert emulator.received[1]["realtimeInput"]["audio"]["data"] == 640
        assert emulator.open_sessions == 1
        await socket.close()
        await emulator.wait_for(lambda: emulator.open_sessions == 0)
        assert emulator.seen[0].close_code == 1000


async def test_the_length_of_an_answer_and_its_words_are_knobs():
    async with running_emulator(reply_s=0.5, reply_text="beep", speed=100.0) as emulator:
        async with await talker(emulator) as socket:
            await socket.send(json.dumps({"realtimeInput": {"text": "hi"}}))
            await until(socket, "turnComplete")
        parts = [part for message in emulator.seen[0].sent for part in _parts(message)]
        assert sum(len(base64.b64decode(part["inlineData"]["data"])) for part in parts) == 24_000


def _parts(message: dict[str, Any]) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = message.get("serverContent", {}).get("modelTurn", {}).get("parts", [])
    return parts


async def test_calls_interruptions_and_farewells_come_on_demand():
    async with running_emulator(calls=(Call("always", {"a": 1}),)) as emulator, await talker(emulator) as socket:
        emulator.call_tool("get_weather", {"city": "Rome"})
        assert (await until(socket, "toolCall"))["toolCall"]["functionCalls"][0]["args"] == {"city": "Rome"}
        emulator.interrupt()
        await until(socket, "interrupted")
        await socket.send(json.dumps({"realtimeInput": {"text": "hi"}}))
        assert (await until(socket, "toolCall"))["toolCall"]["functionCalls"][0]["name"] == "always"
        emulator.go_away(0.05)
        assert (await until(socket, "goAway"))["goAway"] == {"timeLeft": "0.05s"}
        with pytest.raises(ConnectionClosed):
            await until(socket, "nothing")
        assert socket.close_code == 1008


async def test_a_connection_can_be_cut_or_closed_as_the_service_would():
    async with running_emulator() as emulator:
        async with await talker(emulator) as socket:
            emulator.drop()
            await socket.wait_closed()
            assert socket.close_code == 1006
        async with await talker(emulator) as socket:
            await emulator.close_with(1011, "Internal error encountered.")
            await socket.wait_closed()
            assert (socket.close_code, socket.close_reason) == (1011, "Internal error encountered.")


async def test_an_unknown_knob_is_refused():
    with pytest.raises(TypeError, match="colour"):
        async with running_emulator(colour="red"):
            pass


async def test_an_emulator_that_ends_while_it_loads_leaves_nothing_behind():
    async with running_emulator(engine="speech") as emulator, await talker(emulator):
        assert emulator.open_sessions == 1
