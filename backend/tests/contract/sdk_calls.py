"""Clients of the official SDK, pointed at the emulator."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from google import genai
from google.genai import types

from gemini_emulator.testing import Emulator

DEVELOPER_MODEL = "gemini-3.8-live"
LIMIT_S = 60
CLOCK = {
    "name": "local_time",
    "description": "The current time in a city",
    "parameters": {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}, "required": ["city"]},
    "behavior": "BLOCKING",
}


CONFIG: dict[str, Any] = {
    "response_modalities": ["AUDIO"],
    "input_audio_transcription": {},
    "output_audio_transcription": {},
    "session_resumption": {},
    "speech_config": {"voice_config": {"prebuilt_voice_config": {"voice_name": "Puck"}}},
    "realtime_input_config": {"automatic_activity_detection": {"silence_duration_ms": 400, "prefix_padding_ms": 60}},
}


class Heard:
    """Everything that came in until a turn was complete."""

    def __init__(self) -> None:
        self.audio = b""
        self.user = ""
        self.model = ""
        self.interrupted = False
        self.handle = ""
        self.consumed = ""
        self.thoughts = ""
        self.usage: types.UsageMetadata | None = None

    def take(self, message: types.LiveServerMessage) -> None:
        self.audio += message.data or b""
        self.usage = message.usage_metadata or self.usage
        if message.session_resumption_update and message.session_resumption_update.new_handle:
            self.handle = message.session_resumption_update.new_handle
            self.consumed = str(message.session_resumption_update.last_consumed_client_message_index)
        if content := message.server_content:
            self.interrupted = self.interrupted or bool(content.interrupted)
            parts = (content.model_turn.parts if content.model_turn else None) or []
            self.thoughts += "".join(part.text or "" for part in parts if part.thought)
            if content.input_transcription:
                self.user += content.input_transcription.text or ""
            if content.output_transcription:
                self.model += content.output_transcription.text or ""


def point_there(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment variables that the emulator prints, and nothing else."""
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", emulator.tls_url)
    monkeypatch.setenv("GOOGLE_VERTEX_BASE_URL", emulator.tls_url)
    monkeypatch.setenv("SSL_CERT_FILE", str(emulator.certificate))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    for name in ("GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GENAI_USE_VERTEXAI"):
        monkeypatch.delenv(name, raising=False)


def developer(key: str = "right", **options: Any) -> genai.Client:
    return genai.Client(api_key=key, **options)


async def listen(session: Any) -> Heard:
    """One turn; answers function calls on the way."""
    heard = Heard()
    async with asyncio.timeout(LIMIT_S):
        async for message in session.receive():
            heard.take(message)
            if message.tool_call:
                responses = [
                    types.FunctionResponse(
                        id=call.id, name=call.name, response={"output": f"It is noon in {call.args}"}
                    )
                    for call in message.tool_call.function_calls
                ]
                heard.model += f"[{message.tool_call.function_calls[0].args}]"
                await session.send_tool_response(function_responses=responses)
    return heard
