"""The official google-genai SDK, unmodified, talks to the emulator over TLS: only its own settings point it there."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import google.auth.credentials
import numpy as np
import pytest
from google import genai
from google.genai import errors, types
from websockets.exceptions import InvalidStatus

from gemini_emulator.engine.ear import Recogniser, load_recogniser
from gemini_emulator.mind.memory import Call
from gemini_emulator.testing import Emulator, running_emulator

DEVELOPER_MODEL = "gemini-3.8-live"
VERTEX_MODEL = "gemini-live-2.5-flash-native-audio"
FRAME_BYTES = 640
SILENCE = bytes(32_000)
LIMIT_S = 60
CLIP = Path(__file__).resolve().parents[1] / "clips" / "go-forward-ten-meters.wav"

CLOCK = {
    "name": "local_time",
    "description": "The current time in a city",
    "parameters": {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}, "required": ["city"]},
    "behavior": "BLOCKING",
}
CLOCKS = {"function_declarations": [{**CLOCK, "behavior": "NON_BLOCKING"}]}
CONFIG: dict[str, Any] = {
    "response_modalities": ["AUDIO"],
    "input_audio_transcription": {},
    "output_audio_transcription": {},
    "session_resumption": {},
    "speech_config": {"voice_config": {"prebuilt_voice_config": {"voice_name": "Puck"}}},
    "realtime_input_config": {"automatic_activity_detection": {"silence_duration_ms": 400, "prefix_padding_ms": 60}},
}


class Token(google.auth.credentials.Credentials):
    """A credential that already holds its token."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self.token = token

    def refresh(self, request: object) -> None:
        raise AssertionError("a valid token must not be refreshed")


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


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return load_recogniser()


@pytest.fixture
async def spoken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Emulator]:
    async with running_emulator(engine="speech", tls_folder=tmp_path, speed=20.0, playout_share=0.0) as emulator:
        _point_there(emulator, monkeypatch)
        yield emulator


@pytest.fixture
async def tone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Emulator]:
    knobs: dict[str, Any] = {
        "require_key": "right",
        "require_bearer": "ya29.right",
        "reply_s": 0.4,
        "playout_share": 0.0,
    }
    async with running_emulator(engine="tone", tls_folder=tmp_path, **knobs) as emulator:
        _point_there(emulator, monkeypatch)
        yield emulator


def _point_there(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment variables that the emulator prints, and nothing else."""
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", emulator.tls_url)
    monkeypatch.setenv("GOOGLE_VERTEX_BASE_URL", emulator.tls_url)
    monkeypatch.setenv("SSL_CERT_FILE", str(emulator.certificate))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    for name in ("GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GENAI_USE_VERTEXAI"):
        monkeypatch.delenv(name, raising=False)


def developer(key: str = "right", **options: Any) -> genai.Client:
    return genai.Client(api_key=key, **options)


def vertex(token: str = "ya29.right") -> genai.Client:
    return genai.Client(vertexai=True, project="p", location="us-central1", credentials=Token(token))


def wav(path: Path) -> bytes:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels()) == (16_000, 1)
        return file.readframes(file.getnframes())


def flite(words: str, folder: Path) -> bytes:
    """Another synthesiser than the engine's own."""
    if shutil.which("flite") is None:
        raise AssertionError("this test speaks with flite; install it (Debian: apt-get install flite)")
    path = folder / "question.wav"
    subprocess.run(["flite", "-voice", "slt", "-t", words, "-o", str(path)], check=True)
    return wav(path)


async def speak(session: Any, pcm: bytes) -> None:
    """Frames of 20 ms, as fast as they go: the emulator's turns are made of audio time."""
    for at in range(0, len(pcm), FRAME_BYTES):
        blob = types.Blob(data=pcm[at : at + FRAME_BYTES], mime_type="audio/pcm;rate=16000")
        await session.send_realtime_input(audio=blob)


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


def words_in(audio: bytes, recogniser: Recogniser) -> str:
    """What the voice really said, recognised again (24 kHz to 16 kHz first)."""
    samples = np.frombuffer(audio, "<i2").astype(float)
    places = np.arange(len(samples) * 2 // 3) * 1.5
    return recogniser(np.interp(places, np.arange(len(samples)), samples).astype("<i2").tobytes()).lower()


async def test_a_person_is_heard_and_the_answer_can_be_understood(spoken: Emulator, recogniser: Recogniser):
    async with developer().aio.live.connect(model=DEVELOPER_MODEL, config=CONFIG) as session:
        await speak(session, SILENCE[:6_400] + wav(CLIP) + SILENCE)
        heard = await listen(session)
    assert heard.user.strip() == "Go forward ten meters."
    assert "I heard: Go forward ten meters." in heard.model
    said = words_in(heard.audio, recogniser)
    assert "offline engine" in said
    assert "forward" in said


async def test_a_function_is_called_and_its_result_spoken(spoken: Emulator, recogniser: Recogniser, tmp_path: Path):
    config = {**CONFIG, "tools": [{"function_declarations": [CLOCK]}]}
    async with developer().aio.live.connect(model=DEVELOPER_MODEL, config=config) as session:
        await speak(session, flite("What time is it in Tokyo?", tmp_path) + SILENCE)
        heard = await listen(session)
    assert "{'city': 'Tokyo'}" in heard.model
    assert "noon" in words_in(heard.audio, recogniser)


async def test_talking_over_the_answer_interrupts_it(spoken: Emulator, tmp_path: Path):
    async with developer().aio.live.connect(model=DEVELOPER_MODEL, config=CONFIG) as session:
        await session.send_realtime_input(text="Tell me a story")
        interrupted = Heard()
        async with asyncio.timeout(LIMIT_S):
            async for message in session.receive():
                first = message.data and not interrupted.audio
                interrupted.take(message)
                if first:
                    await speak(session, flite("What can you do?", tmp_path) + SILENCE)
        answer = await listen(session)
    assert interrupted.interrupted
    assert "can you do" in answer.user
    assert "I can chat" in answer.model


async def test_every_frame_of_a_typed_turn_is_as_the_sdk_expects_it(tone: Emulator):
    async with developer().aio.live.connect(model=DEVELOPER_MODEL, config=CONFIG) as session:
        content = types.Content(role="user", parts=[types.Part(text="hello")])
        await session.send_client_content(turns=content, turn_complete=True)
        heard = await listen(session)
        handles = [heard.handle]
        await session.send_client_content(turns=content, turn_complete=True)
        handles.append((await listen(session)).handle)
    assert len(heard.audio) == int(0.4 * 48_000)
    assert heard.model.strip() == "This is a tone"
    assert heard.usage is not None
    assert heard.usage.response_token_count == 10
    assert handles[1]


async def test_a_session_goes_on_with_its_handle(spoken: Emulator):
    client = developer()
    async with client.aio.live.connect(model=DEVELOPER_MODEL, config=CONFIG) as session:
        await session.send_realtime_input(text="My name is Robert.")
        await listen(session)
        await session.send_realtime_input(text="Hello")
        handle = (await listen(session)).handle
    await spoken.wait_for(lambda: spoken.open_sessions == 0)
    config = {**CONFIG, "session_resumption": {"handle": handle}}
    async with client.aio.live.connect(model=DEVELOPER_MODEL, config=config) as session:
        await session.send_realtime_input(text="What is my name?")
        assert (await listen(session)).model.strip() == "Your name is Robert."


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
        _point_there(emulator, monkeypatch)
        client = developer("auth_tokens/abc", http_options=types.HttpOptions(api_version="v1alpha"))
        async with client.aio.live.connect(model=DEVELOPER_MODEL, config=CONFIG):
            await emulator.wait_for(lambda: emulator.open_sessions == 1)
        assert "BidiGenerateContentConstrained" in emulator.seen[0].path
        assert emulator.seen[0].headers["authorization"] == "Token auth_tokens/abc"


async def test_the_sdk_waits_for_the_end_of_an_exchange_with_extended_thinking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """It goes on reading after a turn that is IN_PROGRESS and stops at IDLE."""
    async with running_emulator(
        tls_folder=tmp_path, calls=(Call("local_time", {"city": "Tokyo"}),), playout_share=0.0, speed=50.0
    ) as emulator:
        _point_there(emulator, monkeypatch)
        config = {**CONFIG, "thinking_config": {"thinking_level": "LOW", "include_thoughts": True}, "tools": [CLOCKS]}
        connection = developer().aio.live.connect(model="gemini-3.8-live-extended-thinking", config=config)
        async with connection as session:
            await session.send_realtime_input(text="What time is it in Tokyo?")
            heard = await listen(session)
    assert "{'city': 'Tokyo'}" in heard.model
    assert heard.model.endswith("This is a tone")
    assert "I call local_time" in heard.thoughts
    sent = [message["serverContent"] for message in emulator.seen[0].sent if "serverContent" in message]
    assert [content["interactionStatus"] for content in sent if "turnComplete" in content] == ["IN_PROGRESS", "IDLE"]


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
    async with developer().aio.live.connect(model=DEVELOPER_MODEL, config=config) as session:
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
