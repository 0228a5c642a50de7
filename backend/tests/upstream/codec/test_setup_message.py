"""The setup message, by backend and model: a field that is not allowed closes the socket."""

import json

import pytest

from s2s.tools.schema_normalizer import normalize_parameters
from s2s.upstream.codec.setup_message import SessionConfig, setup_message
from s2s.upstream.models.model_capabilities import capabilities, wrong_backend

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


def test_the_local_engine_ends_turns_by_their_words_unless_the_user_says_otherwise():
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


def test_models_differ_in_what_they_take_in_mid_session():
    assert not capabilities("developer", "gemini-3.1-flash-live-preview").content_mid_session
    assert capabilities("developer", "gemini-3.8-live").content_mid_session
    assert not capabilities("vertex", "gemini-live-2.5-flash-native-audio").realtime_text


@pytest.mark.parametrize(
    ("backend", "model", "proven"),
    [
        ("vertex", "gemini-live-2.5-flash-native-audio", True),
        ("developer", "gemini-2.5-flash-native-audio-preview-12-2025", True),
        ("vertex", "gemini-3.8-live", False),
        ("developer", "gemini-3.8-live", False),
        ("developer", "gemini-3.8-live-extended-thinking", False),
        ("developer", "gemini-3.1-flash-live-preview", False),
        ("developer", "gemini-4-live", False),
        ("emulator", "gemini-3.8-live", True),
    ],
)
def test_the_stop_verb_is_kept_for_models_for_which_it_is_proven(backend: str, model: str, proven: bool):
    abilities = capabilities(backend, model)
    assert abilities.stop_verb is proven
    # Words that want no answer leave a turn open in the same way.
    assert abilities.unanswered_content is proven


def test_resumed_sessions_of_3_8_may_have_lost_what_they_were_told():
    assert capabilities("developer", "gemini-3.8-live").reseed_after_resume
    assert capabilities("developer", "gemini-3.8-live-extended-thinking").reseed_after_resume
    assert not capabilities("developer", "gemini-3.1-flash-live-preview").reseed_after_resume
    assert capabilities("vertex", "gemini-3.8-live").reseed_after_resume
    assert not capabilities("emulator", "gemini-3.8-live").reseed_after_resume
    assert not capabilities("vertex", "gemini-live-2.5-flash-native-audio").reseed_after_resume


def test_extended_thinking_is_told_a_level_and_plain_models_never_are():
    def thinking(model: str, level: str | None = None) -> object:
        return setup("developer", model, thinking_level=level)["generationConfig"].get("thinkingConfig")

    assert thinking("gemini-3.8-live-extended-thinking") == {"thinkingLevel": "LOW"}
    assert thinking("gemini-3.8-live-extended-thinking", "HIGH") == {"thinkingLevel": "HIGH"}
    # The level was chosen for another model, which this one stands in for.
    assert thinking("gemini-3.8-live-extended-thinking", "MINIMAL") == {"thinkingLevel": "LOW"}
    assert thinking("gemini-3.8-live", "LOW") is None
    assert thinking("gemini-2.5-flash-native-audio-latest", "LOW") is None
    assert thinking("gemini-3.1-flash-live-preview") is None
    assert thinking("gemini-3.1-flash-live-preview", "MINIMAL") == {"thinkingLevel": "MINIMAL"}
    assert thinking("gemini-4-live") is None
    assert thinking("gemini-4-live", "HIGH") == {"thinkingLevel": "HIGH"}


def test_the_memory_of_a_session_is_bounded_as_the_settings_say():
    def window(**chosen: int) -> object:
        return setup("developer", "gemini-3.8-live", **chosen)["contextWindowCompression"]

    bounded = window(compression_trigger_tokens=32_000, compression_target_tokens=16_000)
    assert bounded == {"triggerTokens": 32_000, "slidingWindow": {"targetTokens": 16_000}}
    assert window(compression_trigger_tokens=32_000) == {"triggerTokens": 32_000, "slidingWindow": {}}
    # Off: the service's own bound is left; without any a call would end after 15 minutes.
    assert window(compression_target_tokens=16_000) == window() == {"slidingWindow": {}}


def test_earlier_turns_are_announced_where_the_model_knows_how():
    def announced(backend: str, model: str) -> bool:
        text = setup_message("models/x", SessionConfig(), capabilities(backend, model), None, seeded=True)
        return "historyConfig" in json.loads(text)["setup"]

    assert announced("developer", "gemini-3.8-live")
    assert announced("vertex", "gemini-3.8-live")
    assert not announced("vertex", "gemini-live-2.5-flash-native-audio")
    assert not announced("developer", "gemini-2.5-flash-native-audio-latest")


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


def test_a_non_blocking_function_is_declared_so_where_the_model_allows_it():
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
