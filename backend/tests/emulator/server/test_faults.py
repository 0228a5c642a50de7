"""Faults of an answer that a scenario can order, in virtual time; and how a scenario is dealt."""

import base64
import json
from itertools import pairwise

import numpy as np
import pytest

from gemini_emulator.responder.parrot import Parrot
from gemini_emulator.scenarios.actions import NAMES, Action
from gemini_emulator.scenarios.parser import read_scenario
from gemini_emulator.scenarios.runner import ScenarioState
from tests.emulator.ordered import order, playing
from tests.emulator.theatre import Theatre, type_in


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


def test_a_turn_without_turn_complete_ends_with_generation_complete():
    stage = playing("{when: {turn: 1}, do: no_turn_complete}")
    type_in(stage, "Hello")
    assert stage.order()[-1] == "generationComplete"
    assert len(stage.handles) == 1, "that of the beginning"
    type_in(stage, "Still there?")
    assert len(stage.messages("turnComplete")) == 1


def test_a_phantom_interruption_ends_a_turn_that_nobody_talked_over():
    stage = playing("{when: {turn: 1, spoken_s: 0.6}, do: interrupted}")
    type_in(stage, "Hello")
    assert stage.voice_s() == pytest.approx(0.6)
    assert len(stage.messages("interrupted")) == len(stage.messages("turnComplete")) == 1


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
    play, said = ScenarioState(scenario), []
    for _ in range(3):
        stage = Theatre(mind=Parrot(), play=play)
        stage.set_up()
        type_in(stage, "one")
        type_in(stage, "two")
        said.append(stage.said)
    assert said == ["always", "one always", "third always"]


def test_another_scenario_can_be_loaded_in_the_middle():
    play = ScenarioState()
    stage = Theatre(mind=Parrot(), play=play)
    stage.set_up()
    type_in(stage, "one")
    play.load(read_scenario("steps: [{when: {heard: two}, do: {say: loaded}}]"))
    type_in(stage, "two")
    assert stage.said == "one loaded"


def test_every_action_has_a_name():
    named: set[type[Action]] = set(NAMES.values())
    assert len(named) == len(NAMES)
