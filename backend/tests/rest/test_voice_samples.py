"""Voice samples: spoken by whatever answers, made once, counted, and refused in words."""

import asyncio
import io
import wave
from pathlib import Path

from gemini_emulator.testing import running_emulator
from s2s.limits.budget import FILE
from tests.page import running_gateway


async def test_a_voice_is_heard_made_once_and_counted_for_the_day(tmp_path: Path):
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, gateway):
        first = await http.get("/api/voices/Kore/sample")
        assert first.headers["content-type"] == "audio/wav"
        with wave.open(io.BytesIO(first.content)) as file:
            assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24_000, 1, 2)
            assert file.getnframes() > 2_400
        again = await http.get("/api/voices/Puck/sample")
        assert again.content == first.content, "the local engine has one voice"
        assert (await http.get("/api/options")).json()["one_voice"] is True
        assert len(emulator.seen) == 1
        speech = emulator.seen[0].received[0]["setup"]["generationConfig"]["speechConfig"]
        assert speech["voiceConfig"]["prebuiltVoiceConfig"]["voiceName"] == "Kore"
        await emulator.wait_for(lambda: not emulator.seen[0].open)
        assert gateway.sessions.budget.used_today().tokens > 0
        assert (await http.get("/api/voices/Nobody/sample")).status_code == 422


async def test_each_voice_of_the_service_is_sampled_by_itself_and_too_many_are_refused(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, S2S_UPSTREAM="developer", GEMINI_API_KEY="k", S2S_EMULATOR_URL="") as (http, gateway),
    ):
        gateway.voices.one_voice = False
        gateway.upstream._locate = lambda: asyncio.sleep(0, emulator.base_url)
        names = ("Kore", "Puck", "Zephyr", "Charon", "Leda", "Orus", "Aoede")
        answers = await asyncio.gather(*(http.get(f"/api/voices/{name}/sample") for name in names))
    # Which of them came first is the machine's affair.
    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [429] * 3
    assert len(emulator.seen) == 4


async def test_a_service_that_does_not_answer_is_told_in_words(tmp_path: Path):
    async with running_gateway(tmp_path, "ws://127.0.0.1:9") as (http, _):
        answer = await http.get("/api/voices/Kore/sample")
    assert answer.status_code == 503
    assert answer.json()["code"] == "upstream_unavailable"


async def test_samples_are_reserved_for_and_refused_like_calls(tmp_path: Path):
    paid = {"S2S_UPSTREAM": "developer", "GEMINI_API_KEY": "k", "S2S_EMULATOR_URL": ""}
    (broken := tmp_path / "broken").mkdir()
    (broken / FILE).mkdir()
    async with running_emulator() as emulator:
        url = {"GOOGLE_GEMINI_BASE_URL": emulator.base_url}
        async with running_gateway(tmp_path, **paid, **url, S2S_DAY_TOKENS="10") as (http, gateway):
            first = await http.get("/api/voices/Kore/sample")
            await emulator.wait_for(lambda: not emulator.seen[0].open)
            spent = await http.get("/api/voices/Puck/sample")
            rows = await gateway.sessions.budget.rows()
        async with running_gateway(broken, **paid, **url) as (http, _):
            unwritten = await http.get("/api/voices/Kore/sample")
    assert first.status_code == 200
    assert (spent.status_code, spent.json()["code"]) == (503, "day_limit")
    assert {(row.kind, row.name) for row in rows} == {("day", ""), ("service", "voice samples")}
    assert (unwritten.status_code, unwritten.json()["code"]) == (503, "budget_unavailable")
    assert len(emulator.seen) == 1
