"""The upstream's bad days through the real doors: what the person notices, and that nothing is left open."""

from pathlib import Path

import pytest

from gemini_emulator.protocol.close_codes import CLOSES
from gemini_emulator.testing import Emulator, running_emulator
from s2s import wire
from s2s.upstream.refusals.close_codes import Verdict, diagnose
from tests.calls.test_vertex import TOKEN, service_account, vertex
from tests.page import Page, open_page, running_gateway


def texts(emulator: Emulator, connection: int) -> list[str]:
    """Everything that was said in words on one connection, in order."""
    said: list[str] = []
    for message in emulator.seen[connection].received:
        turns = message.get("clientContent", {}).get("turns", [])
        said += [part["text"] for turn in turns for part in turn["parts"]]
        said += [message["realtimeInput"]["text"]] if "text" in message.get("realtimeInput", {}) else []
    return said


async def hear_to_the_end(page: Page, turn: int) -> None:
    end = await page.told_of(wire.TurnEnd, turn=turn)
    page.say(wire.Played(turn=turn, ms=end.voice_ms))


async def test_an_upstream_that_is_killed_in_mid_answer_goes_on_and_no_word_is_said_twice(tmp_path: Path):
    async with (
        running_emulator(reply_s=8.0, speed=1.0) as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, gateway),
        open_page(http) as page,
    ):
        page.say(wire.Text(text="tell me a story"))
        await page.until(lambda: len(page.frames) >= 10)
        emulator.reset()
        await page.until(lambda: page.frames[-1].turn == 2)
        # The loss itself was enough: nobody waited until an answer was overdue.
        assert not gateway.sessions.latency.incidents["no_reply"]
        assert "go on" in texts(emulator, 1)[-1].lower()
        assert "tell me a story" in texts(emulator, 1), "the new session does not know the question"
        assert [n.code for n in page.of(wire.Notice)] == []
        assert gateway.upstream.open_sockets == 1
        await emulator.wait_for(lambda: emulator.open_sessions == 1)


async def test_words_that_were_being_spoken_when_upstream_died_are_heard_whole(tmp_path: Path):
    async with (
        running_emulator(reply_s=0.3) as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, _),
        open_page(http) as page,
    ):
        await page.told_of(wire.Upstream, status="live")
        await page.speak(1.0)
        await emulator.wait_for(lambda: emulator.audio_bytes >= 640 * 50)
        emulator.drop()
        await page.told_of(wire.Upstream, status="reconnecting")
        await page.speak(0.4, then_quiet=1.0)
        await page.told_of(wire.TurnEnd, turn=1)
        spoken = [m["realtimeInput"]["audio"]["data"] for m in emulator.seen[1].received if "realtimeInput" in m]
        assert sum(spoken) >= 640 * (50 + 20 + 20)


async def test_typed_words_that_were_not_answered_are_answered_by_the_next_session(tmp_path: Path):
    async with (
        running_emulator(reply_s=0.3, scenario="{name: t, steps: [{when: {message: text}, do: drop}]}") as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, _),
        open_page(http) as page,
    ):
        page.say(wire.Text(text="are you there"))
        await page.told_of(wire.TurnEnd, turn=1)
        assert texts(emulator, 1) == ["are you there"]


async def test_a_frozen_upstream_is_asked_once_then_left_and_the_person_gets_an_answer(tmp_path: Path):
    async with (
        running_emulator(reply_s=0.3, scenario="{name: f, steps: [{when: {setup_s: 0}, do: freeze}]}") as emulator,
        running_gateway(tmp_path, emulator.base_url, S2S_REPLY_LIMIT_S="2") as (http, gateway),
        open_page(http) as page,
    ):
        page.say(wire.Text(text="hello"))
        await page.told_of(wire.TurnEnd, turn=1)
        assert len(emulator.seen) == 2
        assert not emulator.seen[0].open
        assert gateway.sessions.latency.incidents["no_reply"] == 2
        assert "reconnecting" not in [state.phase for state in page.of(wire.State)]


@pytest.mark.parametrize("fault", ["empty_turn", "rejected"])
async def test_an_answer_that_is_none_is_asked_for_again(tmp_path: Path, fault: str):
    scenario = f"{{name: e, steps: [{{when: {{turn: 1}}, do: {fault}}}]}}"
    async with (
        running_emulator(reply_s=0.3, scenario=scenario) as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, gateway),
        open_page(http) as page,
    ):
        page.say(wire.Text(text="hello"))
        await page.told_of(wire.TurnEnd, turn=1)
        assert len(emulator.seen) == 1
        assert sum(gateway.sessions.latency.incidents.values()) == 1


async def test_a_voice_near_silence_is_cut_and_said_again(tmp_path: Path):
    async with (
        running_emulator(reply_s=1.0, scenario="{name: q, steps: [{when: {turn: 1}, do: near_silent}]}") as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, gateway),
        open_page(http) as page,
    ):
        page.say(wire.Text(text="hello"))
        await page.told_of(wire.Flush, turn=1)
        await page.told_of(wire.TurnEnd, turn=2)
        assert gateway.sessions.latency.incidents["near_silent"] == 1
        assert len(emulator.seen) == 1


async def test_the_fallback_model_takes_over_when_the_first_is_not_known(tmp_path: Path):
    async with (
        running_emulator(reply_s=0.2, strict_models=True) as emulator,
        running_gateway(
            tmp_path,
            emulator.base_url,
            GEMINI_MODEL="gemini-of-yore",
            GEMINI_FALLBACK_MODEL="gemini-3.8-live",
            S2S_ALLOW_UNLISTED_MODEL="on",
        ) as (http, gateway),
        open_page(http) as page,
    ):
        await page.told_of(wire.Upstream, status="live", model="gemini-3.8-live")
        page.say(wire.Text(text="hello"))
        await page.told_of(wire.TurnEnd, turn=1)
        assert gateway.sessions.latency.incidents["fallback_model"] == 1
        assert [seen.received[0]["setup"]["model"] for seen in emulator.seen] == [
            "models/gemini-of-yore",
            "models/gemini-3.8-live",
        ]


async def test_on_vertex_what_the_service_had_not_taken_in_is_sent_again_by_its_number(tmp_path: Path):
    async with (
        service_account(tmp_path) as (key_path, _),
        running_emulator(require_bearer=TOKEN, reply_s=0.3) as emulator,
        running_gateway(tmp_path, **vertex(key_path, emulator.base_url)) as (http, _gateway),
        open_page(http) as page,
    ):
        page.say(wire.Text(text="first"))
        await hear_to_the_end(page, 1)
        # The answer to the ping comes after the handle that knows the first turn.
        await emulator.wait_for(lambda: any(_counts(m) for m in emulator.seen[0].sent))
        emulator.load("{name: v, steps: [{when: {message: clientContent}, do: drop}]}")
        page.say(wire.Text(text="second"))
        await page.told_of(wire.TurnEnd, turn=2)
        setup = emulator.seen[1].received[0]["setup"]
        assert setup["sessionResumption"]["transparent"] is True
        assert setup["sessionResumption"]["handle"]
        assert texts(emulator, 1) == ["second"]


def _counts(message: dict) -> bool:
    update = message.get("sessionResumptionUpdate", {})
    return bool(update.get("newHandle")) and int(update.get("lastConsumedClientMessageIndex", 0)) > 0


@pytest.mark.parametrize("row", sorted(set(CLOSES) - {"key_not_valid", "key_not_found", "api_disabled"}))
def test_every_close_that_was_ever_seen_has_words_and_a_plan(row: str):
    for was_live in (False, True):
        diagnosis = diagnose(CLOSES[row].code, CLOSES[row].reason, was_live=was_live)
        assert diagnosis.code
        assert diagnosis.message
        assert diagnosis.tries >= 1
        if diagnosis.verdict is Verdict.FATAL:
            assert diagnosis.hint


FINAL_WHEN_LIVE = {
    "unknown_field",
    "text_on_native_audio",
    "language_not_supported",
    "model_not_found",
    "publisher_model_not_found",
    "key_not_valid",
    "key_not_found",
    "key_expired",
    "api_disabled",
    "project_denied",
    "thinking_level_required",
    "thinking_level_not_supported",
    "blocking_not_supported",
    "prepayment_credits",
    "spending_cap",
    "token_used_up",
}


@pytest.mark.parametrize("row", sorted(set(CLOSES) - FINAL_WHEN_LIVE - {"quota", "resource_exhausted", "overloaded"}))
async def test_no_socket_is_left_open_after_any_close_and_the_talk_goes_on(tmp_path: Path, row: str):
    async with (
        running_emulator(reply_s=0.1) as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, gateway),
    ):
        async with open_page(http) as page:
            await page.told_of(wire.Upstream, status="live")
            emulator.do(f"close: {row}")
            await page.told_of(wire.Upstream, status="reconnecting")
            page.say(wire.Text(text="still there?"))
            await page.told_of(wire.TurnEnd, turn=1)
            assert gateway.upstream.open_sockets == 1
        await emulator.wait_for(lambda: emulator.open_sessions == 0)
        assert gateway.upstream.open_sockets == 0


async def test_a_half_open_line_is_noticed_by_its_silence_although_nobody_asks_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("gemini_live_client.PING_EVERY_S", 0.05)
    monkeypatch.setattr("gemini_live_client.PONG_TIMEOUT_S", 0.5)
    monkeypatch.setattr("s2s.upstream.connection.keepalive.PONG_TIMEOUT_S", 0.5)
    async with (
        running_emulator(reply_s=0.2) as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, gateway),
        open_page(http) as page,
    ):
        page.say(wire.Text(text="hello"))
        await page.told_of(wire.TurnEnd, turn=1)
        await hear_to_the_end(page, 1)
        emulator.do("half_open")
        await emulator.wait_for(lambda: len(emulator.seen) == 2)
        page.say(wire.Text(text="are you there?"))
        await hear_to_the_end(page, 2)
        assert page.of(wire.Notice) == []
        assert gateway.upstream.open_sockets == 1
