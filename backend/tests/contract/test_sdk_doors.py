"""The official SDK at every door of the emulator: keys, bearers, tokens, versions, and what it sends."""

from __future__ import annotations

import ssl
from pathlib import Path

import google.auth.credentials
import pytest
from google import genai
from google.genai import errors, types
from websockets.exceptions import InvalidStatus

from gemini_emulator.testing import Emulator, running_emulator
from tests.contract.sdk_calls import (
    CLOCK,
    CONFIG,
    DEVELOPER_MODEL,
    developer,
    listen,
    point_there,
)

VERTEX_MODEL = "gemini-live-2.5-flash-native-audio"


class Token(google.auth.credentials.Credentials):
    """A credential that already holds its token."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self.token = token

    def refresh(self, request: object) -> None:
        raise AssertionError("a valid token must not be refreshed")


def vertex(token: str = "ya29.right") -> genai.Client:
    return genai.Client(vertexai=True, project="p", location="us-central1", credentials=Token(token))


async def test_a_wrong_key_is_told_as_the_service_tells_it(tone: Emulator):
    with pytest.raises(errors.APIError, match="API key not valid") as told:
        async with developer("wrong").aio.live.connect(model=DEVELOPER_MODEL, config=CONFIG):
            pass
    assert told.value.code == 1007


async def test_the_older_api_version_and_a_trusted_context_work_too(tone: Emulator):
    context = ssl.create_default_context(cafile=str(tone.certificate))
    options = types.HttpOptions(
        base_url=tone.tls_url + "/prefix", api_version="v1beta", async_client_args={"ssl": context}
    )
    async with developer(http_options=options).aio.live.connect(model=DEVELOPER_MODEL, config=CONFIG) as session:
        await session.send_realtime_input(text="hello")
        assert (await listen(session)).audio
    assert tone.seen[-1].path.endswith("v1beta.GenerativeService.BidiGenerateContent")
    assert tone.seen[-1].headers["x-goog-api-key"] == "right"


async def test_vertex_takes_the_bearer_and_counts_its_own_way(tone: Emulator):
    async with vertex().aio.live.connect(model=VERTEX_MODEL, config=CONFIG) as session:
        assert session.session_id
        await session.send_realtime_input(text="hello")
        heard = await listen(session)
    assert heard.audio
    assert heard.usage is not None
    assert heard.usage.response_token_count == 10
    assert tone.seen[-1].headers["authorization"] == "Bearer ya29.right"
    assert tone.seen[-1].received[0]["setup"]["model"].endswith(f"publishers/google/models/{VERTEX_MODEL}")


async def test_vertex_refuses_another_bearer_at_the_handshake(tone: Emulator):
    with pytest.raises(InvalidStatus) as told:
        async with vertex("ya29.stolen").aio.live.connect(model=VERTEX_MODEL, config=CONFIG):
            pass
    assert told.value.response.status_code == 401
    assert tone.seen == []


async def test_an_ephemeral_token_opens_the_constrained_door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    async with running_emulator(tls_folder=tmp_path) as emulator:
        point_there(emulator, monkeypatch)
        client = developer("auth_tokens/abc", http_options=types.HttpOptions(api_version="v1alpha"))
        async with client.aio.live.connect(model=DEVELOPER_MODEL, config=CONFIG):
            await emulator.wait_for(lambda: emulator.open_sessions == 1)
        assert "BidiGenerateContentConstrained" in emulator.seen[0].path
        assert emulator.seen[0].headers["authorization"] == "Token auth_tokens/abc"


async def test_transparent_resumption_tells_the_sdk_what_was_consumed(tone: Emulator):
    config = {**CONFIG, "session_resumption": {"transparent": True}, "explicit_vad_signal": True}
    async with vertex().aio.live.connect(model=VERTEX_MODEL, config=config) as session:
        for _ in range(2):
            await session.send_realtime_input(text="hello")
            heard = await listen(session)
        await session.send_realtime_input(text="hello")
        heard = await listen(session)
    assert heard.consumed == "2"
    with pytest.raises(ValueError, match="transparent"):
        async with developer().aio.live.connect(model=DEVELOPER_MODEL, config=config):
            pass


async def test_everything_the_sdk_can_say_is_understood(tone: Emulator):
    config = types.LiveConnectConfig(
        response_modalities=[types.Modality.AUDIO],
        temperature=0.7,
        top_p=0.9,
        top_k=40,
        max_output_tokens=2048,
        seed=7,
        media_resolution=types.MediaResolution.MEDIA_RESOLUTION_LOW,
        system_instruction="You are terse.",
        tools=[types.Tool(google_search=types.GoogleSearch()), {"function_declarations": [CLOCK]}],
        context_window_compression=types.ContextWindowCompressionConfig(
            trigger_tokens=25_600, sliding_window=types.SlidingWindow(target_tokens=12_800)
        ),
        session_resumption=types.SessionResumptionConfig(),
        proactivity=types.ProactivityConfig(proactive_audio=True),
        realtime_input_config=types.RealtimeInputConfig(
            activity_handling=types.ActivityHandling.START_OF_ACTIVITY_INTERRUPTS,
            turn_coverage=types.TurnCoverage.TURN_INCLUDES_ONLY_ACTIVITY,
        ),
    )
    # Only v1alpha knows `proactivity`, for the models that can be asked for it.
    client = genai.Client(api_key="right", http_options=types.HttpOptions(api_version="v1alpha"))
    async with client.aio.live.connect(model="gemini-2.5-flash-native-audio-latest", config=config) as session:
        await session.send_realtime_input(video=types.Blob(data=b"\xff\xd8", mime_type="image/jpeg"))
        await session.send_realtime_input(media=types.Blob(data=b"\x01\x02", mime_type="audio/pcm;rate=16000"))
        await session.send_realtime_input(audio_stream_end=True)
        history = [
            types.Content(role="user", parts=[types.Part(text="a")]),
            types.Content(role="model", parts=[types.Part(text="b")]),
        ]
        await session.send_client_content(turns=history, turn_complete=False)
        await session.send_realtime_input(text="hello")
        assert (await listen(session)).audio
