"""gemini-3.5-transcribe-live: it writes down what it hears and answers nothing. Also the model that answers in text."""

from typing import Any

import pytest

from gemini_emulator.session.events import Close
from gemini_emulator.settings import Settings
from tests.emulator.theatre import SETUP, WEATHER, Theatre, type_in

MODEL = "models/gemini-3.5-transcribe-live"
MANUAL = {"automaticActivityDetection": {"disabled": True}}


def stage_with(settings: Settings | None = None, **changes: Any) -> Theatre:
    stage = Theatre(settings)
    stage.tell({"setup": {"model": MODEL, "realtimeInputConfig": SETUP["realtimeInputConfig"], **changes}})
    return stage


def written(stage: Theatre) -> list[str]:
    return [piece["text"] for _, piece in stage.messages("inputTranscription")]


def nothing_is_answered(stage: Theatre) -> bool:
    return not any(stage.messages(key) for key in ("modelTurn", "outputTranscription", "turnComplete", "toolCall"))


@pytest.mark.parametrize("modalities", [["TEXT"], [], None])
def test_each_utterance_is_written_down_and_complete_and_the_session_stays(modalities: list[str] | None):
    stage = stage_with(**({} if modalities is None else {"generationConfig": {"responseModalities": modalities}}))
    for words in ("What time is it?", "Thank you very much."):
        stage.ask(words)
        stage.play(2)
    assert written(stage) == ["What time is it?", "Thank you very much."]
    assert len(stage.messages("generationComplete")) == 2
    assert nothing_is_answered(stage)
    assert stage.closed is None


def test_voice_is_not_to_be_had_from_it():
    stage = stage_with(generationConfig={"responseModalities": ["AUDIO"]})
    reason = "The requested combination of response modalities (AUDIO) is not supported by the model. "
    assert stage.closed == Close(1007, reason + MODEL)


def test_functions_are_not_for_it():
    assert stage_with(tools=[{"functionDeclarations": [WEATHER]}]).closed is not None


def test_words_so_far_come_while_somebody_speaks_and_the_whole_replaces_them():
    stage = stage_with()
    stage.glimpsed = "what time"
    stage.say("What time is it?", 1.5)
    stage.play(2)
    interim = [piece["text"] for _, piece in stage.messages("interimInputTranscription")]
    assert interim[0] == "what time"
    assert written(stage) == ["What time is it?"]


def test_the_end_of_the_stream_brings_the_last_words_at_once():
    stage = stage_with()
    stage.say("What time is it")
    ended = stage.now
    stage.tell({"realtimeInput": {"audioStreamEnd": True}})
    stage.advance(5)
    [(at, _)] = stage.messages("inputTranscription")
    assert at - ended <= 0.25
    [(done, _)] = stage.messages("generationComplete")
    assert done == at


def test_two_utterances_that_arrive_at_once_are_two():
    stage = stage_with()
    stage.recognize_s = 0.5
    for words in ("What time is it?", "Thank you very much."):
        stage.say(words)
        stage.tell({"realtimeInput": {"audioStreamEnd": True}})
    stage.advance(3)
    assert len(written(stage)) == len(stage.messages("generationComplete")) == 2


def test_turns_may_be_marked_and_a_silent_one_has_only_its_end_echoed():
    stage = stage_with(realtimeInputConfig=MANUAL)
    for words, frame in (("Good evening.", None), ("", bytes(640))):
        stage.tell({"realtimeInput": {"activityStart": {}}})
        if frame is None:
            stage.say(words)
        else:
            stage.script.append("")
            stage.play(1.0, frame)
        stage.tell({"realtimeInput": {"activityEnd": {}}})
        stage.advance(3)
    assert written(stage) == ["Good evening."]
    assert len(stage.messages("generationComplete")) == 1
    ends = [message for _, message in stage.sent if message.get("voiceActivity", {}).get("type") == "ACTIVITY_END"]
    assert len(ends) == 2
    assert all(message["serverContent"] == {} for message in ends)
    assert nothing_is_answered(stage)


def test_typed_words_are_nothing_to_write_down():
    stage = stage_with()
    type_in(stage, "What time is it?")
    stage.tell({"clientContent": {"turns": [{"role": "user", "parts": [{"text": "hi"}]}], "turnComplete": True}})
    stage.advance(5)
    assert nothing_is_answered(stage)
    assert stage.messages("generationComplete") == []


def test_long_dictation_is_one_utterance_after_another_without_a_word_lost():
    stage = stage_with()
    said = [f"This is sentence number {number}." for number in range(12)]
    for words in said:
        stage.say(words, 1.2)
        stage.play(1.0)
    assert written(stage) == said
    assert len(stage.messages("generationComplete")) == len(said)


def test_the_robotics_model_answers_in_text():
    stage = Theatre()
    stage.set_up(model="models/gemini-robotics-er-2-streaming-preview")
    stage.ask("How are you")
    texts = [part["text"] for _, turn in stage.messages("modelTurn") for part in turn["parts"]]
    assert "".join(texts) == "I'm doing well, thank you. How are you?"
    assert len(stage.messages("turnComplete")) == 1
