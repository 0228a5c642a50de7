"""When a conversation is moved from a socket that works to the next, and how often: in virtual time, hours of it."""

from random import Random

import pytest

from s2s.core.effects import Dial, Redial, SendText
from s2s.core.events import (
    DeadlineReached,
    GenerationComplete,
    GoAway,
    Idle,
    Interrupted,
    ModelAudio,
    ModelThinking,
    ModelTranscriptDelta,
    ReconnectUpstream,
    ResumptionHandle,
    SetupComplete,
    SocketLost,
    TextTyped,
    ToolCalled,
    TurnComplete,
    UserTranscriptDelta,
)
from s2s.core.link.upstream_link import (
    HAND_OVER_WINDOW_S,
    MAX_HAND_OVERS,
    MIN_HAND_OVER_INTERVAL_S,
    LinkState,
    UpstreamLink,
)
from s2s.upstream.models.model_capabilities import capabilities
from tests.core.told_call import SOUND, Call

LIVE_38 = capabilities("developer", "gemini-3.8-live")
VERTEX_25 = capabilities("vertex", "gemini-live-2.5-flash-native-audio")


class Service(Call):
    """A call whose upstream opens every socket at once, offers a handle, and then says what `greeting` says."""

    def __init__(self, *greeting: object) -> None:
        self.sockets = 0
        self.greeting = greeting
        super().__init__(LIVE_38)
        self.greet()

    def opened(self) -> None:
        self.sockets += 1
        super().opened()

    def greet(self) -> None:
        self.say(ResumptionHandle(f"h-{self.sockets}"))
        self.advance(1.0)
        for fact in self.greeting:
            self.say(fact)

    def wait(self, seconds: float) -> None:
        """Time passes second by second; a dialled socket opens."""
        until = self.now + seconds
        while self.now < until:
            self.advance(min(1.0, until - self.now))
            if self.socket == "dialing":
                self.opened()
                self.greet()


def test_a_go_away_of_minutes_opens_two_sockets_in_five_minutes():
    """Recorded on 3.8: "300s" a second after setup, on every socket (livekit/agents-js#2507)."""
    call = Service(GoAway(300.0))
    call.wait(30)
    assert call.sockets == 1, "nothing is done about it while minutes are left"
    call.wait(270)
    assert call.sockets == 2
    call.wait(3_300)
    assert call.sockets <= 1 + MAX_HAND_OVERS


def test_a_go_away_that_comes_again_at_once_does_not_spin():
    call = Service(GoAway(0.0))
    call.wait(3_600)
    assert call.sockets <= 1 + MAX_HAND_OVERS
    assert call.core.link.state in (LinkState.LIVE, LinkState.LEAVING), (
        "then the socket is kept until the service closes it"
    )
    lost = call.sockets
    call.socket = "none"
    call.say(SocketLost(1008, "The operation was aborted."))
    call.wait(1)
    assert call.sockets == lost + 1, "a loss is dialled again whatever was handed over"


def test_a_link_without_the_law_is_found_out(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("s2s.core.link.upstream_link.MIN_HAND_OVER_INTERVAL_S", 0.0)
    with pytest.raises(AssertionError, match="a hand-over"):
        Service(GoAway(0.0)).wait(120)


def test_an_early_go_away_in_mid_answer_does_not_cut_the_answer():
    call = Service(GoAway(300.0))
    call.person_says()
    call.say(ModelTranscriptDelta("A long answer"))
    for _ in range(20):
        call.say(ModelAudio(SOUND))
        call.wait(1)
    assert call.sockets == 1
    assert call.did(Redial) == []


def test_the_nine_minute_limit_is_handed_over_when_idle_with_the_newest_handle():
    """goAway "50s" at nine minutes; the close would come 50.4 s later (recorded)."""
    call = Service()
    call.wait(534)
    call.person_says()
    call.say(GoAway(50.0))
    call.model_answers()
    assert [(redial.handle, redial.history) for redial in call.did(Redial)] == [("h-2", ())]
    call.wait(60)
    assert call.sockets == 2


def test_the_classic_end_without_a_quiet_moment_is_a_loss_that_nobody_notices():
    link = UpstreamLink()
    link.open()
    link.handle(SetupComplete(), 0)
    link.handle(ResumptionHandle("h-1"), 500)
    link.handle(SocketLost(1008, "The operation was aborted."), 590.4)
    assert link.deadline == 590.4
    assert link.handle(DeadlineReached(), 590.4) == [Dial("h-1")]


def test_upstreams_latest_word_on_the_time_left_counts():
    link = UpstreamLink()
    link.open()
    link.handle(SetupComplete(), 0)
    link.handle(ResumptionHandle("h-1"), 1)
    link.handle(GoAway(300.0), 1)
    assert link.state is LinkState.LIVE
    link.handle(GoAway(20.0), 100)
    assert link.state is LinkState.LEAVING
    assert link.deadline == 117


def test_a_second_go_away_within_a_minute_waits_for_its_time():
    link = UpstreamLink()
    link.open()
    link.handle(SetupComplete(), 0)
    link.handle(GoAway(10.0), 100)
    assert link.handle(DeadlineReached(), 107) == [Redial(None)]
    link.handle(SetupComplete(), 108)
    link.handle(ResumptionHandle("h-1"), 108)
    link.handle(GoAway(90.0), 110)
    assert link.handle(Idle(), 111) == []
    assert link.handle(DeadlineReached(), link.deadline) == []
    assert link.deadline == 107 + MIN_HAND_OVER_INTERVAL_S
    link.handle(DeadlineReached(), 167)
    assert link.handle(Idle(), 168) == [Redial("h-1")]


def test_a_dial_that_says_nothing_is_given_up_and_tried_again():
    link = UpstreamLink()
    link.open(0.0)
    due = link.deadline
    assert due is not None
    effects = link.handle(DeadlineReached(), due)
    assert [type(effect).__name__ for effect in effects] == ["HangUp", "UpstreamStatusChanged"]
    assert link.handle(DeadlineReached(), link.deadline) == [Dial(None)]


@pytest.mark.parametrize("seed", range(24))
def test_whatever_upstream_announces_for_hours_the_law_of_hand_overs_holds(seed: int):
    """`WatchedCore` holds the law: one in 60 s, ten in an hour. Losses are dialled again at any time."""
    dice = Random(seed)
    call = Service()
    for step in range(400):
        if call.socket == "live":
            roll = dice.random()
            if roll < 0.35:
                call.say(GoAway(dice.choice((0.0, 2.0, 30.0, 50.0, 300.0, 1_200.0))))
            elif roll < 0.45:
                call.say(ResumptionHandle(f"h-{step}"))
            elif roll < 0.55:
                call.say(ModelAudio(SOUND))
                call.say(GenerationComplete())
                call.say(TurnComplete())
            elif roll < 0.65:
                call.say(TextTyped(f"question {step}"))
            elif roll < 0.72:
                call.say(UserTranscriptDelta(" word"))
            elif roll < 0.76:
                call.core.link._resumable = True
                call.take(call.core._feed_link(ReconnectUpstream(fresh=dice.random() < 0.5), call.now))
            elif roll < 0.80:
                call.lose(0.3)
        call.wait(dice.random() * 60)
        if call.core.link.state is LinkState.CLOSED:
            break
    assert call.now > 600 or call.core.link.state is LinkState.CLOSED


def test_the_two_turns_of_a_function_on_vertex_are_spoken_and_nothing_is_an_incident():
    """Recorded (R9): the call, our answer, the end of an empty turn, and the spoken answer as a second turn."""
    call = Call(VERTEX_25)
    call.person_says(" what time is it")
    call.calls["5b1c"] = call.session
    call.say(ToolCalled("5b1c", "f", {}))
    call.finish("5b1c")
    call.say(GenerationComplete())
    call.say(TurnComplete())
    call.advance(1.0)
    call.model_answers("It is five.")
    call.advance(30.0)
    assert call.incidents() == []
    assert call.did(Redial) == []
    assert call.core.conversation.is_idle


def test_words_that_come_after_the_end_of_what_they_cut_are_answered_once():
    """Recorded (R11): generationComplete, interrupted, turnComplete, only then the words, a thought, the answer."""
    call = Call()
    call.person_says()
    call.say(ModelTranscriptDelta("I have"))
    call.say(ModelAudio(SOUND * 3))
    call.say(GenerationComplete())
    call.person_says("", seconds=0.8)
    call.say(Interrupted())
    call.say(TurnComplete())
    call.say(UserTranscriptDelta(" Stop, tell me another."))
    call.say(ModelThinking())
    call.model_answers("Another one.")
    call.advance(30.0)
    assert call.incidents() == []
    assert call.did(Redial) == []
    assert call.core.conversation.is_idle


def test_a_seeded_session_of_3_8_is_not_resumed_but_told_everything_again():
    call = Call(LIVE_38)
    call.person_says(" my name is Ada.")
    call.model_answers("Nice to meet you, Ada.")
    call.core.link._handle = None
    call.lose(0.0)
    call.say(DeadlineReached())
    first = call.did(Dial)[-1]
    assert [turn.text for turn in first.history] == ["my name is Ada.", "Nice to meet you, Ada."]
    call.opened()
    call.say(ResumptionHandle("h-seeded"))
    call.advance(20)
    call.lose(0.0)
    call.say(DeadlineReached())
    again = call.did(Dial)[-1]
    assert again.handle is None, "the resumed session may have lost what it was told (2 of 3 runs)"
    assert again.history == first.history


def test_a_session_of_3_8_that_heard_everything_itself_is_resumed():
    call = Call(LIVE_38)
    call.person_says(" my name is Ada.")
    call.model_answers("Nice to meet you, Ada.")
    call.advance(20)
    call.lose(0.0)
    call.say(DeadlineReached())
    assert (call.did(Dial)[-1].handle, call.did(Dial)[-1].history) == ("h-2", ())
    call.opened()
    assert call.did(SendText) == []


def test_after_ten_hand_overs_the_next_waits_until_the_first_is_an_hour_old():
    link, first = UpstreamLink(), 100.0
    link.open()
    link.handle(SetupComplete(), first)
    for number in range(MAX_HAND_OVERS):
        now = first + number * MIN_HAND_OVER_INTERVAL_S
        assert link.handle(ReconnectUpstream(fresh=False), now) == [Redial(None)]
        link.handle(SetupComplete(), now)
    an_hour_later = first + HAND_OVER_WINDOW_S
    assert link.handle(ReconnectUpstream(fresh=False), an_hour_later - 1) == []
    assert link.handle(ReconnectUpstream(fresh=False), an_hour_later) == [Redial(None)]
