"""Stories on a timeline: what silences the model, what was heard of it, and what it is told."""

import pytest

from s2s import wire
from s2s.core.effects import LogTranscript, SendContext, SendText, StopGeneration
from s2s.core.events import (
    GenerationComplete,
    Interrupted,
    InterruptPressed,
    ModelAudio,
    ModelTranscriptDelta,
    TextTyped,
    TurnComplete,
    UserTranscriptDelta,
)
from s2s.core.turn_machine import Turn
from s2s.upstream.models.model_capabilities import capabilities
from tests.stage import Stage, voice


def test_talking_over_the_model_silences_it_and_reports_what_was_heard():
    s = Stage()
    s.say(ModelAudio(voice(4.0)))
    s.advance(0.56)
    s.say(Interrupted())
    s.advance(5)
    assert s.told(wire.Flush) == [(0.56, wire.Flush(turn=1, heard_ms=500))]
    assert max(at for at, _ in s.frames()) <= 0.56
    assert "interrupted" in s.phases()
    assert s.phases()[-1] == "listening"


def test_what_the_browser_played_replaces_the_estimate():
    s = Stage()
    s.say(ModelAudio(voice(4.0)))
    s.advance(0.3)
    s.listen(1, 100)
    s.advance(0.1)
    s.say(Interrupted())
    assert s.told(wire.Flush)[0][1].heard_ms == 200
    s.listen(1, 187)
    [(_, heard)] = s.told(wire.Heard)
    assert (heard.turn, heard.ms) == (1, 187)


def test_the_words_that_were_never_heard_are_marked():
    s = Stage()
    s.say(ModelTranscriptDelta("It is sunny in Paris"))
    s.say(ModelAudio(voice(1.0)))
    s.say(ModelTranscriptDelta(" and it will stay warm"))
    s.say(ModelAudio(voice(1.0)))
    s.advance(1.5)
    s.say(Interrupted())
    s.listen(1, 1150)
    [(_, heard)] = s.told(wire.Heard)
    assert heard.chars == len("It is sunny in Paris")
    [line] = [entry.text for entry in s.did(LogTranscript) if entry.who == "model"]
    assert line == "It is sunny in Paris [cut off, not heard: and it will stay warm]"


def test_without_the_browsers_last_word_the_estimate_stands():
    s = Stage()
    s.say(ModelTranscriptDelta("One two three four"))
    s.say(ModelAudio(voice(4.0)))
    s.advance(0.56)
    s.say(Interrupted())
    s.advance(2)
    [(at, heard)] = s.told(wire.Heard)
    assert (at, heard.ms) == (1.56, 500)


def test_the_button_silences_at_once_tells_upstream_and_drops_the_rest_of_the_turn():
    s = Stage()
    s.say(ModelAudio(voice(2.0)))
    s.advance(0.5)
    s.say(InterruptPressed(turn=1))
    assert s.talk.turn is Turn.CUT
    assert len(s.did(StopGeneration)) == 1
    sent = len(s.frames())
    s.say(ModelAudio(voice(3.0)))
    s.say(ModelTranscriptDelta("words for the floor"))
    s.advance(1)
    assert len(s.frames()) == sent
    s.say(Interrupted())
    s.say(TurnComplete())
    s.say(ModelAudio(voice(0.5)))
    s.advance(1)
    assert {frame.turn for _, frame in s.frames()[sent:]} == {2}
    assert s.talk.last_interrupt.interrupted


def test_a_late_click_cannot_kill_the_next_answer():
    s = Stage()
    s.say(ModelAudio(voice(0.2)))
    s.say(TurnComplete())
    s.advance(1)
    s.say(ModelAudio(voice(2.0)))
    s.advance(0.1)
    s.say(InterruptPressed(turn=1))
    assert s.talk.turn is Turn.SPEAKING
    assert not s.talk.last_interrupt.interrupted
    assert s.told(wire.Flush) == []


def test_the_tail_can_be_cut_although_upstream_is_done():
    s = Stage()
    s.say(ModelAudio(voice(3.0)))
    s.say(GenerationComplete())
    s.advance(1.06)
    s.say(InterruptPressed(turn=1))
    assert s.talk.turn is Turn.LISTENING
    assert s.did(StopGeneration) == []
    assert s.told(wire.Flush)[0][1].heard_ms == 1000
    s.say(ModelAudio(voice(0.5)))
    assert s.frames()[-1][1].turn == 2


def test_talking_over_the_tail_cuts_it_too():
    s = Stage()
    s.say(ModelAudio(voice(3.0)))
    s.say(GenerationComplete())
    s.advance(0.5)
    s.say(Interrupted())
    s.say(TurnComplete())
    count = len(s.frames())
    s.advance(3)
    assert len(s.frames()) == count


def test_an_answer_that_begins_during_the_tail_of_another_loses_neither():
    s = Stage()
    s.say(ModelAudio(voice(1.0, value=1)))
    s.say(TurnComplete())
    s.advance(0.2)
    s.say(ModelAudio(voice(1.0, value=2)))
    s.say(TurnComplete())
    s.advance(5)
    heard = b"".join(frame.pcm for _, frame in s.frames())
    assert heard == voice(1.0, value=1) + voice(1.0, value=2)
    assert [end.turn for _, end in s.told(wire.TurnEnd)] == [1, 2]


def test_after_a_cut_that_upstream_never_confirms_the_floor_is_free_again():
    s = Stage()
    s.say(ModelAudio(voice(1.0)))
    s.say(InterruptPressed())
    s.advance(6)
    assert s.talk.turn is Turn.LISTENING


def test_a_phantom_interruption_without_any_voice_changes_nothing():
    s = Stage()
    s.say(Interrupted())
    s.say(TurnComplete())
    s.advance(2)
    assert s.told(wire.Flush) == []
    assert s.phases() == ["listening"]


def test_typing_takes_the_floor_like_speaking():
    s = Stage()
    s.say(ModelAudio(voice(3.0)))
    s.advance(0.5)
    s.say(TextTyped("stop, something else"))
    assert len(s.told(wire.Flush)) == 1
    assert s.did(SendText) == [SendText("stop, something else")]
    [(_, said)] = s.told(wire.UserTranscript)
    assert (said.text, said.final) == ("stop, something else", True)


def test_the_button_while_the_model_thinks_stops_the_thinking():
    s = Stage()
    s.say(TextTyped("a long question"))
    assert s.phases()[-1] == "thinking"
    s.say(InterruptPressed(turn=1))
    assert len(s.did(StopGeneration)) == 1
    assert s.phases()[-1] == "interrupted"
    assert s.talk.last_interrupt.interrupted
    s.say(ModelAudio(voice(1.0)))
    s.say(Interrupted())
    s.say(TurnComplete())
    assert s.frames() == []
    s.say(ModelAudio(voice(0.1)))
    assert s.frames()[0][1].turn == 1


def test_an_answer_that_was_refused_before_it_began_does_not_cost_the_next_one():
    s = Stage()
    s.say(TextTyped("a question"))
    s.say(InterruptPressed(turn=1))
    s.advance(1.1)
    assert s.phases()[-1] == "listening"
    s.say(ModelAudio(voice(0.5)))
    assert len(s.frames()) > 0


def test_an_interrupt_meant_for_the_next_answer_stops_it_if_it_has_already_begun():
    s = Stage()
    s.say(TextTyped("a question"))
    s.say(ModelAudio(voice(2.0)))
    s.say(InterruptPressed(turn=1))
    assert s.told(wire.Flush)[0][1].turn == 1
    assert s.talk.turn is Turn.CUT


def test_the_button_with_nothing_to_stop_says_so():
    s = Stage()
    s.say(InterruptPressed())
    assert not s.talk.last_interrupt.interrupted
    assert s.did(StopGeneration) == []


def test_words_typed_while_the_face_thinks_in_vain_are_answered():
    s = Stage()
    s.speak(0.5, then_quiet=0.4)
    assert s.phases()[-1] == "thinking"
    s.say(TextTyped("hello"))
    s.advance(0.3)
    s.say(ModelAudio(voice(0.5)))
    assert len(s.frames()) > 0


def cut_in_the_middle(s: Stage) -> None:
    s.say(ModelTranscriptDelta("It is sunny in Paris and it will stay warm"))
    s.say(ModelAudio(voice(3.0)))
    s.advance(1.06)


def test_the_model_is_told_where_it_was_cut_while_the_person_speaks():
    s = Stage()
    cut_in_the_middle(s)
    s.speak(0.2)
    s.say(Interrupted())
    s.listen(1, 1000)
    [note] = s.did(SendContext)
    assert note.text == '(Your last answer was cut off. Only this much of it was heard: "It is sunny")'


def test_what_the_model_is_told_never_interrupts_an_answer():
    s = Stage()
    cut_in_the_middle(s)
    s.say(Interrupted())
    s.say(UserTranscriptDelta(" and London?"))
    s.listen(1, 1000)
    assert s.did(SendContext) == []
    s.say(ModelAudio(voice(0.5)))
    assert s.did(SendContext) == []
    s.say(TurnComplete())
    s.advance(2)
    assert len(s.did(SendContext)) == 1


def test_a_model_that_takes_no_words_in_mid_session_is_told_nothing():
    s = Stage(capabilities=capabilities("developer", "gemini-3.1-flash-live-preview"))
    cut_in_the_middle(s)
    s.say(Interrupted())
    s.advance(5)
    assert s.did(SendContext) == []


def test_what_is_typed_after_the_button_in_the_last_words_of_an_answer_is_answered():
    s = Stage()
    s.say(ModelTranscriptDelta("It is sunny in Paris and it will stay warm"))
    s.say(ModelAudio(voice(3.0)))
    s.say(GenerationComplete())
    s.advance(1.06)
    s.say(InterruptPressed(turn=1))
    s.listen(1, 1000)
    s.advance(1)
    s.say(TextTyped("and London?"))
    # The service still counts the first answer as being spoken: the typed words end it there, too.
    s.say(Interrupted())
    s.say(TurnComplete())
    assert s.phases()[-1] == "thinking"
    told = [type(effect) for _, effect in s.log if isinstance(effect, SendContext | SendText)]
    assert told == [SendContext, SendText]
    s.say(ModelAudio(voice(0.5)))
    s.say(TurnComplete())
    s.advance(2)
    assert len(s.did(SendContext)) == 1


def test_what_is_typed_into_the_last_words_of_an_answer_is_answered():
    s = Stage()
    s.say(ModelTranscriptDelta("It is sunny in Paris and it will stay warm"))
    s.say(ModelAudio(voice(3.0)))
    s.say(GenerationComplete())
    s.advance(1.06)
    s.say(TextTyped("and London?"))
    s.say(Interrupted())
    s.say(TurnComplete())
    s.listen(1, 1000)
    assert s.did(SendContext) == []
    s.advance(0.7)
    assert s.phases()[-1] == "thinking"


def test_what_is_typed_while_an_earlier_question_is_thought_about_is_answered():
    s = Stage()
    s.say(TextTyped("a long question"))
    s.advance(0.2)
    s.say(TextTyped("no, another one"))
    s.say(Interrupted())
    s.say(TurnComplete())
    assert s.phases()[-1] == "thinking"


@pytest.mark.parametrize(("unheard", "notes"), [("it will", 0), ("it will stay", 1)])
def test_a_few_unheard_words_are_not_worth_a_note(unheard: str, notes: int):
    s = Stage()
    s.say(ModelTranscriptDelta("It is sunny"))
    s.say(ModelAudio(voice(1.0)))
    s.say(ModelTranscriptDelta(f" {unheard}"))
    s.say(ModelAudio(voice(1.0)))
    s.advance(1.0)
    s.speak(0.2)
    s.say(Interrupted())
    s.listen(1, 1000)
    assert len(s.did(SendContext)) == notes
