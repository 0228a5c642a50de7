"""Gate the microphone while a blocking tool call is in progress, and route calls and results."""

from collections.abc import Mapping, Sequence
from typing import Any

from s2s import wire
from s2s.core.deadlines import ReplyDeadline, earliest
from s2s.core.effects import ConversationEffect, PromptReply, SendToBrowser
from s2s.core.events import ToolCalled, ToolCancelled, ToolFinished
from s2s.core.link.upstream_buffer import UpstreamBuffer
from s2s.core.tools.tool_calls import CallUpdate, ToolCalls
from s2s.core.user_speech import UserSpeech
from s2s.upstream.models.model_capabilities import Capabilities

# No function may hold the microphone back for longer (field reports: models that refuse audio during a call).
MAX_GATE_S = 10.0


class MicGate:
    """The calls of a session, and the microphone gate for models that take no audio while a call blocks them.

    What the microphone recorded behind the gate is sent afterwards if the user spoke; else it is counted and dropped,
    because a burst of noise would interrupt the answer.
    """

    def __init__(
        self,
        tools: Sequence[Mapping[str, Any]],
        upstream_buffer: UpstreamBuffer,
        user_speech: UserSpeech,
        reply: ReplyDeadline,
    ) -> None:
        self.calls = ToolCalls(tools)
        self._needs_mic_gate = False
        """This upstream has shown that it takes no audio during calls."""
        self._upstream_buffer, self._user_speech, self._reply = upstream_buffer, user_speech, reply
        self._gated_at: float | None = None
        self._question_repeated = False

    @property
    def deadline(self) -> float | None:
        gate = self._gated_at + MAX_GATE_S if self._gated_at is not None else None
        return earliest(gate, self.calls.deadline)

    @property
    def is_awaited(self) -> bool:
        """Whether the user is waiting for a reply or for a function."""
        return self.calls.has_pending or self._reply.is_awaited

    def handle(
        self, event: ToolCalled | ToolCancelled | ToolFinished, capabilities: Capabilities, now: float
    ) -> list[ConversationEffect]:
        """Take a function call, a cancellation or a result."""
        match event:
            case ToolCalled():
                return self._on_tool_call(event, capabilities, now)
            case ToolCancelled(ids=ids):
                effects = [effect for call_id in ids for effect in self.calls.on_tool_cancelled(call_id, now)]
                return effects + self._update_gate(now)
            case ToolFinished():
                return self._send_response(self.calls.on_tool_result(event, now), now) + self.claim_orphaned_results(
                    now
                )

    def _on_tool_call(self, call: ToolCalled, capabilities: Capabilities, now: float) -> list[ConversationEffect]:
        effects = self._send_response(self.calls.on_tool_call(call, capabilities, now), now)
        if self.calls.is_blocking and (capabilities.mic_gate or self._needs_mic_gate) and self._gated_at is None:
            self._upstream_buffer.close_gate()
            self._gated_at = now
        return effects

    def require_mic_gate(self) -> None:
        """Note that this upstream takes no audio during calls."""
        self._needs_mic_gate = True

    def on_link_lost(self, *, same_session: bool) -> None:
        """Note that the socket is gone, and with it the gate."""
        self.calls.on_link_lost(same_session=same_session)
        self._gated_at = None

    def on_link_open(self, *, question_repeated: bool) -> None:
        """Note that there is a new socket. `question_repeated`: it hears the question again, and will make the same
        calls."""
        self._question_repeated = question_repeated

    def on_turn_end(self, now: float) -> list[ConversationEffect]:
        """The question was answered or given up: calls that were not made again by now never will be."""
        self._question_repeated = False
        return self.claim_orphaned_results(now)

    def claim_orphaned_results(self, now: float) -> list[ConversationEffect]:
        """Send the results of calls that a lost session made, once it is clear that they will not be made again."""
        if not self._upstream_buffer.is_live or self._question_repeated:
            return []
        return [
            effect for outcome in self.calls.claim_orphaned_results(now) for effect in self._send_response(outcome, now)
        ]

    def pass_time(self, capabilities: Capabilities, now: float, *, quiet: bool) -> list[ConversationEffect]:
        """Enforce the gate's limit and announce functions that take long. `quiet`: the user and the model are
        silent."""
        effects = self._update_gate(now)
        for name in self.calls.pop_overdue(now):
            doing = self.calls.title_of(name) or f"Using the tool {name.replace('_', ' ')}"
            effects.append(SendToBrowser(wire.Notice("info", "tool_slow", f"{doing} is taking a little longer.")))
            if quiet and not self.calls.is_blocking and capabilities.content_mid_session:
                words = f"(The function {name} still runs. Say so in a few words.)"
                effects += self._upstream_buffer.send(PromptReply(words))
        return effects

    def _send_response(self, outcome: CallUpdate, now: float) -> list[ConversationEffect]:
        if outcome.answer is None:
            return outcome.effects
        self._reply.expect(now)
        return [*self._upstream_buffer.send(outcome.answer), *outcome.effects, *self._update_gate(now)]

    def _update_gate(self, now: float) -> list[ConversationEffect]:
        since = self._gated_at
        if since is None or (self.calls.is_blocking and now < since + MAX_GATE_S):
            return []
        self._gated_at = None
        spoke = self._user_speech.is_speaking or (self._user_speech.speech_ended_at or 0.0) > since
        return self._upstream_buffer.open_gate(deliver=spoke)
