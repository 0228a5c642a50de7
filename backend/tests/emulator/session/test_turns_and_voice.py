"""A spoken conversation with the emulator, from speech to the end of the answer."""

import base64
import math
import struct

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from gemini_emulator.responder.parrot import Parrot
from gemini_emulator.session.events import EngineReady
from gemini_emulator.settings import Pace, Settings
from tests.emulator.theatre import LOUD, QUIET, Theatre


@pytest.fixture
def stage() -> Theatre:
    theatre = Theatre()
    theatre.set_up()
    return theatre


def test_setup_is_answered_before_anything_else(stage: Theatre):
    assert stage.sent[0] == (0.0, {"setupComplete": {}})
    assert stage.order() == ["setupComplete"]


def test_a_question_is_transcribed_and_answered_in_the_order_of_the_service(stage: Theatre):
    stage.ask("Hello.")
    stage.advance(10)
    assert stage.heard == "Hello."
    assert stage.said.startswith("Hello! I'm your offline assistant.")
    turn = [kind for kind in stage.order() if kind not in ("outputTranscription", "modelTurn")]
    assert turn == [
        "setupComplete",
        "interimInputTranscription",
        "inputTranscription",
        "sessionResumptionUpdate",
        "generationComplete",
        "turnComplete",
        "sessionResumptionUpdate",
    ]


def test_the_answer_is_ready_at_the_end_of_the_turn_since_recognition_began_earlier(stage: Theatre):
    stage.say("Who are you?")
    stopped = stage.now
    stage.play(0.8)
    first_voice = stage.messages("modelTurn")[0][0]
    assert first_voice - stopped == pytest.approx(0.4, abs=0.05)


def test_speech_that_goes_on_after_a_pause_is_one_turn(stage: Theatre):
    stage.say("What is", 0.6)
    stage.play(0.25)
    stage.say("What is your name", 0.6)
    stage.play(0.8)
    assert stage.heard == "What is your name"
    assert len(stage.messages("inputTranscription")) == 1


@pytest.mark.parametrize(("model", "pieces"), [("gemini-3.8-live", 1), ("gemini-2.5-flash-native-audio-latest", 6)])
def test_words_arrive_as_one_sentence_from_new_models_and_in_pieces_from_older_ones(model: str, pieces: int):
    stage = Theatre()
    stage.set_up(model=f"models/{model}")
    stage.ask("What is your own name?")
    stage.advance(10)
    assert stage.heard == "What is your own name?"
    assert len(stage.messages("inputTranscription")) == pieces


def test_the_sound_before_the_start_belongs_to_the_utterance(stage: Theatre):
    stage.play(1.0)
    stage.ask("Hello.")
    seconds = len(stage.recognized[-1].pcm) / 32_000
    assert seconds == pytest.approx(0.3 + 1.0 + 0.1, abs=0.07)


def test_audio_leaves_faster_than_real_time_and_the_turn_ends_when_it_was_played():
    stage = Theatre(Settings(pace=Pace(chunk_ms=200, speed=2.0)), mind=Parrot())
    stage.set_up()
    stage.ask("One sentence only")
    stage.advance(10)
    voice = [at for at, _ in stage.messages("modelTurn")]
    assert len(voice) == 10
    assert voice[-1] - voice[0] == pytest.approx(0.9, abs=0.01)
    assert stage.messages("generationComplete")[0][0] == voice[-1]
    assert stage.messages("turnComplete")[0][0] - voice[0] == pytest.approx(2.0, abs=0.01)


def test_talking_over_the_model_interrupts_it_within_an_eighth_of_a_second(stage: Theatre):
    stage.ask("Tell me a story")
    stage.advance(2)
    began, spoken = stage.now, stage.voice_s()
    stage.play(0.5, LOUD)
    assert [at - began for at, _ in stage.messages("interrupted")] == [pytest.approx(0.06, abs=0.06)]
    assert stage.messages("turnComplete")[0][0] == stage.messages("interrupted")[0][0]
    assert stage.messages("generationComplete") == []
    assert stage.voice_s() - spoken < 0.5


def test_a_question_asked_over_the_answer_is_answered(stage: Theatre):
    stage.ask("Tell me a story")
    stage.play(2)
    stage.say("What is your name?")
    stage.sent.clear()
    stage.play(0.8)
    assert stage.heard == "What is your name?"
    assert stage.said.startswith("I'm your offline")


def test_the_tail_that_is_still_playing_can_be_interrupted(stage: Theatre):
    stage.ask("How are you")
    while not stage.messages("generationComplete"):
        stage.advance(0.1)
    assert stage.messages("turnComplete") == []
    stage.play(0.5, LOUD)
    assert len(stage.messages("interrupted")) == 1


def test_no_interruption_means_that_the_answer_waits_its_turn():
    stage = Theatre()
    stage.set_up(
        realtimeInputConfig={
            "activityHandling": "NO_INTERRUPTION",
            "automaticActivityDetection": {"silenceDurationMs": 400},
        }
    )
    stage.ask("How are you")
    stage.ask("What is your name?")
    assert stage.messages("interrupted") == []
    stage.play(20)
    answers = stage.messages("turnComplete")
    assert len(answers) == 2
    assert "I'm your offline assistant." in stage.said


def test_noise_that_is_no_words_gets_no_answer(stage: Theatre):
    stage.ask("")
    stage.advance(5)
    assert stage.order() == ["setupComplete"]


def test_speech_that_comes_while_the_engine_loads_is_answered_when_it_is_ready():
    stage = Theatre(ready=False)
    stage.set_up()
    stage.ask("Who are you?")
    assert stage.order() == ["setupComplete"]
    stage.feed(EngineReady())
    stage.advance(1)
    assert stage.heard == "Who are you?"


def test_a_long_question_that_waited_for_the_engine_is_one_turn():
    stage = Theatre(ready=False)
    stage.set_up()
    stage.say("Tell me a story", 3.0)
    stage.play(0.6)
    stage.advance(10)
    stage.feed(EngineReady())
    stage.advance(0.3)
    assert stage.heard == "Tell me a story"
    assert len(stage.recognized) == 1


FRAMES = st.lists(st.tuples(st.integers(1, 4_000), st.sampled_from([0.0, 0.02, 5.0])), min_size=1, max_size=40)


@hypothesis_settings(max_examples=60, deadline=None)
@given(FRAMES, FRAMES, st.booleans())
def test_every_byte_that_came_while_the_engine_loaded_is_judged_once_and_in_order(
    early: list[tuple[int, float]], late: list[tuple[int, float]], before_setup: bool
):
    stage = Theatre(ready=False)
    if before_setup:
        stage.advance(40)
    stage.set_up()
    sent = b""
    for part in (early, late):
        for number, (samples, pause_s) in enumerate(part):
            pcm = struct.pack("<h", number % 100) * samples
            sent += pcm
            blob = {"data": base64.b64encode(pcm).decode(), "mimeType": "audio/pcm;rate=16000"}
            stage.tell({"realtimeInput": {"audio": blob}})
            stage.advance(pause_s)
        if part is early:
            assert stage.listened == []
            stage.feed(EngineReady())
    judged = b"".join(stage.listened)
    assert sent.startswith(judged)
    assert len(sent) - len(judged) < 1_024


def test_the_first_words_are_not_lost_when_the_engine_takes_minutes_to_load():
    stage = Theatre(ready=False)
    stage.set_up()
    stage.ask("Hello.")
    stage.play(120)
    stage.feed(EngineReady())
    stage.advance(1)
    assert stage.heard == "Hello."
    assert stage.said.startswith("Hello!")


def test_words_typed_while_the_engine_loads_are_answered_when_it_is_ready():
    stage = Theatre(ready=False)
    stage.set_up()
    stage.tell({"realtimeInput": {"text": "How are you"}})
    assert stage.messages("modelTurn") == []
    stage.feed(EngineReady())
    stage.advance(1)
    assert stage.said.startswith("I'm doing well, thank you.")


def test_a_stream_that_dries_up_in_a_turn_ends_the_turn(stage: Theatre):
    stage.say("Hello.")
    stage.advance(5)
    assert stage.heard == "Hello."


def test_audio_stream_end_flushes_what_was_said(stage: Theatre):
    stage.say("Hello.")
    stage.tell({"realtimeInput": {"audioStreamEnd": True}})
    stage.advance(0.2)
    assert stage.heard == "Hello."


def test_long_speech_is_recognized_in_parts_and_answered_as_one():
    stage = Theatre(mind=Parrot())
    stage.set_up()
    stage.say("The first part", 9.0)
    stage.play(0.25)
    stage.say("and the second.", 3.0)
    stage.play(1.5)
    assert stage.heard == "The first part and the second."
    assert all(len(job.pcm) / 32_000 < 10 for job in stage.recognized)


def test_manual_activity_marks_the_turn():
    stage = Theatre()
    stage.set_up(realtimeInputConfig={"automaticActivityDetection": {"disabled": True}})
    stage.play(0.5, LOUD)
    stage.play(2, QUIET)
    assert stage.recognized == []
    stage.tell({"realtimeInput": {"activityStart": {}}})
    stage.say("Hello.")
    stage.play(1.5)
    stage.tell({"realtimeInput": {"activityEnd": {}}})
    stage.advance(0.2)
    assert stage.heard == "Hello."


def test_pressing_the_button_and_saying_nothing_is_answered_honestly():
    stage = Theatre()
    stage.set_up(realtimeInputConfig={"automaticActivityDetection": {"disabled": True}})
    stage.tell({"realtimeInput": {"activityStart": {}}})
    stage.play(1.0)
    stage.tell({"realtimeInput": {"activityEnd": {}}})
    stage.advance(2)
    assert stage.said == "Sorry, I did not catch that."


def test_other_sample_rates_are_understood(stage: Theatre):
    samples = [int(8_000 * math.sin(index / 8)) for index in range(48_000)]
    data = base64.b64encode(struct.pack(f"<{len(samples)}h", *samples)).decode()
    stage.script.append("Who are you?")
    silence = base64.b64encode(bytes(2 * 960)).decode()
    for sound in (data, *[silence] * 40):
        stage.tell({"realtimeInput": {"audio": {"data": sound, "mimeType": "audio/pcm;rate=48000"}}})
        stage.advance(0.02)
    assert stage.heard == "Who are you?"
    assert len(stage.recognized[-1].pcm) / 32_000 == pytest.approx(1.1, abs=0.07)


def test_usage_comes_with_the_end_of_the_turn_and_counts_the_whole_context_again(stage: Theatre):
    stage.ask("How are you")
    stage.play(8)
    stage.ask("How are you")
    stage.play(8)
    first, second = (usage for _, usage in stage.messages("usageMetadata"))
    assert first["totalTokenCount"] == first["promptTokenCount"] + first["responseTokenCount"]
    assert first["responseTokenCount"] == 110, "two sentences of 2 s, and 0.4 s between them"
    assert second["promptTokenCount"] > first["totalTokenCount"]


def test_a_button_held_without_a_sound_costs_nothing_and_ends_when_it_is_released():
    stage = Theatre()
    stage.set_up(realtimeInputConfig={"automaticActivityDetection": {"disabled": True}})
    stage.tell({"realtimeInput": {"activityStart": {}}})
    stage.say("Hello.")
    stage.advance(10)
    assert stage.live.deadline is None
    stage.tell({"realtimeInput": {"activityEnd": {}}})
    stage.advance(0.2)
    assert stage.heard == "Hello."
