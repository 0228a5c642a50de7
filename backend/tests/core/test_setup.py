"""The setup message, by backend and model: a field that is not allowed closes the socket."""

import json

import pytest

from s2s.capabilities import capabilities, wrong_backend
from s2s.setup import SessionConfig, setup_message
from s2s.tools.schema_normalizer import normalize_parameters

TOOL = {
    "name": "get_weather",
    "description": "Weather of a city",
    "parameters": {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "A city"},
            "days": {"type": ["integer", "null"], "minimum": 1, "multipleOf": 1},
            "parts": {"type": "array", "items": {"type": "string", "enum": ["am", "pm"]}},
        },
        "required": ["city"],
        "additionalProperties": False,
    },
}


def setup(backend: str, model: str, handle: str | None = None, **config: object) -> dict:
    text = setup_message("models/m", SessionConfig(**config), capabilities(backend, model), handle)
    return json.loads(text)["setup"]


def test_everything_a_session_needs_is_said_and_nothing_is_left_to_defaults():
    body = setup("developer", "gemini-3.8-live", tools=(TOOL,), voice="Kore", language="en-US")
    assert body["model"] == "models/m"
    assert body["generationConfig"] == {
        "responseModalities": ["AUDIO"],
        "speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}, "languageCode": "en-US"},
    }
    assert set(body["realtimeInputConfig"]["automaticActivityDetection"]) == {
        "disabled",
        "startOfSpeechSensitivity",
        "endOfSpeechSensitivity",
        "prefixPaddingMs",
        "silenceDurationMs",
    }
    assert body["sessionResumption"] == {}
    assert body["contextWindowCompression"] == {"slidingWindow": {}}
    assert body["inputAudioTranscription"] == body["outputAudioTranscription"] == {}
    [declared] = body["tools"][0]["functionDeclarations"]
    assert declared["behavior"] == "BLOCKING"
    assert declared["parametersJsonSchema"] == TOOL["parameters"]


def test_how_easily_the_person_is_noticed_is_said_to_the_model():
    def detection(**chosen: object) -> dict:
        body = setup("vertex", "gemini-live-2.5-flash-native-audio", **chosen)
        return dict(body["realtimeInputConfig"]["automaticActivityDetection"])

    def eagerness(name: str) -> tuple[str, str, int]:
        found = detection(sensitivity=name)
        return found["startOfSpeechSensitivity"], found["endOfSpeechSensitivity"], found["prefixPaddingMs"]

    assert eagerness("low") == ("START_SENSITIVITY_LOW", "END_SENSITIVITY_HIGH", 200)
    assert eagerness("normal") == ("START_SENSITIVITY_HIGH", "END_SENSITIVITY_HIGH", 100)
    assert eagerness("high") == ("START_SENSITIVITY_HIGH", "END_SENSITIVITY_LOW", 40)
    assert detection() == detection(sensitivity="normal")
    # Who set the silence by S2S_SILENCE_DURATION_MS keeps it, whatever the person chooses.
    assert detection(sensitivity="high", silence_duration_ms=700)["silenceDurationMs"] == 700
    # Nobody listens for a start that the person marks.
    assert detection(sensitivity="high", manual_activity=True) == {"disabled": True}


def test_the_local_engine_judges_the_end_of_a_turn_by_the_words_unless_the_person_says_otherwise():
    def silence_ms(**chosen: int) -> int | None:
        body = setup("emulator", "gemini-3.8-live", **chosen)
        value: int | None = body["realtimeInputConfig"]["automaticActivityDetection"].get("silenceDurationMs")
        return value

    assert silence_ms() is None
    assert silence_ms(silence_duration_ms=700) == 700


def test_vertex_gets_no_behavior_and_openapi_parameters():
    body = setup("vertex", "gemini-live-2.5-flash-native-audio", tools=(TOOL,))
    [declared] = body["tools"][0]["functionDeclarations"]
    assert set(declared) == {"name", "description", "parameters"}
    assert declared["parameters"] == {
        "type": "OBJECT",
        "properties": {
            "city": {"type": "STRING", "description": "A city"},
            "days": {"type": "INTEGER", "nullable": True, "minimum": 1},
            "parts": {"type": "ARRAY", "items": {"type": "STRING", "enum": ["am", "pm"]}},
        },
        "required": ["city"],
    }


def test_a_property_named_like_a_keyword_survives():
    named = {"type": "object", "properties": {"const": {"type": "string"}}}
    assert normalize_parameters(named).openapi["properties"] == {"const": {"type": "STRING"}}


def test_a_function_without_parameters_declares_none():
    body = setup("vertex", "m", tools=({"name": "f", "parameters": {"type": "object", "properties": {}}},))
    assert body["tools"][0]["functionDeclarations"] == [{"name": "f", "description": ""}]


def test_transcription_and_tools_can_be_left_out():
    body = setup("developer", "gemini-3.8-live", input_transcription=False, output_transcription=False)
    assert not {"inputAudioTranscription", "outputAudioTranscription", "tools"} & set(body)


def test_a_handle_resumes_and_push_to_talk_turns_detection_off():
    body = setup("developer", "gemini-3.8-live", handle="h-1", manual_activity=True)
    assert body["sessionResumption"] == {"handle": "h-1"}
    assert body["realtimeInputConfig"]["automaticActivityDetection"] == {"disabled": True}


def test_models_without_content_in_mid_session_have_no_stop_verb():
    assert not capabilities("developer", "gemini-3.1-flash-live-preview").content_mid_session
    assert capabilities("developer", "gemini-3.8-live").content_mid_session
    assert not capabilities("vertex", "gemini-live-2.5-flash-native-audio").realtime_text


@pytest.mark.parametrize(
    ("backend", "model", "wrong"),
    [
        ("developer", "gemini-live-2.5-flash-native-audio", True),
        ("developer", "gemini-3.8-live", False),
        ("vertex", "gemini-live-2.5-flash-native-audio", False),
        ("vertex", "gemini-2.5-flash-native-audio-preview-12-2025", True),
        ("emulator", "anything", False),
    ],
)
def test_a_model_of_the_other_backend_is_known(backend: str, model: str, wrong: bool):
    assert (wrong_backend(backend, model) is not None) is wrong


def test_a_function_that_runs_beside_the_conversation_is_declared_so_where_that_may_be_said():
    tool = {"name": "f", "description": "", "behavior": "NON_BLOCKING", "scheduling": "SILENT"}

    def declared(backend: str, model: str) -> dict:
        text = setup_message("models/x", SessionConfig(tools=[tool]), capabilities(backend, model), None)
        return json.loads(text)["setup"]["tools"][0]["functionDeclarations"][0]

    assert declared("developer", "gemini-3.8-live") == {"name": "f", "description": "", "behavior": "NON_BLOCKING"}
    assert "behavior" not in declared("vertex", "gemini-live-2.5-flash-native-audio")
    assert "behavior" not in declared("developer", "gemini-3.1-flash-live-preview")


def test_only_vertex_is_asked_to_count_our_messages():
    def resumption(backend: str, model: str, handle: str | None) -> dict:
        text = setup_message("models/x", SessionConfig(), capabilities(backend, model), handle)
        return json.loads(text)["setup"]["sessionResumption"]

    assert resumption("vertex", "gemini-live-2.5-flash-native-audio", "h") == {"handle": "h", "transparent": True}
    assert resumption("vertex", "gemini-3.8-live", None) == {"transparent": True}
    assert resumption("developer", "gemini-3.8-live", None) == {}
