"""Stories on a timeline: the words and the face that the browser shows."""

from s2s import wire
from s2s.core.effects import EndAudioStream, LogTranscript
from s2s.core.events import (
    Interrupted,
    MicAudio,
    MicMuted,
    ModelAudio,
    ModelTranscriptDelta,
    ToolCalled,
    ToolFinished,
    TurnComplete,
    UsageCounted,
    UserTranscriptDelta,
)
from s2s.core.turn_machine import Turn
from tests.stage import Stage, mic, voice


def test_transcript_pieces_join_into_one_utterance_and_stand_when_the_answer_begins():
    s = Stage()
    for piece in (" what's", " the weather", " in Paris"):
        s.say(UserTranscriptDelta(piece))
    s.say(ModelAudio(voice(0.1)))
    texts = [(m.id, m.text, m.final) for _, m in s.told(wire.UserTranscript)]
    assert texts[-1] == (1, "what's the weather in Paris", True)
    s.say(UserTranscriptDelta("?"))
    assert s.told(wire.UserTranscript)[-1][1] == wire.UserTranscript(
        id=1, text="what's the weather in Paris?", final=True
    )


def test_words_are_shown_while_they_are_spoken_and_replaced_by_what_is_certain():
    s = Stage()
    s.say(UserTranscriptDelta("watts", interim=True))
    s.say(UserTranscriptDelta("what's the whether", interim=True))
    s.say(UserTranscriptDelta("what's the weather"))
    s.say(UserTranscriptDelta("in par", interim=True))
    s.say(UserTranscriptDelta(" in Paris?"))
    s.say(ModelAudio(voice(0.1)))
    shown = [(m.text, m.final) for _, m in s.told(wire.UserTranscript)]
    assert shown == [
        ("watts", False),
        ("what's the whether", False),
        ("what's the weather", False),
        ("what's the weather in par", False),
        ("what's the weather in Paris?", False),
        ("what's the weather in Paris?", True),
    ]


def test_a_guess_alone_is_shown_but_not_written_down():
    s = Stage()
    s.say(UserTranscriptDelta("mm", interim=True))
    s.say(ModelAudio(voice(0.1)))
    assert [(m.text, m.final) for _, m in s.told(wire.UserTranscript)] == [("mm", False), ("mm", True)]
    assert [entry for entry in s.did(LogTranscript) if entry.who == "user"] == []


def test_a_new_utterance_begins_when_the_person_is_heard_again():
    s = Stage()
    s.say(UserTranscriptDelta("first"))
    s.say(ModelAudio(voice(1.0)))
    s.advance(0.5)
    s.say(Interrupted())
    s.say(UserTranscriptDelta(" second"))
    assert [m.id for _, m in s.told(wire.UserTranscript)] == [1, 1, 2]
    assert [entry.text for entry in s.did(LogTranscript) if entry.who == "user"] == ["first"]


def test_the_face_thinks_from_the_end_of_speech_until_the_answer():
    s = Stage()
    s.speak(0.5, then_quiet=0.4)
    assert s.phases() == ["listening", "thinking"]
    s.say(ModelAudio(voice(0.5)))
    assert s.phases()[-1] == "speaking"


def test_a_thinking_face_gives_up_after_a_while():
    s = Stage()
    s.speak(0.5, then_quiet=0.4)
    s.advance(10)
    assert s.phases()[-1] == "listening"


def test_muting_lets_upstream_judge_what_it_has():
    s = Stage()
    s.say(MicAudio(mic(True)))
    s.say(MicMuted(True))
    s.say(MicMuted(False))
    assert len(s.did(EndAudioStream)) == 1


def test_usage_is_passed_on():
    s = Stage()
    s.say(UsageCounted(10, 5, 15))
    assert s.told(wire.Usage)[0][1] == wire.Usage(prompt_tokens=10, response_tokens=5, total_tokens=15)


def test_an_empty_turn_leaves_no_face_behind():
    s = Stage()
    s.speak(0.5, then_quiet=0.4)
    s.say(TurnComplete())
    assert s.phases()[-1] == "listening"


def test_an_answer_in_words_alone_is_a_turn_too():
    s = Stage()
    s.say(ModelTranscriptDelta("only words"))
    s.say(TurnComplete())
    assert s.told(wire.TurnEnd)[0][1] == wire.TurnEnd(turn=1, voice_ms=0)
    assert s.talk.turn is Turn.LISTENING


def test_words_that_are_transcribed_after_the_answer_began_are_still_written_down():
    s = Stage()
    s.say(UserTranscriptDelta("What's the"))
    s.say(ToolCalled("a", "get_weather", {}))
    s.say(UserTranscriptDelta(" weather in Paris?"))
    s.say(ToolFinished("a", True, {}, "fine"))
    s.say(ModelAudio(voice(0.1)))
    s.say(TurnComplete())
    assert [e.text for e in s.did(LogTranscript) if e.who == "user"] == ["What's the", "weather in Paris?"]
