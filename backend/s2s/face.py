"""What the browser is told that is going on: one word for the screen. Sans-IO."""

from s2s import wire
from s2s.effects import TalkEffect, Tell
from s2s.errands import Errands
from s2s.person import Person
from s2s.speech import ModelSpeech
from s2s.turns import Turn
from s2s.uplink import Uplink

INTERRUPTED_FACE_S = 0.6


class Face:
    """Reads the parts of one conversation; tells the browser when its word for them changes."""

    def __init__(self, speech: ModelSpeech, uplink: Uplink, person: Person, errands: Errands) -> None:
        self.phase: wire.Phase = "connecting"
        """What the browser was told last."""
        self.interrupted_until: float | None = None
        """An answer was cut just now: shown so long that an eye can see it. None: not shown."""
        self._speech, self._uplink, self._person, self._errands = speech, uplink, person, errands

    def interrupted(self, now: float) -> None:
        """An answer was cut."""
        self.interrupted_until = now + INTERRUPTED_FACE_S

    def news(self, turn: Turn, now: float) -> list[TalkEffect]:
        """The word for what goes on, if it is another than before."""
        if self.interrupted_until is not None and now >= self.interrupted_until:
            self.interrupted_until = None
        phase: wire.Phase = "listening"
        if self._speech.audible():
            phase = "speaking"
        elif not self._uplink.live and not self._uplink.handing_over:
            phase = "reconnecting" if self._uplink.was_live else "connecting"
        elif turn is Turn.CUT or self.interrupted_until is not None:
            phase = "interrupted"
        elif self._errands.calls.pending:
            phase = "tool"
        elif turn is Turn.SPEAKING or self._person.answer_due_until is not None:
            phase = "thinking"
        if phase == self.phase:
            return []
        self.phase = phase
        return [Tell(wire.State(phase=phase))]
