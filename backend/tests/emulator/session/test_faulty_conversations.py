"""Scenarios: what goes wrong with a whole conversation, with its connection and its clock."""

import pytest

from gemini_emulator.protocol.close_codes import CLOSES
from gemini_emulator.responder.parrot import Parrot
from gemini_emulator.scenarios.actions import NAMES
from gemini_emulator.scenarios.parser import find_scenario, read_actions, read_scenario
from gemini_emulator.scenarios.runner import ScenarioState
from gemini_emulator.session.session_store import Handles
from gemini_emulator.settings import Settings
from tests.emulator.ordered import order, playing
from tests.emulator.theatre import WEATHER, Theatre, type_in

# The conversation


def test_a_frozen_service_hears_and_never_answers():
    stage = playing("{when: {turn: 2}, do: freeze}")
    for words in ("One", "Two", "Three"):
        type_in(stage, words)
    assert stage.said == "One"
    assert stage.closed is None


def test_a_freeze_can_end():
    stage = playing("{when: {turn: 1}, do: {freeze: 60}}")
    type_in(stage, "One", 59)
    type_in(stage, "Two", 2)
    type_in(stage, "Three")
    assert stage.said == "Three"


def test_the_model_freezes_after_it_was_talked_over_and_not_before():
    stage = playing("{when: {setup_s: 0}, do: freeze_after_barge_in}")
    type_in(stage, "One")
    type_in(stage, "A longer answer", 0.3)
    stage.ask("Stop")
    stage.advance(60)
    type_in(stage, "Are you there?")
    assert stage.heard == "Stop"
    assert len(stage.messages("interrupted")) == 1
    assert "Are you there?" not in stage.said
    assert stage.closed is None


@pytest.mark.parametrize("row", sorted(CLOSES))
def test_every_row_of_the_close_code_table_can_end_a_connection(row: str):
    stage = playing(f"{{when: {{turn: 1}}, do: {{close: {row}}}}}")
    type_in(stage, "Hello")
    if CLOSES[row].code == 1006:
        assert [type(effect).__name__ for effect in stage.network] == ["Drop"]
    else:
        assert stage.closed is not None
        assert (stage.closed.code, stage.closed.reason) == (CLOSES[row].code, CLOSES[row].reason)
        assert len(stage.closed.reason.encode()) <= 123
    assert stage.live.deadline is None


def test_a_connection_can_be_refused_before_setup_is_complete():
    stage = playing("{when: {message: setup}, do: {close: unavailable}}")
    assert stage.sent == []
    assert stage.closed is not None
    assert stage.closed.code == 1011


def test_a_connection_ends_with_the_second_tool_response():
    scenario = read_scenario("steps: [{when: {message: toolResponse, nth: 2}, do: {close: not_found}}]")
    stage = Theatre(play=ScenarioState(scenario))
    stage.set_up(tools=[{"functionDeclarations": [WEATHER]}])
    for times in (1, 2):
        stage.ask("What's the weather in Paris?")
        stage.advance(10)
        assert stage.closed is None
        call = stage.messages("toolCall")[-1][1]["functionCalls"][0]
        answer = {"id": call["id"], "name": call["name"], "response": {"summary": "Sunny."}}
        stage.tell({"toolResponse": {"functionResponses": [answer]}})
        stage.advance(10)
        assert (stage.closed is not None) == (times == 2)


def test_go_away_comes_when_the_scenario_says_and_the_end_with_it():
    stage = playing("{when: {connected_s: 30}, do: {go_away: 50}}")
    stage.advance(79)
    assert stage.messages("goAway") == [(30.0, {"timeLeft": "50s"})]
    assert stage.closed is None
    stage.advance(2)
    assert stage.closed is not None
    assert stage.closed.reason.startswith("Connection aborted because the client failed to close the connection")


def test_a_quota_refuses_conversations_while_others_are_open():
    play = ScenarioState(read_scenario("steps: [{when: {setup_s: 0}, do: {quota: 1}}]"))
    first = Theatre(play=play)
    first.set_up()
    second = Theatre(play=play)
    second.set_up()
    assert second.closed is not None
    assert second.closed.reason.startswith("You exceeded your current quota")
    first.live.gone()
    third = Theatre(play=play)
    third.set_up()
    assert third.closed is None


@pytest.mark.parametrize(
    ("action", "code", "reason"),
    [
        ("poison_handle", 1011, "Internal error encountered."),
        ("expire_handle", 1008, "BidiGenerateContent session not found"),
    ],
)
def test_a_handle_can_be_poisoned_or_expired(action: str, code: int, reason: str):
    handles = Handles()
    first = playing(f"{{when: {{turn: 2}}, do: {action}}}", handles=handles)
    for words in ("One", "Two"):
        type_in(first, words)
    first.live.gone()
    for handle in first.handles:
        second = Theatre(handles=handles)
        second.set_up(sessionResumption={"handle": handle})
        assert second.closed is not None
        assert (second.closed.code, second.closed.reason) == (code, reason)
    fresh = Theatre(handles=handles)
    fresh.set_up()
    assert fresh.closed is None


def test_any_message_of_the_service_can_be_sent():
    stage = playing("{when: {setup_s: 1}, do: {message: {serverContent: {inputTranscription: {text: late}}}}}")
    stage.advance(2)
    assert stage.heard == "late"


@pytest.mark.parametrize("action", ["drop", "reset", "half_open", "slow_network: {latency_s: 1}", "late_pongs: 10"])
def test_faults_of_the_network_are_ordered_from_the_shell(action: str):
    stage = playing(f"when: {{turn: 1}}\n    do:\n      {action}")
    type_in(stage, "Hello")
    assert stage.network == list(read_actions(action))


@pytest.mark.parametrize("action", ["drop", "reset"])
def test_nothing_is_sent_after_the_connection_was_cut(action: str):
    stage = playing(f"{{when: {{turn: 1, spoken_s: 0.2}}, do: {action}}}")
    type_in(stage, "Hello")
    assert stage.voice_s() == pytest.approx(0.2)
    assert stage.live.deadline is None


SIMPLE: dict[str, str] = {
    "say": "say: Hi", "call": "call: get_weather", "stall": "stall: 1", "thought": "thought: hm",
    "go_away": "go_away: 5", "close": "close: quota", "message": "message: {serverContent: {}}",
    "late_pongs": "late_pongs: 1", "http": "http: 503", "slow_accept": "slow_accept: 1",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(NAMES))
@pytest.mark.parametrize("moment", ["before setup", "idle", "speaking"])
def test_every_action_can_be_ordered_at_any_moment(name: str, moment: str):
    stage = Theatre(mind=Parrot())
    if moment != "before setup":
        stage.set_up()
    if moment == "speaking":
        type_in(stage, "A long answer", 0.3)
    order(stage, SIMPLE.get(name, name))
    if moment == "before setup":
        stage.set_up()
    stage.advance(1)
    type_in(stage, "Hello", 60)
    assert stage.live.deadline is None, "nothing hangs"


# Time and chance


def test_seconds_of_the_scenario_and_of_the_limits_can_run_faster():
    stage = playing(
        "{when: {connected_s: 60}, do: {message: {serverContent: {inputTranscription: {text: a minute}}}}}",
        settings=Settings(lifetime_s=600, time_scale=600),
    )
    stage.advance(1.1)
    assert [round(at, 3) for at, _ in stage.messages("inputTranscription")] == [0.1]
    assert stage.messages("goAway") == [(pytest.approx(0.9), {"timeLeft": "0.1s"})]
    assert stage.closed is not None


def test_handles_expire_faster_on_a_faster_clock():
    handles, fast = Handles(), Settings(time_scale=3600)
    first = Theatre(fast, handles=handles)
    first.set_up()
    type_in(first, "Hello")
    first.live.gone()
    late = Theatre(fast, handles=handles, start_s=first.now + 2.5)
    late.set_up(sessionResumption={"handle": first.handles[-1]})
    assert late.closed is not None
    assert late.closed.code == 1008


def test_each_connection_of_the_early_go_away_has_five_minutes_from_the_start():
    play = ScenarioState(find_scenario("early-go-away"))
    for begins in (0.0, 400.0):
        stage = Theatre(play=play, start_s=begins)
        stage.set_up()
        stage.advance(300)
        assert stage.messages("goAway") == [(begins + 1, {"timeLeft": "300s"})]
        assert stage.closed is None
        stage.advance(1.5)
        assert stage.closed is not None
        assert stage.closed.code == 1008
