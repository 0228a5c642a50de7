"""Models over real sockets: what they are told, and what they cost where they tell nothing."""

from pathlib import Path

import pytest

from gemini_emulator.session.usage import Meter
from gemini_emulator.testing import running_emulator
from s2s import wire
from tests.page import open_page, running_gateway


async def test_extended_thinking_connects_with_a_level_and_a_bounded_memory(tmp_path: Path):
    async with (
        running_emulator(reply_s=0.2) as emulator,
        running_gateway(
            tmp_path,
            GEMINI_API_KEY="k",
            GOOGLE_GEMINI_BASE_URL=emulator.base_url.replace("ws", "http"),
            GEMINI_MODEL="google/gemini-3.8-live-extended-thinking",
        ) as (http, _),
        open_page(http) as page,
    ):
        page.say(wire.Text(text="hello"))
        await page.told_of(wire.TurnEnd)
        setup = emulator.received[0]["setup"]
        assert setup["model"] == "models/gemini-3.8-live-extended-thinking"
        assert setup["generationConfig"]["thinkingConfig"] == {"thinkingLevel": "LOW"}
        assert setup["contextWindowCompression"] == {"triggerTokens": 32_000, "slidingWindow": {"targetTokens": 16_000}}


async def test_a_model_that_cannot_hold_a_conversation_is_refused_before_anybody_dials(tmp_path: Path):
    environ = {"GEMINI_API_KEY": "k", "GEMINI_MODEL": "gemini-3.5-transcribe-live"}
    async with running_emulator() as emulator:
        address = emulator.base_url.replace("ws", "http")
        async with running_gateway(tmp_path, GOOGLE_GEMINI_BASE_URL=address, **environ) as (http, _):
            refused = await http.post("/api/session/create")
            health = (await http.get("/health")).json()
        assert refused.status_code == 502
        assert health["status"] == "unavailable"
        assert health["upstream"]["fault"].startswith("GEMINI_MODEL: gemini-3.5-transcribe-live only writes down")
        assert emulator.seen == []


async def test_a_limit_acts_although_the_service_counts_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Meter, "_told", lambda *_: {})
    async with (
        running_emulator(reply_s=0.6) as emulator,
        running_gateway(tmp_path, emulator.base_url, S2S_SESSION_TOKENS="320") as (http, _),
        open_page(http) as page,
    ):
        # 300 of an empty session and its instruction, and something for the sound both ways.
        await page.speak(0.6, then_quiet=1.0)
        await page.told_of(wire.Notice, code="token_limit", ends_in_ms=0)
        assert (await http.get("/health")).json()["usage_today"]["tokens"] >= 320


async def test_the_page_is_told_which_turns_were_estimated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Meter, "_told", lambda *_: {})
    async with (
        running_emulator(reply_s=0.4) as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, _),
        open_page(http) as page,
    ):
        for turn in (1, 2):
            page.say(wire.Text(text="hello"))
            await page.told_of(wire.TurnEnd, turn=turn)
        told = await page.told_of(wire.Spent, estimated_turns=1)
        assert told.response_audio_tokens == 10
        assert told.prompt_text_tokens > 300
