"""Functions on the way between upstream and whoever runs them: who waits for them, and what is held back meanwhile."""

from collections.abc import Mapping, Sequence
from typing import Any

from s2s import wire
from s2s.core.deadlines import earliest
from s2s.core.effects import ConversationEffect, PromptReply, SendToBrowser
from s2s.core.events import ToolCalled, ToolCancelled, ToolFinished
from s2s.core.link.upstream_buffer import UpstreamBuffer
from s2s.core.tools.tool_calls import CallUpdate, ToolCalls
from s2s.core.user_speech import UserSpeech
from s2s.upstream.models.model_capabilities import Capabilities

# Longer than this no function may hold the microphone back (field reports: models that refuse audio during a call).
MAX_GATE_S = 10.0


class ToolExecution:
    """The calls of a session, and the microphone's gate on models that take no sound while a call blocks them.

    What came through the microphone behind the gate is delivered afterwards if the person spoke; else it is counted and
    forgotten, for noise in one burst would interrupt the answer.
    """

    def __init__(self, tools: Sequence[Mapping[str, Any]], uplink: UpstreamBuffer, person: UserSpeech) -> None:
        self.calls = ToolCalls(tools)
        self.gate_needed = False
        """This upstream has shown that it takes no sound during calls."""
        self._uplink, self._person = uplink, person
        self._gated_at: float | None = None
        self._asked_again = False

    @property
    def deadline(self) -> float | None:
        gate = self._gated_at + MAX_GATE_S if self._gated_at is not None else None
        return earliest(gate, self.calls.deadline)

    @property
    def awaited(self) -> bool:
        """Whether the person waits for an answer, or for a function."""
        return self.calls.pending or self._person.answer_due_until is not None

    def handle(
        self, event: ToolCalled | ToolCancelled | ToolFinished, abilities: Capabilities, now: float
    ) -> list[ConversationEffect]:
        """Upstream wants a function run, or no answer any more; or a function has answered."""
        match event:
            case ToolCalled():
                return self._called(event, abilities, now)
            case ToolCancelled(ids=ids):
                effects = [effect for call_id in ids for effect in self.calls.cancelled(call_id, now)]
                return effects + self._keep_gate(now)
            case ToolFinished():
                return self._answer(self.calls.finished(event, now), now) + self.claim(now)

    def _called(self, call: ToolCalled, abilities: Capabilities, now: float) -> list[ConversationEffect]:
        effects = self._answer(self.calls.called(call, abilities, now), now)
        if self.calls.blocking and (abilities.mic_gate or self.gate_needed) and self._gated_at is None:
            self._uplink.gate()
            self._gated_at = now
        return effects

    def lost(self, *, known_again: bool) -> None:
        """The socket is gone, and with it the gate."""
        self.calls.lost(known_again=known_again)
        self._gated_at = None

    def opened(self, *, asked_again: bool) -> None:
        """There is a new socket. `asked_again`: it hears the question again, and will make the same calls."""
        self._asked_again = asked_again

    def turn_over(self, now: float) -> list[ConversationEffect]:
        """The question has been answered, or given up: what was not called for again by now will not be."""
        self._asked_again = False
        return self.claim(now)

    def claim(self, now: float) -> list[ConversationEffect]:
        """Results of calls that a lost session made, once it is clear that nobody will make those calls again."""
        if not self._uplink.live or self._asked_again:
            return []
        return [effect for outcome in self.calls.claim(now) for effect in self._answer(outcome, now)]

    def pass_time(self, abilities: Capabilities, now: float, *, quiet: bool) -> list[ConversationEffect]:
        """The gate's limit, and a word about functions that take long. `quiet`: nobody speaks."""
        effects = self._keep_gate(now)
        for name in self.calls.overdue(now):
            doing = self.calls.title(name) or f"Using the tool {name.replace('_', ' ')}"
            effects.append(SendToBrowser(wire.Notice("info", "tool_slow", f"{doing} takes a little longer.")))
            if quiet and not self.calls.blocking and abilities.content_mid_session:
                words = f"(The function {name} still runs. Say so in a few words.)"
                effects += self._uplink.send(PromptReply(words))
        return effects

    def _answer(self, outcome: CallUpdate, now: float) -> list[ConversationEffect]:
        if outcome.answer is None:
            return outcome.effects
        self._person.expect_answer(now)
        return [*self._uplink.send(outcome.answer), *outcome.effects, *self._keep_gate(now)]

    def _keep_gate(self, now: float) -> list[ConversationEffect]:
        since = self._gated_at
        if since is None or (self.calls.blocking and now < since + MAX_GATE_S):
            return []
        self._gated_at = None
        spoke = self._person.speaking or (self._person.speech_ended_at or 0.0) > since
        return self._uplink.ungate(deliver=spoke)
