"""The line to the page dies without a word, at any moment: the voice is heard once, all of it."""

from dataclasses import dataclass, field

from hypothesis import example, given, settings
from hypothesis import strategies as st

from s2s import wire
from s2s.core.conversation import Conversation
from s2s.core.effects import ConversationEffect, PlayFrame, SendToBrowser
from s2s.core.events import (
    BrowserAttached,
    BrowserDetached,
    ConversationEvent,
    DeadlineReached,
    GenerationComplete,
    InterruptPressed,
    MicAudio,
    ModelAudio,
    PlayedReport,
    SetupComplete,
    TurnComplete,
)
from s2s.core.playout import MAX_UNREPORTED_MS
from tests.stage import Stage, mic, voice

LEAD_MS = 240
NOTICED_S = 6.0
"""So long the gateway takes a dead line for a living one."""
STEP_S = 0.01


@dataclass(slots=True)
class Page:
    """A page: takes each number once, plays in order, tells every 300 ms what it has played."""

    known: set[int] = field(default_factory=set)
    """Numbers of all frames that came."""
    waiting: list[PlayFrame] = field(default_factory=list)
    turn: int = 0
    played_frames: int = 0
    """Of `turn`."""
    heard: list[tuple[int, int]] = field(default_factory=list)
    """(turn, number) of all that left the loudspeaker."""
    report: PlayedReport | None = None
    """The newest, until it could be told."""
    due: float = 0.0

    def take(self, frame: PlayFrame) -> None:
        """A frame came."""
        if frame.seq not in self.known:
            self.known.add(frame.seq)
            self.waiting.append(frame)
            self.waiting.sort(key=lambda one: one.seq)

    def play(self, now: float) -> None:
        """20 ms leave the loudspeaker, if they are there and their time has come."""
        if not self.waiting or now < self.due:
            return
        frame = self.waiting.pop(0)
        if frame.turn != self.turn:
            self.turn, self.played_frames = frame.turn, 0
        self.heard.append((frame.turn, frame.seq))
        self.played_frames += 1
        self.due = now + 0.02 - STEP_S / 4
        if self.played_frames % 15 == 1 or frame.last or not self.waiting:
            self.report = PlayedReport(frame.turn, self.played_frames * 20)


class Call:
    """A conversation, a page, and a line between them that can be dead without anybody's knowing."""

    def __init__(self) -> None:
        self.talk, self.page, self.now = Conversation(playout_lead_ms=LEAD_MS), Page(), 0.0
        self.line = True
        self.in_the_hole = 0
        self.turn_ends: list[int] = []
        self.say(SetupComplete())
        self.say(BrowserAttached())

    def say(self, event: ConversationEvent) -> None:
        self.carry(self.talk.handle(event, self.now))

    def carry(self, effects: list[ConversationEffect]) -> None:
        for effect in effects:
            if isinstance(effect, PlayFrame):
                if self.line:
                    self.page.take(effect)
                else:
                    self.in_the_hole += 1
            elif isinstance(effect, SendToBrowser) and isinstance(effect.message, wire.TurnEnd) and self.line:
                self.turn_ends.append(effect.message.turn)

    def pass_time(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP_S)):
            self.now += STEP_S
            if (due := self.talk.deadline) is not None and due <= self.now:
                self.say(DeadlineReached())
            self.page.play(self.now)
            if self.line:
                if self.page.report is not None:
                    report, self.page.report = self.page.report, None
                    self.say(report)
                if round(self.now / STEP_S) % 10 == 0:
                    self.say(MicAudio(mic(False)))

    def answer(self, voice_ms: int, number: int) -> None:
        self.say(ModelAudio(bytes([number + 1]) * (48 * voice_ms)))
        self.say(GenerationComplete())
        self.say(TurnComplete())

    def die(self, *, noticed_s: float = NOTICED_S) -> None:
        """Dead, and after some time somebody notices."""
        self.line = False
        self.pass_time(noticed_s)
        self.say(BrowserDetached())

    def come_back(self, *, reloaded: bool = False) -> None:
        self.line = True
        if reloaded:
            self.page = Page()
        self.say(BrowserAttached())


def heard_bytes(pages: list[Page]) -> dict[int, set[int]]:
    numbers: dict[int, set[int]] = {}
    for page in pages:
        for turn, number in page.heard:
            numbers.setdefault(turn, set()).add(number)
    return numbers


@given(
    st.lists(st.integers(100, 4_000), min_size=1, max_size=3),
    st.lists(st.tuples(st.floats(0.1, 5.0), st.floats(0.0, NOTICED_S), st.floats(0.0, 20.0)), min_size=1, max_size=3),
)
@example([3_000], [(0.5, NOTICED_S, 1.0)])
@example([900, 900], [(0.8, NOTICED_S, 0.1)])
@settings(max_examples=60, deadline=None)
def test_wherever_the_line_dies_the_voice_is_heard_once_and_whole(
    answers: list[int], deaths: list[tuple[float, float, float]]
):
    call = Call()
    call.answer(400, 0)
    call.pass_time(1.0)
    for number, voice_ms in enumerate(answers, 1):
        call.answer(voice_ms, number)
    for alive_s, noticed_s, away_s in deaths:
        call.pass_time(alive_s)
        call.die(noticed_s=noticed_s)
        call.pass_time(away_s)
        call.come_back()
    call.pass_time(sum(answers) / 1000 + 3)
    heard = call.page.heard
    assert len(heard) == len(set(heard)), "a frame was heard twice"
    assert heard == sorted(heard), "out of order"
    for number, voice_ms in enumerate([400, *answers], 1):
        numbers = heard_bytes([call.page])[number]
        assert len(numbers) == -(-voice_ms // 20), f"of turn {number} {len(numbers) * 20} of {voice_ms} ms were heard"
        assert number in call.turn_ends
    assert call.talk.phase == "listening"


@given(st.integers(300, 4_000), st.floats(0.1, 4.0))
@settings(max_examples=40, deadline=None)
def test_a_page_that_is_loaded_again_hears_the_rest_and_little_twice(voice_ms: int, alive_s: float):
    call = Call()
    call.answer(400, 0)
    call.pass_time(1.0)
    call.answer(voice_ms, 1)
    call.pass_time(alive_s)
    gone = call.page
    call.die()
    played_in_the_dark = len([one for one in gone.heard if one[0] == 2])
    call.come_back(reloaded=True)
    call.pass_time(voice_ms / 1000 + 3)
    numbers = heard_bytes([gone, call.page])[2]
    assert len(numbers) == -(-voice_ms // 20)
    twice = len(gone.heard) + len(call.page.heard) - len({*gone.heard, *call.page.heard})
    assert twice * 20 <= LEAD_MS + 300, f"{twice * 20} ms twice, {played_in_the_dark}"


def test_into_a_dead_line_no_more_is_sent_than_a_second_and_the_lead():
    call = Call()
    call.answer(400, 0)
    call.pass_time(1.0)
    call.answer(20_000, 1)
    call.pass_time(2.0)
    call.die()
    assert 0 < call.in_the_hole * 20 <= MAX_UNREPORTED_MS + LEAD_MS
    call.come_back()
    call.pass_time(19)
    assert call.talk.phase == "listening"


def test_a_listener_that_never_tells_what_it_plays_hears_all_the_same():
    call = Call()
    call.answer(400, 0)
    call.pass_time(1.0)
    call.answer(5_000, 1)
    call.pass_time(0.5)
    for _ in range(3_000):
        call.page.report = None
        call.pass_time(STEP_S)
    assert len(heard_bytes([call.page])[2]) == 250
    assert call.talk.phase == "listening"


def test_lost_frames_at_the_end_of_an_answer_are_not_waited_for_while_the_page_lives():
    call = Call()
    call.answer(400, 0)
    call.pass_time(1.0)
    call.answer(1_000, 1)
    call.page.waiting.clear()
    call.say(PlayedReport(2, 800))
    call.pass_time(2.5)
    assert call.talk.phase == "listening"


def test_the_last_report_on_a_cut_answer_counts_from_where_a_new_page_began():
    s = Stage()
    s.say(ModelAudio(voice(4.0)))
    s.advance(1.2)
    s.listen(1, 1_000)
    s.say(BrowserDetached())
    s.say(BrowserAttached())
    s.advance(0.5)
    s.listen(1, 300)
    s.say(InterruptPressed())
    s.listen(1, 400)
    assert [heard.ms for _, heard in s.told(wire.Heard)] == [1_400]
