"""Stories on a timeline: an answer from its first voice to its last, functions, and a link that is lost."""

from s2s import wire
from s2s.core.effects import (
    LogTranscript,
    PromptReply,
    RunTool,
    SendActivity,
    SendAudio,
    SendText,
    SendToBrowser,
    SendToolResponse,
    StopTool,
)
from s2s.core.events import (
    ActivityMarked,
    BrowserAttached,
    BrowserDetached,
    GenerationComplete,
    Interrupted,
    LinkLost,
    MicAudio,
    ModelAudio,
    ModelTranscriptDelta,
    SetupComplete,
    TextTyped,
    ToolCalled,
    ToolCancelled,
    ToolFinished,
    TurnComplete,
    UserTranscriptDelta,
)
from s2s.core.texts.prompts import CONTINUE_PROMPT
from s2s.core.turn_machine import Turn
from tests.stage import Stage, mic, voice


def test_an_answer_is_paced_no_further_than_the_lead_ahead_of_the_ear():
    s = Stage(lead_ms=240)
    s.say(ModelAudio(voice(5.0)))
    assert len(s.frames()) == 12
    s.advance(1.06)
    assert len(s.frames()) == 12 + 50
    s.advance(10)
    assert len(s.frames()) == 250


def test_an_answer_is_heard_to_its_end_and_then_the_floor_is_free():
    s = Stage()
    s.say(ModelAudio(voice(1.0)))
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
    s.say(ModelAudio(voice(0.03)))
    s.say(TurnComplete())
    assert [len(frame.pcm) for _, frame in s.frames()] == [960, 960]
    assert s.frames()[-1][1].pcm == voice(0.01) + bytes(480)


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
    assert s.talk.upstream_buffer.dropped_frames == 100


def test_a_lost_link_plays_what_was_said_and_shows_it_afterwards():
    s = Stage()
    s.say(ModelAudio(voice(1.0)))
    s.say(LinkLost())
    s.advance(2)
    assert s.phases() == ["listening", "speaking", "reconnecting"]
    assert len(s.frames()) == 50
    s.say(SetupComplete())
    assert s.did(PromptReply) == [PromptReply(CONTINUE_PROMPT)]
    assert s.phases()[-1] == "thinking"


def test_a_function_is_called_answered_and_shown():
    s = Stage()
    s.say(ToolCalled("fc-1", "get_weather", {"city": "Paris"}))
    assert s.did(RunTool) == [RunTool("fc-1", "get_weather", {"city": "Paris"})]
    assert s.phases()[-1] == "tool"
    s.advance(0.3)
    s.say(ToolFinished("fc-1", True, {"sky": "clear"}, "Clear"))
    assert s.did(SendToolResponse) == [SendToolResponse("fc-1", "get_weather", {"sky": "clear"}, True)]
    assert s.told(wire.ToolResult)[0][1] == wire.ToolResult(id="fc-1", ok=True, summary="Clear", took_ms=300)
    assert s.phases()[-1] == "thinking"


def test_several_functions_run_at_once_and_each_id_is_answered():
    s = Stage()
    for call_id in ("a", "b", "c"):
        s.say(ToolCalled(call_id, "search", {"query": call_id}))
    for call_id in ("b", "c", "a"):
        s.say(ToolFinished(call_id, call_id != "c", {}, ""))
    assert [answer.id for answer in s.did(SendToolResponse)] == ["b", "c", "a"]


def test_a_cancelled_function_is_stopped_and_stays_silent():
    s = Stage()
    s.say(ToolCalled("fc-1", "search", {}))
    s.say(ToolCancelled(("fc-1", "unknown")))
    s.say(ToolFinished("fc-1", True, {}, "late"))
    assert s.did(StopTool) == [StopTool("fc-1")]
    assert s.did(SendToolResponse) == []
    assert s.told(wire.ToolResult)[0][1].ok is False
    assert s.phases()[-1] == "listening"


def test_a_result_that_comes_while_the_link_is_down_is_told_afterwards_in_words():
    # The next session never heard of that call: an answer under its id would close the socket.
    s = Stage()
    s.say(ToolCalled("fc-1", "search", {}))
    s.say(LinkLost())
    s.say(ToolFinished("fc-1", True, {"output": "x"}, "x"))
    assert s.did(PromptReply) == []
    s.say(SetupComplete())
    assert s.did(SendToolResponse) == []
    assert '{"output": "x"}' in s.did(PromptReply)[0].text


def test_a_call_without_an_id_is_answered_without_one():
    s = Stage()
    s.say(ToolCalled("call-1", "search", {}, echo_id=False))
    s.say(ToolFinished("call-1", True, {}, ""))
    assert s.did(SendToolResponse)[0].echo_id is False


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


def test_turn_numbers_wrap_and_the_conversation_goes_on():
    s = Stage()
    s.talk.model_speech.turn = 0xFFFF
    s.say(ModelAudio(voice(0.1)))
    assert s.frames()[0][1].turn == 0


def test_a_session_that_ends_in_mid_answer_writes_down_what_was_heard():
    s = Stage()
    s.say(UserTranscriptDelta("a question"))
    s.say(ModelTranscriptDelta("One two three four"))
    s.say(ModelAudio(voice(2.0)))
    s.advance(1.06)
    lines = [(e.who, e.text) for e in s.talk.close(s.now) if isinstance(e, LogTranscript)]
    assert lines == [("user", "a question"), ("model", "One two [cut off, not heard: three four]")]


def test_a_planned_hand_over_shows_no_face_and_loses_no_word():
    s = Stage()
    assert s.talk.is_idle
    s.say(LinkLost(planned=True))
    s.say(MicAudio(mic(True)))
    assert s.did(SendAudio) == []
    s.say(SetupComplete())
    assert len(s.did(SendAudio)) == 1
    assert s.phases() == ["listening"]


def test_a_conversation_that_owes_something_is_not_at_rest():
    s = Stage()
    s.say(ModelAudio(voice(0.5)))
    assert not s.talk.is_idle
    s.say(TurnComplete())
    s.advance(1)
    assert s.talk.is_idle
    s.say(ToolCalled("a", "f", {}))
    assert not s.talk.is_idle
    s.say(ToolFinished("a", True, {}, ""))
    assert not s.talk.is_idle
    s.say(ModelAudio(voice(0.1)))
    s.say(TurnComplete())
    s.advance(1)
    s.speak(0.3)
    assert not s.talk.is_idle


def test_a_listener_that_reports_is_believed_about_the_end():
    s = Stage()
    s.say(ModelAudio(voice(1.0)))
    s.say(GenerationComplete())
    s.advance(0.4)
    s.listen(1, 100)
    s.advance(0.95)
    assert s.phases()[-1] == "speaking"
    s.say(Interrupted())
    assert s.told(wire.Flush)[0][1].turn == 1


def test_the_reported_end_frees_the_floor_at_once():
    s = Stage()
    s.say(ModelAudio(voice(0.4)))
    s.say(GenerationComplete())
    s.advance(0.1)
    s.listen(1, 20)
    s.advance(0.4)
    assert s.phases()[-1] == "speaking"
    s.listen(1, 400)
    assert s.phases()[-1] == "listening"


def test_a_reported_end_that_never_comes_is_not_waited_for():
    s = Stage()
    s.say(ModelAudio(voice(0.4)))
    s.say(GenerationComplete())
    s.listen(1, 20)
    s.speak(0, then_quiet=2)
    assert s.phases()[-1] == "listening"


def test_a_slow_function_is_told_in_the_words_that_the_person_already_reads():
    s = Stage(tools=[{"name": "get_weather", "title": "Looking up the weather"}, {"name": "set_lights"}])
    s.say(ToolCalled("a", "get_weather", {}))
    s.say(ToolCalled("b", "set_lights", {}))
    s.advance(5)
    assert [e.message.message for e in s.did(SendToBrowser) if isinstance(e.message, wire.Notice)] == [
        "Looking up the weather is taking a little longer.",
        "Using the tool set lights is taking a little longer.",
    ]


def test_voice_waits_while_nobody_listens_and_goes_on_where_it_stopped():
    s = Stage()
    s.say(ModelAudio(voice(2.0)))
    s.advance(0.5)
    sent = len(s.frames())
    s.say(BrowserDetached())
    s.say(ModelAudio(voice(1.0)))
    s.say(TurnComplete())
    s.advance(20)
    assert len(s.frames()) == sent
    s.say(BrowserAttached())
    s.advance(10)
    assert len({frame.seq for _, frame in s.frames()}) == 150
    assert s.phases()[-1] == "listening"
