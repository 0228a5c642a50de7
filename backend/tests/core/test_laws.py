"""Random stories with conservation laws: voice is played or flushed, never lost or doubled."""

from hypothesis import given, settings
from hypothesis import strategies as st

from s2s import wire
from s2s.core.effects import PlayFrame, SendToBrowser
from s2s.core.events import (
    BrowserAttached,
    BrowserDetached,
    GenerationComplete,
    ImageShared,
    Interrupted,
    InterruptPressed,
    LinkLost,
    ModelAudio,
    ModelTranscriptDelta,
    PlayedReport,
    SetupComplete,
    TextTyped,
    ToolCalled,
    ToolCancelled,
    ToolFinished,
    TurnComplete,
    UserTranscriptDelta,
)
from tests.stage import Stage

turns = st.integers(0, 6)
facts = st.one_of(
    st.integers(1, 20_000).map(lambda n: ModelAudio(bytes(2 * n))),
    st.just(ModelTranscriptDelta("some words ")),
    st.just(UserTranscriptDelta("a word ")),
    st.just(Interrupted()),
    st.just(GenerationComplete()),
    st.just(TurnComplete()),
    st.builds(InterruptPressed, st.none() | turns),
    st.builds(PlayedReport, turns, st.integers(0, 5_000)),
    st.just(TextTyped("typed")),
    st.just(ImageShared(b"\xff\xd8\xff")),
    st.just(LinkLost()),
    st.just(BrowserDetached()),
    st.just(BrowserAttached()),
    st.just(SetupComplete()),
    st.sampled_from("abc").map(lambda i: ToolCalled(i, "f", {})),
    st.sampled_from("abc").map(lambda i: ToolCancelled((i,))),
    st.sampled_from("abc").map(lambda i: ToolFinished(i, True, {}, "")),
)
stories = st.lists(st.tuples(facts, st.floats(0, 1.5)), max_size=60)


def tell(story: list) -> tuple[Stage, dict[int, int]]:
    """Plays a story; answers the bytes of voice that each turn was given."""
    s = Stage()
    given_bytes: dict[int, int] = {}
    for fact, pause in story:
        cut_before = s.talk.turn
        s.say(fact)
        if isinstance(fact, ModelAudio) and cut_before != "cut":
            turn = s.talk.model_speech.turn
            given_bytes[turn] = given_bytes.get(turn, 0) + len(fact.pcm)
        s.advance(pause)
    return s, given_bytes


@given(stories)
@settings(max_examples=400, deadline=None)
def test_voice_is_played_or_flushed_or_still_waiting_never_lost_or_doubled(story: list):
    s, given_bytes = tell(story)
    sent: dict[int, int] = {}
    for frame in {frame.seq: frame for _, frame in s.frames()}.values():
        sent[frame.turn] = sent.get(frame.turn, 0) + len(frame.pcm)
    flushed = {message.turn for _, message in s.told(wire.Flush)}
    waiting = set(s.talk.model_speech._playout.unheard_turns())
    for turn, size in given_bytes.items():
        if turn in flushed or turn in waiting:
            assert sent.get(turn, 0) <= size + 959
        else:
            assert size <= sent.get(turn, 0) < size + 960


@given(stories)
@settings(max_examples=400, deadline=None)
def test_a_dead_turn_is_never_heard_again(story: list):
    s, _ = tell(story)
    dead: int | None = None
    for _, effect in s.log:
        if isinstance(effect, SendToBrowser) and isinstance(effect.message, wire.Flush):
            dead = effect.message.turn if dead is None else max(dead, effect.message.turn)
        if isinstance(effect, PlayFrame) and dead is not None:
            assert effect.turn > dead


@given(stories)
@settings(max_examples=400, deadline=None)
def test_turns_are_played_one_after_the_other_and_never_ahead_of_the_lead(story: list):
    s, _ = tell(story)
    order = [frame.turn for frame in {frame.seq: frame for _, frame in s.frames()}.values()]
    assert order == sorted(order)
    assert all(len(frame.pcm) == 960 for _, frame in s.frames())


@given(stories)
@settings(max_examples=400, deadline=None)
def test_what_was_heard_is_never_more_than_was_said(story: list):
    s, given_bytes = tell(story)
    for kind in (wire.Flush, wire.Heard):
        for _, message in s.told(kind):
            ms = message.heard_ms if isinstance(message, wire.Flush) else message.ms
            assert 0 <= ms <= given_bytes.get(message.turn, 0) // 48


@given(stories)
@settings(max_examples=400, deadline=None)
def test_left_alone_every_story_comes_to_rest(story: list):
    s, _ = tell(story)
    s.say(BrowserAttached())
    s.say(SetupComplete())
    s.say(TurnComplete())
    for call_id in "abc":
        s.say(ToolFinished(call_id, True, {}, ""))
    s.advance(300)
    assert s.talk.deadline is None
    assert s.phases()[-1] == "listening"
    assert s.talk.model_speech.unsent_bytes() == 0
