"""What recordings of both services show and no page says: handles, empty messages, transcripts, sound, ids, usage."""

import uuid
from typing import Any

import pytest

from gemini_emulator.protocol.setup import Backend
from gemini_emulator.responder.parrot import Parrot
from gemini_emulator.session.session_store import Handles
from gemini_emulator.settings import Settings
from tests.emulator.theatre import SETUP, WEATHER, Theatre, type_in

NEWEST, THINKER = "models/gemini-3.8-live", "models/gemini-3.8-live-extended-thinking"
PREVIEW, OLDER = "models/gemini-3.1-flash-live-preview", "models/gemini-2.5-flash-native-audio-latest"
ON_VERTEX = "projects/p/locations/us-central1/publishers/google/models/gemini-live-2.5-flash-native-audio"
NOT_ASKED = {name: SETUP[name] for name in ("realtimeInputConfig", "outputAudioTranscription")}
newer_ones = pytest.mark.parametrize("model", [NEWEST, THINKER, PREVIEW])


def stage_with(model: str, **changes: Any) -> Theatre:
    """Only what is given is asked for. Words are repeated, where there is no function to call."""
    vertex = model.startswith("projects/")
    stage = Theatre(
        mind=None if "tools" in changes else Parrot(), backend=Backend.VERTEX if vertex else Backend.DEVELOPER
    )
    thinking = {"generationConfig": {"thinkingConfig": {"thinkingLevel": "LOW"}}} if model == THINKER else {}
    stage.tell({"setup": {"model": model, **NOT_ASKED, **thinking, **changes}})
    assert stage.closed is None
    return stage


# Without being asked


@newer_ones
def test_a_handle_follows_setup_at_once_asked_for_or_not(model: str):
    stage = stage_with(model)
    (_, first), (_, second) = stage.sent
    assert first == {"setupComplete": {}}
    assert second["sessionResumptionUpdate"]["resumable"]
    assert uuid.UUID(second["sessionResumptionUpdate"]["newHandle"])


@pytest.mark.parametrize("model", [OLDER, ON_VERTEX])
def test_older_models_give_handles_after_a_turn_to_who_asks(model: str):
    silent, asked = stage_with(model), stage_with(model, sessionResumption={})
    for stage in (silent, asked):
        assert len(stage.sent) == 1
        type_in(stage, "Hello")
    assert silent.handles == []
    assert len(asked.handles) == 1


def test_the_first_handle_resumes_a_session_in_which_nothing_was_said():
    handles = Handles()
    first = Theatre(handles=handles)
    first.set_up()
    first.live.gone(1.0)
    second = Theatre(handles=handles, start_s=2.0)
    second.set_up(sessionResumption={"handle": first.handles[0]})
    assert second.closed is None
    assert second.handles != first.handles


def test_the_first_handle_waits_for_a_setup_that_takes_its_time():
    stage = Theatre(Settings(setup_delay_s=2.0))
    stage.set_up()
    assert stage.sent == []
    stage.advance(2.0)
    assert [next(iter(message)) for _, message in stage.sent] == ["setupComplete", "sessionResumptionUpdate"]


@newer_ones
def test_the_users_words_are_written_down_for_who_did_not_ask(model: str):
    stage = stage_with(model)
    stage.ask("Who are you?")
    assert stage.heard == "Who are you?"


@newer_ones
@pytest.mark.parametrize("version", ["v1alpha", "v1beta"])
def test_the_developer_api_tells_where_the_voice_began_and_ended_unasked(model: str, version: str):
    stage = Theatre(api_version=version)
    thinking = {"generationConfig": {"thinkingConfig": {"thinkingLevel": "LOW"}}} if model == THINKER else {}
    stage.set_up(model=model, **thinking)
    stage.play(2)
    stage.ask("Who are you?")
    told = [message for _, message in stage.sent if "voiceActivity" in message]
    assert [message["voiceActivity"]["type"] for message in told] == ["ACTIVITY_START", "ACTIVITY_END"]
    assert told[0]["serverContent"] == {}
    assert [len(message["voiceActivity"]["audioOffset"].rstrip("s").rpartition(".")[2]) for message in told] == [3, 3]


@pytest.mark.parametrize("model", [OLDER, ON_VERTEX])
def test_older_models_tell_of_no_voice_activity_and_write_nothing_down_unasked(model: str):
    stage = stage_with(model)
    stage.ask("Who are you?")
    assert stage.messages("voiceActivity") == stage.messages("inputTranscription") == []


# Messages


@newer_ones
def test_empty_messages_come_before_the_pieces_of_an_answer(model: str):
    stage = stage_with(model)
    type_in(stage, "Hello")
    sent = [message for _, message in stage.sent]
    voices = [at for at, message in enumerate(sent) if "modelTurn" in message.get("serverContent", {})]
    assert len(voices) > 5
    assert [sent[at - 1] for at in voices[:4]] == [{}, {"serverContent": {}}] * 2


@pytest.mark.parametrize("model", [OLDER, ON_VERTEX])
def test_older_models_send_no_empty_messages(model: str):
    stage = stage_with(model)
    type_in(stage, "Hello")
    assert not [message for _, message in stage.sent if message in ({}, {"serverContent": {}})]


def test_vertex_does_not_name_the_rate_of_its_sound_and_the_developer_api_does():
    for model, wanted in ((ON_VERTEX, "audio/pcm"), (NEWEST, "audio/pcm;rate=24000"), (OLDER, "audio/pcm;rate=24000")):
        stage = stage_with(model)
        type_in(stage, "Hello")
        turns = [turn for _, turn in stage.messages("modelTurn")]
        assert {part["inlineData"]["mimeType"] for turn in turns for part in turn["parts"]} == {wanted}
        assert {turn.get("role") for turn in turns} == ({"model"} if model == ON_VERTEX else {None})


# Transcripts

SENTENCE = "What is the weather like in Paris, my friend?"


def pieces(stage: Theatre, key: str) -> list[str]:
    return [piece["text"] for _, piece in stage.messages(key) if "text" in piece]


def test_pieces_of_3_x_have_their_spaces_on_either_side_and_join_to_the_words():
    stage = stage_with(NEWEST)
    type_in(stage, SENTENCE)
    said = pieces(stage, "outputTranscription")
    assert "".join(said) == SENTENCE
    assert any(piece.endswith(" ") for piece in said)
    assert any(piece.startswith(" ") for piece in said[1:])
    assert not said[0].startswith(" ")


def test_the_first_piece_of_2_5_has_no_space():
    stage = stage_with(OLDER)
    type_in(stage, SENTENCE)
    said = pieces(stage, "outputTranscription")
    assert "".join(said) == SENTENCE
    assert not said[0].startswith(" ")


def test_two_sentences_of_an_answer_are_joined_with_one_space():
    for model in (NEWEST, OLDER, ON_VERTEX):
        stage = stage_with(model)
        type_in(stage, "Hello there. How are you?")
        assert "".join(pieces(stage, "outputTranscription")) == "Hello there. How are you?"


def test_the_users_words_are_a_sentence_on_3_x_and_words_and_marks_on_2_5():
    newer, older = stage_with(NEWEST), stage_with(OLDER, inputAudioTranscription={})
    for stage in (newer, older):
        stage.ask("So, who are you?")
    assert pieces(newer, "inputTranscription") == ["So, who are you?"]
    assert pieces(older, "inputTranscription") == [" So", ",", " who", " are", " you", "?"]


def test_on_vertex_all_words_come_before_the_voice_and_are_closed():
    stage = stage_with(ON_VERTEX)
    type_in(stage, "Hello there. How are you?")
    written = [piece for _, piece in stage.messages("outputTranscription")]
    assert written[0] == {}
    assert written[-1] == {"finished": True}
    assert [piece["text"] for piece in written[1:-1]] == ["Hello", " there", ".", " How", " are", " you", "?"]
    kinds = [kind for _, message in stage.sent for kind in message.get("serverContent", {})]
    assert kinds.index("modelTurn") > max(at for at, kind in enumerate(kinds) if kind == "outputTranscription")


def test_who_asks_for_no_transcript_gets_none_on_vertex_either():
    stage = Theatre(mind=Parrot(), backend=Backend.VERTEX)
    stage.tell({"setup": {"model": ON_VERTEX}})
    type_in(stage, "Hello")
    assert stage.messages("outputTranscription") == []


def test_turns_end_with_empty_grounding_on_vertex_only():
    for model, told in ((ON_VERTEX, 1), (NEWEST, 0), (OLDER, 0)):
        stage = stage_with(model)
        type_in(stage, "Hello")
        assert [grounding for _, grounding in stage.messages("groundingMetadata")] == [{}] * told


# Calls


def calls(stage: Theatre) -> list[dict[str, Any]]:
    return [call for _, batch in stage.messages("toolCall") for call in batch["functionCalls"]]


def test_calls_have_ids_of_the_shape_that_each_model_gives_them():
    for model, prefixes in ((OLDER, ["function-call-"] * 2), (NEWEST, ["fc_", "call_"]), (ON_VERTEX, ["", ""])):
        stage = stage_with(model, tools=[{"functionDeclarations": [WEATHER]}])
        type_in(stage, "What's the weather in Paris and London?")
        made = [call["id"] for call in calls(stage)]
        assert len(set(made)) == 2
        for one, prefix in zip(made, prefixes, strict=True):
            assert one.removeprefix(prefix).isdigit() if prefix else uuid.UUID(one)


def respond(stage: Theatre, call: dict[str, Any], words: str) -> None:
    answer = {"id": call["id"], "name": call["name"], "response": {"summary": words}}
    stage.tell({"toolResponse": {"functionResponses": [answer]}})
    stage.advance(10)


def asking(model: str) -> Theatre:
    stage = stage_with(model, sessionResumption={}, tools=[{"functionDeclarations": [WEATHER]}])
    stage.ask("What's the weather in Paris?")
    return stage


def kinds_since(stage: Theatre, kind: str) -> list[str]:
    order = stage.order()
    return order[order.index(kind) :]


def test_on_2_5_the_turn_is_over_at_once_after_a_call_and_the_answer_is_another():
    stage = asking(OLDER)
    assert kinds_since(stage, "toolCall") == ["toolCall", "generationComplete", "turnComplete"]
    assert len(stage.messages("usageMetadata")) == 1
    stage.advance(30)
    assert len(stage.messages("turnComplete")) == 1
    assert stage.handles == []
    respond(stage, calls(stage)[0], "It is sunny.")
    assert stage.said == "It is sunny."
    assert len(stage.messages("turnComplete")) == len(stage.messages("usageMetadata")) == 2
    assert len(stage.handles) == 1


@newer_ones
def test_3_x_models_say_nothing_after_a_call_that_blocks(model: str):
    function = {**WEATHER, "behavior": "NON_BLOCKING" if model == THINKER else "BLOCKING"}
    stage = stage_with(model, tools=[{"functionDeclarations": [function]}])
    stage.ask("What's the weather in Paris?")
    stage.advance(30)
    ended = ["generationComplete", "turnComplete", "interactionStatus"] if model == THINKER else []
    assert kinds_since(stage, "toolCall")[: 1 + len(ended)] == ["toolCall", *ended]
    assert len(stage.messages("turnComplete")) == bool(ended)


def test_on_vertex_the_turn_of_a_call_ends_empty_when_its_results_are_in():
    stage = asking(ON_VERTEX)
    opened, called = [message for _, message in stage.sent][-2:]
    assert opened == {"serverContent": {"outputTranscription": {}}}
    assert "toolCall" in called
    stage.advance(30)
    assert stage.messages("turnComplete") == []
    before = len(stage.sent)
    respond(stage, calls(stage)[0], "It is sunny.")
    ended = [message for _, message in stage.sent[before : before + 3]]
    assert ended[0] == {"serverContent": {"outputTranscription": {"finished": True}}}
    assert ended[1] == {"serverContent": {"generationComplete": True}}
    assert ended[2]["serverContent"] == {"turnComplete": True, "groundingMetadata": {}}
    assert "candidatesTokensDetails" in ended[2]["usageMetadata"]
    assert stage.said == "It is sunny."
    assert len(stage.messages("turnComplete")) == 2
    assert len(stage.handles) == 1


@pytest.mark.parametrize("model", [OLDER, ON_VERTEX])
def test_who_speaks_before_the_result_cancels_the_call_between_two_turns(model: str):
    stage = asking(model)
    call = calls(stage)[0]
    stage.ask("Hello.")
    assert stage.messages("toolCallCancellation")[0][1] == {"ids": [call["id"]]}
    respond(stage, call, "Too late.")
    assert "Too late" not in stage.said
    assert stage.said.startswith("Hello")


def test_every_call_of_a_batch_is_waited_for_between_two_turns_too():
    stage = stage_with(OLDER, tools=[{"functionDeclarations": [WEATHER]}])
    type_in(stage, "What's the weather in Paris and London?")
    first, second = calls(stage)
    respond(stage, second, "London is wet.")
    assert stage.said == ""
    respond(stage, first, "Paris is dry.")
    assert stage.said == "London is wet. Paris is dry."


def test_a_sentence_that_goes_on_after_its_call_is_answered_as_a_whole_on_2_5():
    stage = stage_with(OLDER, tools=[{"functionDeclarations": [WEATHER]}])
    stage.say("What's the weather in Paris?")
    stage.play(0.56)
    assert len(calls(stage)) == 1
    stage.say("What's the weather in Paris and London?", 0.6)
    stage.play(3)
    assert len(calls(stage)) == 3
    assert stage.live._model.memory.turns[-1] == ("user", "What's the weather in Paris and London?")


# Usage


def usage(stage: Theatre, turn: int = -1) -> dict[str, Any]:
    told: dict[str, Any] = stage.messages("usageMetadata")[turn][1]
    return told


def text_tokens(stage: Theatre) -> int:
    return sum(part.get("tokenCount", 0) for part in usage(stage)["promptTokensDetails"] if part["modality"] == "TEXT")


@pytest.mark.parametrize(("model", "least", "most"), [(NEWEST, 312, 320), (THINKER, 312, 320), (OLDER, 1200, 1460)])
def test_an_empty_session_begins_with_the_tokens_that_were_recorded(model: str, least: int, most: int):
    stage = stage_with(model)
    type_in(stage, "Hello")
    assert least <= text_tokens(stage) <= most


def test_some_tokens_of_a_prompt_of_3_8_are_explained_by_nothing():
    stage, gaps = stage_with(NEWEST), []
    for _ in range(3):
        type_in(stage, "Hello")
        told = usage(stage)
        gaps.append(told["promptTokenCount"] - sum(part["tokenCount"] for part in told["promptTokensDetails"]))
    assert gaps == [25, 38, 51]


@pytest.mark.parametrize("model", [NEWEST, THINKER, OLDER])
def test_thoughts_stand_beside_the_total_also_where_nobody_sees_them(model: str):
    stage = stage_with(model)
    type_in(stage, "Hello")
    told = usage(stage)
    assert told["thoughtsTokenCount"] > 10
    assert told["totalTokenCount"] == told["promptTokenCount"] + told["responseTokenCount"]
    assert not [part for _, turn in stage.messages("modelTurn") for part in turn["parts"] if part.get("thought")]


def test_thinking_that_is_turned_off_costs_nothing():
    stage = stage_with(OLDER, generationConfig={"thinkingConfig": {"thinkingBudget": 0}})
    type_in(stage, "Hello")
    assert "thoughtsTokenCount" not in usage(stage)


def test_a_modality_that_was_not_used_is_named_without_a_count_on_vertex():
    stage = stage_with(ON_VERTEX)
    type_in(stage, "Hello")
    assert {"modality": "AUDIO"} in usage(stage)["promptTokensDetails"]
    assert "trafficType" not in usage(stage)


def test_what_a_model_has_read_beforehand_does_not_fill_a_small_window():
    stage = Theatre(Settings(context_tokens=200), mind=Parrot())
    stage.set_up()
    type_in(stage, "Hello")
    assert stage.closed is None
