"""Every fault that a scenario can order, in virtual time: what the client of a misbehaving service sees."""

import base64
import json
from itertools import pairwise

import numpy as np
import pytest

from gemini_emulator.actions import NAMES, Action
from gemini_emulator.closes import CLOSES
from gemini_emulator.director import Play
from gemini_emulator.handles import Handles
from gemini_emulator.mind import Parrot
from gemini_emulator.reading import read_actions, read_scenario
from gemini_emulator.settings import Settings
from gemini_emulator.vocabulary import Ordered
from tests.emulator.theatre import WEATHER, Theatre


def playing(*steps: str, handles: Handles | None = None, settings: Settings | None = None, seed: int = 1) -> Theatre:
    """A parrot under these steps, set up. Each sentence of its voice lasts 2 s."""
    text = f"seed: {seed}\nsteps:\n" + "\n".join(f"  - {step}" for step in steps)
    stage = Theatre(settings, mind=Parrot(), handles=handles, play=Play(read_scenario(text)))
    stage.set_up()
    return stage


def order(stage: Theatre, text: str) -> None:
    for action in read_actions(text):
        stage.feed(Ordered(action))


def type_in(stage: Theatre, words: str, seconds: float = 10.0) -> None:
    stage.tell({"realtimeInput": {"text": words}})
    stage.advance(seconds)


def loudness(stage: Theatre) -> float:
    """Root mean square of all voice so far, in units of a 16-bit sample."""
    parts = [part for _, turn in stage.messages("modelTurn") for part in turn["parts"]]
    pcm = b"".join(base64.b64decode(part["inlineData"]["data"]) for part in parts)
    return float(np.sqrt(np.mean(np.frombuffer(pcm, "<i2").astype(float) ** 2)))


# What is said


def test_other_words_are_said_instead_of_the_answer_to_a_turn():
    stage = playing("{when: {turn: 2}, do: {say: Nothing to report}}")
    for words in ("One", "Two", "Three"):
        type_in(stage, words)
    assert stage.said == "One Nothing to report Three"


def test_words_of_the_user_decide_what_is_said():
    stage = playing("{when: {heard: paris}, do: {say: London calling}, times: always}")
    for words in ("Rome", "What about Paris?", "comparison", "Paris again"):
        type_in(stage, words)
    assert stage.said == "Rome London calling comparison London calling"


def test_a_greeting_comes_without_being_asked_for():
    stage = playing("{when: {setup_s: 2}, do: {say: Welcome}}")
    stage.advance(1.9)
    assert stage.said == ""
    stage.advance(5)
    assert stage.said == "Welcome"
    assert len(stage.messages("turnComplete")) == 1


def test_words_ordered_while_the_model_speaks_come_after_it():
    stage = Theatre(mind=Parrot())
    stage.set_up()
    stage.tell({"realtimeInput": {"text": "A long answer"}})
    stage.advance(0.1)
    order(stage, "say: And another thing")
    stage.advance(10)
    assert stage.said == "A long answer And another thing"
    assert len(stage.messages("turnComplete")) == 2


def test_a_function_is_called_instead_of_the_answer():
    stage = playing("{when: {turn: 1}, do: {call: {name: get_weather, args: {city: Rome}}}}")
    type_in(stage, "Hello")
    assert stage.said == ""
    assert stage.messages("toolCall")[0][1]["functionCalls"][0]["args"] == {"city": "Rome"}


def test_two_calls_of_one_turn_come_in_one_message():
    stage = playing("{when: {turn: 1}, do: [{call: {name: a}}, {call: {name: b}}]}")
    type_in(stage, "Hello")
    assert [call["name"] for call in stage.messages("toolCall")[0][1]["functionCalls"]] == ["a", "b"]


def test_a_thought_is_marked_and_comes_before_the_voice():
    stage = playing("{when: {turn: 1}, do: {thought: The user greets}}")
    type_in(stage, "Hello")
    first, second = [turn["parts"][0] for _, turn in stage.messages("modelTurn")][:2]
    assert first == {"text": "The user greets", "thought": True}
    assert "inlineData" in second


def test_a_duplicate_answer_is_a_second_turn_with_the_same_words():
    stage = playing("{when: {turn: 1}, do: duplicate_answer}")
    type_in(stage, "Hello there", 20)
    assert stage.said == "Hello there Hello there"
    assert len(stage.messages("turnComplete")) == 2


def test_a_duplicate_answer_within_the_generation_is_one_turn():
    stage = playing("{when: {turn: 1}, do: {duplicate_answer: generation}}")
    type_in(stage, "Hello there.", 20)
    assert stage.said == "Hello there. Hello there."
    assert len(stage.messages("turnComplete")) == 1


def test_an_answer_that_was_talked_over_is_not_repeated():
    stage = playing("{when: {turn: 1}, do: duplicate_answer}")
    type_in(stage, "Hello there", 0.3)
    type_in(stage, "Stop", 20)
    assert stage.said.endswith("Stop")
    assert len(stage.messages("turnComplete")) == 2


# How it is said


def test_a_stall_is_silence_in_the_middle_of_the_voice():
    stage = playing("{when: {turn: 1, spoken_s: 1}, do: {stall: 5}}")
    type_in(stage, "Hello", 30)
    times = [at for at, _ in stage.messages("modelTurn")]
    gaps = [later - sooner for sooner, later in pairwise(times)]
    assert max(gaps) == pytest.approx(5.06, abs=0.01)
    assert stage.voice_s() == pytest.approx(2.0)


def test_a_stall_before_the_voice_makes_the_user_wait():
    stage = playing("{when: {turn: 1}, do: {stall: 8}}")
    type_in(stage, "Hello", 30)
    assert stage.messages("modelTurn")[0][0] == pytest.approx(8.0, abs=0.1)


def test_near_silent_audio_has_the_full_length_and_no_sound():
    stage = playing("{when: {turn: 1}, do: near_silent}")
    stage.loud_voice = True
    type_in(stage, "Hello")
    assert stage.voice_s() == pytest.approx(2.0)
    assert 0 < loudness(stage) < 4
    type_in(stage, "Hello")
    assert loudness(stage) > 1_000, "the next turn is loud again"


def test_an_empty_turn_is_turn_complete_and_nothing_else():
    stage = playing("{when: {turn: 1}, do: empty_turn}")
    type_in(stage, "Hello")
    assert stage.order() == ["setupComplete", "turnComplete", "sessionResumptionUpdate"]
    type_in(stage, "And now?")
    assert stage.said == "And now?"


def test_a_rejected_turn_says_why():
    stage = playing("{when: {turn: 1}, do: rejected}", "{when: {turn: 2}, do: {rejected: MALFORMED_FUNCTION_CALL}}")
    type_in(stage, "Hello")
    type_in(stage, "Hello")
    reasons = [reason for _, reason in stage.messages("turnCompleteReason")]
    assert reasons == ["RESPONSE_REJECTED", "MALFORMED_FUNCTION_CALL"]
    assert stage.said == ""


def test_an_early_turn_complete_cuts_the_sentence_without_generation_complete():
    stage = playing("{when: {turn: 1, spoken_s: 1}, do: early_turn_complete}")
    type_in(stage, "One two three four five six seven eight")
    assert stage.voice_s() == pytest.approx(1.0)
    assert "eight" not in stage.said
    assert stage.messages("generationComplete") == []
    assert len(stage.messages("turnComplete")) == 1


def test_a_turn_without_turn_complete_ends_with_generation_complete_and_the_talk_goes_on():
    stage = playing("{when: {turn: 1}, do: no_turn_complete}")
    type_in(stage, "Hello")
    assert stage.order()[-1] == "generationComplete"
    assert stage.handles == []
    type_in(stage, "Still there?")
    assert len(stage.messages("turnComplete")) == 1


def test_a_phantom_interruption_ends_a_turn_that_nobody_talked_over():
    stage = playing("{when: {turn: 1, spoken_s: 0.6}, do: interrupted}")
    type_in(stage, "Hello")
    assert stage.voice_s() == pytest.approx(0.6)
    assert len(stage.messages("interrupted")) == len(stage.messages("turnComplete")) == 1


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
    stage = Theatre(play=Play(scenario))
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
    assert stage.closed.reason == "The operation was aborted."


def test_a_quota_refuses_conversations_while_others_are_open():
    play = Play(read_scenario("steps: [{when: {setup_s: 0}, do: {quota: 1}}]"))
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


def story(seed: int) -> str:
    """All that the client gets, byte for byte, in a conversation where half of the turns are empty."""
    stage = playing("{when: {heard: word, chance: 0.5}, do: empty_turn, times: always}", seed=seed)
    stage.tell({"realtimeInput": {"text": "warm up"}})
    for index in range(12):
        type_in(stage, f"word {index}")
    order(stage, "call: get_weather")
    return json.dumps(stage.sent)


def test_the_same_seed_gives_the_same_bytes():
    assert story(7) == story(7)
    assert len({story(seed) for seed in range(4)}) == 4


def test_chance_hits_about_as_often_as_it_says():
    stage = playing("{when: {heard: word, chance: 0.25}, do: empty_turn, times: always}")
    for index in range(200):
        type_in(stage, f"word {index}")
    empty = 200 - len(stage.messages("generationComplete"))
    assert 30 <= empty <= 70


def test_a_step_acts_once_over_all_connections_unless_it_says_otherwise():
    scenario = read_scenario("""
      steps:
        - {when: {turn: 1}, do: empty_turn}
        - {when: {turn: 1, connection: 3}, do: {say: third}}
        - {when: {turn: 2}, do: {say: always}, times: always}
    """)
    play, said = Play(scenario), []
    for _ in range(3):
        stage = Theatre(mind=Parrot(), play=play)
        stage.set_up()
        type_in(stage, "one")
        type_in(stage, "two")
        said.append(stage.said)
    assert said == ["always", "one always", "third always"]


def test_another_scenario_can_be_loaded_in_the_middle():
    play = Play()
    stage = Theatre(mind=Parrot(), play=play)
    stage.set_up()
    type_in(stage, "one")
    play.load(read_scenario("steps: [{when: {heard: two}, do: {say: loaded}}]"))
    type_in(stage, "two")
    assert stage.said == "one loaded"


def test_every_action_has_a_name():
    named: set[type[Action]] = set(NAMES.values())
    assert len(named) == len(NAMES)
