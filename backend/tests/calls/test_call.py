"""A whole call through the real doors: page, gateway, emulator, over real sockets."""

import asyncio
from pathlib import Path

import pytest

from gemini_emulator.testing import Emulator, running_emulator
from s2s import wire
from s2s.session import browser_input
from tests.page import PATIENCE_S, Page, open_page, running_gateway
from tools import ToolRegistry


def client_contents(emulator: Emulator) -> list[dict]:
    return [m["clientContent"] for m in emulator.received if "clientContent" in m]


async def test_a_person_speaks_is_understood_and_hears_an_answer(tmp_path: Path):
    async with (
        running_emulator(reply_s=0.4, heard_text="hello there", reply_text="Hello to you") as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, _gateway),
        open_page(http) as page,
    ):
        await page.told_of(wire.Upstream, status="live")
        await page.speak(0.6, then_quiet=1.0)
        await page.told_of(wire.UserTranscript, text="hello there")
        end = await page.told_of(wire.TurnEnd)
        await page.until(lambda: bool(page.frames) and page.frames[-1].flags == wire.FLAG_LAST_OF_TURN)
        assert end.voice_ms == 400
        assert len(page.frames) == 20
        assert [frame.seq for frame in page.frames] == list(range(20))
        assert "".join(m.text for m in page.of(wire.ModelTranscript)).strip() == "Hello to you"
        page.say(wire.Played(turn=end.turn, ms=20))
        latency = await page.told_of(wire.Latency)
        assert set(latency.marks) == {"first_voice", "first_sent", "first_heard"}
        health = (await http.get("/health")).json()
        assert health["latency"]["turns"] == 1
        page.say(wire.Played(turn=end.turn, ms=400))
        page.say(wire.Ping(ms=1))
        await page.told_of(wire.Pong)
    log = (tmp_path / "conversation_log.txt").read_text()
    assert "user: hello there" in log
    assert "model: Hello to you" in log


async def test_ending_the_session_releases_everything(tmp_path: Path):
    before = len(asyncio.all_tasks())
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, gateway):
        async with open_page(http) as page:
            await page.told_of(wire.Upstream, status="live")
            assert (await http.get("/health")).json()["sessions"]["active"] == 1
        await emulator.wait_for(lambda: emulator.open_sessions == 0)
        assert emulator.seen[0].close_code == 1000
        assert gateway.sessions.all_sessions() == []
        assert gateway.upstream.open_sockets == 0
        assert (await http.delete(f"/api/session/{page.session_id}")).status_code == 204
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == before


async def test_talking_over_the_answer_stops_it_and_the_new_question_is_answered(tmp_path: Path):
    async with (
        running_emulator(reply_s=6.0) as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, _),
        open_page(http) as page,
    ):
        await page.speak(0.6, then_quiet=1.0)
        await page.until(lambda: len(page.frames) >= 15)
        await page.speak(0.6)
        flush = await page.told_of(wire.Flush, turn=1)
        assert flush.heard_ms < 6000
        await page.speak(0.0, then_quiet=1.0)
        await page.until(lambda: page.frames[-1].turn == 2)
        assert not [frame for frame in page.frames[page.frames.index(page.frames[-1]) :] if frame.turn == 1]


async def test_the_button_stops_the_answer_and_upstream_is_told(tmp_path: Path):
    async with (
        running_emulator(reply_s=6.0) as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, _),
        open_page(http) as page,
    ):
        await page.speak(0.6, then_quiet=1.0)
        await page.until(lambda: len(page.frames) >= 15)
        page.say(wire.Interrupt(turn=1))
        await page.told_of(wire.Flush, turn=1)
        page.say(wire.Played(turn=1, ms=120))
        heard = await page.told_of(wire.Heard, turn=1)
        assert heard.ms == 120
        await emulator.wait_for(lambda: {"turnComplete": False} in client_contents(emulator))
        await page.speak(0.6, then_quiet=1.0)
        await page.until(lambda: page.frames[-1].turn == 2)


async def test_interrupt_over_rest_is_the_same_door(tmp_path: Path):
    async with (
        running_emulator(reply_s=6.0) as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, _),
        open_page(http) as page,
    ):
        url = f"/api/session/{page.session_id}/interrupt"
        assert (await http.post(url)).json() == {"interrupted": False, "turn": 0, "heard_ms": 0}
        await page.speak(0.6, then_quiet=1.0)
        await page.until(lambda: len(page.frames) >= 15)
        page.say(wire.Played(turn=1, ms=100))
        page.say(wire.Ping(ms=1))
        await page.told_of(wire.Pong)
        answer = (await http.post(url)).json()
        assert answer["interrupted"] is True
        assert answer["turn"] == 1
        assert answer["heard_ms"] >= 100
        await page.told_of(wire.Flush, turn=1)


async def test_typed_words_are_answered_with_the_voice(tmp_path: Path):
    async with (
        running_emulator(reply_s=0.3) as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, _),
        open_page(http) as page,
    ):
        page.say(wire.Text(text="good morning"))
        await page.told_of(wire.TurnEnd)
        assert {"realtimeInput": {"text": "good morning"}} in emulator.received


async def test_functions_are_called_beside_the_conversation_and_every_id_is_answered(tmp_path: Path):
    registry = ToolRegistry()
    release = asyncio.Event()

    async def slow(word: str) -> dict:
        await release.wait()
        return {"word": word}

    schema = {
        "name": "slow",
        "description": "Waits",
        "parameters": {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]},
    }
    registry.register("slow", slow, schema)
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url, registry) as (http, _),
        open_page(http) as page,
    ):
        await page.told_of(wire.Upstream, status="live")
        emulator.call_tool("slow", {"word": "one"})
        await page.told_of(wire.ToolCall, name="slow", args={"word": "one"}, title="Using a tool: waits")
        emulator.call_tool("unknown_function", {})
        emulator.call_tool("slow", {"word": 7})
        failed = [await page.told_of(wire.ToolResult, id=call.id) for call in page.of(wire.ToolCall)[1:]]
        page.say(wire.Ping(ms=5))
        await page.told_of(wire.Pong, ms=5)
        assert all(not result.ok for result in failed)
        release.set()
        await page.told_of(wire.ToolResult, ok=True)
        await page.until(lambda: len(page.of(wire.ToolResult)) == 3)

        def answered() -> set:
            responses = [m["toolResponse"]["functionResponses"] for m in emulator.received if "toolResponse" in m]
            return {response["id"] for batch in responses for response in batch}

        await emulator.wait_for(lambda: answered() == {call.id for call in page.of(wire.ToolCall)})


async def test_a_second_offer_replaces_the_connection_and_keeps_the_session(tmp_path: Path):
    async with (
        running_emulator(reply_s=0.2) as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, gateway),
    ):
        page = Page(http)
        await page.open()
        first = page.connection
        await page.connect()
        page.say(wire.Text(text="still here"))
        await page.told_of(wire.TurnEnd)
        assert len(gateway.sessions.all_sessions()) == 1
        assert len(emulator.seen) == 1
        assert first is not None
        await first.close()
        await page.end()


async def test_a_browser_that_comes_back_hears_the_rest_of_the_answer(tmp_path: Path):
    async with (
        running_emulator(reply_s=2.0) as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, gateway),
    ):
        page = Page(http)
        await page.open()
        page.say(wire.Text(text="tell me"))
        await page.until(lambda: len(page.frames) >= 20)
        await page.vanish()
        [session] = gateway.sessions.all_sessions()
        async with asyncio.timeout(PATIENCE_S):
            await session.browser_gone.wait()
        await page.connect()
        await page.told_of(wire.TurnEnd)
        await page.until(lambda: page.frames[-1].flags == wire.FLAG_LAST_OF_TURN)
        # What was on its way when the page went is lost with it: at most the lead.
        assert len(page.frames) >= 100 - 12
        assert len(emulator.seen) == 1
        await page.end()


async def test_malformed_frames_and_messages_are_noticed_and_the_session_goes_on(tmp_path: Path):
    async with (
        running_emulator(reply_s=0.2) as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, _),
        open_page(http) as page,
    ):
        for _ in range(50):
            page.audio.send(b"\x01short")
        page.audio.send("text")
        page.control.send("{not json")
        page.control.send(b"\xff\xfe")
        await page.told_of(wire.Notice, code="bad_frame")
        await page.told_of(wire.Notice, code="bad_message")
        page.say(wire.Text(text="still here"))
        await page.told_of(wire.TurnEnd)
        assert len([n for n in page.of(wire.Notice) if n.code == "bad_frame"]) == 1


async def test_a_page_of_another_wire_version_is_told_to_reload(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, _),
        open_page(http) as page,
    ):
        page.say(wire.Hello(wire=99))
        notice = await page.told_of(wire.Notice, code="wire_version")
        assert notice.hint == "Reload the page."


async def test_a_session_that_nobody_connects_to_expires(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url, S2S_SESSION_EXPIRES_S="1") as (http, gateway),
    ):
        created = (await http.post("/api/session/create")).json()
        [session] = gateway.sessions.all_sessions()
        assert created["expires_in_s"] == 1
        async with asyncio.timeout(PATIENCE_S):
            await session.ended.wait()
        assert gateway.sessions.all_sessions() == []
        assert (await http.post(f"/api/session/{session.id}/interrupt")).status_code == 404


async def test_a_page_that_falls_silent_is_noticed_and_its_session_expires(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(browser_input, "BROWSER_TIMEOUT_S", 0.7)
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url, S2S_SESSION_EXPIRES_S="2.5") as (http, gateway),
    ):
        page = Page(http)
        await page.open()
        await emulator.wait_for(lambda: emulator.open_sessions == 1)
        await emulator.wait_for(lambda: emulator.open_sessions == 0)
        assert gateway.sessions.all_sessions() == []
        await page.vanish()


async def test_the_gateway_going_down_hangs_up_everywhere(tmp_path: Path):
    async with running_emulator() as emulator:
        async with running_gateway(tmp_path, emulator.base_url) as (http, _gateway):
            page = Page(http)
            await page.open()
            await page.told_of(wire.Upstream, status="live")
        await emulator.wait_for(lambda: emulator.open_sessions == 0)
        await page.vanish()
