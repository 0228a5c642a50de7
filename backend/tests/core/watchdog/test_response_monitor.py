"""Answers that go wrong while they are said: silent, stalled, endless, cut, begun again; in virtual time."""

import pytest

from s2s.core.effects import PromptReply, Redial, SendContext
from s2s.core.events import (
    GenerationComplete,
    Interrupted,
    ModelAudio,
    ModelTranscriptDelta,
    PlayedReport,
    TurnComplete,
    UserTranscriptDelta,
)
from s2s.core.texts.prompts import CONTINUE_PROMPT, PHANTOM_PROMPT, REPEAT_PROMPT
from s2s.core.watchdog.timeouts import STALL_TIMEOUT_S, TURN_END_TIMEOUT_S
from tests.core.told_call import SOUND, Call
from tests.stories import LOUD, QUIET


def test_a_voice_that_cannot_be_heard_is_cut_and_asked_for_again():
    call = Call()
    call.person_says()
    call.say(ModelTranscriptDelta("Something nobody hears."))
    call.say(ModelAudio(b"\x01\x00" * 48_000))
    call.say(GenerationComplete())
    assert call.incidents() == ["near_silent"]
    assert call.did(PromptReply) == [PromptReply(REPEAT_PROMPT)]
    assert call.flushed == 1


def test_a_short_answer_that_cannot_be_heard_is_asked_for_again():
    call = Call()
    call.person_says()
    call.say(ModelTranscriptDelta("Yes."))
    call.say(ModelAudio(b"\x01\x00" * 9_600))
    call.say(GenerationComplete())
    assert call.incidents() == ["near_silent"]
    call = Call()
    call.person_says()
    call.say(ModelAudio(b"\x01\x00" * 9_600))
    call.say(GenerationComplete())
    call.say(TurnComplete())
    assert call.incidents() == ["empty_turn"], "a moment of silence without words is no answer"


@pytest.mark.parametrize("loud_again", [False, True])
def test_silent_words_in_mid_answer_are_asked_for_again_and_what_was_heard_stands(loud_again: bool):
    call = Call()
    call.person_says()
    call.say(ModelTranscriptDelta("It is sunny"))
    call.say(ModelAudio(SOUND))
    for word in (" and", " warm", " in", " Paris", " today."):
        call.say(ModelTranscriptDelta(word))
        call.say(ModelAudio(b"\x01\x00" * 12_000))
    if loud_again:
        call.say(ModelTranscriptDelta(" Bye."))
        call.say(ModelAudio(SOUND))
    call.say(GenerationComplete())
    assert call.incidents() == []
    call.say(TurnComplete())
    assert call.incidents() == ["near_silent"]
    [nudge] = call.did(PromptReply)
    assert '"It is sunny' in nudge.text
    call.advance(5)
    assert call.sent[1] <= len(SOUND) + 960 * 13, "silence is not played to its end"
    call.model_answers(" and warm in Paris today.")
    call.advance(3)
    assert len(call.incidents()) == 1


def test_a_long_pause_in_an_answer_is_no_lost_word():
    call = Call()
    call.person_says()
    call.say(ModelTranscriptDelta("Let me think."))
    call.say(ModelAudio(SOUND))
    for _ in range(6):
        call.say(ModelAudio(bytes(24_000)))
    call.say(ModelTranscriptDelta(" It is sunny in Paris today."))
    call.say(ModelAudio(bytes(24_000)))
    call.say(ModelAudio(SOUND))
    call.say(ModelAudio(bytes(96_000)))
    call.say(GenerationComplete())
    call.say(TurnComplete())
    assert call.incidents() == []


def test_a_turn_that_never_ends_is_over_when_it_was_heard():
    call = Call()
    call.person_says()
    call.say(ModelTranscriptDelta("Fine."))
    call.say(ModelAudio(SOUND))
    call.say(GenerationComplete())
    call.advance(0.6 + TURN_END_TIMEOUT_S * 2)
    assert call.incidents() == ["missing_turn_complete"]
    assert call.core.conversation.is_idle


def test_a_stall_in_mid_sentence_is_asked_to_go_on_and_a_whole_sentence_is_an_end():
    call = Call()
    call.person_says()
    call.say(ModelTranscriptDelta("And then the"))
    call.say(ModelAudio(SOUND))
    call.advance(STALL_TIMEOUT_S * 2)
    assert call.incidents() == ["stall"]
    assert call.did(PromptReply) == [PromptReply(CONTINUE_PROMPT)]
    call = Call()
    call.person_says()
    call.say(ModelTranscriptDelta("That was all."))
    call.say(ModelAudio(SOUND))
    call.advance(STALL_TIMEOUT_S * 2)
    assert call.incidents() == ["missing_turn_complete"]


def test_slow_voice_with_gaps_of_seconds_is_no_stall():
    call = Call()
    call.person_says()
    call.say(ModelTranscriptDelta("A slow"))
    for _ in range(10):
        call.say(ModelAudio(SOUND))
        call.advance(6)
    assert call.incidents() == []


def test_an_answer_that_ends_in_mid_sentence_is_asked_to_go_on():
    call = Call()
    call.person_says()
    call.say(ModelTranscriptDelta("The capital of"))
    call.say(ModelAudio(SOUND))
    call.say(TurnComplete())
    assert call.incidents() == ["early_turn_complete"]
    assert call.did(PromptReply) == [PromptReply(CONTINUE_PROMPT)]


def test_an_interruption_without_speech_is_repaired_and_a_real_one_is_left_alone():
    call = Call()
    call.model_answers()
    call.say(ModelAudio(SOUND * 4))
    call.say(Interrupted())
    call.say(TurnComplete())
    call.advance(3)
    assert call.incidents() == ["phantom_interruption"]
    assert call.did(PromptReply) == [PromptReply(PHANTOM_PROMPT)]
    call = Call()
    call.say(ModelTranscriptDelta("It is sunny and warm in Paris today and tomorrow."))
    call.say(ModelAudio(SOUND * 4))
    call.say(PlayedReport(1, 1_000))
    call.say(Interrupted())
    call.say(PlayedReport(1, 1_500))
    call.advance(3)
    [nudge] = call.did(PromptReply)
    assert call.did(Redial) == []
    assert 'Only this much of it was heard: "It is' in nudge.text, "the model must know where it was cut"
    assert "tomorrow" not in nudge.text
    call.advance(5)
    assert call.did(SendContext) == [], "it is told once"
    call = Call()
    call.say(ModelAudio(SOUND * 4))
    call.say(Interrupted())
    call.say(UserTranscriptDelta(" softly spoken"))
    call.advance(3)
    assert call.incidents() == []


@pytest.mark.parametrize("spoke_over_it", [False, True])
def test_who_spoke_before_the_answer_did_not_interrupt_it_and_who_spoke_over_it_did(spoke_over_it: bool):
    call = Call()
    call.person_says(" what is the weather")
    call.say(ModelTranscriptDelta("It is sunny and warm in Paris."))
    call.say(ModelAudio(SOUND * 4))
    if spoke_over_it:
        call.mic(LOUD, 20)
    call.mic(QUIET, 20)
    call.say(Interrupted())
    call.say(TurnComplete())
    call.mic(QUIET, 150)
    assert ("phantom_interruption" in call.incidents()) is not spoke_over_it


LONG = "The weather in Paris is sunny and warm today. "


@pytest.mark.parametrize("second_turn", [False, True])
def test_an_answer_that_starts_over_is_played_once_and_what_follows_is_played(second_turn: bool):
    call = Call()
    call.person_says(" weather?")
    call.say(ModelTranscriptDelta(LONG))
    call.say(ModelAudio(SOUND * 2))
    if second_turn:
        call.say(GenerationComplete())
        call.say(TurnComplete())
    call.say(ModelTranscriptDelta(LONG))
    call.say(ModelAudio(SOUND * 2))
    call.say(ModelTranscriptDelta("Tomorrow it will rain. "))
    call.say(ModelAudio(SOUND))
    call.say(GenerationComplete())
    call.say(TurnComplete())
    call.advance(8)
    assert call.incidents() == ["repeated_answer"]
    assert sum(call.sent.values()) <= 3 * len(SOUND) + 2 * 960


def test_what_the_person_asks_to_hear_again_and_a_refrain_are_played():
    call = Call()
    call.person_says(" weather?")
    call.model_answers(LONG, 2.0)
    call.person_says(" say that again")
    call.model_answers(LONG, 2.0)
    call.person_says(" sing")
    call.model_answers("First verse. La la la la la la la. Second verse. La la la la la la la.", 2.0)
    assert call.incidents() == []
    assert sum(call.sent.values()) >= 6 * len(SOUND)


def test_the_model_is_not_told_that_an_inaudible_answer_was_cut():
    call = Call()
    call.person_says()
    call.say(ModelTranscriptDelta("Something that nobody hears at all."))
    call.say(ModelAudio(b"\x01\x00" * 48_000))
    call.say(GenerationComplete())
    call.say(TurnComplete())
    call.advance(2)
    call.model_answers()
    call.advance(5)
    assert call.did(SendContext) == []
