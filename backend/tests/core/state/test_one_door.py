"""What moves a conversation passes `Conversation.handle`: fed with the same events, another one does the same."""

from typing import Any

import pytest

from s2s.core.conversation import Conversation
from s2s.core.effects import HistoryTurn
from s2s.core.events import ConversationEvent
from s2s.core.session_core import SessionCore
from s2s.upstream.models.model_capabilities import Capabilities
from tests.stories import MODELS, Story, steps_of
from tests.watched_core import TOOLS

STORIES = 200


class _ObservedCore(SessionCore):
    """Writes down what passes the door of its conversation, and what comes out."""

    def __init__(self, models: tuple[Capabilities, ...], **options: Any) -> None:
        super().__init__(models, tools=TOOLS, **options)
        self.passed: list[tuple[ConversationEvent, float, list[Any]]] = []
        self._handle, self.conversation.handle = self.conversation.handle, self._observe  # type: ignore[method-assign]  # every event is seen

    def _observe(self, event: ConversationEvent, now: float) -> list[Any]:
        effects = self._handle(event, now)
        self.passed.append((event, now, [*effects]))
        return effects


class _ObservedStory(Story):
    def make_core(self, models: tuple[Capabilities, ...]) -> SessionCore:
        return _ObservedCore(models)


@pytest.mark.parametrize("number", range(len(MODELS)))
def test_a_twin_that_is_fed_the_same_events_has_the_same_effects(number: int):
    for story_number in range(number, STORIES, len(MODELS)):
        core = _ObservedStory(MODELS[number]).tell(steps_of(story_number)).core
        assert isinstance(core, _ObservedCore)
        twin = Conversation(capabilities=MODELS[number][0], tools=TOOLS)
        for event, now, effects in core.passed:
            assert twin.handle(event, now) == effects, f"story {story_number}: {event} at {now}"
        assert twin.deadline == core.conversation.deadline


def test_the_question_of_an_earlier_session_is_known_from_the_beginning():
    core = _ObservedCore((MODELS[0][0],), history=[HistoryTurn("user", "Where was I?")])
    assert core.passed == []
    assert core.conversation.upstream_buffer.has_unanswered
