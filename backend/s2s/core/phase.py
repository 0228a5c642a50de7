"""The phase that the browser shows, such as listening, thinking or speaking."""

from s2s import wire
from s2s.core.deadlines import ReplyDeadline, earliest
from s2s.core.effects import ConversationEffect, SendToBrowser
from s2s.core.link.upstream_buffer import UpstreamBuffer
from s2s.core.link.upstream_buffer_state import UpstreamBufferState
from s2s.core.model_speech import ModelSpeech
from s2s.core.tools.mic_gate import MicGate
from s2s.core.turn_machine import Turn
from s2s.core.user_speech import UserSpeech

INTERRUPTED_PHASE_S = 0.6
# After this the user is shown that the wait is longer than usual.
OVERDUE_AFTER_S = 8.0
# Extended thinking was recorded to work for 28 s between two utterances; its last message may be missing.
MAX_WORK_S = 60.0


class PhaseReporter:
    """Derives the phase from the parts of one conversation and emits `state` when it changes."""

    def __init__(
        self,
        model_speech: ModelSpeech,
        upstream_buffer: UpstreamBuffer,
        user_speech: UserSpeech,
        mic_gate: MicGate,
        reply: ReplyDeadline,
    ) -> None:
        self.phase: wire.Phase = "connecting"
        """The phase that was last sent to the browser."""
        self._interrupted_until: float | None = None
        """An answer was cut just now: shown until then, so that an eye can see it. None: not shown."""
        self._reply_awaited = False
        """A reply is due and has not begun: the phase is never "listening" then."""
        self._working_until: float | None = None
        """The model has said that it works on between two utterances. None: it has not."""
        self._model_speech, self._upstream_buffer, self._user_speech, self._mic_gate = (
            model_speech,
            upstream_buffer,
            user_speech,
            mic_gate,
        )
        self._reply = reply
        self._is_waiting = self._is_overdue = self._reported_overdue = False
        self._overdue_at: float | None = None

    @property
    def deadline(self) -> float | None:
        if self._interrupted_until is self._working_until is self._overdue_at is None:
            return None
        return earliest(self._interrupted_until, self._working_until, self._overdue_at)

    def show_interrupted(self, now: float) -> None:
        """Show for a moment that an answer was cut."""
        self._interrupted_until = now + INTERRUPTED_PHASE_S

    def hide_interrupted(self) -> None:
        """Stop showing that an answer was cut: the next one has begun, or the user did not cut it."""
        self._interrupted_until = None

    def on_reply_awaited(self, awaited: bool) -> None:
        """Note whether the watchdog waits for a reply that has not begun."""
        self._reply_awaited = awaited

    def stop_working(self) -> None:
        """Note that the model no longer works between two utterances."""
        self._working_until = None

    def on_utterance_end(self, now: float, *, more: bool) -> None:
        """Note the end of an utterance. `more`: the model said that it works on."""
        self._working_until = now + MAX_WORK_S if more else None

    def update(self, turn: Turn, now: float) -> list[ConversationEffect]:
        """Return the new phase if it has changed."""
        if self._interrupted_until is not None and now >= self._interrupted_until:
            self._interrupted_until = None
        if self._working_until is not None and now >= self._working_until:
            self._working_until = None
        phase = self._phase(turn)
        if self._reply_awaited or self._is_waiting:
            self._measure_wait(turn, now)
        elif phase == self.phase and not self._reported_overdue:
            return []
        late = self._is_overdue and phase == "thinking"
        if (phase, late) == (self.phase, self._reported_overdue):
            return []
        self.phase, self._reported_overdue = phase, late
        return [SendToBrowser(wire.State(phase=phase, overdue=True) if late else wire.State(phase=phase))]

    def _measure_wait(self, turn: Turn, now: float) -> None:
        nothing_said = turn is not Turn.SPEAKING and self._working_until is None and not self._user_speech.has_floor
        waits = self._reply_awaited and nothing_said
        if waits is not self._is_waiting:
            self._is_waiting, self._is_overdue = waits, False
            self._overdue_at = now + OVERDUE_AFTER_S if waits else None
        if self._overdue_at is not None and now >= self._overdue_at:
            self._is_overdue, self._overdue_at = True, None

    def _phase(self, turn: Turn) -> wire.Phase:
        if self._model_speech.is_audible():
            return "speaking"
        if self._upstream_buffer.state is UpstreamBufferState.NEW:
            return "connecting"
        if self._upstream_buffer.state is UpstreamBufferState.LOST:
            return "reconnecting"
        if turn is Turn.CUT or self._interrupted_until is not None:
            return "interrupted"
        if self._mic_gate.calls.has_pending:
            return "tool"
        if turn is Turn.SPEAKING or self._reply.is_awaited:
            return "thinking"
        waits = self._reply_awaited or self._working_until is not None
        return "thinking" if waits and not self._user_speech.has_floor else "listening"
