"""What the fault matrix found: half a word, a long outage, and an answer that had to be said twice."""

import pytest

from s2s.core.effects import Dial, PlayFrame, PromptReply, Redial, RunTool, SendAudio, SendContext, SendToolResponse
from s2s.core.events import (
    GenerationComplete,
    ModelAudio,
    ModelTranscriptDelta,
    SocketLost,
    TextTyped,
    ToolCalled,
    ToolFinished,
    TurnComplete,
    UserTranscriptDelta,
)
from s2s.core.link.upstream_buffer import MAX_KEPT_FRAMES, UpstreamBuffer
from s2s.core.model_speech import ModelSpeech
from s2s.core.texts.prompts import REPEAT_PROMPT
from tests.core.told_call import SOUND, Call
from tests.stage import mic, voice
from tests.stories import LOUD, QUIET

QUIET_VOICE = b"\1\0" * 24_000


def test_half_a_word_is_not_taken_for_said():
    speech = ModelSpeech(240)
    speech.start_turn()
    for word in (" one", " two", " three"):
        speech.append_transcript(word)
        speech.append_audio(voice(0.1 if word == " three" else 0.4))
    speech.break_off_turn()
    assert speech.unlogged_turns() == ["one two"]


def test_an_answer_that_was_said_to_its_end_is_told_whole():
    speech = ModelSpeech(240)
    speech.start_turn()
    speech.append_transcript(" one two three")
    speech.append_audio(voice(0.2))
    speech.close_turn()
    assert speech.unlogged_turns() == ["one two three"]


def test_in_a_long_outage_silence_goes_before_words():
    uplink, words, silence = UpstreamBuffer(), SendAudio(mic(True)), SendAudio(mic(False))
    for _ in range(20):
        uplink.send(SendAudio(mic(False)), silent=True)
    uplink.start_utterance(5)
    for _ in range(50):
        uplink.send(SendAudio(mic(True)))
    for _ in range(2 * MAX_KEPT_FRAMES):
        uplink.send(SendAudio(mic(False)), silent=True)
    kept = uplink.on_link_open()
    assert len(kept) == MAX_KEPT_FRAMES
    assert kept[:55] == [silence] * 5 + [words] * 50
    assert uplink.dropped_frames == 20 + 50 + 2 * MAX_KEPT_FRAMES - MAX_KEPT_FRAMES


def test_when_all_is_words_the_oldest_go():
    uplink = UpstreamBuffer()
    frames = [SendAudio(bytes([at % 251]) * 640) for at in range(MAX_KEPT_FRAMES + 3)]
    for frame in frames:
        uplink.send(frame)
    assert uplink.on_link_open() == frames[3:]


def test_what_nobody_could_hear_is_heard_when_it_is_said_again_in_the_same_words():
    call = Call()
    call.person_says(" what is the weather")
    words = "It is sunny and warm in Paris today."
    call.say(ModelTranscriptDelta(words))
    call.say(ModelAudio(QUIET_VOICE))
    call.say(GenerationComplete())
    call.say(TurnComplete())
    call.advance(1)
    assert PromptReply(REPEAT_PROMPT) in call.did(PromptReply)
    before = len(call.did(PlayFrame))
    for word in words.split():
        call.say(ModelTranscriptDelta(f" {word}"))
        call.say(ModelAudio(SOUND))
    call.say(GenerationComplete())
    call.say(TurnComplete())
    call.advance(9)
    assert "repeated_answer" not in call.incidents()
    assert len(call.did(PlayFrame)) - before >= len(SOUND) * 8 // 960


def test_a_function_whose_result_led_to_an_empty_turn_is_not_run_again_elsewhere():
    call = Call()
    call.person_says(" what is the weather")
    call.calls["c0"] = call.session
    call.say(ToolCalled("c0", "f", {"n": 1}))
    call.say(ToolFinished("c0", True, {"sky": "clear"}, "clear"))
    call.say(TurnComplete())
    call.advance(60)
    assert call.did(Redial)
    call.opened()
    call.calls["c1"] = call.session
    call.say(ToolCalled("c1", "f", {"n": 1}))
    assert len(call.did(RunTool)) == 1
    assert [answer.id for answer in call.did(SendToolResponse)] == ["c0", "c1"]


def test_a_broken_answer_stands_behind_its_question_for_whoever_goes_on_with_it_late():
    call = Call()
    call.say(UserTranscriptDelta(" tell me a story"))
    call.person_says("")
    call.say(ModelTranscriptDelta("Once upon a time there was"))
    call.say(ModelAudio(SOUND))
    call.socket = "none"
    call.say(SocketLost(1006, ""))
    call.advance(0.01)
    for _ in range(3):
        call.socket = "none"
        call.say(SocketLost(503, "HTTP 503"))
        call.advance(5)
    told = [(turn.role, turn.text.split()[0]) for turn in call.did(Dial)[-1].history]
    assert told == [("user", "tell"), ("model", "Once")]


def test_who_is_asked_to_say_it_again_is_not_stopped_by_a_word_about_the_cut():
    call = Call()
    call.person_says(" what is the weather")
    call.say(ModelTranscriptDelta(" It is sunny and warm in Paris today and tomorrow."))
    call.say(ModelAudio(QUIET_VOICE))
    call.say(ModelAudio(QUIET_VOICE))
    call.say(GenerationComplete())
    call.say(TurnComplete())
    call.advance(5)
    assert PromptReply(REPEAT_PROMPT) in call.did(PromptReply)
    assert call.did(SendContext) == []


@pytest.mark.parametrize("frames_before_the_end", [1, 2, 3, 4])
def test_a_first_syllable_that_went_into_a_dying_socket_is_heard_by_the_next(frames_before_the_end: int):
    call = Call()
    call.person_says(" hello")
    call.model_answers()
    call.mic(QUIET, 60)
    began = call.frames + 1
    call.mic(LOUD, frames_before_the_end)
    call.lose(0.0)
    call.mic(LOUD, 20)
    call.advance(0.1)
    call.opened()
    call.mic(LOUD, 10)
    assert set(range(began, call.frames + 1)) <= call.on_this_socket
    assert call.core.conversation.upstream_buffer.has_unanswered


def test_what_was_answered_is_not_said_again_to_the_next_socket():
    call = Call()
    call.person_says(" hello")
    spoken = call.frames
    call.mic(QUIET, 40)
    call.model_answers()
    call.mic(QUIET, 10)
    call.lose(0.0)
    call.advance(0.1)
    call.say(TextTyped("and typed words bring back no sound"))
    call.opened()
    assert min(call.on_this_socket, default=spoken + 1) > spoken - 20, "speech that was answered is said again"


def test_words_that_were_recognized_after_their_answer_are_known_to_the_next_session():
    call = Call()
    call.person_says(" how is the weather")
    call.model_answers("It is sunny.")
    call.say(UserTranscriptDelta(" in Paris"))
    call.socket = "none"
    call.say(SocketLost(1008, "BidiGenerateContent session not found"))
    call.advance(0.3)
    assert [turn.text for turn in call.did(Dial)[-1].history] == ["how is the weather", "It is sunny.", "in Paris"]
