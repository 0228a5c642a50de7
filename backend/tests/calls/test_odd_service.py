"""A service that does not speak as documented, through the whole gateway: what is heard, what the operator is told."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

from s2s import wire
from tests.page import open_page, running_gateway

SECOND = b"\x00\x10" * 24_000


def voice(mime_type: Any, pcm: bytes = SECOND) -> dict[str, Any]:
    return {"inlineData": {"mimeType": mime_type, "data": base64.b64encode(pcm).decode()}}


@asynccontextmanager
async def service(*answer: dict[str, Any]) -> AsyncIterator[dict[str, str]]:
    """Accepts any setup and answers the first words with these frames; the settings that lead there."""

    async def speak(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send(json.dumps({"setupComplete": {}}).encode())
        async for frame in socket:
            if "text" in json.loads(frame).get("realtimeInput", {}):
                for message in answer:
                    await socket.send(json.dumps(message, indent=1).encode())

    async with serve(speak, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield {
            "S2S_UPSTREAM": "developer",
            "GEMINI_API_KEY": "AQ.made-up-key-for-a-test",
            "GOOGLE_GEMINI_BASE_URL": f"ws://127.0.0.1:{port}",
        }


async def test_a_call_survives_odd_values_and_the_operator_can_read_of_them(tmp_path: Path):
    odd = {
        "serverContent": {
            "modelTurn": {"parts": [voice("audio/pcm;rate=24000"), None]},
            "outputTranscription": {"text": "Fine."},
            "interactionStatus": 2,
        },
        "goAway": None,
        "usageMetadata": {"promptTokenCount": 7, "totalTokenCount": None},
    }
    over = {"serverContent": {"generationComplete": "true", "turnComplete": True, "turnCompleteReason": 4}}
    async with (
        service(odd, over) as settings,
        running_gateway(tmp_path, **settings) as (http, _gateway),
        open_page(http) as page,
    ):
        await page.told_of(wire.Upstream, status="live")
        page.say(wire.Text(text="hello"))
        end = await page.told_of(wire.TurnEnd)
        assert end.voice_ms == 1_000
        assert page.of(wire.ModelTranscript)[0].text == "Fine."
        assert page.of(wire.Usage)[0].prompt_tokens == 7
        oddities = (await http.get("/health")).json()["upstream"]["oddities"]
        assert oddities["serverContent.turnCompleteReason: a number"] == 1
        assert oddities["serverContent.modelTurn.parts[]: null"] == 1
        errors = [line for line in (await http.get("/errors")).json()["errors"] if line["code"] == "upstream_oddity"]
        assert any("usageMetadata.totalTokenCount: null" in line["message"] for line in errors)
    assert "upstream_oddity" in (tmp_path / "error_log.txt").read_text()


async def test_a_voice_at_another_rate_is_heard_at_its_own_speed(tmp_path: Path):
    half = SECOND[: len(SECOND) // 3]
    said = {"serverContent": {"modelTurn": {"parts": [voice("audio/pcm;rate=16000", half)] * 2}}}
    over = {"serverContent": {"generationComplete": True, "turnComplete": True}}
    async with (
        service(said, over) as settings,
        running_gateway(tmp_path, **settings) as (http, _gateway),
        open_page(http) as page,
    ):
        await page.told_of(wire.Upstream, status="live")
        page.say(wire.Text(text="hello"))
        end = await page.told_of(wire.TurnEnd)
        assert abs(end.voice_ms - 1_000) <= 2
        assert [notice for notice in page.of(wire.Notice) if notice.level == "error"] == []


async def test_a_voice_that_cannot_be_played_is_told_instead_of_silence(tmp_path: Path):
    said = {
        "serverContent": {
            "modelTurn": {"parts": [voice("audio/opus")] * 5},
            "outputTranscription": {"text": "You can read me."},
        }
    }
    over = {"serverContent": {"generationComplete": True, "turnComplete": True}}
    async with (
        service(said, over) as settings,
        running_gateway(tmp_path, **settings) as (http, _gateway),
        open_page(http) as page,
    ):
        await page.told_of(wire.Upstream, status="live")
        page.say(wire.Text(text="hello"))
        await page.told_of(wire.TurnEnd)
        assert page.of(wire.ModelTranscript)[0].text == "You can read me."
        assert [notice.code for notice in page.of(wire.Notice)].count("voice_unplayable") == 1
        assert (await http.get("/health")).json()["upstream"]["oddities"]["voice of another type"] == 5
