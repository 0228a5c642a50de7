"""The first frame of an answer leaves in the moment its voice comes, whatever became of the answers before it."""

from hypothesis import example, given, note, settings
from hypothesis import strategies as st

from s2s.core.events import (
    GenerationComplete,
    Interrupted,
    InterruptPressed,
    LinkLost,
    MicAudio,
    ModelAudio,
    SetupComplete,
    TurnComplete,
)
from tests.stage import Stage, mic, voice

REPORT_MS = 100
MOST_LOST_MS = 1_000
"""So much of an answer may have been lost on its way before nothing more is sent."""

endings = st.sampled_from(["heard", "button", "interrupted", "socket", "tail lost"])
answers = st.lists(
    st.tuples(
        endings, st.integers(REPORT_MS, 3_000), st.floats(0.05, 3.5), st.integers(0, MOST_LOST_MS), st.booleans()
    ),
    min_size=1,
    max_size=6,
)


class Person(Stage):
    """Somebody at a page. It reports what it played; its microphone is open or closed."""

    def answer(self, ending: str, voice_ms: int, until_s: float, lost_ms: int, microphone: bool) -> None:
        """An answer comes, and comes to its end in some manner."""
        before = len(self.frames())
        self.say(ModelAudio(voice(voice_ms / 1000)))
        turn = self.talk.model_speech.turn
        assert [frame.turn for _, frame in self.frames()[before:]][:1] == [turn], "the first frame waits"
        over = ending in ("heard", "tail lost")
        if over:
            self.say(GenerationComplete())
            self.say(TurnComplete())
        known_ms = max(REPORT_MS, voice_ms - lost_ms) if ending == "tail lost" else voice_ms
        self.play(turn, known_ms, voice_ms / 1000 + 0.1 if over else until_s, microphone)
        for fact in {"button": [InterruptPressed(), Interrupted()], "interrupted": [Interrupted()]}.get(ending, []):
            self.say(fact)
        if ending == "socket":
            self.say_lost(turn, voice_ms, microphone)

    def say_lost(self, turn: int, voice_ms: int, microphone: bool) -> None:
        """The line to the model breaks: what is there is heard to its end."""
        self.say(LinkLost())
        self.say(SetupComplete())
        self.play(turn, voice_ms, voice_ms / 1000 + 0.1, microphone)

    def play(self, turn: int, known_ms: int, seconds: float, microphone: bool) -> None:
        began, told_ms = self.now, 0
        while self.now - began < seconds:
            self.advance(0.02)
            if microphone:
                self.say(MicAudio(mic(False)))
            played_ms = min(known_ms, int((self.now - began) * 1000) - 40, self.sent_ms(turn))
            if played_ms >= told_ms + REPORT_MS or told_ms < played_ms == known_ms:
                self.listen(turn, played_ms)
                told_ms = played_ms

    def sent_ms(self, turn: int) -> int:
        return 20 * sum(frame.turn == turn for _, frame in self.frames())


@given(answers)
@example([("heard", 400, 1.0, 0, True), ("tail lost", 3_000, 1.0, 1_000, True), ("heard", 200, 1.0, 0, True)])
@example([("heard", 400, 1.0, 0, False), ("button", 3_000, 0.3, 0, False), ("button", 3_000, 0.3, 0, False)])
@settings(max_examples=150, deadline=None)
def test_after_any_answer_the_next_begins_at_once(story: list[tuple[str, int, float, int, bool]]):
    note(story)
    person = Person()
    for one in story:
        person.answer(*one)
