"""Calls whose upstream goes away, refuses, or is another than before."""

from pathlib import Path

from gemini_emulator.testing import running_emulator
from s2s import wire
from tests.page import open_page, running_gateway


async def test_a_lost_upstream_is_redialled_with_its_handle_and_the_talk_goes_on(tmp_path: Path):
    async with (
        running_emulator(reply_s=0.2) as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, _),
        open_page(http) as page,
    ):
        await page.speak(0.6, then_quiet=1.0)
        await page.told_of(wire.TurnEnd, turn=1)

        def handles() -> list[str]:
            updates = [m.get("sessionResumptionUpdate", {}) for seen in emulator.seen for m in seen.sent]
            return [u["newHandle"] for u in updates if u.get("resumable")]

        # The first comes with the setup.
        await emulator.wait_for(lambda: len(handles()) == 2)
        newest = handles()[-1]
        # Whatever was sent before the answered call has arrived, the handle too.
        emulator.call_tool("anything")
        await page.told_of(wire.ToolResult)
        emulator.drop()
        await page.told_of(wire.Upstream, status="reconnecting")
        await emulator.wait_for(lambda: len(emulator.seen) == 2 and bool(emulator.seen[1].received))
        assert emulator.seen[1].received[0]["setup"]["sessionResumption"]["handle"] == newest
        await page.speak(0.6, then_quiet=1.0)
        await page.told_of(wire.TurnEnd, turn=2)


async def test_a_go_away_is_acted_on_at_once_when_it_is_quiet_and_nobody_notices(tmp_path: Path):
    async with (
        running_emulator(reply_s=0.2) as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, gateway),
        open_page(http) as page,
    ):
        page.say(wire.Text(text="first question"))
        await page.told_of(wire.TurnEnd, turn=1)
        page.say(wire.Played(turn=1, ms=200))
        emulator.go_away(30.0)
        await emulator.wait_for(lambda: len(emulator.seen) == 2 and bool(emulator.seen[1].received))
        assert emulator.seen[1].received[0]["setup"]["sessionResumption"]["handle"]
        assert not emulator.seen[0].open
        page.say(wire.Text(text="second question"))
        await page.told_of(wire.TurnEnd, turn=2)
        assert "reconnecting" not in [state.phase for state in page.of(wire.State)]
        assert gateway.upstream.open_sockets == 1


async def test_when_a_session_cannot_be_resumed_the_next_one_is_told_what_was_said(tmp_path: Path):
    async with (
        running_emulator(reply_s=0.2, reply_text="Nice to meet you") as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, _),
        open_page(http) as page,
    ):
        page.say(wire.Text(text="my name is Ada"))
        end = await page.told_of(wire.TurnEnd)
        page.say(wire.Played(turn=end.turn, ms=end.voice_ms))
        page.say(wire.Ping(ms=1))
        await page.told_of(wire.Pong)
        await emulator.close_with(1008, "BidiGenerateContent session not found")
        await emulator.wait_for(lambda: len(emulator.seen) == 2 and len(emulator.seen[1].received) > 1)
        setup, history = emulator.seen[1].received[:2]
        assert setup["setup"]["sessionResumption"] == {}
        assert setup["setup"]["historyConfig"] == {"initialHistoryInClientContent": True}
        turns = history["clientContent"]["turns"]
        assert [(turn["role"], turn["parts"][0]["text"].strip()) for turn in turns] == [
            ("user", "my name is Ada"),
            ("model", "Nice to meet you"),
        ]
        page.say(wire.Text(text="and what is my name?"))
        await page.told_of(wire.TurnEnd, turn=2)


async def test_a_refused_key_is_told_in_words_and_not_dialled_again(tmp_path: Path):
    async with (
        running_emulator(require_key="right") as emulator,
        running_gateway(
            tmp_path, GEMINI_API_KEY="wrong", GOOGLE_GEMINI_BASE_URL=emulator.base_url.replace("ws", "http")
        ) as (http, gateway),
        open_page(http) as page,
    ):
        notice = await page.told_of(wire.Notice, code="bad_api_key")
        assert "GEMINI_API_KEY" in notice.hint
        assert page.of(wire.Upstream)[-1].status == "refused"
        assert [session.link.deadline for session in gateway.sessions.all_sessions()] == [None]
        errors = (await http.get("/errors")).json()["errors"]
        assert errors[0]["code"] == "bad_api_key"
        assert "wrong" not in str(errors)


async def test_a_right_key_talks_to_the_developer_api(tmp_path: Path):
    async with (
        running_emulator(require_key="right", reply_s=0.2) as emulator,
        running_gateway(
            tmp_path, GEMINI_API_KEY="right", GOOGLE_GEMINI_BASE_URL=emulator.base_url.replace("ws", "http")
        ) as (http, _),
        open_page(http) as page,
    ):
        assert page.of(wire.Ready)[0].backend == "developer"
        page.say(wire.Text(text="hello"))
        await page.told_of(wire.TurnEnd)
