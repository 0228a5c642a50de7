"""Stories on a timeline: what the person hears, sees and can stop."""

from s2s import wire
from s2s.capabilities import capabilities
from s2s.effects import (
    AnswerTool,
    EndAudioStream,
    Journal,
    Nudge,
    RunTool,
    SendActivity,
    SendAudio,
    SendContext,
    SendText,
    StopGeneration,
    StopTool,
    Tell,
)
from s2s.turns import Turn
from s2s.vocabulary import (
    ActivityMarked,
    GenerationComplete,
    Interrupted,
    InterruptPressed,
    LinkLost,
    ListenerBack,
    ListenerLeft,
    MicAudio,
    MicMuted,
    ModelSaid,
    Oddity,
    SetupComplete,
    TextTyped,
    ToolCalled,
    ToolCancelled,
    ToolFinished,
    TurnComplete,
    UsageCounted,
    UserSaid,
    VoiceOut,
)
from s2s.words import GO_ON
from tests.stage import Stage, mic, voice


def test_an_answer_is_paced_no_further_than_the_lead_ahead_of_the_ear():
    s = Stage(lead_ms=240)
    s.say(VoiceOut(voice(5.0)))
    assert len(s.frames()) == 12
    s.advance(1.06)
    assert len(s.frames()) == 12 + 50
    s.advance(10)
    assert len(s.frames()) == 250


def test_an_answer_is_heard_to_its_end_and_then_the_floor_is_free():
    s = Stage()
    s.say(VoiceOut(voice(1.0)))
    s.say(GenerationComplete())
    assert s.talk.turn is Turn.DRAINING
    s.advance(2)
    assert s.talk.turn is Turn.LISTENING
    assert s.phases() == ["listening", "speaking", "listening"]
    [(_, end)] = s.told(wire.TurnEnd)
    assert (end.turn, end.voice_ms) == (1, 1000)
    assert s.frames()[-1][1].last


def test_the_last_crumb_of_voice_is_filled_up_with_silence():
    s = Stage()
    s.say(VoiceOut(voice(0.03)))
    s.say(TurnComplete())
    assert [len(frame.pcm) for _, frame in s.frames()] == [960, 960]
    assert s.frames()[-1][1].pcm == voice(0.01) + bytes(480)


def test_talking_over_the_model_silences_it_and_reports_what_was_heard():
    s = Stage()
    s.say(VoiceOut(voice(4.0)))
    s.advance(0.56)
    s.say(Interrupted())
    s.advance(5)
    assert s.told(wire.Flush) == [(0.56, wire.Flush(turn=1, heard_ms=500))]
    assert max(at for at, _ in s.frames()) <= 0.56
    assert "interrupted" in s.phases()
    assert s.phases()[-1] == "listening"


def test_what_the_browser_played_replaces_the_estimate():
    s = Stage()
    s.say(VoiceOut(voice(4.0)))
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
    s.say(ModelSaid("It is sunny in Paris"))
    s.say(VoiceOut(voice(1.0)))
    s.say(ModelSaid(" and it will stay warm"))
    s.say(VoiceOut(voice(1.0)))
    s.advance(1.5)
    s.say(Interrupted())
    s.listen(1, 1150)
    [(_, heard)] = s.told(wire.Heard)
    assert heard.chars == len("It is sunny in Paris")
    [line] = [entry.text for entry in s.did(Journal) if entry.who == "model"]
    assert line == "It is sunny in Paris [cut off, not heard: and it will stay warm]"


def test_without_the_browsers_last_word_the_estimate_stands():
    s = Stage()
    s.say(ModelSaid("One two three four"))
    s.say(VoiceOut(voice(4.0)))
    s.advance(0.56)
    s.say(Interrupted())
    s.advance(2)
    [(at, heard)] = s.told(wire.Heard)
    assert (at, heard.ms) == (1.56, 500)


def test_the_button_silences_at_once_tells_upstream_and_drops_the_rest_of_the_turn():
    s = Stage()
    s.say(VoiceOut(voice(2.0)))
    s.advance(0.5)
    s.say(InterruptPressed(turn=1))
    assert s.talk.turn is Turn.CUT
    assert len(s.did(StopGeneration)) == 1
    sent = len(s.frames())
    s.say(VoiceOut(voice(3.0)))
    s.say(ModelSaid("words for the floor"))
    s.advance(1)
    assert len(s.frames()) == sent
    s.say(Interrupted())
    s.say(TurnComplete())
    s.say(VoiceOut(voice(0.5)))
    s.advance(1)
    assert {frame.turn for _, frame in s.frames()[sent:]} == {2}
    assert s.talk.last_interrupt.interrupted


def test_a_late_click_cannot_kill_the_next_answer():
    s = Stage()
    s.say(VoiceOut(voice(0.2)))
    s.say(TurnComplete())
    s.advance(1)
    s.say(VoiceOut(voice(2.0)))
    s.advance(0.1)
    s.say(InterruptPressed(turn=1))
    assert s.talk.turn is Turn.SPEAKING
    assert not s.talk.last_interrupt.interrupted
    assert s.told(wire.Flush) == []


def test_the_tail_can_be_cut_although_upstream_is_done():
    s = Stage()
    s.say(VoiceOut(voice(3.0)))
    s.say(GenerationComplete())
    s.advance(1.06)
    s.say(InterruptPressed(turn=1))
    assert s.talk.turn is Turn.LISTENING
    assert s.did(StopGeneration) == []
    assert s.told(wire.Flush)[0][1].heard_ms == 1000
    s.say(VoiceOut(voice(0.5)))
    assert s.frames()[-1][1].turn == 2


def test_talking_over_the_tail_cuts_it_too():
    s = Stage()
    s.say(VoiceOut(voice(3.0)))
    s.say(GenerationComplete())
    s.advance(0.5)
    s.say(Interrupted())
    s.say(TurnComplete())
    count = len(s.frames())
    s.advance(3)
    assert len(s.frames()) == count


def test_an_answer_that_begins_during_the_tail_of_another_loses_neither():
    s = Stage()
    s.say(VoiceOut(voice(1.0, value=1)))
    s.say(TurnComplete())
    s.advance(0.2)
    s.say(VoiceOut(voice(1.0, value=2)))
    s.say(TurnComplete())
    s.advance(5)
    heard = b"".join(frame.pcm for _, frame in s.frames())
    assert heard == voice(1.0, value=1) + voice(1.0, value=2)
    assert [end.turn for _, end in s.told(wire.TurnEnd)] == [1, 2]


def test_after_a_cut_that_upstream_never_confirms_the_floor_is_free_again():
    s = Stage()
    s.say(VoiceOut(voice(1.0)))
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


def test_words_spoken_while_connecting_are_delivered_in_order():
    s = Stage(live=False)
    first, second = b"\1" * 640, b"\2" * 640
    s.say(MicAudio(first))
    s.say(TextTyped("hello"))
    s.say(MicAudio(second))
    assert s.did(SendAudio) == []
    s.say(SetupComplete())
    sent = [e for _, e in s.log if isinstance(e, SendAudio | SendText)]
    assert sent == [SendAudio(first), SendText("hello"), SendAudio(second)]
    assert s.phases()[0] == "thinking"


def test_the_microphone_ring_keeps_the_newest_ten_seconds():
    s = Stage(live=False)
    for index in range(600):
        s.say(MicAudio(index.to_bytes(2, "little") * 320))
    s.say(SetupComplete())
    assert [int.from_bytes(e.pcm[:2], "little") for e in s.did(SendAudio)] == list(range(100, 600))
    assert s.talk.uplink.dropped_frames == 100


def test_a_lost_link_plays_what_was_said_and_shows_it_afterwards():
    s = Stage()
    s.say(VoiceOut(voice(1.0)))
    s.say(LinkLost())
    s.advance(2)
    assert s.phases() == ["listening", "speaking", "reconnecting"]
    assert len(s.frames()) == 50
    s.say(SetupComplete())
    assert s.did(Nudge) == [Nudge(GO_ON)]
    assert s.phases()[-1] == "thinking"


def test_a_function_is_called_answered_and_shown():
    s = Stage()
    s.say(ToolCalled("fc-1", "get_weather", {"city": "Paris"}))
    assert s.did(RunTool) == [RunTool("fc-1", "get_weather", {"city": "Paris"})]
    assert s.phases()[-1] == "tool"
    s.advance(0.3)
    s.say(ToolFinished("fc-1", True, {"sky": "clear"}, "Clear"))
    assert s.did(AnswerTool) == [AnswerTool("fc-1", "get_weather", {"sky": "clear"}, True)]
    assert s.told(wire.ToolResult)[0][1] == wire.ToolResult(id="fc-1", ok=True, summary="Clear", took_ms=300)
    assert s.phases()[-1] == "thinking"


def test_several_functions_run_at_once_and_each_id_is_answered():
    s = Stage()
    for call_id in ("a", "b", "c"):
        s.say(ToolCalled(call_id, "search", {"query": call_id}))
    for call_id in ("b", "c", "a"):
        s.say(ToolFinished(call_id, call_id != "c", {}, ""))
    assert [answer.id for answer in s.did(AnswerTool)] == ["b", "c", "a"]


def test_a_cancelled_function_is_stopped_and_stays_silent():
    s = Stage()
    s.say(ToolCalled("fc-1", "search", {}))
    s.say(ToolCancelled(("fc-1", "unknown")))
    s.say(ToolFinished("fc-1", True, {}, "late"))
    assert s.did(StopTool) == [StopTool("fc-1")]
    assert s.did(AnswerTool) == []
    assert s.told(wire.ToolResult)[0][1].ok is False
    assert s.phases()[-1] == "listening"


def test_a_result_that_comes_while_the_link_is_down_is_told_afterwards_in_words():
    # The next session never heard of that call: an answer under its id would close the socket.
    s = Stage()
    s.say(ToolCalled("fc-1", "search", {}))
    s.say(LinkLost())
    s.say(ToolFinished("fc-1", True, {"output": "x"}, "x"))
    assert s.did(Nudge) == []
    s.say(SetupComplete())
    assert s.did(AnswerTool) == []
    assert '{"output": "x"}' in s.did(Nudge)[0].text


def test_a_call_without_an_id_is_answered_without_one():
    s = Stage()
    s.say(ToolCalled("call-1", "search", {}, echo_id=False))
    s.say(ToolFinished("call-1", True, {}, ""))
    assert s.did(AnswerTool)[0].echo_id is False


def test_typing_takes_the_floor_like_speaking():
    s = Stage()
    s.say(VoiceOut(voice(3.0)))
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
    s.say(VoiceOut(voice(1.0)))
    s.say(Interrupted())
    s.say(TurnComplete())
    assert s.frames() == []
    s.say(VoiceOut(voice(0.1)))
    assert s.frames()[0][1].turn == 1


def test_an_answer_that_was_refused_before_it_began_does_not_cost_the_next_one():
    s = Stage()
    s.say(TextTyped("a question"))
    s.say(InterruptPressed(turn=1))
    s.advance(1.1)
    assert s.phases()[-1] == "listening"
    s.say(VoiceOut(voice(0.5)))
    assert len(s.frames()) > 0


def test_the_button_that_meant_an_answer_still_to_come_stops_it_when_it_has_begun_meanwhile():
    s = Stage()
    s.say(TextTyped("a question"))
    s.say(VoiceOut(voice(2.0)))
    s.say(InterruptPressed(turn=1))
    assert s.told(wire.Flush)[0][1].turn == 1
    assert s.talk.turn is Turn.CUT


def test_the_button_with_nothing_to_stop_says_so():
    s = Stage()
    s.say(InterruptPressed())
    assert not s.talk.last_interrupt.interrupted
    assert s.did(StopGeneration) == []


def test_transcript_pieces_join_into_one_utterance_and_stand_when_the_answer_begins():
    s = Stage()
    for piece in (" what's", " the weather", " in Paris"):
        s.say(UserSaid(piece))
    s.say(VoiceOut(voice(0.1)))
    texts = [(m.id, m.text, m.final) for _, m in s.told(wire.UserTranscript)]
    assert texts[-1] == (1, "what's the weather in Paris", True)
    s.say(UserSaid("?"))
    assert s.told(wire.UserTranscript)[-1][1] == wire.UserTranscript(
        id=1, text="what's the weather in Paris?", final=True
    )


def test_words_are_shown_while_they_are_spoken_and_replaced_by_what_is_certain():
    s = Stage()
    s.say(UserSaid("watts", interim=True))
    s.say(UserSaid("what's the whether", interim=True))
    s.say(UserSaid("what's the weather"))
    s.say(UserSaid("in par", interim=True))
    s.say(UserSaid(" in Paris?"))
    s.say(VoiceOut(voice(0.1)))
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
    s.say(UserSaid("mm", interim=True))
    s.say(VoiceOut(voice(0.1)))
    assert [(m.text, m.final) for _, m in s.told(wire.UserTranscript)] == [("mm", False), ("mm", True)]
    assert [entry for entry in s.did(Journal) if entry.who == "user"] == []


def test_a_new_utterance_begins_when_the_person_is_heard_again():
    s = Stage()
    s.say(UserSaid("first"))
    s.say(VoiceOut(voice(1.0)))
    s.advance(0.5)
    s.say(Interrupted())
    s.say(UserSaid(" second"))
    assert [m.id for _, m in s.told(wire.UserTranscript)] == [1, 1, 2]
    assert [entry.text for entry in s.did(Journal) if entry.who == "user"] == ["first"]


def test_the_face_thinks_from_the_end_of_speech_until_the_answer():
    s = Stage()
    s.speak(0.5, then_quiet=0.4)
    assert s.phases() == ["listening", "thinking"]
    s.say(VoiceOut(voice(0.5)))
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


def test_push_to_talk_marks_go_up_only_where_the_session_wants_them():
    manual = Stage(manual_activity=True)
    manual.say(ActivityMarked(True))
    manual.say(ActivityMarked(False))
    assert manual.did(SendActivity) == [SendActivity(True), SendActivity(False)]
    assert manual.phases()[-1] == "thinking"
    automatic = Stage()
    automatic.say(ActivityMarked(True))
    assert automatic.did(SendActivity) == []
    assert automatic.told(wire.Notice)[0][1].code == "activity_is_automatic"


def test_usage_is_passed_on_and_an_unreadable_message_is_written_down():
    s = Stage()
    s.say(UsageCounted(10, 5, 15))
    assert s.told(wire.Usage)[0][1] == wire.Usage(prompt_tokens=10, response_tokens=5, total_tokens=15)
    s.say(Oddity("nonsense"))
    assert "nonsense" in s.did(Journal)[-1].text


def test_an_empty_turn_leaves_no_face_behind():
    s = Stage()
    s.speak(0.5, then_quiet=0.4)
    s.say(TurnComplete())
    assert s.phases()[-1] == "listening"


def test_an_answer_in_words_alone_is_a_turn_too():
    s = Stage()
    s.say(ModelSaid("only words"))
    s.say(TurnComplete())
    assert s.told(wire.TurnEnd)[0][1] == wire.TurnEnd(turn=1, voice_ms=0)
    assert s.talk.turn is Turn.LISTENING


def test_turn_numbers_wrap_and_the_conversation_goes_on():
    s = Stage()
    s.talk.speech.turn = 0xFFFF
    s.say(VoiceOut(voice(0.1)))
    assert s.frames()[0][1].turn == 0


def test_a_session_that_ends_in_mid_answer_writes_down_what_was_heard():
    s = Stage()
    s.say(UserSaid("a question"))
    s.say(ModelSaid("One two three four"))
    s.say(VoiceOut(voice(2.0)))
    s.advance(1.06)
    lines = [(e.who, e.text) for e in s.talk.leave(s.now) if isinstance(e, Journal)]
    assert lines == [("user", "a question"), ("model", "One two [cut off, not heard: three four]")]


def test_a_planned_hand_over_shows_no_face_and_loses_no_word():
    s = Stage()
    assert s.talk.at_rest
    s.say(LinkLost(planned=True))
    s.say(MicAudio(mic(True)))
    assert s.did(SendAudio) == []
    s.say(SetupComplete())
    assert len(s.did(SendAudio)) == 1
    assert s.phases() == ["listening"]


def test_a_conversation_that_owes_something_is_not_at_rest():
    s = Stage()
    s.say(VoiceOut(voice(0.5)))
    assert not s.talk.at_rest
    s.say(TurnComplete())
    s.advance(1)
    assert s.talk.at_rest
    s.say(ToolCalled("a", "f", {}))
    assert not s.talk.at_rest
    s.say(ToolFinished("a", True, {}, ""))
    assert not s.talk.at_rest
    s.say(VoiceOut(voice(0.1)))
    s.say(TurnComplete())
    s.advance(1)
    s.speak(0.3)
    assert not s.talk.at_rest


def test_a_listener_that_reports_is_believed_about_the_end():
    s = Stage()
    s.say(VoiceOut(voice(1.0)))
    s.say(GenerationComplete())
    s.advance(0.4)
    s.listen(1, 100)
    s.advance(0.95)
    assert s.phases()[-1] == "speaking"
    s.say(Interrupted())
    assert s.told(wire.Flush)[0][1].turn == 1


def test_the_reported_end_frees_the_floor_at_once():
    s = Stage()
    s.say(VoiceOut(voice(0.4)))
    s.say(GenerationComplete())
    s.advance(0.1)
    s.listen(1, 20)
    s.advance(0.4)
    assert s.phases()[-1] == "speaking"
    s.listen(1, 400)
    assert s.phases()[-1] == "listening"


def test_a_reported_end_that_never_comes_is_not_waited_for():
    s = Stage()
    s.say(VoiceOut(voice(0.4)))
    s.say(GenerationComplete())
    s.listen(1, 20)
    s.speak(0, then_quiet=2)
    assert s.phases()[-1] == "listening"


def test_a_slow_function_is_told_in_the_words_that_the_person_already_reads():
    s = Stage(tools=[{"name": "get_weather", "title": "Looking up the weather"}, {"name": "set_lights"}])
    s.say(ToolCalled("a", "get_weather", {}))
    s.say(ToolCalled("b", "set_lights", {}))
    s.advance(5)
    assert [e.message.message for e in s.did(Tell) if isinstance(e.message, wire.Notice)] == [
        "Looking up the weather takes a little longer.",
        "Using the tool set lights takes a little longer.",
    ]


def test_words_that_are_transcribed_after_the_answer_began_are_still_written_down():
    s = Stage()
    s.say(UserSaid("What's the"))
    s.say(ToolCalled("a", "get_weather", {}))
    s.say(UserSaid(" weather in Paris?"))
    s.say(ToolFinished("a", True, {}, "fine"))
    s.say(VoiceOut(voice(0.1)))
    s.say(TurnComplete())
    assert [e.text for e in s.did(Journal) if e.who == "user"] == ["What's the", "weather in Paris?"]


def test_voice_waits_while_nobody_listens_and_goes_on_where_it_stopped():
    s = Stage()
    s.say(VoiceOut(voice(2.0)))
    s.advance(0.5)
    sent = len(s.frames())
    s.say(ListenerLeft())
    s.say(VoiceOut(voice(1.0)))
    s.say(TurnComplete())
    s.advance(20)
    assert len(s.frames()) == sent
    s.say(ListenerBack())
    s.advance(10)
    assert len({frame.seq for _, frame in s.frames()}) == 150
    assert s.phases()[-1] == "listening"


def test_words_typed_while_the_face_thinks_in_vain_are_answered():
    s = Stage()
    s.speak(0.5, then_quiet=0.4)
    assert s.phases()[-1] == "thinking"
    s.say(TextTyped("hello"))
    s.advance(0.3)
    s.say(VoiceOut(voice(0.5)))
    assert len(s.frames()) > 0


def cut_in_the_middle(s: Stage) -> None:
    s.say(ModelSaid("It is sunny in Paris and it will stay warm"))
    s.say(VoiceOut(voice(3.0)))
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
    s.say(UserSaid(" and London?"))
    s.listen(1, 1000)
    assert s.did(SendContext) == []
    s.say(VoiceOut(voice(0.5)))
    assert s.did(SendContext) == []
    s.say(TurnComplete())
    s.advance(2)
    assert len(s.did(SendContext)) == 1


def test_a_model_that_takes_no_words_in_mid_session_is_told_nothing():
    s = Stage(abilities=capabilities("developer", "gemini-3.1-flash-live-preview"))
    cut_in_the_middle(s)
    s.say(Interrupted())
    s.advance(5)
    assert s.did(SendContext) == []


def test_what_is_typed_after_the_button_in_the_last_words_of_an_answer_is_answered():
    s = Stage()
    s.say(ModelSaid("It is sunny in Paris and it will stay warm"))
    s.say(VoiceOut(voice(3.0)))
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
    s.say(VoiceOut(voice(0.5)))
    s.say(TurnComplete())
    s.advance(2)
    assert len(s.did(SendContext)) == 1


def test_what_is_typed_into_the_last_words_of_an_answer_is_answered():
    s = Stage()
    s.say(ModelSaid("It is sunny in Paris and it will stay warm"))
    s.say(VoiceOut(voice(3.0)))
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
