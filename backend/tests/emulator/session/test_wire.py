"""The strict reader, the refusals, and the rules of clientContent, text, resumption and the connection's end."""

import base64
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_emulator.protocol import protojson
from gemini_emulator.protocol.setup import Backend
from gemini_emulator.scenarios.actions import Call, GoAway, Interrupted
from gemini_emulator.session.events import Close, EngineMissing, Ordered, Received
from gemini_emulator.session.session_store import Handles
from gemini_emulator.settings import Settings
from tests.emulator.theatre import SETUP, Theatre


@pytest.fixture
def stage() -> Theatre:
    theatre = Theatre()
    theatre.set_up()
    return theatre


# Reading


def test_both_spellings_are_one_message():
    camel = {"setup": {"model": "m", "generationConfig": {"topK": 40.0, "speechConfig": {"languageCode": "en"}}}}
    snake = {"setup": {"model": "m", "generation_config": {"top_k": "40", "speech_config": {"language_code": "en"}}}}
    assert protojson.read(json.dumps(camel)) == protojson.read(json.dumps(snake))
    assert protojson.read(json.dumps(camel))["setup"]["generationConfig"]["topK"] == 40


@pytest.mark.parametrize("data", ["AQL__g==", "AQL//g==", "AQL__g", "AQL//g"])
def test_both_base64_alphabets_are_read_with_or_without_padding(data: str):
    message = protojson.read(json.dumps({"realtime_input": {"audio": {"data": data, "mime_type": "audio/pcm"}}}))
    assert message["realtimeInput"]["audio"]["data"] == b"\x01\x02\xff\xfe"


@given(st.binary(max_size=200))
def test_any_bytes_survive_either_alphabet(data: bytes):
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        frame = {"realtimeInput": {"audio": {"data": encode(data).decode(), "mimeType": "audio/pcm"}}}
        assert protojson.read(json.dumps(frame))["realtimeInput"]["audio"]["data"] == data


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        ({"setup": {"nonsense": 1}}, """Unknown name "nonsense" at 'setup': Cannot find field."""),
        (
            {"setup": {"generationConfig": {"speechConfig": {"voice": 1}}}},
            """Unknown name "voice" at 'setup.generation_config.speech_config': Cannot find field.""",
        ),
        (
            {"setup": {"tools": [{"functionDeclarations": [{"parameters": {"additionalProperties": False}}]}]}},
            """at 'setup.tools[0].function_declarations[0].parameters': Cannot find field.""",
        ),
        ({"setup": {"model": 5}}, "Invalid value at 'setup.model' (TYPE_STRING), 5"),
        ({"setup": {"generationConfig": {"topK": 1.5}}}, "(TYPE_INT32), 1.5"),
        ({"realtimeInput": {"audio": {"data": "*"}}}, "(TYPE_BYTES)"),
        ({"realtimeInput": {"audioStreamEnd": "yes"}}, "(TYPE_BOOL)"),
        ({"bogus": {}}, 'Unknown name "bogus": Cannot find field.'),
    ],
)
def test_faults_are_told_in_the_words_of_the_service(frame: dict[str, Any], reason: str):
    with pytest.raises(protojson.Malformed, match="Invalid") as told:
        protojson.read(json.dumps(frame))
    assert reason in str(told.value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["setup", "tools", "turns", "parts", "audio", "data", "generationConfig", "x"]), inner
            )
        ),
    )
)
def test_the_reader_survives_any_json(value: object):
    with suppress(protojson.Malformed):
        assert len(protojson.read(json.dumps(value))) == 1


@given(st.binary(max_size=60) | st.text(max_size=60))
def test_a_connection_survives_any_frame(data: bytes | str):
    stage = Theatre()
    stage.feed(Received(data))
    assert stage.closed is None or stage.closed.code == 1007


# Refusals


@pytest.mark.parametrize(
    ("changes", "code", "reason"),
    [
        ({"model": "models/gemini-9"}, 1008, "models/gemini-9 is not found for API version v1beta"),
        (
            {"generationConfig": {"responseModalities": ["TEXT"]}},
            1007,
            "The requested combination of response modalities (TEXT) is not supported by the model",
        ),
        ({"generationConfig": {"responseModalities": ["TEXT", "AUDIO"]}}, 1007, "Request contains an invalid"),
        (
            {"generationConfig": {"thinkingConfig": {"thinkingLevel": "LOW"}}},
            1007,
            "Thinking level is not supported for",
        ),
        (
            {"generationConfig": {"speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Bob"}}}}},
            1007,
            "Requested voice api_name 'Bob'",
        ),
        ({"sessionResumption": {"handle": "made-up"}}, 1007, "Invalid session handle"),
        (
            {"sessionResumption": {"handle": "3f823cb9-f916-4b1c-8b1a-000000000000"}},
            1008,
            "BidiGenerateContent session not found",
        ),
    ],
)
def test_a_wrong_setup_is_closed_as_the_service_closes_it(changes: dict[str, Any], code: int, reason: str):
    stage = Theatre()
    stage.set_up(**changes)
    assert stage.closed is not None
    assert (stage.closed.code, stage.closed.reason[: len(reason)]) == (code, reason)


def test_nothing_may_come_before_setup_and_setup_only_once():
    for frames in ([{"realtimeInput": {"text": "hi"}}], [{"setup": SETUP}, {"setup": SETUP}]):
        stage = Theatre()
        for frame in frames:
            stage.tell(frame)
        assert stage.closed == Close(1007, "Request contains an invalid argument.")


def test_each_service_offers_its_own_models_when_asked_to_be_strict():
    vertex_only = "models/gemini-live-2.5-flash-native-audio"
    relaxed, strict = Theatre(), Theatre(Settings(strict_models=True))
    relaxed.set_up(model=vertex_only)
    strict.set_up(model=vertex_only)
    assert relaxed.closed is None
    assert strict.closed is not None
    assert strict.closed.code == 1008


def test_activity_marks_are_refused_under_automatic_detection(stage: Theatre):
    stage.tell({"realtimeInput": {"activityEnd": {}}})
    assert stage.closed is not None
    assert stage.closed.code == 1007


def test_a_missing_engine_closes_with_its_sentence():
    stage = Theatre(ready=False)
    stage.set_up()
    stage.feed(EngineMissing("Local speech engine missing."))
    assert stage.closed == Close(1011, "Local speech engine missing.")
    late = Theatre(ready=False)
    late.feed(EngineMissing("Local speech engine missing."))
    late.set_up()
    assert late.closed == stage.closed


# Typed words and history


def test_typed_text_is_answered(stage: Theatre):
    stage.tell({"realtimeInput": {"text": "What is your name?"}})
    stage.advance(10)
    assert stage.said.startswith("I'm your offline assistant.")
    assert stage.heard == ""


def test_a_turn_that_is_not_complete_stops_the_model_and_gets_no_answer(stage: Theatre):
    stage.ask("Tell me a story")
    stage.advance(1)
    stage.tell({"clientContent": {"turnComplete": False}})
    assert len(stage.messages("interrupted")) == 1
    count = len(stage.sent)
    stage.advance(20)
    assert len(stage.sent) == count


def test_history_alone_starts_nothing_and_is_remembered(stage: Theatre):
    turns = [
        {"role": "user", "parts": [{"text": "I have two cats."}]},
        {"role": "model", "parts": [{"text": "How nice."}]},
    ]
    stage.tell({"clientContent": {"turns": turns, "turnComplete": False}})
    stage.advance(5)
    assert stage.order() == ["setupComplete"]
    stage.tell({"realtimeInput": {"text": "What did I say?"}})
    stage.advance(5)
    assert stage.said == "You said: I have two cats."


def test_with_history_config_the_first_complete_turn_is_history():
    stage = Theatre()
    stage.set_up(historyConfig={"initialHistoryInClientContent": True})
    turns = [{"role": "user", "parts": [{"text": "What is your name?"}]}]
    stage.tell({"clientContent": {"turns": turns, "turnComplete": True}})
    stage.advance(5)
    assert stage.order() == ["setupComplete"]
    stage.tell({"realtimeInput": {"text": " "}})
    stage.advance(10)
    assert stage.said.startswith("I'm your offline assistant.")


def test_an_empty_complete_turn_asks_the_model_to_begin(stage: Theatre):
    stage.tell({"clientContent": {"turns": [], "turnComplete": True}})
    stage.advance(10)
    assert stage.said.startswith("Hello!")


def test_the_newer_models_insist_on_a_role(stage: Theatre):
    stage.tell({"clientContent": {"turns": [{"parts": [{"text": "hi"}]}], "turnComplete": True}})
    assert stage.closed is not None
    assert stage.closed.code == 1007


def test_text_during_an_answer_interrupts_on_3_and_waits_on_2_5():
    three, older = Theatre(), Theatre()
    three.set_up()
    older.set_up(model="models/gemini-2.5-flash-native-audio-latest")
    for stage in (three, older):
        stage.tell({"realtimeInput": {"text": "How are you"}})
        stage.advance(0.5)
        stage.tell({"realtimeInput": {"text": "What is your name?"}})
        stage.advance(30)
        assert "offline assistant" in stage.said
    assert len(three.messages("interrupted")) == 1
    assert older.messages("interrupted") == []


def test_new_tools_can_be_given_in_the_middle(stage: Theatre):
    declaration = {"name": "flip_coin", "description": "Flip a coin", "behavior": "BLOCKING"}
    stage.tell({"context_update": {"tools": {"tools": [{"functionDeclarations": [declaration]}]}}})
    stage.tell({"realtimeInput": {"text": "Please flip a coin"}})
    assert stage.messages("toolCall")[0][1]["functionCalls"][0]["name"] == "flip_coin"


# Two backends


def test_vertex_gives_a_session_id_and_its_own_names_for_usage():
    stage = Theatre(backend=Backend.VERTEX)
    stage.set_up(model="projects/p/locations/l/publishers/google/models/gemini-live-2.5-flash-native-audio")
    assert stage.sent[0][1]["setupComplete"]["sessionId"]
    stage.ask("How are you")
    stage.advance(10)
    usage = stage.messages("usageMetadata")[0][1]
    assert usage["candidatesTokenCount"] > 0
    assert "responseTokenCount" not in usage


def test_a_half_cascade_model_can_answer_in_text():
    stage = Theatre(backend=Backend.VERTEX)
    stage.set_up(model="gemini-live-2.5-flash", generationConfig={"responseModalities": ["TEXT"]})
    stage.tell({"realtimeInput": {"text": "How are you"}})
    texts = [part["text"] for _, turn in stage.messages("modelTurn") for part in turn["parts"]]
    assert "".join(texts) == "I'm doing well, thank you. How are you?"
    assert stage.order()[-2:] == ["usageMetadata", "sessionResumptionUpdate"] or "turnComplete" in stage.order()


# Resumption and the end


def test_a_conversation_goes_on_with_its_handle_on_another_connection():
    handles = Handles()
    first = Theatre(handles=handles)
    first.set_up()
    first.tell({"realtimeInput": {"text": "My name is Robert."}})
    first.advance(10)
    handle = first.handles[-1]
    first.live.gone()
    second = Theatre(handles=handles, start_s=first.now)
    second.set_up(sessionResumption={"handle": handle})
    second.tell({"realtimeInput": {"text": "What is my name?"}})
    second.advance(10)
    assert second.said == "Your name is Robert."


def test_a_handle_is_refused_early_with_another_model_and_after_two_hours():
    handles = Handles()
    first = Theatre(handles=handles)
    first.set_up()
    first.tell({"realtimeInput": {"text": "Hello"}})
    first.advance(10)
    handle = first.handles[-1]
    resumed = {"sessionResumption": {"handle": handle}}
    early = Theatre(handles=handles, start_s=20)
    early.set_up(**resumed)
    first.live.gone()
    other = Theatre(handles=handles, start_s=20)
    other.set_up(**resumed, model="models/gemini-3.1-flash-live-preview")
    late = Theatre(handles=handles, start_s=2 * 3600 + 60)
    late.set_up(**resumed)
    codes = [stage.closed.code if stage.closed else 0 for stage in (early, other, late)]
    assert codes == [1011, 1011, 1008]


def test_the_connection_ends_at_its_limit_with_a_warning_before():
    stage = Theatre(Settings(lifetime_s=600))
    stage.set_up()
    stage.advance(700)
    assert stage.messages("goAway") == [(540, {"timeLeft": "60s"})]
    assert stage.closed is not None
    assert stage.closed.reason.startswith("Connection aborted because the client failed to close the connection")


def test_tests_can_order_a_go_away_a_call_and_a_phantom_interruption(stage: Theatre):
    stage.feed(Ordered(Call("get_weather", {"city": "Rome"})))
    assert stage.messages("toolCall")[0][1]["functionCalls"][0]["args"] == {"city": "Rome"}
    stage.feed(Ordered(Interrupted()))
    assert len(stage.messages("toolCallCancellation")) == len(stage.messages("interrupted")) == 1
    stage.feed(Ordered(GoAway(0.5)))
    stage.advance(1)
    assert stage.messages("goAway")[0][1] == {"timeLeft": "0.5s"}
    assert stage.closed is not None
