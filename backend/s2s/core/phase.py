"""What the browser is told that is going on: one word for the screen. Sans-IO."""

from s2s import wire
from s2s.core.deadlines import earliest
from s2s.core.effects import ConversationEffect, SendToBrowser
from s2s.core.link.upstream_buffer import UpstreamBuffer
from s2s.core.model_speech import ModelSpeech
from s2s.core.tools.tool_execution import ToolExecution
from s2s.core.turn_machine import Turn
from s2s.core.user_speech import UserSpeech

INTERRUPTED_PHASE_S = 0.6
# After this the person is told that we know how long they have been waiting.
OVERDUE_AFTER_S = 8.0
# Extended thinking was recorded to work for 28 s between two utterances; its last word may be missing.
MAX_WORK_S = 60.0


class PhaseReporter:
    """Reads the parts of one conversation; tells the browser when its word for them changes."""

    def __init__(self, speech: ModelSpeech, uplink: UpstreamBuffer, person: UserSpeech, errands: ToolExecution) -> None:
        self.phase: wire.Phase = "connecting"
        """What the browser was told last."""
        self.interrupted_until: float | None = None
        """An answer was cut just now: shown so long that an eye can see it. None: not shown."""
        self.awaited = False
        """An answer is owed and has not begun: whatever else is quiet, nobody is just listening."""
        self.working_until: float | None = None
        """The model has said that it works on between two utterances. None: it has not."""
        self._speech, self._uplink, self._person, self._errands = speech, uplink, person, errands
        self._waits = self._late = self._told_late = False
        self._overdue_at: float | None = None

    @property
    def deadline(self) -> float | None:
        if self.interrupted_until is self.working_until is self._overdue_at is None:
            return None
        return earliest(self.interrupted_until, self.working_until, self._overdue_at)

    def interrupted(self, now: float) -> None:
        """An answer was cut."""
        self.interrupted_until = now + INTERRUPTED_PHASE_S

    def utterance_over(self, now: float, *, more: bool) -> None:
        """The model has ended an utterance. `more`: it said that it works on."""
        self.working_until = now + MAX_WORK_S if more else None

    def news(self, turn: Turn, now: float) -> list[ConversationEffect]:
        """The word for what goes on, if it is another than before."""
        if self.interrupted_until is not None and now >= self.interrupted_until:
            self.interrupted_until = None
        if self.working_until is not None and now >= self.working_until:
            self.working_until = None
        phase = self._phase(turn)
        if self.awaited or self._waits:
            self._count_the_wait(turn, now)
        elif phase == self.phase and not self._told_late:
            return []
        late = self._late and phase == "thinking"
        if (phase, late) == (self.phase, self._told_late):
            return []
        self.phase, self._told_late = phase, late
        return [SendToBrowser(wire.State(phase=phase, overdue=True) if late else wire.State(phase=phase))]

    def _count_the_wait(self, turn: Turn, now: float) -> None:
        nothing_said = turn is not Turn.SPEAKING and self.working_until is None and not self._person.has_floor
        waits = self.awaited and nothing_said
        if waits is not self._waits:
            self._waits, self._late = waits, False
            self._overdue_at = now + OVERDUE_AFTER_S if waits else None
        if self._overdue_at is not None and now >= self._overdue_at:
            self._late, self._overdue_at = True, None

    def _phase(self, turn: Turn) -> wire.Phase:
        if self._speech.audible():
            return "speaking"
        if not self._uplink.live and not self._uplink.handing_over:
            return "reconnecting" if self._uplink.was_live else "connecting"
        if turn is Turn.CUT or self.interrupted_until is not None:
            return "interrupted"
        if self._errands.calls.pending:
            return "tool"
        if turn is Turn.SPEAKING or self._person.answer_due_until is not None:
            return "thinking"
        waits = self.awaited or self.working_until is not None
        return "thinking" if waits and not self._person.has_floor else "listening"
