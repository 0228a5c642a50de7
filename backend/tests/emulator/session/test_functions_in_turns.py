"""Functions and their results in the turns of a conversation."""

from tests.emulator.theatre import WEATHER, Theatre


def test_a_function_is_called_waited_for_and_its_result_spoken():
    stage = Theatre()
    stage.set_up(tools=[{"functionDeclarations": [WEATHER]}])
    stage.ask("What's the weather in Paris?")
    ((_, call),) = stage.messages("toolCall")
    assert call["functionCalls"][0]["name"] == "get_weather"
    assert call["functionCalls"][0]["args"] == {"city": "Paris"}
    stage.advance(30)
    assert stage.messages("turnComplete") == []
    answer = {"id": call["functionCalls"][0]["id"], "name": "get_weather", "response": {"summary": "It is sunny."}}
    stage.tell({"toolResponse": {"functionResponses": [answer]}})
    stage.advance(5)
    assert stage.said == "It is sunny."
    assert len(stage.messages("turnComplete")) == 1


def test_every_call_of_a_batch_is_waited_for():
    stage = Theatre()
    stage.set_up(tools=[{"functionDeclarations": [WEATHER]}])
    stage.ask("What's the weather in Paris and London?")
    ((_, call),) = stage.messages("toolCall")
    first, second = call["functionCalls"]
    stage.tell({"toolResponse": {"functionResponses": [{"id": second["id"], "response": {"output": "London is wet"}}]}})
    stage.advance(5)
    assert stage.said == ""
    stage.tell({"toolResponse": {"functionResponses": [{"id": first["id"], "response": {"output": "Paris is dry"}}]}})
    stage.advance(5)
    assert stage.said == "London is wet. Paris is dry."


def test_talking_while_a_function_runs_cancels_the_call():
    stage = Theatre()
    stage.set_up(tools=[{"functionDeclarations": [WEATHER]}])
    stage.ask("What's the weather in Paris?")
    call = stage.messages("toolCall")[0][1]["functionCalls"][0]
    stage.ask("Hello.")
    assert stage.messages("toolCallCancellation")[0][1] == {"ids": [call["id"]]}
    late = {"id": call["id"], "name": "get_weather", "response": {"summary": "Too late."}}
    stage.tell({"toolResponse": {"functionResponses": [late]}})
    stage.advance(10)
    assert "Too late" not in stage.said


def test_a_non_blocking_call_ends_the_turn_and_its_result_is_told_when_it_comes():
    stage = Theatre()
    stage.set_up(tools=[{"functionDeclarations": [{**WEATHER, "behavior": "NON_BLOCKING"}]}])
    stage.ask("What's the weather in Paris?")
    call = stage.messages("toolCall")[0][1]["functionCalls"][0]
    assert len(stage.messages("turnComplete")) == 1
    stage.ask("How are you")
    answer = {"id": call["id"], "name": "get_weather", "response": {"summary": "It is sunny."}}
    stage.tell({"toolResponse": {"functionResponses": [answer]}})
    stage.play(10)
    assert stage.messages("interrupted") == []
    assert stage.said.endswith("It is sunny.")


def test_a_late_result_waits_until_the_user_has_finished():
    stage = Theatre()
    stage.set_up(tools=[{"functionDeclarations": [{**WEATHER, "behavior": "NON_BLOCKING"}]}])
    stage.ask("What's the weather in Paris?")
    call = stage.messages("toolCall")[0][1]["functionCalls"][0]
    stage.say("How are you")
    answer = {"id": call["id"], "name": "get_weather", "response": {"summary": "It is sunny."}}
    stage.tell({"toolResponse": {"functionResponses": [answer]}})
    assert stage.said == ""
    stage.play(20)
    assert stage.said.startswith("I'm doing well")
    assert stage.said.endswith("It is sunny.")


def test_an_urgent_result_cuts_in_and_a_silent_one_is_only_remembered():
    stage = Theatre()
    stage.set_up(tools=[{"functionDeclarations": [{**WEATHER, "behavior": "NON_BLOCKING"}]}])
    stage.ask("What's the weather in Paris and London?")
    first, second = stage.messages("toolCall")[0][1]["functionCalls"]
    stage.ask("Tell me a story")
    silent = {"id": first["id"], "response": {"summary": "Paris is dry."}, "scheduling": "SILENT"}
    urgent = {"id": second["id"], "response": {"summary": "London is wet."}, "scheduling": "INTERRUPT"}
    stage.tell({"toolResponse": {"functionResponses": [silent]}})
    assert stage.messages("interrupted") == []
    stage.tell({"toolResponse": {"functionResponses": [urgent]}})
    stage.advance(5)
    assert len(stage.messages("interrupted")) == 1
    assert stage.said.endswith("London is wet.")
    assert "Paris is dry" not in stage.said
