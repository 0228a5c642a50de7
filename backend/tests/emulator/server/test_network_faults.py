"""Faults that need a real socket: what a client's socket sees when the network misbehaves."""

import asyncio
import base64
import json
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from gemini_emulator.scenarios.actions import Close, SlowNetwork
from gemini_emulator.scenarios.parser import Unreadable
from gemini_emulator.testing import Emulator, running_emulator

LIMIT_S = 30


async def talker(emulator: Emulator, **setup: Any) -> ClientConnection:
    socket = await connect(emulator.url, additional_headers={"x-goog-api-key": "any"}, ping_interval=None)
    await socket.send(json.dumps({"setup": {"model": "models/gemini-3.8-live", "sessionResumption": {}, **setup}}))
    assert json.loads(await socket.recv()) == {"setupComplete": {}}
    return socket


async def say(socket: ClientConnection, words: str) -> None:
    await socket.send(json.dumps({"realtimeInput": {"text": words}}))


async def until(socket: ClientConnection, key: str) -> dict[str, Any]:
    async with asyncio.timeout(LIMIT_S):
        while True:
            message: dict[str, Any] = json.loads(await socket.recv())
            if any(key in holder for holder in (message, *message.values())):
                return message


async def test_a_reset_is_an_error_of_the_socket_and_not_an_end():
    async with running_emulator() as emulator:
        host, port = emulator.base_url.removeprefix("ws://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        path = emulator.url.removeprefix(emulator.base_url)
        writer.write(
            f"GET {path}?key=any HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        async with asyncio.timeout(LIMIT_S):
            await reader.readuntil(b"\r\n\r\n")
            await emulator.wait_for(lambda: emulator.open_sessions == 1)
            emulator.reset()
            with pytest.raises(ConnectionResetError):
                await reader.read()
        writer.close()


async def test_a_connection_is_dropped_without_a_close_frame():
    async with running_emulator() as emulator, await talker(emulator) as socket:
        emulator.drop()
        async with asyncio.timeout(LIMIT_S):
            await socket.wait_closed()
        assert socket.close_code == 1006
        await emulator.wait_for(lambda: emulator.open_sessions == 0)


async def test_a_half_open_connection_takes_nothing_and_gives_nothing_and_stays():
    async with running_emulator(lifetime_s=600) as emulator, await talker(emulator) as socket:
        emulator.half_open()
        before = len(emulator.received)
        await say(socket, "Hello?")
        pong = await socket.ping()
        emulator.skip(700)
        async with await talker(emulator) as witness:
            await say(witness, "Hello")
            await until(witness, "generationComplete")
        assert not pong.done()
        assert emulator.seen[0].open
        assert len(emulator.seen[0].received) == before
        assert socket.close_code is None
        socket.transport.abort()


async def test_a_session_is_refused_while_its_half_open_connection_lives():
    async with running_emulator(speed=100.0, playout_share=0.0) as emulator, await talker(emulator) as socket:
        await say(socket, "Hello")
        update = await until(socket, "newHandle")
        emulator.half_open()
        handle = update["sessionResumptionUpdate"]["newHandle"]
        second = await connect(emulator.url, additional_headers={"x-goog-api-key": "any"})
        setup = {"model": "models/gemini-3.8-live", "sessionResumption": {"handle": handle}}
        await second.send(json.dumps({"setup": setup}))
        async with asyncio.timeout(LIMIT_S):
            await second.wait_closed()
        assert second.close_code == 1011
        socket.transport.abort()


async def test_pongs_come_late_and_voice_on_time():
    async with running_emulator() as emulator, await talker(emulator) as socket:
        emulator.do("late_pongs: 600")
        pong = await socket.ping()
        await say(socket, "Hello")
        await until(socket, "modelTurn")
        assert not pong.done()
        emulator.do("late_pongs: 0.3")
        async with asyncio.timeout(LIMIT_S):
            assert await (await socket.ping()) >= 0.3


async def test_a_slow_line_delays_both_directions_and_loses_nothing():
    async with running_emulator(reply_s=1.0, playout_share=0.0) as emulator, await talker(emulator) as socket:
        emulator.do(SlowNetwork(latency_s=0.2))
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await say(socket, "Hello")
        await until(socket, "modelTurn")
        assert loop.time() - begun >= 0.4
        await until(socket, "turnComplete")
        await socket.close()
        assert socket.close_code == 1000
        await emulator.wait_for(lambda: emulator.seen[0].close_code == 1000)


async def test_what_is_on_a_slow_line_arrives_before_the_end_of_the_connection():
    async with running_emulator() as emulator, await talker(emulator) as socket:
        emulator.do("slow_network: {latency_s: 0.2}")
        await say(socket, "Last words")
        socket.transport.write_eof()
        await emulator.wait_for(lambda: emulator.open_sessions == 0)
        assert emulator.received[-1] == {"realtimeInput": {"text": "Last words"}}


async def test_a_thin_line_makes_the_sender_wait_and_loses_nothing():
    quick = running_emulator(reply_s=4.0, speed=1000.0, playout_share=0.0)
    async with quick as emulator, await talker(emulator) as socket:
        emulator.do("slow_network: {bytes_per_s: 400000}")
        await say(socket, "Hello")
        got = 0
        async with asyncio.timeout(LIMIT_S):
            while "turnComplete" not in (content := json.loads(await socket.recv()).get("serverContent", {})):
                for part in content.get("modelTurn", {}).get("parts", []):
                    got += len(base64.b64decode(part["inlineData"]["data"]))
        assert got == 4 * 48_000


async def test_a_thin_line_passes_no_more_than_its_bytes():
    quick = running_emulator(reply_s=1.0, speed=100.0, playout_share=0.0)
    async with quick as emulator, await talker(emulator) as socket:
        emulator.do("slow_network: {bytes_per_s: 100000}")
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await say(socket, "Hello")
        await until(socket, "turnComplete")
        # One second of voice is 48,000 bytes, 64,000 in base64.
        assert loop.time() - begun >= 0.6


async def test_one_connection_of_two_can_be_meant():
    async with running_emulator() as emulator, await talker(emulator) as first, await talker(emulator) as second:
        emulator.do(Close("quota"), connection=emulator.seen[0].number)
        async with asyncio.timeout(LIMIT_S):
            await first.wait_closed()
        assert (first.close_code, second.close_code) == (1011, None)
        with pytest.raises(KeyError):
            emulator.do("reset", connection=99)


async def test_a_line_that_is_no_action_is_told():
    async with running_emulator() as emulator:
        with pytest.raises(Unreadable, match="Did you mean `reset`"):
            emulator.do("rest")


async def test_a_scenario_by_name_is_played_on_each_new_connection():
    async with running_emulator(scenario="outage", speed=100.0) as emulator:
        first = await talker(emulator)
        await say(first, "Hello")
        with pytest.raises(ConnectionClosed):
            await until(first, "nothing")
        assert (first.close_code, first.close_reason) == (1011, "Internal error encountered.")
        async with await talker(emulator) as second:
            await say(second, "Hello")
            await until(second, "generationComplete")


async def test_ten_minutes_pass_in_a_moment():
    async with running_emulator(lifetime_s=600) as emulator, await talker(emulator) as socket:
        emulator.skip(539)
        emulator.skip(2)
        assert (await until(socket, "goAway"))["goAway"] == {"timeLeft": "60s"}
        emulator.skip(60)
        async with asyncio.timeout(LIMIT_S):
            await socket.wait_closed()
        assert socket.close_code == 1008
        assert socket.close_reason is not None
        assert socket.close_reason.endswith("after receiving a GoAway signal once the session durat")


async def test_a_handle_is_too_old_after_two_hours_of_skipped_time():
    async with running_emulator(speed=100.0, playout_share=0.0) as emulator:
        async with await talker(emulator) as socket:
            await say(socket, "Hello")
            handle = (await until(socket, "newHandle"))["sessionResumptionUpdate"]["newHandle"]
        await emulator.wait_for(lambda: emulator.open_sessions == 0)
        emulator.skip(2 * 3600 + 1)
        second = await connect(emulator.url, additional_headers={"x-goog-api-key": "any"})
        setup = {"model": "models/gemini-3.8-live", "sessionResumption": {"handle": handle}}
        await second.send(json.dumps({"setup": setup}))
        async with asyncio.timeout(LIMIT_S):
            await second.wait_closed()
        assert (second.close_code, second.close_reason) == (1008, "BidiGenerateContent session not found")


async def test_the_same_seed_gives_the_same_frames_on_the_wire():
    async def frames(seed: int) -> list[Any]:
        got: list[Any] = []
        quick = running_emulator(seed=seed, speed=100.0, playout_share=0.0)
        async with quick as emulator, await talker(emulator) as socket, asyncio.timeout(LIMIT_S):
            for words in ("One", "Two"):
                await say(socket, words)
                got.append({})
                while "newHandle" not in got[-1].get("sessionResumptionUpdate", {}):
                    got.append(json.loads(await socket.recv()))
        return got

    assert await frames(1) == await frames(1)
    assert await frames(1) != await frames(2)
