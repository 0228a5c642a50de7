"""A hundred thousand random stories over both machines and the watchdog, and what must hold in each; an hour in one."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s2s.core.effects import Dial, Redial
from s2s.core.events import (
    DeadlineReached,
    GenerationComplete,
    GoAway,
    ModelAudio,
    ModelTranscriptDelta,
    ResumptionHandle,
    SetupComplete,
    TextTyped,
    TurnComplete,
)
from s2s.core.link.upstream_link import LinkState
from s2s.core.session_core import SessionCore
from s2s.upstream.models.model_capabilities import capabilities
from tests.stories import MODELS, Story, shorten, steps_of, tell

# 100,000 stories take 50 to 90 s of one core, as busy as it is; who is in a hurry may ask for fewer.
STORIES = int(os.environ.get("S2S_STORIES", "100000"))
PARTS = 20


@pytest.mark.parametrize("part", range(PARTS))
def test_no_random_story_breaks_a_law(part: int):
    for number in range(part, STORIES, PARTS):
        steps = steps_of(number)
        try:
            tell(steps, number)
        except AssertionError as broken:
            short = shorten(steps, number)
            pytest.fail(f"story {number}: {broken}; the same in short: tell({short}, {number})")


unit = st.floats(0, 1, exclude_max=True)


@given(st.lists(st.tuples(unit, unit), max_size=30), st.integers(0, len(MODELS) - 1))
@settings(max_examples=300, deadline=None)
def test_no_story_that_was_made_up_to_break_a_law_breaks_one(steps: list[tuple[float, float]], number: int):
    tell(steps, number)


def test_the_same_numbers_tell_the_same_story():
    first, second = tell(steps_of(7), 3), tell(steps_of(7), 3)
    assert (first.now, first.sent, first.heard, first.answered) == (
        second.now,
        second.sent,
        second.heard,
        second.answered,
    )


def test_a_broken_law_is_found_and_shown_in_few_steps(monkeypatch: pytest.MonkeyPatch):
    """The laws can fail: a core that forgets what it was told to wait for is found out."""
    monkeypatch.setattr(SessionCore, "deadline", property(lambda self: None))
    number = next(n for n in range(200) if _breaks(n))
    assert len(shorten(steps_of(number), number)) <= 6


def _breaks(number: int) -> bool:
    try:
        tell(steps_of(number), number)
    except AssertionError:
        return True
    return False


def test_an_hour_of_conversation_with_regular_hand_overs_keeps_its_context():
    story = Story((capabilities("developer", "gemini-3.8-live"),))
    dials: list[Dial | Redial] = []
    story.do[Dial] = lambda e: (dials.append(e), story._dial(e))
    story.do[Redial] = lambda e: (dials.append(e), story._redial(e))
    story.opened()
    for minute in range(60):
        story.say(TextTyped(f"question {minute}"))
        story.say(ModelAudio(b"\x09" * 48_000))
        story.say(ModelTranscriptDelta(f"Answer {minute}."))
        story.say(GenerationComplete())
        story.advance(1.5)
        story.say(TurnComplete())
        story.say(ResumptionHandle(f"handle {minute}"))
        if minute % 9 == 8:
            story.say(GoAway(50.0))
        if story.socket == "dialing":
            story.opened()
        story.advance(58.5)
        assert story.core.link.state in (LinkState.LIVE, LinkState.LEAVING)
    assert [dial.handle for dial in dials] == [f"handle {minute}" for minute in range(8, 60, 9)]
    assert all(dial.history == () for dial in dials), "a session that is resumed was told what it knows"
    assert story.core.history.history()[-1].text == "Answer 59."
    assert story.core.conversation.phase == "listening"
    story.core.link._handle = None
    story.lose(0.0)
    story.say(DeadlineReached())
    assert tuple(turn.text for turn in dials[-1].history[-2:]) == ("question 59", "Answer 59.")
    story.say(SetupComplete())
