"""The official google-genai SDK, unmodified, talks to the emulator over TLS: only its own settings point it there."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from google.genai import types

from gemini_emulator.responder.conversation_state import Call
from gemini_emulator.speech.recognizer import Recognizer, load_recognizer
from gemini_emulator.testing import Emulator, running_emulator
from tests.contract.sdk_calls import (
    CLOCK,
    CONFIG,
    DEVELOPER_MODEL,
    LIMIT_S,
    Heard,
    developer,
    listen,
    point_there,
)

FRAME_BYTES = 640


SILENCE = bytes(32_000)


CLIP = Path(__file__).resolve().parents[1] / "clips" / "go-forward-ten-meters.wav"


CLOCKS = {"function_declarations": [{**CLOCK, "behavior": "NON_BLOCKING"}]}


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return load_recognizer()


@pytest.fixture
async def spoken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Emulator]:
    async with running_emulator(engine="speech", tls_folder=tmp_path, speed=20.0, playout_share=0.0) as emulator:
        point_there(emulator, monkeypatch)
        yield emulator


def wav(path: Path) -> bytes:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels()) == (16_000, 1)
        return file.readframes(file.getnframes())


def flite(words: str, folder: Path) -> bytes:
    """Another synthesizer than the engine's own."""
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


def words_in(audio: bytes, recognizer: Recognizer) -> str:
    """What the voice really said, recognized again (24 kHz to 16 kHz first)."""
    samples = np.frombuffer(audio, "<i2").astype(float)
    places = np.arange(len(samples) * 2 // 3) * 1.5
    return recognizer(np.interp(places, np.arange(len(samples)), samples).astype("<i2").tobytes()).lower()


async def test_a_person_is_heard_and_the_answer_can_be_understood(spoken: Emulator, recognizer: Recognizer):
    async with developer().aio.live.connect(model=DEVELOPER_MODEL, config=CONFIG) as session:
        await speak(session, SILENCE[:6_400] + wav(CLIP) + SILENCE)
        heard = await listen(session)
    assert heard.user.strip() == "Go forward ten meters."
    said = words_in(heard.audio, recognizer)
    assert "can't do that" in said
    assert "capitals" in said


async def test_a_recording_that_is_sent_as_a_part_of_a_turn_is_heard(spoken: Emulator):
    part = types.Part(inline_data=types.Blob(data=CLIP.read_bytes(), mime_type="audio/wav"))
    async with developer().aio.live.connect(model=DEVELOPER_MODEL, config=CONFIG) as session:
        await session.send_client_content(turns=types.Content(role="user", parts=[part]), turn_complete=True)
        heard = await listen(session)
        asked = types.Content(role="user", parts=[types.Part(text="What did I say?")])
        await session.send_client_content(turns=asked, turn_complete=True)
        told = await listen(session)
    assert "You said: Go forward ten meters." in told.model
    assert heard.audio


async def test_the_transcribing_model_writes_down_what_people_say(spoken: Emulator):
    config = {"response_modalities": ["TEXT"], "input_audio_transcription": {}}
    written: list[str | None] = []

    async def utterance(session: Any) -> None:
        async with asyncio.timeout(LIMIT_S):
            async for message in session.receive():
                content = message.server_content or types.LiveServerContent()
                written.extend([content.input_transcription.text] if content.input_transcription else [])
                if content.generation_complete:
                    return

    async with developer().aio.live.connect(model="gemini-3.5-transcribe-live", config=config) as session:
        await speak(session, SILENCE[:6_400] + wav(CLIP) + SILENCE + SILENCE)
        await utterance(session)
        await speak(session, wav(CLIP))
        await session.send_realtime_input(audio_stream_end=True)
        await utterance(session)
    assert written == ["Go forward ten meters."] * 2
    kinds = {kind for sent in spoken.seen[0].sent for kind in sent.get("serverContent", {})}
    assert kinds - {"interimInputTranscription"} == {"inputTranscription", "generationComplete"}


async def test_a_function_is_called_and_its_result_spoken(spoken: Emulator, recognizer: Recognizer, tmp_path: Path):
    config = {**CONFIG, "tools": [{"function_declarations": [CLOCK]}]}
    async with developer().aio.live.connect(model=DEVELOPER_MODEL, config=config) as session:
        await speak(session, flite("What time is it in Tokyo?", tmp_path) + SILENCE)
        heard = await listen(session)
    assert "{'city': 'Tokyo'}" in heard.model
    assert "noon" in words_in(heard.audio, recognizer)


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


async def test_the_sdk_waits_for_the_end_of_an_exchange_with_extended_thinking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """It goes on reading after a turn that is IN_PROGRESS and stops at IDLE."""
    async with running_emulator(
        tls_folder=tmp_path, calls=(Call("local_time", {"city": "Tokyo"}),), playout_share=0.0, speed=50.0
    ) as emulator:
        point_there(emulator, monkeypatch)
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
