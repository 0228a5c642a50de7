"""Function calls beyond the simple ones: results in pieces, without ids, unknown, in any order; status and thoughts."""

from typing import Any

import pytest

from gemini_emulator.protocol.setup import Backend
from gemini_emulator.responder.parrot import Parrot
from gemini_emulator.session.events import Close
from gemini_emulator.settings import Settings
from tests.emulator.theatre import WEATHER, Theatre, type_in

LATER = {**WEATHER, "behavior": "NON_BLOCKING"}
THINKING: dict[str, Any] = {
    "model": "models/gemini-3.8-live-extended-thinking",
    "generationConfig": {"thinkingConfig": {"thinkingLevel": "LOW"}},
}
TWO = "What's the weather in Paris and London?"


def theatre(function: dict[str, Any], settings: Settings | None = None, **changes: Any) -> Theatre:
    stage = Theatre(settings, backend=changes.pop("backend", Backend.DEVELOPER))
    stage.set_up(tools=[{"functionDeclarations": [function]}], **changes)
    return stage


def respond(stage: Theatre, call: dict[str, Any], words: str, seconds: float = 10.0, **more: Any) -> None:
    named = {name: call[name] for name in ("id", "name") if name in call}
    answer = {**named, "response": {"summary": words}, **more}
    stage.tell({"toolResponse": {"functionResponses": [answer]}})
    stage.advance(seconds)


def called(stage: Theatre) -> list[dict[str, Any]]:
    return [call for _, batch in stage.messages("toolCall") for call in batch["functionCalls"]]


def statuses(stage: Theatre) -> list[str]:
    return [status for _, status in stage.messages("interactionStatus")]


# Results


def test_a_result_that_continues_is_told_piece_by_piece_until_the_last():
    stage = theatre(LATER)
    type_in(stage, "What's the weather in Paris?")
    (call,) = called(stage)
    respond(stage, call, "Clouds come.", willContinue=True)
    respond(stage, call, "Rain falls.", willContinue=True)
    given = len(stage.handles)
    respond(stage, call, "It is dry.")
    respond(stage, call, "Too late.")
    assert stage.said == "Clouds come. Rain falls. It is dry."
    assert len(stage.handles) == given + 1


def test_on_vertex_a_result_does_not_continue():
    stage = theatre(LATER, backend=Backend.VERTEX)
    type_in(stage, "What's the weather in Paris?")
    (call,) = called(stage)
    respond(stage, call, "Clouds come.", willContinue=True)
    respond(stage, call, "Too late.")
    assert stage.said == "Clouds come."


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_parallel_calls_may_be_answered_in_any_order_and_one_by_one(order: tuple[int, int]):
    stage = theatre(WEATHER)
    type_in(stage, TWO)
    calls = called(stage)
    for index in order:
        assert stage.said == ""
        respond(stage, calls[index], f"{calls[index]['args']['city']} is dry.")
    assert sorted(stage.said.split(". ")) == ["London is dry.", "Paris is dry"] or "Paris is dry." in stage.said
    assert len(stage.messages("turnComplete")) == 1


def test_on_vertex_calls_may_have_no_id_and_results_find_theirs_by_name():
    stage = theatre(WEATHER, Settings(vertex_call_ids=False), backend=Backend.VERTEX)
    type_in(stage, TWO)
    assert [set(call) for call in called(stage)] == [{"name", "args"}] * 2
    respond(stage, {"name": "get_weather"}, "Paris is dry.")
    assert stage.said == ""
    respond(stage, {"name": "get_weather", "id": "made-up-by-the-client"}, "London is wet.")
    assert stage.said == "Paris is dry. London is wet."


def test_on_vertex_a_call_without_id_cannot_be_named_in_a_cancellation():
    stage = theatre(WEATHER, Settings(vertex_call_ids=False), backend=Backend.VERTEX)
    type_in(stage, "What's the weather in Paris?")
    stage.ask("Hello.")
    assert len(stage.messages("interrupted")) == 1
    assert stage.messages("toolCallCancellation") == []
    respond(stage, {"name": "get_weather"}, "Too late.")
    assert "Too late" not in stage.said


def test_on_the_developer_api_a_result_needs_its_id():
    stage = theatre(WEATHER)
    type_in(stage, "What's the weather in Paris?")
    respond(stage, {"name": "get_weather"}, "Paris is dry.")
    assert stage.closed == Close(1007, "Request contains an invalid argument.")


def test_a_result_of_an_unknown_call_is_ignored_or_ends_the_connection_as_wanted():
    for strict in (False, True):
        stage = theatre(WEATHER, Settings(refuse_unknown_results=strict))
        type_in(stage, "What's the weather in Paris?")
        respond(stage, {"id": "function-call-1", "name": "get_weather"}, "Paris is dry.")
        assert stage.said == ""
        assert stage.closed == (Close(1008, "Requested entity was not found.") if strict else None)


def test_a_result_of_a_cancelled_call_is_ignored_where_unknown_ones_are_refused():
    stage = theatre(WEATHER, Settings(refuse_unknown_results=True))
    type_in(stage, "What's the weather in Paris?")
    (call,) = called(stage)
    stage.ask("Hello.")
    assert stage.messages("toolCallCancellation")[0][1] == {"ids": [call["id"]]}
    respond(stage, call, "Too late.")
    assert stage.closed is None


@pytest.mark.parametrize(
    ("model", "at_once"), [("gemini-2.5-flash-native-audio-latest", True), ("gemini-3.8-live", False)]
)
def test_an_urgent_result_cuts_in_over_the_user_on_2_5_and_waits_for_the_end_on_3_8(model: str, at_once: bool):
    stage = theatre(LATER, model=f"models/{model}")
    type_in(stage, "What's the weather in Paris?")
    (call,) = called(stage)
    stage.say("Tell me")
    respond(stage, call, "It is sunny.", 0.5, scheduling="INTERRUPT")
    assert ("sunny" in stage.said) == at_once
    stage.play(25)
    assert "sunny" in stage.said


# Status and thoughts


def test_an_exchange_with_extended_thinking_is_over_when_its_status_is_idle():
    stage = theatre(LATER, **THINKING)
    type_in(stage, "Hello")
    assert statuses(stage) == ["IDLE"]
    type_in(stage, "What's the weather in Paris?")
    assert statuses(stage) == ["IDLE", "IN_PROGRESS"]
    respond(stage, called(stage)[0], "It is sunny.")
    assert statuses(stage) == ["IDLE", "IN_PROGRESS", "IDLE"]
    assert all("turnComplete" in m["serverContent"] for _, m in stage.sent if "interactionStatus" in str(m))


def test_a_silent_result_ends_such_an_exchange_without_a_word():
    stage = theatre(LATER, **THINKING)
    type_in(stage, "What's the weather in Paris?")
    respond(stage, called(stage)[0], "It is sunny.", scheduling="SILENT")
    assert statuses(stage) == ["IN_PROGRESS", "IDLE"]
    assert stage.said == ""


def test_other_models_tell_no_status():
    stage = theatre(LATER)
    type_in(stage, "What's the weather in Paris?")
    assert statuses(stage) == []


def thoughts(stage: Theatre) -> list[str]:
    parts = [part for _, turn in stage.messages("modelTurn") for part in turn["parts"]]
    return [part["text"] for part in parts if part.get("thought")]


def test_thoughts_are_shown_to_who_asks_before_the_voice_and_counted():
    thinking = {"generationConfig": {"thinkingConfig": {"includeThoughts": True}}}
    stage = theatre(WEATHER, model="models/gemini-2.5-flash-native-audio-latest", **thinking)
    type_in(stage, "Hello")
    type_in(stage, "What's the weather in Paris?")
    greeting, call = thoughts(stage)
    assert greeting == 'The user said: "Hello". No function is needed, so I answer.'
    assert 'I call get_weather with {"city": "Paris"}' in call
    first = next(turn for _, turn in stage.messages("modelTurn"))
    assert "thought" in first["parts"][0]
    assert "thought" not in stage.said
    assert stage.messages("usageMetadata")[0][1]["thoughtsTokenCount"] == len(greeting) // 4


@pytest.mark.parametrize("config", [{}, {"includeThoughts": False}, {"includeThoughts": True, "thinkingBudget": 0}])
def test_thoughts_are_not_shown_to_who_does_not_ask_or_turns_thinking_off(config: dict[str, Any]):
    stage = Theatre(mind=Parrot())
    stage.set_up(model="models/gemini-2.5-flash-native-audio-latest", generationConfig={"thinkingConfig": config})
    type_in(stage, "Hello")
    assert thoughts(stage) == []


def test_the_newer_models_bundle_voice_and_words_and_the_older_ones_do_not():
    for model, bundled in (("gemini-3.8-live", True), ("gemini-2.5-flash-native-audio-latest", False)):
        stage = Theatre()
        stage.set_up(model=f"models/{model}")
        type_in(stage, "Hello")
        both = [m for _, m in stage.sent if {"modelTurn", "outputTranscription"} <= set(m.get("serverContent", {}))]
        assert bool(both) == bundled
        assert stage.said.startswith("Hello")
