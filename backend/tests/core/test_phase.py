"""What the page is told while an answer is owed: never that somebody just listens."""

import pytest

from s2s import wire
from s2s.core.effects import Incident, PromptReply, SendToBrowser, StopGeneration
from s2s.core.events import (
    ActivityMarked,
    GenerationComplete,
    Interrupted,
    InterruptPressed,
    ModelAudio,
    ModelTranscriptDelta,
    ResumptionHandle,
    TextTyped,
    ToolCalled,
    ToolFinished,
    TurnComplete,
    UpstreamEvent,
    UsageCounted,
    UserTranscriptDelta,
)
from s2s.core.phase import MAX_WORK_S, OVERDUE_AFTER_S
from s2s.upstream.models.model_capabilities import capabilities
from tests.core.told_call import SOUND, Call
from tests.stories import LOUD, QUIET


def states(call: Call, since: float = 0.0) -> list[wire.State]:
    tells = [effect.message for at, effect in call.log if isinstance(effect, SendToBrowser) and at >= since]
    return [message for message in tells if isinstance(message, wire.State)]


def phases(call: Call, since: float = 0.0) -> list[str]:
    return [state.phase for state in states(call, since)]


def reopened(call: Call) -> None:
    if call.socket != "live":
        call.opened()


def test_while_an_answer_is_owed_the_page_never_says_that_it_listens():
    call = Call()
    call.person_says(" what is the weather")
    asked = call.now
    for _ in range(40):
        call.advance(0.5)
        reopened(call)
        if "no_answer" in call.notices():
            break
        assert call.core.conversation.phase in ("thinking", "reconnecting"), call.now - asked
    assert "listening" not in phases(call, asked)


def test_a_long_wait_is_called_one_once_until_the_answer_comes():
    call = Call()
    call.person_says(" what is the weather")
    call.advance(OVERDUE_AFTER_S - 0.5)
    assert not any(state.overdue is True for state in states(call))
    call.advance(1.0)
    assert states(call)[-1] == wire.State(phase="thinking", overdue=True)
    call.advance(3)
    assert [state.overdue for state in states(call)].count(True) == 1
    call.say(ModelTranscriptDelta("It is sunny."))
    call.say(ModelAudio(SOUND))
    assert states(call)[-1] == wire.State(phase="speaking")


@pytest.mark.parametrize("heard_s", [0.0, 0.5])
@pytest.mark.parametrize("end", [[TurnComplete()], [Interrupted(), TurnComplete()], []], ids=["end", "cut", "none"])
def test_an_answer_that_we_cut_because_it_was_silent_is_still_owed(heard_s: float, end: list[UpstreamEvent]):
    """What we ask in the middle of a turn interrupts it: that is our doing, not the person's."""
    call = Call()
    call.person_says(" what is the time in London")
    asked = call.now
    for step in (1, 2, 3):
        reopened(call)
        call.say(ModelTranscriptDelta("It is ten o'clock in London now."))
        call.say(ModelAudio(b"\x01\x00" * 48_000))
        call.advance(heard_s)
        call.say(GenerationComplete())
        for event in end if call.socket == "live" else ():
            call.say(event)
        assert call.did(Incident)[-1].text == f"An answer was too quiet to hear. Step {step}."
        call.advance(2)
        reopened(call)
        assert {"interrupted", "listening"}.isdisjoint(phases(call, asked))
    again = call.now
    call.model_answers(" Ten o'clock.")
    assert phases(call, again)[-2:] == ["speaking", "listening"]
    assert call.incidents() == ["near_silent"] * 3


@pytest.mark.parametrize("end", [[TurnComplete()], [Interrupted(), TurnComplete()], []], ids=["end", "cut", "none"])
def test_a_silent_answer_that_is_not_said_again_is_waited_for_like_any_other(end: list[UpstreamEvent]):
    call = Call()
    call.person_says(" what is the time in London")
    call.say(ModelTranscriptDelta("It is ten o'clock in London now."))
    call.say(ModelAudio(b"\x01\x00" * 48_000))
    call.say(GenerationComplete())
    for event in end:
        call.say(event)
    for _ in range(200):
        call.advance(0.5)
        reopened(call)
        if "no_answer" in call.notices():
            break
    assert "no_answer" in call.notices()
    assert call.incidents()[0] == "near_silent"


def test_when_nobody_answers_at_all_the_page_listens_again_as_soon_as_it_says_so():
    call = Call()
    call.person_says(" hello")
    for _ in range(200):
        call.advance(0.5)
        reopened(call)
        if "no_answer" in call.notices():
            break
    assert "no_answer" in call.notices()
    assert call.core.conversation.phase == "listening"


def test_who_speaks_again_while_they_wait_is_listened_to():
    call = Call()
    call.person_says(" hello")
    call.advance(9)
    call.mic(LOUD, 20)
    assert call.core.conversation.phase == "listening"
    call.mic(QUIET, 20)
    call.say(UserTranscriptDelta(" are you there"))
    assert states(call)[-1] == wire.State(phase="thinking")
    call.advance(OVERDUE_AFTER_S + 1)
    assert states(call)[-1] == wire.State(phase="thinking", overdue=True)


def test_a_noise_that_had_no_words_is_not_waited_on_for_long():
    call = Call()
    call.mic(LOUD, 15)
    call.mic(QUIET, 20)
    call.advance(9)
    assert call.core.conversation.phase == "listening"


def test_typed_words_are_waited_on_like_spoken_ones():
    call = Call()
    call.say(TextTyped("hello"))
    call.advance(11)
    assert states(call)[-1] == wire.State(phase="thinking", overdue=True)


def test_after_push_to_talk_the_page_thinks_though_no_words_have_come_yet():
    call = Call()
    call.core.conversation.manual_activity = True
    call.say(ActivityMarked(started=True))
    assert call.core.conversation.phase == "listening"
    call.mic(LOUD, 40)
    call.say(ActivityMarked(started=False))
    call.advance(11)
    assert call.core.conversation.phase == "thinking"
    call.say(ActivityMarked(started=True))
    assert call.core.conversation.phase == "listening"


def test_between_a_call_on_vertex_and_its_spoken_answer_the_page_thinks():
    """GEMINI_WIRE R9: the turn of the call ends, empty and with usage; the answer is a turn of its own."""
    call = Call(capabilities("vertex", "gemini-live-2.5-flash-native-audio"))
    call.person_says(" what is the weather in Paris")
    call.calls["c1"] = call.session
    call.say(ToolCalled("c1", "get_weather", {"city": "Paris"}))
    call.say(ToolFinished("c1", True, {"sky": "clear"}, "clear"))
    answered = call.now
    call.say(GenerationComplete())
    call.say(UsageCounted(600, 0, 600))
    call.say(TurnComplete())
    call.advance(6)
    assert call.core.conversation.phase == "thinking"
    assert "listening" not in phases(call, answered)
    call.say(ModelTranscriptDelta("It is clear in Paris."))
    call.say(ModelAudio(SOUND))
    assert call.core.conversation.phase == "speaking"
    call.say(GenerationComplete())
    call.say(TurnComplete())
    call.advance(3)
    assert call.core.conversation.phase == "listening"


def test_while_a_function_of_2_5_runs_after_the_end_of_its_turn_the_page_thinks():
    """google/adk-python#5407: the turn is complete with the call, which is then waited for."""
    call = Call(capabilities("developer", "gemini-2.5-flash-native-audio-latest"))
    call.person_says(" what is the weather in Paris")
    asked = call.now
    call.calls["c1"] = call.session
    call.say(ToolCalled("c1", "get_weather", {"city": "Paris"}))
    call.say(GenerationComplete())
    call.say(UsageCounted(600, 0, 600))
    call.say(TurnComplete())
    call.advance(8)
    assert call.core.conversation.phase == "tool"
    call.say(ToolFinished("c1", True, {"sky": "clear"}, "clear"))
    call.advance(4)
    assert call.core.conversation.phase == "thinking"
    assert "listening" not in phases(call, asked)
    call.say(ModelTranscriptDelta("It is clear in Paris."))
    call.say(ModelAudio(SOUND))
    assert call.core.conversation.phase == "speaking"
    call.say(GenerationComplete())
    call.say(TurnComplete())
    call.advance(3)
    assert call.core.conversation.phase == "listening"


def test_while_a_model_of_extended_thinking_works_the_page_thinks():
    """GEMINI_WIRE R12: filler, IN_PROGRESS, a call up to 28 s later, IDLE."""
    call = Call(capabilities("developer", "gemini-3.8-live-extended-thinking"))
    call.person_says(" plan my trip")
    call.say(ModelTranscriptDelta("Let me see."))
    call.say(ModelAudio(SOUND))
    call.say(GenerationComplete())
    call.say(TurnComplete(more=True))
    call.advance(1.5)
    began = call.now
    assert call.core.conversation.phase == "thinking"
    call.advance(26)
    assert call.core.conversation.phase == "thinking"
    assert not any(state.overdue is True for state in states(call)), "it said that it works"
    call.calls["c1"] = call.session
    call.say(ToolCalled("c1", "find_trains", {}))
    assert call.core.conversation.phase == "tool"
    call.say(ToolFinished("c1", True, {"trains": 3}, "3 trains"))
    call.advance(4)
    assert call.core.conversation.phase == "thinking"
    assert "listening" not in phases(call, began)
    call.say(ModelTranscriptDelta("There are three trains."))
    call.say(ModelAudio(SOUND))
    call.say(GenerationComplete())
    call.say(TurnComplete())
    call.advance(3)
    assert call.core.conversation.phase == "listening"
    assert call.incidents() == []


def test_a_model_that_never_says_it_is_idle_does_not_think_for_ever():
    call = Call()
    call.model_answers()
    call.say(TurnComplete(more=True))
    call.advance(1)
    assert call.core.conversation.phase == "thinking"
    call.advance(MAX_WORK_S)
    assert call.core.conversation.phase == "listening"


def test_once_the_answer_was_heard_the_page_listens_though_the_turn_end_is_late():
    call = Call()
    call.person_says(" hello")
    call.say(ModelTranscriptDelta("Fine, thank you."))
    call.say(ModelAudio(SOUND))
    call.say(GenerationComplete())
    call.advance(3)
    assert call.core.conversation.phase == "listening"
    call.say(TurnComplete())
    assert call.core.conversation.phase == "listening"


def test_the_button_stops_a_wait_however_long_it_has_been():
    call = Call()
    call.person_says(" hello")
    call.advance(10)
    assert call.core.conversation.phase == "thinking"
    call.say(InterruptPressed())
    assert call.core.conversation.last_interrupt.interrupted
    assert call.did(StopGeneration)
    call.advance(3)
    assert call.core.conversation.phase == "listening"
    call.advance(20)
    assert call.did(PromptReply) == []


def test_an_interruption_before_any_word_of_the_answer_leaves_the_wait():
    """GEMINI_WIRE R10: a result that interrupts brings `interrupted`, the end of a turn, and then the answer."""
    call = Call()
    call.person_says(" look it up")
    call.calls["c1"] = call.session
    call.say(ToolCalled("c1", "search", {}))
    call.say(ToolFinished("c1", True, {"found": 1}, "1"))
    call.say(Interrupted())
    call.say(TurnComplete())
    call.advance(3)
    assert call.core.conversation.phase == "thinking"


def test_a_resumed_session_goes_on_thinking_about_what_it_was_asked():
    call = Call()
    call.say(ResumptionHandle("h-2"))
    call.person_says(" hello")
    call.lose(0.0)
    call.advance(1)
    call.opened()
    call.advance(9)
    assert call.core.conversation.phase == "thinking"
