"""Answers that are owed, and calls whose socket dies: what is done about it, in virtual time."""

import pytest

from s2s.core.effects import Dial, PromptReply, Redial, SendAudio, SendText, SendToolResponse
from s2s.core.events import (
    Interrupted,
    MicMuted,
    ModelAudio,
    ModelThinking,
    ModelTranscriptDelta,
    SetupComplete,
    SocketLost,
    TextTyped,
    ToolCalled,
    ToolFinished,
    TurnComplete,
)
from s2s.core.texts.prompts import CONTINUE_PROMPT
from s2s.upstream.models.model_capabilities import PLAIN, capabilities
from tests.core.told_call import SOUND, Call
from tests.stories import LOUD, QUIET

LIMIT_S = PLAIN.reply_limit_s


def test_a_missing_reply_is_requested_once_then_the_question_goes_to_a_new_socket():
    call = Call()
    call.person_says()
    call.advance(LIMIT_S + 0.1)
    assert call.did(PromptReply) == [PromptReply("")]
    assert call.did(Redial) == []
    call.advance(LIMIT_S)
    assert call.did(Redial) == [Redial("h-1")]
    before = len(call.did(SendAudio))
    call.opened()
    assert len(call.did(SendAudio)) - before >= 40, "the question is not said again"
    call.advance(LIMIT_S + 0.1)
    assert [redial.handle for redial in call.did(Redial)] == ["h-1", None]
    call.opened()
    call.advance(LIMIT_S + 0.1)
    assert call.notices() == ["no_answer"]
    assert len(call.did(PromptReply)) == 1
    call.advance(300)
    assert len(call.did(Redial)) == 2, "it never ends"


def test_a_good_answer_leads_back_to_the_first_step():
    call = Call()
    call.person_says()
    call.advance(LIMIT_S + 0.1)
    call.model_answers()
    call.person_says(" and now")
    call.advance(LIMIT_S + 0.1)
    assert len(call.did(PromptReply)) == 2
    assert call.did(Redial) == []


def test_a_person_who_says_nothing_is_owed_nothing():
    call = Call()
    for _ in range(60):
        call.mic(QUIET, 50)
        call.advance(9)
    assert call.incidents() == []


def test_speech_without_a_word_is_never_asked_about_but_heard_again_elsewhere_once():
    call = Call()
    call.person_says("", seconds=1.0)
    call.advance(60)
    assert call.did(Redial) == [Redial("h-1")]
    before = len(call.did(SendAudio))
    call.opened()
    assert len(call.did(SendAudio)) - before >= 50
    for _ in range(5):
        call.person_says("", seconds=1.0)
        call.advance(60)
    assert len(call.did(Redial)) == 1
    assert call.did(PromptReply) == []


def test_a_door_that_bangs_is_no_speech():
    call = Call()
    call.person_says("", seconds=0.2)
    call.advance(60)
    assert call.incidents() == []
    assert not call.core.conversation.upstream_buffer.has_unanswered


def test_a_person_who_goes_on_speaking_is_not_waiting():
    call = Call()
    call.person_says()
    for _ in range(30):
        call.mic(LOUD, 50)
        call.mic(QUIET, 5)
    assert call.incidents() == []


def test_a_model_that_thinks_long_is_not_frozen():
    call = Call(capabilities("developer", "gemini-3.8-live-extended-thinking"))
    call.say(TextTyped("a hard question"))
    for _ in range(10):
        call.advance(30)
        call.say(ModelThinking())
    assert call.incidents() == []


def test_a_long_function_is_not_a_missing_reply_and_the_person_is_told_that_it_runs():
    call = Call()
    call.say(TextTyped("look it up"))
    call.say(ToolCalled("c0", "f", {}))
    call.calls["c0"] = call.session
    call.advance(100)
    assert call.incidents() == []
    assert call.notices() == ["tool_slow"]


def test_no_reply_after_a_functions_result_is_asked_for():
    call = Call()
    call.say(TextTyped("look it up"))
    call.calls["c0"] = call.session
    call.say(ToolCalled("c0", "f", {}))
    call.say(ToolFinished("c0", True, {}, ""))
    call.advance(LIMIT_S + 0.1)
    assert call.incidents() == ["no_reply_after_tool"]
    assert call.did(PromptReply) == [PromptReply("")]


def test_a_freeze_after_a_real_interruption_is_noticed_also_without_a_transcript():
    call = Call()
    call.person_says()
    call.say(ModelAudio(SOUND * 4))
    call.mic(LOUD, 20)
    call.say(Interrupted())
    call.say(TurnComplete())
    call.mic(LOUD, 20)
    call.mic(QUIET, 20)
    call.advance(LIMIT_S + 0.1)
    assert call.incidents() == ["freeze_after_barge_in"]


def test_after_an_empty_turn_first_a_request_then_a_new_socket_then_a_new_session():
    call = Call()
    call.person_says()
    for _ in range(3):
        call.say(TurnComplete())
        if call.socket == "dialing":
            call.opened()
    assert call.incidents() == ["empty_turn"] * 3
    assert [redial.handle for redial in call.did(Redial)] == ["h-1", None]
    assert len(call.did(PromptReply)) == 1


def test_a_model_that_may_stay_silent_is_left_in_peace_once():
    call = Call(capabilities("developer", "gemini-3.8-live"))
    call.person_says(" talking to my dog")
    call.say(TurnComplete())
    call.advance(60)
    assert call.did(PromptReply) == []
    assert call.notices() == ["silent_turn"], "the person is told that no answer will come"
    call.person_says(" hello? are you there?")
    call.say(TurnComplete())
    assert call.did(PromptReply) == [PromptReply("")]


def test_rejected_answers_are_asked_for_again_and_withheld_ones_are_told():
    call = Call()
    call.person_says()
    call.say(TurnComplete("RESPONSE_REJECTED"))
    assert call.incidents() == ["response_rejected"]
    assert len(call.did(PromptReply)) == 1
    call = Call()
    call.person_says()
    call.say(TurnComplete("PROHIBITED_INPUT_CONTENT"))
    assert call.did(PromptReply) == []
    assert call.notices() == ["answer_withheld"]
    call.advance(60)
    assert call.incidents() == ["answer_withheld"]


def test_a_moment_of_silence_leaves_what_is_owed_with_a_time_at_which_it_is_given_up():
    call = Call()
    call.mic(LOUD, 4)
    call.mic(QUIET, 14)
    assert call.core.watchdog.deadline is not None, "a sound that may have been a word"
    call.say(ModelAudio(b"\x00" * 6_000))
    call.say(TurnComplete())
    call.waiting_law()
    assert call.core.watchdog.deadline is not None
    call.advance(120)
    assert call.core.watchdog.deadline is None


def test_an_answer_that_dies_with_its_socket_is_gone_on_with():
    call = Call()
    call.person_says(" tell me a story")
    call.say(ModelTranscriptDelta("Once upon a time"))
    call.say(ModelAudio(SOUND))
    call.socket = "none"
    call.say(SocketLost(1006, ""))
    call.advance(0.01)
    [dial] = [d for d in call.did(Dial) if d.handle == "h-1"]
    assert [(t.role, t.text) for t in dial.history] == [("user", "tell me a story"), ("model", "Once upon a")]
    before = len(call.did(SendAudio))
    call.opened()
    assert call.did(PromptReply) == [PromptReply(CONTINUE_PROMPT)]
    again = [frame.pcm[4:] for frame in call.did(SendAudio)[before:]]
    assert LOUD[4:] not in again, "the question is asked again although it was being answered"


@pytest.mark.parametrize("quiet_frames", [0, 20])
def test_words_that_die_with_their_socket_are_said_again_from_their_beginning(quiet_frames: int):
    call = Call()
    call.mic(QUIET, 100)
    call.mic(LOUD, 60)
    call.mic(QUIET, quiet_frames)
    call.socket = "none"
    call.say(SocketLost(1006, ""))
    call.mic(LOUD, 10)
    call.advance(0.5)
    assert call.socket == "dialing"
    call.on_this_socket.clear()
    call.opened()
    assert set(range(101, 171 + quiet_frames)) <= call.on_this_socket
    assert min(call.on_this_socket) >= 70, "old silence is said again"


def test_typed_words_that_had_no_answer_are_sent_again_and_refused_ones_are_not():
    call = Call()
    call.say(TextTyped("hello"))
    call.socket = "none"
    call.say(SocketLost(1006, ""))
    call.advance(0.5)
    call.opened()
    assert call.did(SendText) == [SendText("hello")] * 2
    call.socket = "none"
    call.say(SocketLost(1007, "Request contains an invalid argument."))
    call.advance(5)
    call.opened()
    assert call.did(SendText) == [SendText("hello")] * 2


def test_a_function_running_when_the_socket_dies_runs_once_for_the_next_session():
    call = Call()
    call.say(TextTyped("weather?"))
    call.calls["c0"] = call.session
    call.say(ToolCalled("c0", "f", {"n": 1}))
    call.socket = "none"
    call.say(SocketLost(1006, ""))
    call.advance(0.5)
    call.opened()
    call.calls["c1"] = call.session
    call.say(ToolCalled("c1", "f", {"n": 1}))
    call.running.pop("c0")
    call.say(ToolFinished("c0", True, {"sky": "clear"}, "clear"))
    assert [(answer.id, dict(answer.response)) for answer in call.did(SendToolResponse)] == [("c1", {"sky": "clear"})]
    assert call.ran == {"c0"}


def test_a_call_that_comes_twice_under_one_id_gets_the_same_answer_twice():
    call = Call()
    call.say(TextTyped("weather?"))
    call.calls["c0"] = call.session
    call.say(ToolCalled("c0", "f", {}))
    call.say(ToolFinished("c0", True, {"n": 1}, ""))
    call.answered.clear()
    call.say(ToolCalled("c0", "f", {}))
    assert len(call.did(SendToolResponse)) == 2
    assert call.ran == {"c0"}


def test_the_microphone_is_gated_only_where_the_model_needs_it_for_ten_seconds():
    call = Call(capabilities("developer", "gemini-2.5-flash-native-audio-preview-12-2025"))
    call.calls["c0"] = call.session
    call.say(ToolCalled("c0", "f", {}))
    before = len(call.did(SendAudio))
    call.mic(LOUD, 100)
    assert len(call.did(SendAudio)) == before
    call.mic(QUIET, 410)
    assert len(call.did(SendAudio)) - before == 510, "what the person said behind the gate is lost"
    other = Call()
    other.calls["c0"] = other.session
    other.say(ToolCalled("c0", "f", {}))
    other.mic(LOUD, 1)
    assert len(other.did(SendAudio)) == 1


def test_when_the_model_stays_away_the_fallback_takes_over_with_the_history():
    call = Call(PLAIN, capabilities("developer", "gemini-3.1-flash-live-preview"))
    call.say(TextTyped("my name is Ada"))
    call.model_answers("Nice to meet you.")
    for _ in range(8):
        if call.socket == "none" or call.core.link.model:
            break
        call.socket = "none"
        call.say(SocketLost(1011, "Internal error encountered."))
        call.advance(20)
        if call.socket == "dialing" and not call.core.link.model:
            call.opened()
    call.advance(1)
    assert "fallback_model" in call.incidents()
    dial = call.did(Dial)[-1]
    assert (dial.model, dial.handle) == (1, None)
    assert [turn.text for turn in dial.history] == ["my name is Ada", "Nice to meet you."]
    call.say(SetupComplete())


def test_an_answer_that_was_heard_before_an_interruption_resets_the_steps():
    call = Call()
    call.person_says()
    call.advance(LIMIT_S + 0.1)
    call.say(ModelTranscriptDelta("It is"))
    call.say(ModelAudio(SOUND))
    call.mic(LOUD, 20)
    call.say(Interrupted())
    call.say(TurnComplete())
    call.mic(QUIET, 20)
    call.person_says(" no, wait")
    call.advance(LIMIT_S + 0.1)
    assert len(call.did(PromptReply)) == 2
    assert call.did(Redial) == []


def test_a_model_that_says_it_works_on_and_then_says_nothing_is_asked_for_its_answer():
    call = Call()
    call.person_says()
    call.say(ModelTranscriptDelta("Let me see."))
    call.say(ModelAudio(SOUND))
    call.say(TurnComplete(more=True))
    call.advance(LIMIT_S + 0.1)
    assert call.incidents() == ["no_reply"]
    assert call.did(PromptReply) == [PromptReply("")]


def test_whoever_mutes_in_mid_sentence_has_spoken_until_then():
    call = Call()
    call.say(ModelTranscriptDelta("It is sunny in Paris today."))
    call.say(ModelAudio(SOUND * 4))
    call.mic(LOUD, 20)
    call.say(MicMuted(True))
    call.advance(0.5)
    call.say(Interrupted())
    call.say(TurnComplete())
    call.advance(3)
    assert "phantom_interruption" not in call.incidents()
