"""Gemini Live JSON, both ways. Shapes as Google's reference and field reports give them."""

import base64
import itertools
import json

import pytest

from s2s.core.events import (
    GenerationComplete,
    GoAway,
    Interrupted,
    ModelAudio,
    ModelThinking,
    ModelTranscriptDelta,
    ResumptionHandle,
    SetupComplete,
    ToolCalled,
    ToolCancelled,
    TurnComplete,
    UnreadableMessage,
    UsageCounted,
    UserTranscriptDelta,
)
from s2s.upstream.codec import gemini_codec

PCM = bytes(range(256)) * 2
B64 = base64.b64encode(PCM).decode()


def read(message: object) -> list:
    ids = (f"call-{n}" for n in itertools.count(1))
    return gemini_codec.decode(message if isinstance(message, str | bytes) else json.dumps(message), ids)


def voice_part(data: str = B64, mime: str = "audio/pcm;rate=24000") -> dict:
    return {"inlineData": {"mimeType": mime, "data": data}}


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"setupComplete": {}}, [SetupComplete()]),
        ({"setupComplete": {"sessionId": "abc"}}, [SetupComplete("abc")]),
        ({"serverContent": {"interrupted": True}}, [Interrupted()]),
        ({"serverContent": {"interrupted": False}}, []),
        ({"serverContent": {"generationComplete": True}}, [GenerationComplete()]),
        ({"serverContent": {"turnComplete": True}}, [TurnComplete()]),
        (
            {"serverContent": {"turnComplete": True, "turnCompleteReason": "RESPONSE_REJECTED"}},
            [TurnComplete("RESPONSE_REJECTED")],
        ),
        ({"serverContent": {"outputTranscription": {"text": "Hello"}}}, [ModelTranscriptDelta("Hello")]),
        ({"serverContent": {"inputTranscription": {"text": " what's"}}}, [UserTranscriptDelta(" what's")]),
        (
            {"serverContent": {"interimInputTranscription": {"text": "watts"}}},
            [UserTranscriptDelta("watts", interim=True)],
        ),
        ({"toolCallCancellation": {"ids": ["a", "b"]}}, [ToolCancelled(("a", "b"))]),
        ({"goAway": {"timeLeft": "49.5s"}}, [GoAway(49.5)]),
        ({"goAway": {}}, [GoAway(0.0)]),
        ({"sessionResumptionUpdate": {"newHandle": "h", "resumable": True}}, [ResumptionHandle("h")]),
        ({"sessionResumptionUpdate": {}}, [ResumptionHandle(None)]),
        ({}, []),
        ({"serverContent": {"waitingForInput": True, "groundingMetadata": {"x": 1}}}, []),
        ({"voiceActivity": {"type": "ACTIVITY_START"}}, []),
    ],
)
def test_each_message_becomes_its_words(message: dict, words: list):
    assert read(message) == words


def test_one_message_may_carry_everything_and_the_order_is_the_order_of_effect():
    message = {
        "usageMetadata": {"promptTokenCount": 3, "responseTokenCount": 2, "totalTokenCount": 5},
        "serverContent": {
            "modelTurn": {
                "role": "model",
                "parts": [voice_part(), {"text": "thinking", "thought": True}, voice_part()],
            },
            "outputTranscription": {"text": "Hi"},
            "inputTranscription": {"text": "Hey"},
            "generationComplete": True,
            "turnComplete": True,
        },
    }
    assert read(message) == [
        UsageCounted(3, 2, 5),
        UserTranscriptDelta("Hey"),
        ModelTranscriptDelta("Hi"),
        ModelAudio(PCM),
        ModelThinking(),
        ModelAudio(PCM),
        GenerationComplete(),
        TurnComplete(),
    ]


def test_voice_beside_interrupted_belongs_to_what_was_interrupted():
    words = read({"serverContent": {"interrupted": True, "modelTurn": {"parts": [voice_part()]}}})
    assert words == [ModelAudio(PCM), Interrupted()]


def test_binary_frames_and_both_base64_alphabets_are_read():
    url_safe = base64.urlsafe_b64encode(PCM).decode().rstrip("=")
    message = json.dumps({"serverContent": {"modelTurn": {"parts": [voice_part(url_safe, "audio/pcm")]}}})
    assert read(message.encode()) == [ModelAudio(PCM)]


def test_calls_without_an_id_get_one_that_does_not_go_back():
    message = {"toolCall": {"functionCalls": [{"name": "f", "args": {"x": 1}}, {"id": "fc-9", "name": "g"}]}}
    assert read(message) == [
        ToolCalled("call-1", "f", {"x": 1}, echo_id=False),
        ToolCalled("fc-9", "g", {}, echo_id=True),
    ]


def test_vertex_counts_candidates_where_the_developer_api_counts_responses():
    usage = {"promptTokenCount": "7", "candidatesTokenCount": 4, "totalTokenCount": 11, "trafficType": "ON_DEMAND"}
    assert read({"usageMetadata": usage}) == [UsageCounted(7, 4, 11)]


@pytest.mark.parametrize(
    "frame", ["", "nonsense", "[]", '{"serverContent": 5}', b"\xff\xff", '{"goAway": {"timeLeft": 1']
)
def test_what_cannot_be_read_is_an_oddity_and_never_an_exception(frame: str | bytes):
    [word] = read(frame)
    assert isinstance(word, UnreadableMessage)


@pytest.mark.parametrize(
    "part", [voice_part("###"), voice_part(mime="audio/opus"), voice_part(mime="audio/pcm;rate=24k")]
)
def test_voice_that_cannot_be_played_is_an_oddity(part: dict):
    [word] = read({"serverContent": {"modelTurn": {"parts": [part]}}})
    assert isinstance(word, UnreadableMessage)


def test_what_goes_up_is_what_the_reference_asks_for():
    assert json.loads(gemini_codec.audio(b"\x01\x02\xff\xfe")) == {
        "realtimeInput": {"audio": {"mimeType": "audio/pcm;rate=16000", "data": "AQL//g=="}}
    }
    assert json.loads(gemini_codec.stop_generation()) == {"clientContent": {"turnComplete": False}}
    assert json.loads(gemini_codec.text_as_realtime_input("hé")) == {"realtimeInput": {"text": "hé"}}
    assert json.loads(gemini_codec.text_as_content("hi")) == {
        "clientContent": {"turns": [{"role": "user", "parts": [{"text": "hi"}]}], "turnComplete": True}
    }
    assert json.loads(gemini_codec.activity(True)) == {"realtimeInput": {"activityStart": {}}}
    assert json.loads(gemini_codec.activity(False)) == {"realtimeInput": {"activityEnd": {}}}
    assert json.loads(gemini_codec.audio_stream_end()) == {"realtimeInput": {"audioStreamEnd": True}}
    assert json.loads(gemini_codec.tool_response("fc-1", "f", {"output": 1}, "WHEN_IDLE")) == {
        "toolResponse": {
            "functionResponses": [{"id": "fc-1", "name": "f", "response": {"output": 1}, "scheduling": "WHEN_IDLE"}]
        }
    }
    assert json.loads(gemini_codec.tool_response(None, "f", {}, None)) == {
        "toolResponse": {"functionResponses": [{"name": "f", "response": {}}]}
    }
